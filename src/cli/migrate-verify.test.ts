// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { basaltOn, type CommandResult } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { saveImage } from "../../test/support/engine.js";
import { engineProgram, type TestEngineProgram, type TestProgramImage } from "../../test/support/engine-program.js";
import { feedFiles, trackerText } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { openStore } from "../store/index.js";

const DOCKERFILE = "FROM node:22\nCOPY server.js /app/\nEXPOSE 3000\nCMD node /app/server.js\n";
const PORTS = { ExposedPorts: { "3000/tcp": {} }, Cmd: ["node", "/app/server.js"] };

let home: string;
let folder: string;
let file: string;

beforeEach(() => {
  home = temporaryFolder();
  folder = join(temporaryFolder());
  file = join(folder, "Dockerfile");
  writeFileSync(file, DOCKERFILE);
});

function archive(packages: readonly string[]): string {
  const path = join(temporaryFolder(), "image.tar");
  writeFileSync(path, saveImage("x:y", debianImage({ packages })));
  return path;
}

/** What the original does: it answers, as root, and has a shell and bash. */
async function original(): Promise<TestProgramImage> {
  const server = await startHttp((request, response) => void response.end(request.url));
  return {
    config: PORTS,
    address: new URL(server.url).host,
    hasShell: true,
    archive: archive(["bash 5-1", "zlib1g 1-1 zlib"]),
  };
}

/** Time goes by, so that what does not answer is not waited for. */
function hostWith(program: TestEngineProgram): Host {
  let at = Date.UTC(2026, 10, 20);
  return testHost({ home, env: { BASALT_ENGINE: program.path }, now: () => new Date((at += 10_000)) });
}

async function verify(program: TestEngineProgram, ...flags: readonly string[]): Promise<CommandResult> {
  return basaltOn(hostWith(program), "migrate", file, "--registry", "registry.example", "--verify", ...flags);
}

