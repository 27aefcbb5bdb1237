// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary.js";

/** What an image does that the test engine "builds". */
export interface TestProgramImage {
  readonly config?: object;
  /** What the build says when it fails. */
  readonly buildFailure?: string;
  /** What the start says when it fails. */
  readonly startFailure?: string;
  /** `HOST:PORT` at which it answers, whatever port it exposes. */
  readonly address?: string;
  /** It has ended with this. */
  readonly exitCode?: number;
  readonly logs?: string;
  readonly hasShell?: boolean;
  readonly pid?: number;
  /** Archive that `save` copies. */
  readonly archive?: string;
}

export interface TestEngineProgram {
  /** For BASALT_ENGINE. */
  readonly path: string;
  /** Every call, its arguments joined by blanks. */
  readonly calls: () => readonly string[];
  /** The Dockerfile that was built under a name. */
  readonly dockerfile: (tag: string) => string;
}

export interface TestEngineProgramOptions {
  /** By the words after the colon of their names, as `before`. */
  readonly images: Readonly<Record<string, TestProgramImage>>;
  /** Names that the engine has before anything is built. */
  readonly has?: readonly string[];
  /** Of every container. @default `container-` and the word */
  readonly id?: string;
  /** What `version` ends with. @default 0 */
  readonly versionStatus?: number;
}

/** A program that behaves as much like Docker's as is asked for. */
export function engineProgram(options: TestEngineProgramOptions): TestEngineProgram {
  const folder = temporaryFolder();
  const path = join(folder, "engine.cjs");
  mkdirSync(join(folder, "built"));
  writeFileSync(path, `#!${process.execPath}\nconst OPTIONS = ${JSON.stringify(options)};\n${PROGRAM}`);
  chmodSync(path, 0o755);
  const calls = join(folder, "calls");
  return {
    path,
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
    dockerfile: (tag) => readFileSync(join(folder, "built", encodeURIComponent(tag)), "utf8"),
  };
}

const PROGRAM = String.raw`
const fs = require("node:fs");
const { join } = require("node:path");
const [verb, ...rest] = process.argv.slice(2);
fs.appendFileSync(join(__dirname, "calls"), [verb, ...rest].join(" ") + "\n");
const built = (tag) => join(__dirname, "built", encodeURIComponent(tag));
const of = (name) => OPTIONS.images[name.split(":").at(-1)] ?? {};
const word = (id) => fs.readFileSync(join(__dirname, "id-" + encodeURIComponent(id)), "utf8");
const fail = (text, status = 1) => { console.error(text); process.exit(status); };
const print = (value) => console.log(typeof value === "string" ? value : JSON.stringify([value]));
switch (verb) {
  case "version":
    if (OPTIONS.versionStatus) fail("Cannot connect to the daemon", OPTIONS.versionStatus);
    break;
  case "image": {
    const name = rest[1];
    if (!(OPTIONS.has ?? []).includes(name) && !fs.existsSync(built(name))) fail("No such image: " + name);
    print({ Config: of(name).config ?? {}, Size: 1000 });
    break;
  }
  case "build": {
    const tag = rest[rest.indexOf("-t") + 1];
    const failure = of(tag).buildFailure;
    if (failure) fail(failure);
    fs.writeFileSync(built(tag), fs.readFileSync(rest[rest.indexOf("-f") + 1]));
    break;
  }
  case "create": {
    const image = rest.find((each) => each.includes("basalt-verify/") || (OPTIONS.has ?? []).includes(each));
    const name = image.split(":").at(-1);
    const id = OPTIONS.id ?? "container-" + name;
    fs.writeFileSync(join(__dirname, "id-" + encodeURIComponent(id)), name);
    print(id);
    break;
  }
  case "start": {
    const failure = of(word(rest[0])).startFailure;
    if (failure) fail(failure);
    break;
  }
  case "inspect": {
    const { exitCode, pid = 0 } = of(word(rest[0]));
    print({ State: { Running: exitCode === undefined, ExitCode: exitCode ?? 0, Pid: pid } });
    break;
  }
  case "port": {
    const { address } = of(word(rest[0]));
    if (address === undefined) fail("no public port");
    print(address);
    break;
  }
  case "logs":
    print(of(word(rest[0])).logs ?? "");
    break;
  case "exec":
    process.exit(of(word(rest[0])).hasShell ? 0 : 126);
    break;
  case "save":
    fs.copyFileSync(of(rest[2]).archive, rest[1]);
    break;
}
`;
