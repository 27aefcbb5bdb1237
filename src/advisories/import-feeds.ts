// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { gunzip } from "../formats/archive/gzip.js";
import { bytesOf, collect } from "../formats/bytes.js";
import { listNames, moveFile, readBytes, removeTree, statIfAny, writeStreamAtomic } from "../host/files.js";
import type { Host } from "../host/host.js";
import { createFeed, MAX_FEED_BYTES, type Feed } from "./feed.js";
import { readFeed } from "./read-feed.js";
import { requireDatabase } from "./read.js";
import { withAdvisoriesLock, writeFeeds, type FeedToWrite } from "./write.js";

/** What an import did. */
export interface Imported {
  readonly feeds: readonly { readonly title: string; readonly records: number }[];
  /** Files that hold no feed of a kind that Basalt reads. */
  readonly passedOver: readonly string[];
}

export interface ImportOptions {
  /** The files are the whole of what their publishers have, not extracts. */
  readonly isComplete: boolean;
  /** When the data were published, if they do not say so themselves. @default the file's modification time */
  readonly asOf?: Date;
}

const SQLITE_MAGIC = "SQLite format 3\0";

/**
 * Puts feeds, or a whole database made by `db export`, into the advisory database. Folders are searched for feeds.
 * @throws BasaltError `FEED_INVALID`, `FILE_NOT_FOUND`, `ADVISORIES_BUSY`
 */
export async function importFeeds(paths: readonly string[], options: ImportOptions, host: Host): Promise<Imported> {
  const feeds: FeedToWrite[] = [];
  const passedOver: string[] = [];
  const files = await filesOf(paths);
  for (const { path, isNamed } of files) {
    if (!isNamed && !/\.(?:json|jsonl|ndjson)(?:\.gz)?$/.test(path)) {
      passedOver.push(path);
      continue;
    }
    const bytes = await readPlain(path);
    if (bytes.subarray(0, 16).toString("latin1") === SQLITE_MAGIC) {
      if (files.length > 1)
        throw new BasaltError("FEED_INVALID", `${path} is a whole database, which takes the place of all feeds`, {
          action: "import it alone, then the other files",
        });
      await adoptDatabase(path, bytes, host);
      return { feeds: [{ title: "a whole advisory database", records: 0 }], passedOver };
    }
    const feed = readFeed(bytes.toString("utf8"), { name: path, isComplete: options.isComplete });
    if (feed !== undefined) feeds.push(await toWrite(feed, path, bytes, options));
    else if (isNamed) throw new BasaltError("FEED_INVALID", `${path} is not a feed that Basalt reads`);
    else passedOver.push(path);
  }
  if (feeds.length === 0) throw new BasaltError("FEED_INVALID", `no feed among ${paths.join(", ")}`);
  return { feeds: await writeFeeds(host.home.advisories, mergeByKind(feeds), host.now()), passedOver };
}

/** Copies the database to a file that `importFeeds` takes on another machine. */
export async function exportAdvisories(file: string, host: Host): Promise<void> {
  await writeStreamAtomic(file, bytesOf(await readBytes(host.home.advisories)));
}

interface FoundFile {
  readonly path: string;
  readonly isNamed: boolean;
}

async function filesOf(paths: readonly string[]): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    if ((await statIfAny(path))?.kind !== "directory") {
      found.push({ path, isNamed: true });
      continue;
    }
    for (const name of await listNames(path)) {
      const inner = join(path, name);
      if ((await statIfAny(inner))?.kind === "file") found.push({ path: inner, isNamed: false });
    }
  }
  return found;
}

async function readPlain(path: string): Promise<Buffer> {
  const bytes = await readBytes(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return collect(gunzip(bytesOf(bytes), path), { maxBytes: MAX_FEED_BYTES, name: path });
}

async function toWrite(feed: Feed, path: string, bytes: Buffer, options: ImportOptions): Promise<FeedToWrite> {
  const modifiedAt = (await statIfAny(path))?.modifiedAt ?? new Date(0);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { feed, source: path, sha256, asOf: (options.asOf ?? modifiedAt).toISOString() };
}

async function adoptDatabase(path: string, bytes: Buffer, host: Host): Promise<void> {
  const temporary = `${host.home.advisories}.imported`;
  await withAdvisoriesLock(host.home.advisories, async () => {
    try {
      await writeStreamAtomic(temporary, bytesOf(bytes));
      await requireDatabase(temporary, path);
      await moveFile(temporary, host.home.advisories);
    } finally {
      await removeTree(temporary);
    }
  });
}

/** Several files of one kind (NVD has one a year) make one feed. */
export function mergeByKind(feeds: readonly FeedToWrite[]): readonly FeedToWrite[] {
  const byKind = new Map<Feed["kind"], FeedToWrite>();
  for (const next of feeds) {
    const before = byKind.get(next.feed.kind);
    byKind.set(next.feed.kind, before === undefined ? next : merge(before, next));
  }
  return [...byKind.values()];
}

function merge(a: FeedToWrite, b: FeedToWrite): FeedToWrite {
  const feed = createFeed({
    kind: a.feed.kind,
    title: a.feed.title,
    coverage: [...a.feed.coverage, ...b.feed.coverage],
    advisories: chain(a.feed.advisories, b.feed.advisories),
    vulnerabilities: chain(a.feed.vulnerabilities, b.feed.vulnerabilities),
    exploited: chain(a.feed.exploited, b.feed.exploited),
  });
  const asOf = [a.feed.asOf ?? a.asOf, b.feed.asOf ?? b.asOf].toSorted()[0] ?? a.asOf; // as old as its oldest part
  const sha256 = createHash("sha256").update(`${a.sha256} ${b.sha256}`).digest("hex");
  return { feed, source: `${a.source}, ${b.source}`, sha256, asOf };
}

function* chain<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}
