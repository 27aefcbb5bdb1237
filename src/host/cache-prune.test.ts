// SPDX-License-Identifier: Apache-2.0
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, streamOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Hex } from "../formats/digest.js";
import { parseIntegrity } from "../formats/integrity.js";
import { CACHE_KINDS, listCacheEntries, type CacheEntry } from "./cache-entries.js";
import { pruneCache, type PruneOptions, type PruneResult } from "./cache-prune.js";
import { pruneLockPath, USE_PRECISION_MS } from "./cache-use.js";
import { ContentCache } from "./content-cache.js";
import { acquireFileLock } from "./file-lock.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const SHA = sha256Hex("hello");

function age(path: string, days: number): void {
  const time = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, time, time);
}

/** A cache with these files below it, by how many days ago they were used; a name that ends in a slash is a folder. */
function cacheOf(files: Readonly<Record<string, number>>): string {
  const folder = temporaryFolder();
  for (const [name, days] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, "hello");
    age(path, days);
  }
  return folder;
}

async function entriesOf(folder: string): Promise<readonly CacheEntry[]> {
  const entries: CacheEntry[] = [];
  for await (const entry of listCacheEntries(folder)) entries.push(entry);
  return entries;
}

function prune(folder: string, options: Partial<PruneOptions> = {}): Promise<PruneResult> {
  return pruneCache(folder, { kinds: CACHE_KINDS, isDryRun: false, ...options });
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}

describe("what is in a cache", () => {
  const cases = [
    { summary: "a download", file: `content/sha256/${SHA.slice(0, 2)}/${SHA}`, kind: "downloads" },
    { summary: "another file beside downloads", file: "content/sha256/2c/notes.txt", kind: "other" },
    { summary: "a download that broke off", file: "content/partial/sha256-00", kind: "partial" },
    { summary: "an alias of a file that is gone", file: "content/by-integrity/sha512-00", kind: "downloads" },
    { summary: "a folder that this version does not know", file: "content/new/thing", kind: "other" },
    { summary: "a Release file", file: "releases/00.json", kind: "releases" },
    { summary: "a remembered layer", file: "layers/00/0011.json", kind: "layers" },
    { summary: "a report of tests", file: "tests/00/0011.json", kind: "tests" },
    { summary: "an index, with its folder", file: "indexes/0011/Packages", kind: "indexes" },
    { summary: "a stage's folder, with what is in it", file: "stages/0011/go/pkg/mod", kind: "stages" },
    { summary: "what later versions keep", file: "wheels/0011/file", kind: "other" },
    { summary: "a file at the top", file: "README", kind: "other" },
  ];
  it.each(cases)("$summary is one entry", async ({ file, kind }) => {
    const [entry, ...others] = await entriesOf(cacheOf({ [file]: 1 }));
    expect(entry).toMatchObject({ kind, sizeBytes: 5, isLeftover: false });
    expect(others).toEqual([]);
  });

  it("files of git and of layers are told from downloads, and their notes go with them", async () => {
    const folder = temporaryFolder();
    const cache = new ContentCache(folder);
    await cache.remember("git-tar-1-00", await cache.store(streamOf("commit")));
    const layer = await cache.store(streamOf("layer"));
    mkdirSync(join(folder, "layers", "00"), { recursive: true });
    const text = `{"descriptor":{"mediaType":"x","digest":"sha256:${layer.sha256}","size":5}}`;
    writeFileSync(join(folder, "layers", "00", "00.json"), text);
    const path = join(folder, "finished");
    writeFileSync(path, "hello");
    const integrity = parseIntegrity(`sha512:${"ab".repeat(64)}`);
    await cache.adopt(path, { sha256: SHA, sizeBytes: 5, integrity });
    await cache.leave();
    const kinds = (await entriesOf(folder)).map(({ kind, sizeBytes, notes }) => `${kind} ${sizeBytes} ${notes.length}`);
    expect(kinds.toSorted()).toEqual(["downloads 5 1", "git 6 1", `layers ${text.length} 0`, "layers 5 0"]);
    await prune(folder);
    expect(await entriesOf(folder)).toEqual([]);
    expect(readdirSync(join(folder, "content", "by-integrity"))).toEqual([]);
    expect(readdirSync(join(folder, "content", "by-work"))).toEqual([]);
  });

  it("marks and locks are not, nor is anything where there is no cache", async () => {
    const files = {
      "users/1-00": 0,
      "pruning.lock": 0,
      "pruning.lock.takeover": 0,
      "content/partial/a.lock.takeover": 0,
    };
    expect(await entriesOf(cacheOf(files))).toEqual([]);
    expect(await entriesOf(join(temporaryFolder(), "none"))).toEqual([]);
  });

  it("links that lead in circles, or far away, count themselves", async () => {
    const folder = cacheOf({ "stages/a/": 1, "releases/": 1 });
    symlinkSync("loop", join(folder, "stages", "a", "loop"));
    symlinkSync("/proc/kcore", join(folder, "releases", "kcore.json"));
    symlinkSync("circle", join(folder, "releases", "circle.json"));
    for (const { sizeBytes } of await entriesOf(folder)) expect(sizeBytes).toBeLessThan(20);
  });
});

