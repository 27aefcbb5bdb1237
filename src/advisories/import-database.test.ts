// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  cvssText,
  feedFiles,
  kevText,
  openUntilFinished,
  trackerText,
  VECTORS,
} from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { acquireFileLock } from "../host/file-lock.js";
import { listNames } from "../host/files.js";
import type { Host } from "../host/host.js";
import { openSqlite } from "../host/sqlite.js";
import { exportAdvisories, importFeeds } from "./import-feeds.js";

const PARTIAL = { isComplete: false };
const TRACKER = trackerText({
  zlib: { "CVE-1": { trixie: { status: "open", urgency: "low", nodsa: "Minor issue" } } },
  openssl: { "CVE-2": { trixie: { status: "resolved", fixed_version: "3.5.1-1" } } },
});

async function hostWithFeeds(texts: readonly string[]): Promise<Host> {
  const host = testHost();
  const files = feedFiles(Object.fromEntries(texts.map((text, index) => [`${index}.json`, text])));
  await importFeeds(files, PARTIAL, host);
  return host;
}

describe("a database that is taken to another machine", () => {
  it("says there what it said here", async () => {
    const from = await hostWithFeeds([TRACKER, kevText(["CVE-1"]), cvssText({ "CVE-1": { "nvd:v3": VECTORS.high } })]);
    const file = join(temporaryFolder(), "advisories.basalt");
    await exportAdvisories(file, from);
    const to = testHost();
    await importFeeds([file], PARTIAL, to);
    const [here, there] = [await openUntilFinished(from), await openUntilFinished(to)];
    expect(there.feeds).toEqual(here.feeds);
    for (const name of ["zlib", "openssl"])
      expect(there.about("debian:13", name)).toEqual(here.about("debian:13", name));
    expect(there.vulnerability("CVE-1")).toEqual(here.vulnerability("CVE-1"));
    expect(there.isExploited("CVE-1")).toBe(true);
  });

  it("may be packed on the way", async () => {
    const from = await hostWithFeeds([TRACKER]);
    const file = join(temporaryFolder(), "advisories.gz");
    writeFileSync(file, gzipSync(readFileSync(from.home.advisories)));
    const to = testHost();
    await importFeeds([file], PARTIAL, to);
    expect((await openUntilFinished(to)).feeds).toHaveLength(1);
  });

  it("takes the place of what was there, as a whole", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    await exportAdvisories(file, await hostWithFeeds([kevText(["CVE-1"])]));
    const to = await hostWithFeeds([TRACKER]);
    await importFeeds([file], PARTIAL, to);
    expect((await openUntilFinished(to)).feeds.map((feed) => feed.kind)).toEqual(["kev"]);
  });

  it("cannot be exported where there is none", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    expect(await codeOf(() => exportAdvisories(file, testHost()))).toBe("FILE_NOT_FOUND");
  });

  it("is not exchanged while another process changes the one here", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    await exportAdvisories(file, await hostWithFeeds([kevText(["CVE-1"])]));
    const to = await hostWithFeeds([TRACKER]);
    const lock = await acquireFileLock(`${to.home.advisories}.lock`);
    expect(await codeOf(() => importFeeds([file], PARTIAL, to))).toBe("ADVISORIES_BUSY");
    await lock?.release();
  });

  it("is not taken together with feeds that would be lost", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    await exportAdvisories(file, await hostWithFeeds([kevText(["CVE-1"])]));
    const [tracker = ""] = feedFiles({ "tracker.json": TRACKER });
    const to = testHost();
    const code = await codeOf(() => importFeeds([tracker, file], PARTIAL, to));
    const kinds = (await openUntilFinished(to)).feeds.map((feed) => feed.kind);
    // Refused, or both taken: never passed over in silence.
    expect(code === undefined ? kinds : ["refused"]).toEqual(
      code === undefined ? ["debian-tracker", "kev"] : ["refused"],
    );
  });
});

describe("a file that is no advisory database", () => {
  const HEADER = Buffer.from("SQLite format 3\0");
  const CASES: readonly { summary: string; make: (whole: Buffer) => Buffer }[] = [
    { summary: "a header and nothing else", make: () => HEADER },
    { summary: "a header with nonsense behind it", make: () => Buffer.concat([HEADER, Buffer.alloc(8000, 0x61)]) },
    { summary: "a database that is cut off", make: (whole) => whole.subarray(0, 6000) },
    { summary: "a database whose first page is damaged", make: (whole) => damaged(whole, 16, 100) },
    { summary: "a database whose tables are damaged", make: (whole) => damaged(whole, 100, whole.length) },
  ];

  it.each(CASES)("$summary is refused", async ({ make }) => {
    const from = await hostWithFeeds([TRACKER]);
    const file = join(temporaryFolder(), "advisories.db");
    writeFileSync(file, make(readFileSync(from.home.advisories)));
    expect(await codeOf(() => importFeeds([file], PARTIAL, testHost()))).toBe("FEED_INVALID");
  });

  const OTHERS = [
    { summary: "a database of another program", sql: "CREATE TABLE t (a TEXT)" },
    {
      summary: "an advisory database of another format",
      sql: "CREATE TABLE feeds (id TEXT); PRAGMA user_version = 99",
    },
    { summary: "a database that only has our number", sql: "CREATE TABLE t (a TEXT); PRAGMA user_version = 1" },
  ];

  it.each(OTHERS)("$summary is refused", async ({ sql }) => {
    const file = join(temporaryFolder(), "other.db");
    const connection = await openSqlite(file);
    connection.exec(sql);
    connection.close();
    expect(await codeOf(() => importFeeds([file], PARTIAL, testHost()))).toBe("FEED_INVALID");
  });

  it("leaves the old database as it was, and nothing beside it", async () => {
    const to = await hostWithFeeds([TRACKER]);
    const before = readFileSync(to.home.advisories);
    const file = join(temporaryFolder(), "other.db");
    const connection = await openSqlite(file);
    connection.exec("CREATE TABLE t (a TEXT)");
    connection.close();
    expect(await codeOf(() => importFeeds([file], PARTIAL, to))).toBe("FEED_INVALID");
    expect(readFileSync(to.home.advisories).equals(before)).toBe(true);
    expect(await listNames(to.home.root)).toEqual(["advisories.db"]);
  });
});

function damaged(whole: Buffer, from: number, to: number): Buffer {
  return Buffer.from(whole.map((byte, at) => (at >= from && at < to ? byte ^ 0x5a : byte)));
}