describe("basalt migrate --verify", () => {
  it("builds and starts both, and prints them side by side", async () => {
    const [path = ""] = feedFiles(
      { "tracker.json": trackerText({ bash: { "CVE-2026-0001": { trixie: { status: "open", urgency: "high" } } } }) },
      home,
    );
    const before = await original();
    const after = {
      ...before,
      config: { ...PORTS, User: "1000" },
      hasShell: false,
      archive: archive(["zlib1g 1-1 zlib"]),
    };
    const program = engineProgram({ images: { before, after } });
    await basaltOn(hostWith(program), "db", "import", path, "--complete", "--as-of", "2026-11-01");
    writeFileSync(`${file}.dockerignore`, "notes\n");
    const { code, stdout, stderr } = await verify(program, "--probe", "/health", "--env", "A=1", "--build-arg", "V=2");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^FROM registry\.example\/node:22\n/);
    expect(stderr).toMatch(/GET \/health +│ 200 on 3000, 7 B +│ 200 on 3000, 7 B/);
    expect(stderr).toMatch(/user +│ root +│ 1000, as configured/);
    expect(stderr).toMatch(/shell +│ yes +│ no/);
    expect(stderr).toMatch(/vulnerabilities │ +0C +1H +0M +0L +│ +0C +0H +0M +0L/);
    expect(stderr).toMatch(/packages +│ 2 +│ 1\n/);
    expect(stderr).toContain("  It works as before.\n");
    const [name] = /basalt-verify\/[a-z0-9-]+/.exec(stderr) ?? [];
    expect(program.dockerfile(`${name}:before`)).toBe(DOCKERFILE);
    expect(program.dockerfile(`${name}:after`)).toBe(stdout);
    const calls = program.calls().filter((call) => /^(?:build|create|rm)/.test(call));
    expect(calls).toEqual([
      expect.stringMatching(/^build .*before\/Dockerfile .*--build-arg V=2 /),
      `create -p 127.0.0.1::3000 -e A=1 ${name}:before`,
      "rm -f -v container-before",
      expect.stringMatching(/^build .*after\/Dockerfile /),
      `create -p 127.0.0.1::3000 -e A=1 ${name}:after`,
      "rm -f -v container-after",
    ]);
    // Nothing but the images stays
    expect(existsSync(/-f (.*)before\/Dockerfile/.exec(calls[0] ?? "")?.[1] ?? "none")).toBe(false);
  });

  it("ends with 2 and writes nothing when it does not work as before", async () => {
    const before = await original();
    const after = {
      config: { ...PORTS, User: "1000" },
      startFailure: 'exec: "/bin/sh": no such file',
      archive: archive([]),
    };
    const { code, stderr } = await verify(engineProgram({ images: { before, after } }), "--write");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "It does not work as before:\n  - the migrated program ended with 127, and the original runs on:",
    );
    expect(stderr).toContain('exec: "/bin/sh": no such file');
    expect(readFileSync(file, "utf8")).toBe(DOCKERFILE);
  });

  it("writes what works", async () => {
    const before = await original();
    const images = { before, after: { ...before, config: { ...PORTS, User: "1000" } } };
    const { code } = await verify(engineProgram({ images }), "--write");
    expect([code, readFileSync(file, "utf8").split("\n")[0]]).toEqual([0, "FROM registry.example/node:22"]);
  });

  it("says in JSON what it saw", async () => {
    const before = { buildFailure: "E: Unable to locate package" };
    const after = { ...(await original()), config: { ...PORTS, User: "1000" } };
    const { code, stdout } = await verify(engineProgram({ images: { before, after } }), "--json");
    const { verify: seen } = JSON.parse(stdout) as { readonly verify: object };
    expect(code).toBe(0);
    expect(seen).toMatchObject({
      verdict: "holds",
      before: { buildFailure: "E: Unable to locate package" },
      after: { isRoot: false, ports: ["3000/tcp"], packages: 2, behaviour: { answer: { status: 200, port: 3000 } } },
    });
  });

  it("compares what commands print", async () => {
    const image = { exitCode: 0, archive: archive([]), config: { Cmd: ["node"] } };
    const images = { before: { ...image, logs: "v22.1" }, after: { ...image, config: { User: "1" }, logs: "v22.2" } };
    const program = engineProgram({ images });
    const { code, stderr } = await verify(program, "--probe-args", "--version  -x");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('it prints something else: line 1 was "v22.1" and is "v22.2"');
    expect(program.calls()).toContainEqual(expect.stringMatching(/^create basalt-verify\/\S+:after --version -x$/));
  });

  it("loads an image of the store that the engine lacks, under the name that the Dockerfile gives it", async () => {
    const store = await openStore(testHost({ home }));
    await putImage(store, "node", debianImage({ packages: [] }), ["22"]);
    await store.close();
    const before = await original();
    const program = engineProgram({ images: { before, after: { ...before, config: { ...PORTS, User: "1000" } } } });
    const { code, stderr } = await verify(program);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("load registry.example/node:22 into the engine");
    expect(program.calls()).toContainEqual(expect.stringMatching(/^load -i .*\.tar$/));
    const there = engineProgram({ images: { before, after: before }, has: ["registry.example/node:22"] });
    await verify(there);
    expect(there.calls().filter((call) => call.startsWith("load"))).toEqual([]);
  });

  it.each([
    { flags: ["--probe", "health"], message: "--probe is [:PORT]/PATH" },
    { flags: ["--probe", ":70000/"], message: "--probe is [:PORT]/PATH" },
    { flags: ["--registry", "a b"], message: "--registry is HOST[:PORT][/PATH]" },
    { flags: ["--probe", "/", "--probe-args", "x"], message: "one of them is enough" },
  ])("refuses $flags", async ({ flags, message }) => {
    const { code, stderr } = await verify(engineProgram({ images: {} }), ...flags);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  });

  it("says when there is no engine, and when there is nothing to try", async () => {
    const { code, stderr } = await verify(engineProgram({ images: {}, versionStatus: 1 }));
    expect([code, stderr]).toEqual([1, expect.stringContaining("ENGINE_UNAVAILABLE")]);
    writeFileSync(file, "FROM example/unknown:1\n");
    const unknown = await verify(engineProgram({ images: {} }));
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("nothing to verify")]);
    writeFileSync(file, "FROM registry.example/node:22\n");
    const again = await verify(engineProgram({ images: {} }));
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("nothing to verify")]);
  });
});
