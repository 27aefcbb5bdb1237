// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { chmod, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BasaltError } from "../errors.js";
import {
  lastUseOf,
  listCacheEntries,
  LOCK_SUFFIX,
  REMOVING_SUFFIX,
  type CacheEntry,
  type CacheKind,
} from "./cache-entries.js";
import { cacheUsedSince, pruneLockPath, USE_PRECISION_MS } from "./cache-use.js";
import { acquireFileLock, type FileLock } from "./file-lock.js";
import { fileError, hasErrno, lstatIfAny, statIfAny } from "./files.js";

export interface PruneOptions {
  /** Other kinds are neither removed nor counted. */
  readonly kinds: readonly CacheKind[];
  /** Removes what was not used since. */
  readonly unusedSince?: Date;
  /** Removes what was used longest ago, until no more than this is left. */
  readonly keepBytes?: number;
  readonly isDryRun: boolean;
}

export interface PruneResult {
  readonly removed: readonly CacheEntry[];
  /** What would have gone, had no running process used the cache since. */
  readonly inUse: readonly CacheEntry[];
  /** What could not be removed, and why. */
  readonly failures: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Removes what the options ask for, while builds may run: what a living process has used since it began stays. A process that is killed
 * on the way leaves nothing half-removed. @throws BasaltError `CACHE_BUSY`, `FILE_UNREADABLE`
 */
export async function pruneCache(cacheFolder: string, options: PruneOptions): Promise<PruneResult> {
  if (options.isDryRun || (await statIfAny(cacheFolder)) === undefined)
    return { ...(await choose(cacheFolder, options)), failures: [] };
  const lock = await takeLock(cacheFolder, options);
  if (lock === undefined) throw new BasaltError("CACHE_BUSY", `another process is pruning ${cacheFolder}`);
  try {
    const { removed: chosen, inUse } = await choose(cacheFolder, options);
    const removed: CacheEntry[] = [];
    const failures: { readonly path: string; readonly reason: string }[] = [];
    for (const entry of chosen) {
      try {
        if (await removeEntry(entry)) removed.push(entry);
      } catch (error) {
        if (!(error instanceof BasaltError)) throw error;
        failures.push({ path: entry.path, reason: error.message });
      }
    }
    return { removed, inUse, failures };
  } finally {
    await lock.release();
  }
}

/** A disk without room for the lock's few bytes gets some by the first removal. */
async function takeLock(cacheFolder: string, options: PruneOptions): Promise<FileLock | undefined> {
  try {
    return await acquireFileLock(pruneLockPath(cacheFolder));
  } catch (error) {
    const isFull = error instanceof BasaltError && error.code === "DISK_FULL";
    const first = isFull
      ? (await choose(cacheFolder, options)).removed.find(({ sizeBytes }) => sizeBytes > 0)
      : undefined;
    if (first === undefined || !(await removeEntry(first))) throw error;
    return acquireFileLock(pruneLockPath(cacheFolder));
  }
}

async function choose(cacheFolder: string, options: PruneOptions): Promise<Omit<PruneResult, "failures">> {
  const { kinds, unusedSince, keepBytes } = options;
  // The marks before the times: see cache-use.ts.
  const usedSince = await cacheUsedSince(cacheFolder);
  const entries: CacheEntry[] = [];
  for await (const entry of listCacheEntries(cacheFolder)) if (kinds.includes(entry.kind)) entries.push(entry);
  entries.sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime() || (a.path < b.path ? -1 : 1));
  const isAll = unusedSince === undefined && keepBytes === undefined;
  let leftBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed: CacheEntry[] = [];
  const inUse: CacheEntry[] = [];
  for (const entry of entries) {
    const isLeftover = entry.isLeftover;
    const isOld = isLeftover || (unusedSince !== undefined && entry.lastUsed < unusedSince);
    const isTooMuch = keepBytes !== undefined && leftBytes > keepBytes;
    if (!isAll && !isOld && !isTooMuch) continue;
    const isFree =
      isLeftover || usedSince === undefined || entry.lastUsed.getTime() < usedSince.getTime() - USE_PRECISION_MS;
    (isFree ? removed : inUse).push(entry);
    if (isFree) leftBytes -= entry.sizeBytes;
  }
  return { removed, inUse };
}

/** Answers false for what was used again, or has gone. */
async function removeEntry(entry: CacheEntry): Promise<boolean> {
  const facts = await lstatIfAny(entry.path);
  if (facts === undefined || (await lastUseOf(entry.path, facts)) > entry.lastUsed) return false;
  if (entry.kind === "partial") return removePartial(entry.path);
  if (entry.isFolder) {
    // Out of sight in one step, so that nobody finds a half of it.
    const target = entry.isLeftover ? entry.path : join(dirname(entry.path), `${randomUUID()}${REMOVING_SUFFIX}`);
    await rename(entry.path, target).catch((cause: unknown) => {
      throw fileError(cause, entry.path);
    });
    await forceRemove(target);
    return true;
  }
  // The file before its notes: a note that leads nowhere is none.
  for (const path of [entry.path, ...entry.notes]) await forceRemove(path);
  return true;
}

/** A download that goes on keeps its lock; one that was left goes with it. */
async function removePartial(path: string): Promise<boolean> {
  const isLock = path.endsWith(LOCK_SUFFIX);
  const lock = await acquireFileLock(isLock ? path : `${path}${LOCK_SUFFIX}`);
  if (lock === undefined) return false;
  try {
    if (!isLock) await forceRemove(path);
    return true;
  } finally {
    await lock.release();
  }
}

/** Also folders that may not be written to, as Go's module cache has them. @throws BasaltError `FILE_UNREADABLE` */
async function forceRemove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (cause) {
    if (!hasErrno(cause, "EACCES", "EPERM", "ENOTEMPTY")) throw fileError(cause, path);
    await makeWritable(path);
    await rm(path, { recursive: true, force: true }).catch((again: unknown) => {
      throw fileError(again, path);
    });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined); // whoever may not do that is told by the removal
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
