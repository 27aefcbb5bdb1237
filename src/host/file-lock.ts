// SPDX-License-Identifier: Apache-2.0
import { rmSync } from "node:fs";
import { open, readFile, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileError, hasErrno, makeDirectory } from "./files.js";

export interface FileLock {
  /** Does nothing the second time. */
  release: () => Promise<void>;
}

/** How long a file may stay empty, or a takeover last, before its process must have died: both take microseconds. */
const GRACE_MS = 5_000;

/** Paths of the locks that this process holds: in containers, where all have number 1, the number alone does not tell. */
const own = new Set<string>();

/**
 * Takes an advisory lock that names this process, or answers undefined when a living process holds it or is taking it. The
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
      await handle.writeFile(`${process.pid}\n`);
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
}

/**
 * Several may find that a lock was left behind. One of them makes the file beside it and looks again: by then another may
 * have taken the lock over, and its file must stay.
 */
async function takeOver(file: string): Promise<FileLock | undefined> {
  const guard = await take(`${file}.takeover`);
  if (guard === undefined) {
    if (!(await isRecent(`${file}.takeover`))) await rm(`${file}.takeover`, { force: true }); // for the next who asks
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
  if (text === "") return isRecent(file);
  const pid = Number(text.trim());
  if (pid === process.pid) return own.has(file);
  return Number.isInteger(pid) && pid > 0 && isProcessAlive(pid);
}

async function isRecent(file: string): Promise<boolean> {
  const facts = await stat(file).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs < GRACE_MS;
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrno(error, "EPERM");
  }
}
