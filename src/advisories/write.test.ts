// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { openUntilFinished } from "../../test/support/feed-files.js";
import { TEST_NOW, testHost } from "../../test/support/host.js";
import { acquireFileLock } from "../host/file-lock.js";
import { listNames } from "../host/files.js";
import { openSqlite } from "../host/sqlite.js";
import { createFeed, type Advisory, type Feed } from "./feed.js";
import { writeFeeds, type FeedToWrite } from "./write.js";

const AT = "2026-11-01T00:00:00.000Z";

function open(vulnerability: string): Advisory {
  return { ecosystem: "debian:13", package: "zlib", vulnerability, state: "open", isUnimportant: false };
}

function tracker(parts: Partial<Feed>): FeedToWrite {
  const feed = createFeed({ kind: "debian-tracker", title: "Tracker", ...parts });
  return { feed, source: "test", sha256: "00", asOf: AT };
}

function many(prefix: string): readonly Advisory[] {
  return Array.from({ length: 3000 }, (_, index) => open(`${prefix}-${String(index).padStart(4, "0")}`));
}

function* thenFail(...items: readonly Advisory[]): Generator<Advisory> {
  yield* items;
  throw new Error("the feed breaks off here");
}

describe("while feeds are written", () => {
  it("readers that have the old database open go on with it", async () => {
    const { home } = testHost();
    await writeFeeds(home.advisories, [tracker({ advisories: [open("CVE-OLD")] })], TEST_NOW);
    const old = await openUntilFinished(testHost({ home: home.root }));
    await writeFeeds(home.advisories, [tracker({ advisories: [open("CVE-NEW")] })], TEST_NOW);
    const fresh = await openUntilFinished(testHost({ home: home.root }));
    const ids = [old, fresh].map((advisories) =>
      advisories.about("debian:13", "zlib").map((item) => item.vulnerability),
    );
    expect(ids).toEqual([["CVE-OLD"], ["CVE-NEW"]]);
  });

  it("a reader sees nothing of what is not finished", async () => {
    const { home } = testHost();
    await writeFeeds(home.advisories, [tracker({ advisories: [open("CVE-OLD")] })], TEST_NOW);
    const before = readFileSync(home.advisories);
    let during: Buffer | undefined;
    const advisories = (function* (): Generator<Advisory> {
      yield open("CVE-NEW");
      during = readFileSync(home.advisories);
      yield open("CVE-NEWER");
    })();
    await writeFeeds(home.advisories, [tracker({ advisories })], TEST_NOW);
    expect(during?.equals(before)).toBe(true);
    expect(readFileSync(home.advisories).equals(before)).toBe(false);
  });
});

describe("when writing fails", () => {
  it("the old database stays as it was, and nothing lies beside it", async () => {
    const { home } = testHost();
    await writeFeeds(home.advisories, [tracker({ advisories: [open("CVE-OLD")] })], TEST_NOW);
    const before = readFileSync(home.advisories);
    await expect(
      writeFeeds(home.advisories, [tracker({ advisories: thenFail(open("CVE-NEW")) })], TEST_NOW),
    ).rejects.toThrow("breaks off");
    expect(readFileSync(home.advisories).equals(before)).toBe(true);
    expect(await listNames(home.root)).toEqual(["advisories.db"]);
  });

  it("no database appears where none was", async () => {
    const { home } = testHost();
    await expect(writeFeeds(home.advisories, [tracker({ advisories: thenFail() })], TEST_NOW)).rejects.toThrow();
    expect(existsSync(home.advisories)).toBe(false);
  });

  it("a failing feed takes those before it with it: all or none", async () => {
    const { home } = testHost();
    const good = { ...tracker({}), feed: createFeed({ kind: "kev", title: "KEV" }) };
    await expect(writeFeeds(home.advisories, [good, tracker({ advisories: thenFail() })], TEST_NOW)).rejects.toThrow();
    expect((await openUntilFinished(testHost({ home: home.root }))).feeds).toEqual([]);
  });

  it("the next one may begin at once", async () => {
    const { home } = testHost();
    await expect(writeFeeds(home.advisories, [tracker({ advisories: thenFail() })], TEST_NOW)).rejects.toThrow();
    expect(await writeFeeds(home.advisories, [tracker({})], TEST_NOW)).toEqual([{ title: "Tracker", records: 0 }]);
  });
});

