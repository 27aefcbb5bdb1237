// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync, statfsSync, type Dirent } from "node:fs";
import { join } from "node:path";

/** How much a program in a sandbox may take; beyond any of these it is ended, with everything that it started. */
export interface SandboxLimits {
  readonly timeoutMs: number;
  readonly processes: number;
  /** Resident memory of all its processes together. */
  readonly memoryBytes: number;
  /** What it may write to the disk that `root` lies on. */
  readonly diskBytes: number;
  /** What it may print. */
  readonly outputBytes: number;
}

/** What is looked at. */
export interface Watched {
  readonly limits: SandboxLimits;
  /** What the program may write to. */
  readonly folders: readonly string[];
}

const WATCH_MS = 250;
const BLOCK_BYTES = 512; // of stat(2), whatever the file system has
const PAGE_BYTES = 4096; // smaller than pages of some machines, whose sandboxes then get more memory than asked for

export interface Watcher {
  readonly exceed: (what: string) => void;
  /** Called with the number of its first process. */
  readonly begin: (pid: string) => void;
  readonly fail: (error: unknown) => void;
  /** Whether it could not start another process. */
  readonly hasReached: () => boolean;
}

/** Looks at what the sandbox uses. Answers whether it has started. */
export function watch(
  child: ChildProcess,
  watched: Watched,
  { exceed, begin, fail, hasReached }: Watcher,
): () => boolean {
  let namespace: string | undefined;
  let info = "";
  child.stdio[3]?.on("data", (bytes: Buffer) => {
    info += bytes.toString();
    const pid = /"child-pid":\s*([0-9]+)/.exec(info)?.[1];
    if (pid === undefined || namespace !== undefined) return;
    namespace = namespaceOf(pid) ?? "ended";
    try {
      begin(pid);
    } catch (error) {
      fail(error);
    }
  });
  const { limits } = watched;
  const hasFilled = watchDisk(watched);
  const look = (): void => {
    if (hasFilled()) exceed(`${limits.diskBytes} bytes of disk`);
    if (hasReached()) exceed(`${limits.processes} processes`);
    if (namespace === undefined) return;
    const inside = processesIn(namespace);
    if (inside.length > limits.processes) exceed(`${limits.processes} processes`);
    const memory = inside.reduce((sum, pid) => sum + residentBytes(pid), 0);
    if (memory > limits.memoryBytes) exceed(`${limits.memoryBytes} bytes of memory`);
  };
  const timer = setInterval(look, WATCH_MS);
  child.once("close", () => clearInterval(timer));
  return () => namespace !== undefined;
}

/** Others write to the same disk: only when it has that much less room it is worth while to count what the sandbox wrote. */
export function watchDisk({ folders, limits }: Watched): () => boolean {
  const startedAt = Date.now();
  let free = folders.map(freeBytes);
  return () => {
    if (!folders.some((folder, index) => (free[index] ?? 0) - freeBytes(folder) > limits.diskBytes)) return false;
    const written = folders.reduce((sum, folder) => sum + bytesWritten(folder, startedAt), 0);
    if (written > limits.diskBytes) return true;
    free = folders.map((folder) => freeBytes(folder) + written);
    return false;
  };
}

/** What files below a folder take up that were changed since then; what cannot be looked at is not counted. */
function bytesWritten(folder: string, sinceMs: number): number {
  let bytes = 0;
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (entry.isDirectory()) bytes += bytesWritten(path, sinceMs);
    else if (facts !== undefined && facts.ctimeMs >= sinceMs) bytes += facts.blocks * BLOCK_BYTES;
  }
  return bytes;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // removed meanwhile
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Processes of a PID namespace, by their numbers outside. Source: proc_pid_ns(5). */
function processesIn(namespace: string): readonly string[] {
  return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && namespaceOf(name) === namespace);
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // it has ended, or is somebody else's
  }
}

/** Source: proc_pid_statm(5), the second number, in pages. */
function residentBytes(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
