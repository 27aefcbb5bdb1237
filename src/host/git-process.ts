// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { BasaltError } from "../errors.js";
import type { ByteStream } from "../formats/bytes.js";
import { through } from "../formats/through.js";
import type { Host } from "./host.js";
import { OFFLINE_CLIENT, redactUrl } from "./http.js";
import { findProgram } from "./programs.js";

/** A git program that reads no configuration but what it is given, and works in one folder. */
export interface Git {
  readonly program: string;
  /** The repository, without a work tree. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Which certificates are trusted is the machine's affair; everything else of git's environment stays out. */
const KEPT = new Set(["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"]);

/** Settings of each call: objects are checked as they come; nothing is run, cleaned up, or asked for. Source: git-config(1). */
const SETTINGS: readonly string[] = [
  "transfer.fsckObjects=true",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "fetch.writeCommitGraph=false",
  "http.lowSpeedLimit=1000", // bytes in a second; a server that hangs
  "http.lowSpeedTime=60",
];

/** The git program of this machine. @throws BasaltError `GIT_UNAVAILABLE`, `NETWORK_OFFLINE` */
export function requireGit(url: URL, host: Host): string {
  const name = redactUrl(url);
  if (host.http === OFFLINE_CLIENT)
    throw new BasaltError("NETWORK_OFFLINE", `${name} would be needed, and the network is switched off`);
  const program = findProgram("git", host.env);
  if (program === undefined) throw new BasaltError("GIT_UNAVAILABLE", `${name} cannot be asked: no git on the PATH`);
  return program;
}

/** Environment of a git that knows nothing of this machine's users. `home` is an empty folder. Source: git(1), "Environment Variables". */
export function gitEnvironment(home: string, protocol: "http" | "https" | "none"): Record<string, string | undefined> {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith("GIT_") && !KEPT.has(name));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    LC_ALL: "C",
  };
}

/** Runs git to its end and keeps what it prints. @throws BasaltError `CANCELLED`, `SIZE_LIMIT_EXCEEDED` */
export async function runGit(
  git: Git,
  args: readonly string[],
  options: {
    readonly protocol?: "http" | "https";
    readonly signal?: AbortSignal;
    readonly maxOutputBytes?: number;
  } = {},
): Promise<GitResult> {
  const { maxOutputBytes = MAX_OUTPUT_BYTES } = options;
  const { child, ended } = start(git, args, options);
  const output = { stdout: "", stderr: "" };
  let isTooLong = false;
  const keep = (stream: keyof typeof output, text: string): void => {
    output[stream] += text;
    if (output.stdout.length + output.stderr.length <= maxOutputBytes) return;
    isTooLong = true;
    killGroup(child);
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => keep("stdout", text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => keep("stderr", text));
  child.stdin?.on("error", () => undefined).end();
  const exitCode = await ended;
  if (isTooLong) throw new BasaltError("SIZE_LIMIT_EXCEEDED", `git prints more than ${maxOutputBytes} bytes`);
  return { exitCode, ...output };
}

/** What git prints while it reads `input`. @throws BasaltError `GIT_CONTENT` when git fails, `CANCELLED` */
export async function* streamGit(git: Git, args: readonly string[], input: ByteStream): AsyncGenerator<Buffer> {
  const { child, ended } = start(git, args, {});
  ended.catch(() => undefined); // thrown below
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(0, 2000)));
  if (child.stdin === null || child.stdout === null) throw new Error("internal: git without pipes");
  try {
    yield* through(input, child.stdin, child.stdout);
    if ((await ended) !== 0)
      throw new BasaltError("GIT_CONTENT", `a repository cannot be read: ${firstComplaint(complaint)}`);
  } finally {
    killGroup(child);
    await ended.catch(() => undefined);
  }
}

/** The line of git's messages that says what went wrong. */
export function firstComplaint(stderr: string): string {
  const line = stderr.split("\n").find((text) => /^(?:fatal|error|remote: (?:fatal|error)):/.test(text)) ?? "";
  return line.replace(/^(?:fatal|error): (?:unable to access '[^']*': )?/, "").slice(0, 300) || "git failed";
}

function start(
  git: Git,
  args: readonly string[],
  { protocol, signal }: { readonly protocol?: "http" | "https"; readonly signal?: AbortSignal },
): { readonly child: ChildProcess; readonly ended: Promise<number> } {
  const stops = [git.signal, signal].filter((one) => one !== undefined);
  const stop = stops.length === 0 ? undefined : AbortSignal.any(stops);
  if (stop?.aborted === true) throw new BasaltError("CANCELLED", "git was cancelled");
  const settings = SETTINGS.flatMap((setting) => ["-c", setting]);
  const child = spawn(git.program, [...settings, "--git-dir", git.folder, ...args], {
    cwd: git.folder,
    env: { ...process.env, ...gitEnvironment(git.folder, protocol ?? "none") },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // git starts programs of its own, which end with it this way
  });
  const kill = (): void => killGroup(child);
  stop?.addEventListener("abort", kill);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (stop?.aborted === true) reject(new BasaltError("CANCELLED", "git was cancelled", { cause: stop.reason }));
      else resolve(code ?? 1);
    });
  }).finally(() => stop?.removeEventListener("abort", kill));
  return { child, ended };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // all of it has ended
  }
}
