// SPDX-License-Identifier: Apache-2.0
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSha256 } from "../formats/digest.js";
import { isFileLockHeld } from "./file-lock.js";
import { folderBytes, listNames, lstatIfAny, readTextIfAny, statIfAny, type FileFacts } from "./files.js";

/**
 * What lies in the cache: packages and other downloads; files of git commits; finished layers, and what is known of them; downloads that
 * broke off; package indexes; Release files; reports of image tests; what images have that somebody could use; folders of build stages; and what this version does not know.
 */
export const CACHE_KINDS = [
  "downloads",
  "git",
  "layers",
  "partial",
  "indexes",
  "releases",
  "tests",
  "surfaces",
  "stages",
  "other",
] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

/** Something that is used, and removed, as a whole. */
export interface CacheEntry {
  readonly kind: CacheKind;
  readonly path: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
  readonly lastUsed: Date;
  /** Whether a prune that was killed left it: nobody can use it any more. */
  readonly isLeftover: boolean;
  /** Files that only say where this one is. */
  readonly notes: readonly string[];
}

/** Folders whose children are entries of their own, and those whose files below are. */
const WHOLE_FOLDERS: Readonly<Record<string, CacheKind>> = { indexes: "indexes", stages: "stages" };
const FOLDERS_OF_FILES: Readonly<Record<string, CacheKind>> = {
  releases: "releases",
  layers: "layers",
  tests: "tests",
  surfaces: "surfaces",
};
export const LOCK_SUFFIX = ".lock";

/** What keeps the cache in order is not in it: marks and locks. */
const NOT_ENTRIES = /^(?:users|pruning\.lock(?:\.takeover)?)$/;
/** A remembered layer begins with its descriptor. */
const LAYER_DIGEST = /"digest":"sha256:([0-9a-f]{64})"/;
const LAYER_HEAD_BYTES = 512;
/** End of the name of a folder that is being removed. */
export const REMOVING_SUFFIX = ".removing";

/** Everything in the cache. What disappears meanwhile is left out. @throws BasaltError `FILE_UNREADABLE` */
export async function* listCacheEntries(cacheFolder: string): AsyncGenerator<CacheEntry> {
  for (const name of await listNames(cacheFolder)) {
    const path = join(cacheFolder, name);
    const [kind, filesKind] = [WHOLE_FOLDERS[name], FOLDERS_OF_FILES[name]];
    if (NOT_ENTRIES.test(name)) continue;
    if (name === "content") yield* listContent(path, join(cacheFolder, "layers"));
    else if (filesKind !== undefined) yield* filesOf(path, filesKind);
    else if ((await statIfAny(path))?.kind === "directory") yield* childrenOf(path, kind ?? "other");
    else yield* entryOf(path, "other");
  }
}

async function* listContent(content: string, layers: string): AsyncGenerator<CacheEntry> {
  const names = await readNames(content, layers);
  for (const folder of await listNames(content)) {
    const path = join(content, folder);
    if (folder === "partial") yield* listPartial(path);
    else if (folder === "sha256") {
      for await (const entry of filesOf(path, "downloads")) {
        const sha256 = entry.path.slice(-64);
        const notes = names.notes.get(sha256) ?? [];
        names.notes.delete(sha256);
        yield { ...entry, kind: isSha256(sha256) ? (names.kinds.get(sha256) ?? "downloads") : "other", notes };
      }
    } else if (folder !== "by-integrity" && folder !== "by-work") yield* entryOf(path, "other");
  }
  // Notes of files that are gone.
  for (const notes of names.notes.values()) for (const path of notes) yield* entryOf(path, "downloads");
}

/** Downloads that broke off. Of their locks those that nobody holds and that guard no file: of processes that were killed early. */
async function* listPartial(folder: string): AsyncGenerator<CacheEntry> {
  const names = new Set(await listNames(folder));
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith(LOCK_SUFFIX)) {
      const isAlone = !names.has(name.slice(0, -LOCK_SUFFIX.length)) && !(await isFileLockHeld(path));
      if (isAlone) yield* entryOf(path, "partial");
    } else if (!name.endsWith(".takeover")) yield* entryOf(path, "partial");
  }
}

interface ContentNames {
  /** By SHA-256; files that nothing names are downloads. */
  readonly kinds: Map<string, CacheKind>;
  readonly notes: Map<string, readonly string[]>;
}

async function readNames(content: string, layers: string): Promise<ContentNames> {
  const names: ContentNames = { kinds: new Map(), notes: new Map() };
  for (const folder of ["by-integrity", "by-work"]) {
    for (const name of await listNames(join(content, folder))) {
      const path = join(content, folder, name);
      const sha256 = (await readTextIfAny(path))?.trim() ?? "";
      names.notes.set(sha256, [...(names.notes.get(sha256) ?? []), path]);
      if (name.startsWith("git-")) names.kinds.set(sha256, "git");
    }
  }
  for await (const { path } of filesOf(layers, "layers")) {
    const sha256 = LAYER_DIGEST.exec(await headOf(path))?.[1];
    if (sha256 !== undefined) names.kinds.set(sha256, "layers");
  }
  return names;
}

async function headOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  try {
    const { buffer, bytesRead } = (await file?.read(Buffer.alloc(LAYER_HEAD_BYTES))) ?? { buffer: "", bytesRead: 0 };
    return buffer.toString("latin1").slice(0, bytesRead);
  } finally {
    await file?.close();
  }
}

async function* filesOf(folder: string, kind: CacheKind): AsyncGenerator<CacheEntry> {
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    const facts = await lstatIfAny(path);
    if (facts?.kind === "directory") yield* filesOf(path, kind);
    else yield* entryOf(path, kind);
  }
}

async function* childrenOf(folder: string, kind: CacheKind): AsyncGenerator<CacheEntry> {
  for (const name of await listNames(folder)) yield* entryOf(join(folder, name), kind);
}

async function* entryOf(path: string, kind: CacheKind): AsyncGenerator<CacheEntry> {
  const facts = await lstatIfAny(path);
  if (facts === undefined) return;
  const isFolder = facts.kind === "directory";
  const sizeBytes = isFolder ? await folderBytes(path) : facts.sizeBytes;
  yield {
    kind,
    path,
    isFolder,
    sizeBytes,
    lastUsed: await lastUseOf(path, facts),
    isLeftover: path.endsWith(REMOVING_SUFFIX),
    notes: [],
  };
}

/** Of a folder the newest time of itself and of what lies directly in it. */
export async function lastUseOf(path: string, facts: FileFacts): Promise<Date> {
  if (facts.kind !== "directory") return facts.modifiedAt;
  const names = await readdir(path).catch(() => []);
  const times = await Promise.all(
    names.map(async (name) => (await lstatIfAny(join(path, name)))?.modifiedAt.getTime()),
  );
  return new Date(Math.max(facts.modifiedAt.getTime(), ...times.filter((time) => time !== undefined)));
}
