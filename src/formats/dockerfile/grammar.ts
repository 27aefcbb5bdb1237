// SPDX-License-Identifier: Apache-2.0
// What BuildKit checks when it turns lines into instructions. Source: moby/buildkit v0.34, frontend/dockerfile/instructions/parse.go.
import { DockerfileFault } from "./fault.js";
import type { Instruction } from "./instruction.js";

interface Grammar {
  readonly flags: readonly string[];
  /** Fewest and most arguments, words or strings of a list. */
  readonly words: readonly [least: number, most: number];
}

const MANY = Number.POSITIVE_INFINITY;

const GRAMMAR: Readonly<Record<string, Grammar>> = {
  ADD: { flags: ["chown", "chmod", "link", "keep-git-dir", "checksum", "unpack", "exclude"], words: [2, MANY] },
  ARG: { flags: [], words: [1, MANY] },
  CMD: { flags: [], words: [0, MANY] },
  COPY: { flags: ["from", "chown", "chmod", "link", "parents", "exclude"], words: [2, MANY] },
  ENTRYPOINT: { flags: [], words: [0, MANY] },
  ENV: { flags: [], words: [1, MANY] },
  EXPOSE: { flags: [], words: [1, MANY] },
  FROM: { flags: ["platform"], words: [1, 3] },
  HEALTHCHECK: {
    flags: ["interval", "timeout", "start-period", "start-interval", "retries"],
    words: [1, MANY],
  },
  LABEL: { flags: [], words: [1, MANY] },
  MAINTAINER: { flags: [], words: [1, MANY] },
  ONBUILD: { flags: [], words: [1, MANY] },
  RUN: { flags: ["mount", "network", "security", "device"], words: [1, MANY] },
  SHELL: { flags: [], words: [1, MANY] },
  STOPSIGNAL: { flags: [], words: [1, MANY] },
  USER: { flags: [], words: [1, MANY] },
  VOLUME: { flags: [], words: [1, MANY] },
  WORKDIR: { flags: [], words: [1, MANY] },
};

/** Flags that may stand without a value. */
const SWITCHES = new Set(["link", "keep-git-dir", "unpack", "parents"]);

/** Flags that may be given again. */
const REPEATED = new Set(["mount", "exclude", "device"]);

const STAGE_NAME = /^[a-z][a-z0-9._-]*$/;
const NEVER_TRIGGERED = new Set(["ONBUILD", "FROM", "MAINTAINER"]);

/** @throws DockerfileFault */
export function checkInstruction(instruction: Instruction): void {
  const { keyword, line, flags } = instruction;
  const grammar = Object.hasOwn(GRAMMAR, keyword) ? GRAMMAR[keyword] : undefined;
  if (grammar === undefined) throw new DockerfileFault(line, `there is no instruction ${keyword}`);
  const unknown = flags.find(([name]) => !grammar.flags.includes(name));
  if (unknown !== undefined) throw new DockerfileFault(line, `${keyword} has no flag --${unknown[0]}`);
  const empty = flags.find(([name, value]) => value === "" && !SWITCHES.has(name));
  if (empty !== undefined) throw new DockerfileFault(line, `--${empty[0]} of ${keyword} needs a value`);
  const twice = flags.find(
    ([name], index) => !REPEATED.has(name) && flags.findIndex((each) => each[0] === name) < index,
  );
  if (twice !== undefined) throw new DockerfileFault(line, `--${twice[0]} is there twice`);
  const count = wordsOf(instruction).length;
  const [least, most] = grammar.words;
  if (count < least)
    throw new DockerfileFault(line, `${keyword} needs ${least === 1 ? "an argument" : `${least} arguments`}`);
  if (count > most)
    throw new DockerfileFault(line, `${keyword} has more than ${most === 1 ? "one argument" : `${most} arguments`}`);
  checkMeaning(instruction);
}

function checkMeaning(instruction: Instruction): void {
  const { keyword, line, trigger, args, json } = instruction;
  const words = wordsOf(instruction);
  if (keyword === "FROM" && !isFrom(words))
    throw new DockerfileFault(line, "FROM is written FROM image, or FROM image AS name, the name in small letters");
  if (keyword === "SHELL" && json === undefined) throw new DockerfileFault(line, "SHELL needs a list of strings");
  if (keyword === "HEALTHCHECK" && !isHealthcheck(args))
    throw new DockerfileFault(line, "HEALTHCHECK is followed by NONE, or by CMD and a command");
  const odd = keyword === "HEALTHCHECK" && !/^none$/i.test(args) ? instruction.flags.find(isOddHealthFlag) : undefined;
  if (odd !== undefined)
    throw new DockerfileFault(line, `--${odd[0]} of HEALTHCHECK cannot be ${JSON.stringify(odd[1])}`);
  if ((keyword === "ENV" || keyword === "LABEL") && !arePairs(args))
    throw new DockerfileFault(line, `${keyword} needs name=value`);
  if (keyword === "ARG" && pairWords(args).some((word) => word.startsWith("=")))
    throw new DockerfileFault(line, "ARG needs a name");
  if (trigger === undefined) return;
  if (NEVER_TRIGGERED.has(trigger.keyword))
    throw new DockerfileFault(line, `ONBUILD cannot keep ${trigger.keyword} for later`);
  checkInstruction(trigger);
}

function isFrom(words: readonly string[]): boolean {
  if (words.length === 1) return true;
  return words.length === 3 && words[1]?.toUpperCase() === "AS" && STAGE_NAME.test(words[2]?.toLowerCase() ?? "");
}

/** A number of tries, or a duration as Go writes it: nothing, or a millisecond and more. Source: Go, time.ParseDuration. */
function isOddHealthFlag([name, value]: readonly [string, string]): boolean {
  if (name === "retries") return !/^\+?0*[0-9]{1,9}$/.test(value);
  if (/^[-+]?0$/.test(value)) return false;
  if (!/^[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(value)) return true;
  let milliseconds = 0;
  for (const [, number = "0", unit = ""] of value.matchAll(/([0-9.]+)([a-zµμ]+)/g))
    milliseconds += Number(number) * (MILLISECONDS[unit] ?? 0);
  return milliseconds !== 0 && (value.startsWith("-") || milliseconds < 1 || milliseconds > MAX_MILLISECONDS);
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const MAX_MILLISECONDS = 9.22e12; // 63 bits of nanoseconds

function isHealthcheck(args: string): boolean {
  return /^none$/i.test(args) || /^cmd\s+\S/i.test(args);
}

/** Words between blanks that are in no quotes. */
function pairWords(args: string): readonly string[] {
  return args.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s])+/g) ?? [];
}

function arePairs(args: string): boolean {
  const words = pairWords(args);
  if (words[0]?.includes("=") === true) return words.every((word) => word.includes("=") && !word.startsWith("="));
  return words.length >= 2;
}

/** The arguments as BuildKit cuts them: strings of the list, else words between blanks. */
export function wordsOf({ json, args }: Pick<Instruction, "json" | "args">): readonly string[] {
  if (json !== undefined) return json;
  return args.split(/[\t\v\f\r ]+/).filter((word) => word !== "");
}
