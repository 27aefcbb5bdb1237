// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { BasaltError, type ErrorCode } from "../errors.js";
import type { ByteStream } from "../formats/bytes.js";
import { through } from "../formats/through.js";

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Full path of a program on the PATH, or undefined. */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      continue; // not here: look in the next folder
    }
  }
  return undefined;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Ends the program when it has printed more than that. @default without a bound */
  readonly maxOutputBytes?: number;
}

/** Runs a program to its end and keeps what it prints. @throws BasaltError `SIZE_LIMIT_EXCEEDED` */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { maxOutputBytes = Infinity } = options;
    const output = { stdout: "", stderr: "" };
    const keep = (stream: keyof typeof output, text: string): void => {
      output[stream] += text;
      if (output.stdout.length + output.stderr.length <= maxOutputBytes) return;
      child.kill("SIGKILL");
      // What it started may live on, and writes into nothing then.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new BasaltError("SIZE_LIMIT_EXCEEDED", `${program} prints more than ${maxOutputBytes} bytes`));
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => keep("stdout", text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => keep("stderr", text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, ...output }));
    child.stdin.on("error", () => undefined); // a program may end without reading all of its input
    child.stdin.end(options.input ?? "");
  });
}

/** Sends a stream through a program. @throws BasaltError `code` when the program fails */
export async function* filterThrough(
  program: string,
  args: readonly string[],
  source: ByteStream,
  failure: { readonly code: ErrorCode; readonly name: string },
): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve) =>
    child.on("close", (code) => resolve(code ?? 1)).on("error", () => resolve(127)),
  );
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  try {
    yield* through(source, child.stdin, child.stdout);
    const exitCode = await ended;
    if (exitCode !== 0)
      throw new BasaltError(failure.code, `${failure.name} cannot be read: ${complaint.trim() || `${program} failed`}`);
  } finally {
    child.kill("SIGKILL");
  }
}

/** A program that runs beside this one. */
export interface ChildProgram {
  readonly ended: Promise<number>;
  /** Asks it to end. */
  readonly stop: () => void;
}

/** Starts a program that shares stderr with this one. It gets this process's environment with `env` on top. */
export function startChild(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProgram {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
  const ended = new Promise<number>((resolve) => {
    child.on("close", (code) => resolve(code ?? 1));
    child.on("error", () => resolve(127));
  });
  return { ended, stop: () => void child.kill("SIGTERM") };
}