describe("what a prune takes", () => {
  const FILES = { "releases/a": 40, "releases/b": 20, "stages/c/x": 10, "indexes/d/Packages": 1 };
  const cases = [
    { summary: "everything", options: {}, left: [] },
    { summary: "what was not used for 30 days", options: { unusedSince: daysAgo(30) }, left: ["b", "c", "d"] },
    { summary: "nothing that is younger", options: { unusedSince: daysAgo(50) }, left: ["a", "b", "c", "d"] },
    { summary: "what was used longest ago until little enough is left", options: { keepBytes: 12 }, left: ["c", "d"] },
    { summary: "all of it where nothing may be left", options: { keepBytes: 0 }, left: [] },
    { summary: "nothing where there is room", options: { keepBytes: 20 }, left: ["a", "b", "c", "d"] },
    { summary: "what either asks for", options: { unusedSince: daysAgo(30), keepBytes: 10 }, left: ["c", "d"] },
    { summary: "one kind", options: { kinds: ["releases"] as const }, left: ["c", "d"] },
    {
      summary: "one kind, as much as is too much of it",
      options: { kinds: ["releases"] as const, keepBytes: 5 },
      left: ["b", "c", "d"],
    },
    { summary: "nothing in a dry run", options: { isDryRun: true }, left: ["a", "b", "c", "d"] },
  ];
  it.each(cases)("$summary", async ({ options, left }) => {
    const folder = cacheOf(FILES);
    age(join(folder, "stages", "c"), 10);
    age(join(folder, "indexes", "d"), 40); // its newest file counts
    const { removed } = await prune(folder, options);
    const names = ["releases", "stages", "indexes"].flatMap((name) => readdirSync(join(folder, name)));
    expect(names.toSorted()).toEqual(left);
    expect(removed).toHaveLength(options.isDryRun === true ? 4 : 4 - left.length);
    expect(existsSync(pruneLockPath(folder))).toBe(false);
  });

  it("folders that may not be written to go as well", async () => {
    const folder = cacheOf({ "stages/a/mod/pkg/file": 40 });
    for (const path of ["stages/a/mod/pkg", "stages/a/mod"]) chmodSync(join(folder, path), 0o555);
    await prune(folder);
    expect(readdirSync(join(folder, "stages"))).toEqual([]);
  });

  it("what a prune that was killed left goes at once, also while the cache is used", async () => {
    const folder = cacheOf({ "stages/00.removing/file": 0 });
    const cache = new ContentCache(folder);
    await cache.use(folder);
    await prune(folder, { unusedSince: daysAgo(30) });
    expect(readdirSync(join(folder, "stages"))).toEqual([]);
    await cache.leave();
  });

  it("a link goes, and what it leads to stays", async () => {
    const folder = cacheOf({ "stages/": 40 });
    const elsewhere = cacheOf({ file: 40 });
    symlinkSync(elsewhere, join(folder, "stages", "a"));
    await prune(folder);
    expect(readdirSync(join(folder, "stages"))).toEqual([]);
    expect(readdirSync(elsewhere)).toEqual(["file"]);
  });

  it("a home that is a link is pruned like any other", async () => {
    const link = join(temporaryFolder(), "link");
    symlinkSync(cacheOf({ "releases/a": 40 }), link);
    expect((await prune(link)).removed).toHaveLength(1);
  });

  it("there may be no cache", async () => {
    const folder = join(temporaryFolder(), "none");
    expect((await prune(folder)).removed).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it("one prune at a time", async () => {
    const folder = cacheOf({ "releases/a": 40 });
    const lock = await acquireFileLock(pruneLockPath(folder));
    expect(await codeOf(() => prune(folder))).toBe("CACHE_BUSY");
    await lock?.release();
    expect((await prune(folder)).removed).toHaveLength(1);
  });
});

function mark(folder: string, parts: Readonly<Record<string, unknown>>, hoursOld = 0): void {
  const path = join(folder, "users", "mark");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(parts));
  age(path, hoursOld / 24);
}

describe("a cache in use", () => {
  it("what a process has used since it began stays, and what it did not use goes", async () => {
    const folder = cacheOf({ "releases/used": 40, "releases/unused": 40, "stages/fresh/file": 0 });
    const cache = new ContentCache(folder);
    await cache.use(join(folder, "releases", "used"));
    const { removed, inUse } = await prune(folder);
    expect(removed.map(({ path }) => path)).toEqual([join(folder, "releases", "unused")]);
    expect(inUse).toHaveLength(2);
    await cache.leave();
    expect((await prune(folder)).removed).toHaveLength(2);
    expect(readdirSync(join(folder, "users"))).toEqual([]);
  });

  it("a file in the cache is used by finding it, and not by looking what there is", async () => {
    const folder = temporaryFolder();
    const cache = new ContentCache(folder);
    const file = await cache.store(streamOf("hello"));
    age(file.path, 40);
    for await (const listed of cache.list()) expect(listed.path).toBe(file.path);
    expect((await prune(folder, { isDryRun: true })).removed).toHaveLength(1);
    await cache.find(file.sha256);
    expect((await prune(folder)).removed).toHaveLength(0);
    await cache.leave();
  });

  it("a file that was used a moment ago is not touched again", async () => {
    const folder = cacheOf({ "releases/a": 0 });
    const path = join(folder, "releases", "a");
    const before = new Date(Date.now() - USE_PRECISION_MS / 2);
    utimesSync(path, before, before);
    const cache = new ContentCache(folder);
    expect((await cache.use(path))?.modifiedAt).toEqual(before);
    expect((await cache.use(path))?.modifiedAt).toEqual(before);
    expect((await prune(folder)).removed).toEqual([]);
    await cache.leave();
  });

  it("who comes while a prune is under way waits for its end", async () => {
    const folder = cacheOf({ "releases/a": 40 });
    const lock = await acquireFileLock(pruneLockPath(folder));
    const cache = new ContentCache(folder);
    let isDone = false;
    const using = cache.use(join(folder, "releases", "a")).then((facts) => {
      isDone = true;
      return facts;
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(isDone).toBe(false);
    await lock?.release();
    expect(await using).toMatchObject({ kind: "file" });
    await cache.leave();
  });

  const marks = [
    { summary: "a process that has died", parts: { pid: 2 ** 22 + 1, since: 0 }, hoursOld: 0, keeps: false },
    { summary: "a process of another machine", parts: { pid: 1, machine: "else", since: 0 }, hoursOld: 0, keeps: true },
    { summary: "one that fell silent", parts: { pid: 1, machine: "else", since: 0 }, hoursOld: 1, keeps: false },
    { summary: "a mark that cannot be read", parts: {}, hoursOld: 1, keeps: false },
  ];
  it.each(marks)("$summary keeps files: $keeps", async ({ parts, hoursOld, keeps }) => {
    const folder = cacheOf({ "releases/a": 1 });
    mark(folder, { machine: hostname(), ...parts }, hoursOld);
    expect((await prune(folder)).removed).toHaveLength(keeps ? 0 : 1);
  });

  it("a download that goes on stays, and one that was left goes with its lock", async () => {
    const folder = cacheOf({ "content/partial/a": 40, "content/partial/b": 40 });
    const lock = await acquireFileLock(join(folder, "content", "partial", "a.lock"));
    const held = await acquireFileLock(join(folder, "content", "partial", "c.lock"));
    for (const name of ["b", "d"])
      writeFileSync(join(folder, "content", "partial", `${name}.lock`), `${2 ** 22 + 1}\n`);
    await prune(folder);
    expect(readdirSync(join(folder, "content", "partial")).toSorted()).toEqual(["a", "a.lock", "c.lock"]);
    await Promise.all([lock, held].map(async (one) => one?.release()));
  });
});
