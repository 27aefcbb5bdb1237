// SPDX-License-Identifier: Apache-2.0
import { wordsOfScript } from "./script-words.js";
import type { Variables } from "./variables.js";

/** What of package.json decides how a program starts. */
export interface PackageJson {
  readonly main?: string;
  readonly type?: string;
  readonly packageManager?: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** Reads package.json; undefined when it is no object of JSON. */
export function readPackageJson(text: string): PackageJson | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { main, type, packageManager } = value;
  return {
    ...(typeof main === "string" ? { main } : {}),
    ...(typeof type === "string" ? { type } : {}),
    ...(typeof packageManager === "string" ? { packageManager } : {}),
    scripts: stringsOf(value["scripts"]),
    bin: stringsOf(value["bin"]),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** A program of Node.js that a package manager would have started. */
export interface NodeStart {
  readonly argv: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  /** What a person has to look at. */
  readonly remarks: readonly string[];
}

const RUNNERS = new Set(["npm", "yarn", "pnpm", "npx", "bun", "corepack"]);
const MAX_DEPTH = 8;
/** What people write into package.json is far below this. */
const MAX_SCRIPT = 4_096;

/** Whether a command is one of a package manager of Node.js. */
export function isPackageRunner(argv: readonly string[]): boolean {
  return RUNNERS.has(programOf(argv));
}

function programOf(argv: readonly string[]): string {
  const first = argv[0] ?? "";
  return first.slice(first.lastIndexOf("/") + 1);
}

/** The script of package.json that a command of a package manager runs, if it is known. */
export function scriptOf(argv: readonly string[], pkg: PackageJson | undefined): string | undefined {
  const call = readRunnerCall(argv);
  return call?.kind === "script" ? pkg?.scripts[call.name] : undefined;
}

/**
 * What `npm start`, `yarn serve`, `npx serve` and the like start in the end; a text when that takes a shell or cannot be known.
 * Without package.json `npm start` is `node server.js`. Source: docs.npmjs.com/cli, "scripts", "npm start".
 */
export function resolveNodeStart(
  argv: readonly string[],
  pkg: PackageJson | undefined,
  variables: Variables,
  depth = 0,
): NodeStart | string {
  if (depth > MAX_DEPTH) return "its scripts call each other in a circle";
  const call = readRunnerCall(argv);
  if (call === undefined) return `what ${argv.join(" ")} starts is not known`;
  if (call.kind === "program") return nodeProgram([call.name, ...call.args], pkg, variables, depth);
  const script = pkg?.scripts[call.name];
  if (script === undefined) return withoutScript(call, pkg, variables, depth);
  if (script.length > MAX_SCRIPT) return `the script ${JSON.stringify(call.name)} of package.json is too long`;
  const words = wordsOfScript(script, variables);
  if (typeof words === "string")
    return `the script ${JSON.stringify(call.name)} of package.json is ${JSON.stringify(script)}: ${words}`;
  const resolved = nodeProgram([...words.argv, ...call.args], pkg, variables, depth);
  if (typeof resolved === "string") return resolved;
  const before = pkg?.scripts[`pre${call.name}`];
  const remarks =
    before === undefined
      ? []
      : [`the script ${JSON.stringify(`pre${call.name}`)} of package.json (${before}) no longer runs before the start`];
  return { ...resolved, env: [...words.env, ...resolved.env], remarks: [...remarks, ...resolved.remarks] };
}

type RunnerCall = { readonly kind: "script" | "program"; readonly name: string; readonly args: readonly string[] };

function readRunnerCall(argv: readonly string[]): RunnerCall | undefined {
  const runner = programOf(argv);
  const rest = argv
    .slice(1)
    .filter(
      (word, index, all) =>
        !(word.startsWith("-") && word !== "--" && !all.slice(0, index).some((other) => !other.startsWith("-"))),
    );
  const [verb, ...args] = rest;
  const own = args[0] === "--" ? args.slice(1) : args;
  if (runner === "corepack") return readRunnerCall(argv.slice(1));
  if (verb === undefined) return undefined;
  if (runner === "npx") return { kind: "program", name: verb, args: own };
  if (verb === "exec" || verb === "dlx" || verb === "x")
    return own[0] === undefined ? undefined : { kind: "program", name: own[0], args: own.slice(1) };
  if (verb === "run" || verb === "run-script") {
    const [name, ...more] = own;
    return name === undefined ? undefined : { kind: "script", name, args: more[0] === "--" ? more.slice(1) : more };
  }
  if (verb === "start" || verb === "test" || runner === "yarn" || runner === "pnpm")
    return { kind: "script", name: verb, args: own };
  return undefined;
}

function withoutScript(
  call: RunnerCall,
  pkg: PackageJson | undefined,
  variables: Variables,
  depth: number,
): NodeStart | string {
  if (call.name === "start") {
    const remarks =
      pkg === undefined ? ["package.json is not known: npm start is node server.js unless it says otherwise"] : [];
    return { argv: ["node", "server.js", ...call.args], env: [], remarks };
  }
  // yarn and pnpm start programs of packages by their names
  if (pkg !== undefined && call.name !== "test") return nodeProgram([call.name, ...call.args], pkg, variables, depth);
  return `package.json is not known, so neither is its script ${JSON.stringify(call.name)}`;
}

/** Where packages have their programs: links of .bin are scripts for a shell with pnpm. */
const PROGRAM_FILES: Readonly<Record<string, string>> = {
  next: "next/dist/bin/next",
  nest: "@nestjs/cli/bin/nest.js",
  serve: "serve/build/main.js",
  vite: "vite/bin/vite.js",
  "ts-node": "ts-node/dist/bin.js",
  tsx: "tsx/dist/cli.mjs",
  "http-server": "http-server/bin/http-server",
  "json-server": "json-server/lib/bin.js",
  "react-router-serve": "@react-router/serve/bin.js",
  "remix-serve": "@remix-run/serve/dist/cli.js",
  strapi: "@strapi/strapi/bin/strapi.js",
};

/** Programs that watch files while somebody works on them, and what they start is the first argument. */
const WATCHERS = new Set(["nodemon", "node-dev", "supervisor"]);

function nodeProgram(
  argv: readonly string[],
  pkg: PackageJson | undefined,
  variables: Variables,
  depth: number,
): NodeStart | string {
  const program = programOf(argv);
  if (isPackageRunner(argv)) return resolveNodeStart(argv, pkg, variables, depth + 1);
  const args = argv.slice(1);
  if (program === "node" || program === "nodejs") return { argv: ["node", ...args], env: [], remarks: [] };
  if (program === "cross-env" || program === "cross-env-shell") return withCrossEnv(args, pkg, variables, depth);
  if (WATCHERS.has(program)) {
    const script = args.find((word) => !word.startsWith("-")) ?? pkg?.main ?? "index.js";
    return {
      argv: ["node", script],
      env: [],
      remarks: [`${program} starts programs anew while somebody works on them; node starts ${script}`],
    };
  }
  const own = pkg?.bin[program];
  if (own !== undefined) return { argv: ["node", own, ...args], env: [], remarks: [] };
  if (/^[./]/.test(argv[0] ?? "")) return { argv, env: [], remarks: [] };
  const file = Object.hasOwn(PROGRAM_FILES, program) ? PROGRAM_FILES[program] : undefined;
  return { argv: ["node", `node_modules/${file ?? `.bin/${program}`}`, ...args], env: [], remarks: [] };
}

function withCrossEnv(
  args: readonly string[],
  pkg: PackageJson | undefined,
  variables: Variables,
  depth: number,
): NodeStart | string {
  const at = args.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (at === -1) return "cross-env starts nothing";
  const env = args
    .slice(0, at)
    .map((word): readonly [string, string] => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
  const inner = nodeProgram(args.slice(at), pkg, variables, depth + 1);
  return typeof inner === "string" ? inner : { ...inner, env: [...env, ...inner.env] };
}
