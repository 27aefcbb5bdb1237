// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..", "..");
export const PROGRAM = join(ROOT, "dist", "bin", "basalt.js");
/** Another client of that name may come first on the PATH. */
export const DOCKER = "/usr/bin/docker";

/** Advisory data for tests; not part of the project, so what needs them is skipped without. */
export const FEEDS = join(ROOT, "..", "shared", "feeds");
export const HAS_FEEDS = existsSync(FEEDS);

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

export interface RunResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that is. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(program, args, options);
  child.stdin?.on("error", () => undefined); // whoever does not want it may close it
  child.stdin?.end(options.input ?? "");
  const [stdout, stderr, status] = await Promise.all([textOf(child, "stdout"), textOf(child, "stderr"), ended(child)]);
  return { status, stdout, stderr };
}

/** Runs a program that has to succeed; answers what it printed. */
export async function must(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(program, args, options);
  if (status === 0) return stdout;
  throw new Error(`${[program, ...args].join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
}

export function start(program: string, args: readonly string[], { env, cwd }: RunOptions = {}): ChildProcess {
  return spawn(program, args, {
    env: { ...process.env, NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

export async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status));
  });
}

async function textOf(child: ChildProcess, name: "stdout" | "stderr"): Promise<string> {
  let text = "";
  for await (const chunk of child[name]?.setEncoding("utf8") ?? []) text += chunk;
  return text;
}
