// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isFileLockHeld, isProcessAlive } from "./file-lock.js";
import { listNames, makeDirectory, removeTree, statIfAny, type FileFacts } from "./files.js";
import { wait } from "./wait.js";

/*
 * Builds and a prune of one cache at the same time, without a lock on every file. Who uses the cache leaves a mark that says since when,
 * and gives what it uses a new time. A prune takes its lock, then reads the marks, then the times: it removes nothing that was used since
 * the oldest mark. Who uses the cache writes mark and time first and looks at the lock next, and waits for a prune that it meets: one of
 * the two always sees the other.
 */

/** What was used a shorter time ago is not given a new time again: an unchanged build writes nothing. */
export const USE_PRECISION_MS = 10 * 60 * 1000;

const HEARTBEAT_MS = 10 * 60 * 1000;
/** Marks of other machines and containers, whose processes cannot be seen from here. */
const FOREIGN_MARK_MS = 3 * HEARTBEAT_MS;
/** A living process of that number may be another one by now. */
const OWN_MARK_MS = 24 * 60 * 60 * 1000;
const POLL_MS = 25;

/** Marks of this process by cache folder. */
const marks = new Map<string, Promise<string>>();
/** Paths of those that were made, for the end of the process. */
const files = new Set<string>();
let heartbeat: NodeJS.Timeout | undefined;

/** Held by the one process that prunes. */
export function pruneLockPath(cacheFolder: string): string {
  return join(cacheFolder, "pruning.lock");
}

/** Says that this process uses the cache from now on, and waits for a prune that is under way. */
export async function enterCache(cacheFolder: string): Promise<void> {
  const known = marks.get(cacheFolder);
  if (known !== undefined) return void (await known);
  const mark = makeMark(cacheFolder);
  marks.set(cacheFolder, mark);
  await mark;
}

/** Takes the mark of this process away: what it used may be pruned. */
export async function leaveCache(cacheFolder: string): Promise<void> {
  const mark = await marks.get(cacheFolder);
  marks.delete(cacheFolder);
  if (mark === undefined) return;
  files.delete(mark);
  await removeTree(mark);
}

/** Notes that a file or folder of the cache is used; answers what it is, or undefined where there is none. */
export async function useCacheEntry(cacheFolder: string, path: string): Promise<FileFacts | undefined> {
  await enterCache(cacheFolder);
  const facts = await statIfAny(path);
  if (facts === undefined) return undefined;
  const ageMs = Date.now() - facts.modifiedAt.getTime();
  if (ageMs >= 0 && ageMs < USE_PRECISION_MS) return facts;
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // somebody else's file, or a disk to read only
  return (await waitForPrune(cacheFolder)) ? statIfAny(path) : facts;
}

/** Since when processes that live have used the cache; undefined where there are none. Marks of dead ones are removed. */
export async function cacheUsedSince(cacheFolder: string): Promise<Date | undefined> {
  let since: number | undefined;
  for (const name of await listNames(marksFolder(cacheFolder))) {
    const path = join(marksFolder(cacheFolder), name);
    const startMs = await readMark(path);
    if (startMs === undefined) await removeTree(path);
    else since = Math.min(since ?? startMs, startMs);
  }
  return since === undefined ? undefined : new Date(since);
}

async function makeMark(cacheFolder: string): Promise<string> {
  const path = join(marksFolder(cacheFolder), `${process.pid}-${randomBytes(6).toString("hex")}`);
  // The time before the file is made: what a prune meets half-written counts from the time of the file.
  const content = JSON.stringify({ pid: process.pid, machine: hostname(), since: Date.now() });
  try {
    await makeDirectory(marksFolder(cacheFolder));
    await writeFile(path, content, { flag: "wx" });
    files.add(path);
    keepAlive();
  } catch {
    // Where no mark can be written nothing can be pruned either, or the work fails by itself.
  }
  await waitForPrune(cacheFolder);
  return path;
}

function keepAlive(): void {
  if (heartbeat !== undefined) return;
  heartbeat = setInterval(() => {
    const now = new Date();
    for (const path of files) void utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  process.once("exit", () => {
    for (const path of files) rmSync(path, { force: true });
  });
}

/** When the process of a mark began, in milliseconds since the epoch; undefined when it has died. */
async function readMark(path: string): Promise<number | undefined> {
  const facts = await statIfAny(path);
  if (facts === undefined) return undefined;
  const ageMs = Date.now() - facts.modifiedAt.getTime();
  try {
    const mark = JSON.parse(await readFile(path, "utf8")) as Readonly<Record<string, unknown>>;
    const { pid, machine, since } = mark;
    if (typeof pid !== "number" || typeof since !== "number") throw new Error("not a mark");
    const isAlive = machine === hostname() ? isProcessAlive(pid) && ageMs < OWN_MARK_MS : ageMs < FOREIGN_MARK_MS;
    return isAlive ? since : undefined;
  } catch {
    return ageMs < FOREIGN_MARK_MS ? facts.modifiedAt.getTime() : undefined; // being written, or damaged
  }
}

/** Answers whether there was one. */
async function waitForPrune(cacheFolder: string): Promise<boolean> {
  let hasWaited = false;
  while (await isFileLockHeld(pruneLockPath(cacheFolder))) {
    hasWaited = true;
    await wait(POLL_MS, undefined);
  }
  return hasWaited;
}

function marksFolder(cacheFolder: string): string {
  return join(cacheFolder, "users");
}