describe("two writers", () => {
  it("a second one is told to come back", async () => {
    const { home } = testHost();
    const works = [tracker({ advisories: [open("CVE-1")] }), tracker({ advisories: [open("CVE-2")] })].map((feed) =>
      codeOf(() => writeFeeds(home.advisories, [feed], TEST_NOW)),
    );
    expect(new Set(await Promise.all(works))).toEqual(new Set(["ADVISORIES_BUSY", undefined]));
  });

  it("one whose lock is held by a living process is told to come back", async () => {
    const { home } = testHost();
    const lock = await acquireFileLock(`${home.advisories}.lock`);
    expect(await codeOf(() => writeFeeds(home.advisories, [tracker({})], TEST_NOW))).toBe("ADVISORIES_BUSY");
    await lock?.release();
    expect(await codeOf(() => writeFeeds(home.advisories, [tracker({})], TEST_NOW))).toBeUndefined();
  });

  it("the lock and the half-made file of a process that died are no obstacle", async () => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    writeFileSync(`${home.advisories}.lock`, "4194305\n"); // above the largest process number of Linux
    writeFileSync(`${home.advisories}.new`, "half");
    expect(await codeOf(() => writeFeeds(home.advisories, [tracker({})], TEST_NOW))).toBeUndefined();
    expect(await listNames(home.root)).toEqual(["advisories.db"]);
  });
});

it("the journal that a killed import left is not applied to the next one", async () => {
  const { home } = testHost();
  await writeFeeds(home.advisories, [tracker({ advisories: many("CVE-OLD") })], TEST_NOW);
  const half = `${home.advisories}.half`;
  copyFileSync(home.advisories, half);
  const killed = await openSqlite(half);
  killed.exec("PRAGMA cache_size = 2; BEGIN; DELETE FROM advisories");
  const journal = readFileSync(`${half}-journal`);
  killed.close();
  await writeFeeds(home.advisories, [tracker({ advisories: many("CVE-NEW").slice(0, 2000) })], TEST_NOW);
  writeFileSync(`${home.advisories}.new-journal`, journal);
  await writeFeeds(home.advisories, [{ ...tracker({}), feed: createFeed({ kind: "kev", title: "KEV" }) }], TEST_NOW);
  const advisories = await openUntilFinished(testHost({ home: home.root }));
  const ids = advisories.about("debian:13", "zlib").map((advisory) => advisory.vulnerability);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([2000, "CVE-NEW-0000", "CVE-NEW-1999"]);
});

describe("a file that is no database of this format", () => {
  it("one of another format is made anew", async () => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    const other = await openSqlite(home.advisories);
    other.exec("CREATE TABLE feeds (id TEXT); PRAGMA user_version = 99");
    other.close();
    await writeFeeds(home.advisories, [tracker({ advisories: [open("CVE-1")] })], TEST_NOW);
    expect((await openUntilFinished(testHost({ home: home.root }))).feeds).toHaveLength(1);
  });

  const DAMAGED = [
    { summary: "an empty file is made anew", content: "" },
    { summary: "a file of something else is made anew", content: "this is not a database\n".repeat(200) },
    { summary: "a header without a database is made anew", content: "SQLite format 3\0" },
  ];

  it.each(DAMAGED)("$summary", async ({ content }) => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    writeFileSync(home.advisories, content);
    expect(await codeOf(() => writeFeeds(home.advisories, [tracker({})], TEST_NOW))).toBeUndefined();
    expect((await openUntilFinished(testHost({ home: home.root }))).feeds).toHaveLength(1);
  });
});

it("a record that a feed has twice is stored once", async () => {
  const { home } = testHost();
  const twice = [open("CVE-1"), { ...open("CVE-1"), state: "not-affected" as const }];
  await writeFeeds(home.advisories, [tracker({ advisories: twice })], TEST_NOW);
  const advisories = await openUntilFinished(testHost({ home: home.root }));
  expect(advisories.about("debian:13", "zlib")).toHaveLength(1);
});

it("makes the folder that the database lies in", async () => {
  const { home } = testHost();
  const path = join(home.root, "a", "b", "advisories.db");
  await writeFeeds(path, [tracker({})], TEST_NOW);
  expect(existsSync(path)).toBe(true);
});
