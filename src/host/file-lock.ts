// SPDX-License-Identifier: Apache-2.0
import { rmSync } from "node:fs";
import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { fileError, hasErrno, makeDirectory } from "./files.js";

export interface FileLock {
  /** Does nothing the second time. */
  release: () => Promise<void>;
}

/** How long a file may stay empty, or a takeover last, before its process must have died: both take microseconds. */
const GRACE_MS = 5_000;

/** How often the files of held locks get a new time, for other machines and containers, which do not see this process. */
const HEARTBEAT_MS = 10_000;
/** After this silence a lock of another machine or container is nobody's. */
const SILENCE_MS = 6 * HEARTBEAT_MS;
/** Number and machine; without a machine it is a lock of an earlier version. */
const HOLDER = /^([1-9][0-9]*)(?: (\S+))?\n?$/;

/** Paths of the locks that this process holds: in containers, where all have number 1, the number alone does not tell. */
const own = new Set<string>();
let heartbeat: NodeJS.Timeout | undefined;

/**
 * Takes an advisory lock that names this process and machine, or answers undefined when a living process holds it or is taking it. The
 * lock of a process that has died is taken over. @throws BasaltError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `DISK_FULL`
 */
export async function acquireFileLock(path: string): Promise<FileLock | undefined> {
  const file = resolve(path);
  await makeDirectory(dirname(file));
  return (await take(file)) ?? ((await isHeld(file)) ? undefined : takeOver(file));
}

/** Makes the lock's file, unless there is one. */
async function take(file: string): Promise<FileLock | undefined> {
  try {
    const handle = await open(file, "wx");
    own.add(file);
    try {
      await handle.writeFile(`${process.pid} ${hostname()}\n`);
      keepAlive();
    } catch (cause) {
      release(file);
      throw cause;
    } finally {
      await handle.close();
    }
    let isHeld = true;
    return {
      release: async () => {
        if (isHeld) release(file);
        isHeld = false;
      },
    };
  } catch (cause) {
    if (hasErrno(cause, "EEXIST")) return undefined;
    throw fileError(cause, file);
  }
}

/** In one step, so that no other part of this process sees one half. */
function release(file: string): void {
  rmSync(file, { force: true });
  own.delete(file);
  if (own.size > 0) return;
  clearInterval(heartbeat);
  heartbeat = undefined;
}

function keepAlive(): void {
  heartbeat ??= setInterval(() => {
    const now = new Date();
    for (const file of own) void utimes(file, now, now).catch(() => undefined); // released meanwhile
  }, HEARTBEAT_MS).unref();
}

/**
 * Several may find that a lock was left behind. One of them makes the file beside it and looks again: by then another may
 * have taken the lock over, and its file must stay.
 */
async function takeOver(file: string): Promise<FileLock | undefined> {
  const guard = await take(`${file}.takeover`);
  if (guard === undefined) {
    if (!(await isYounger(`${file}.takeover`, GRACE_MS))) await rm(`${file}.takeover`, { force: true }); // for the next who asks
    return undefined;
  }
  try {
    if (await isHeld(file)) return undefined;
    await rm(file, { force: true });
    return await take(file);
  } finally {
    await guard.release();
  }
}

/** Whether a living process holds a lock, or is taking it. */
export async function isFileLockHeld(path: string): Promise<boolean> {
  return isHeld(resolve(path));
}

async function isHeld(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch(() => "");
  // An empty file was just made by a process that has not written its number yet.
  if (text === "") return isYounger(file, GRACE_MS);
  const [, number, machine = hostname()] = HOLDER.exec(text) ?? [];
  if (number === undefined) return false;
  if (machine !== hostname()) return isYounger(file, SILENCE_MS);
  const pid = Number(number);
  return pid === process.pid ? own.has(file) : isProcessAlive(pid);
}

async function isYounger(file: string, ageMs: number): Promise<boolean> {
  const facts = await stat(file).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs < ageMs;
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrno(error, "EPERM");
  }
}
