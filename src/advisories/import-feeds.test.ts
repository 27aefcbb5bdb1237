// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  cvssText,
  feedFiles,
  kevText,
  nodejsText,
  nvdText,
  openUntilFinished,
  trackerText,
  VECTORS,
} from "../../test/support/feed-files.js";
import { testHost, TEST_NOW } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { importFeeds, type ImportOptions } from "./import-feeds.js";

const PARTIAL: ImportOptions = { isComplete: false };
const OPEN = { trixie: { status: "open" } };
const TRACKER = trackerText({ zlib: { "CVE-2026-0001": OPEN } });
const NODEJS = nodejsText([{ cve: ["CVE-2026-0002"], vulnerable: "22.x", patched: "^22.1.1" }]);

async function importTexts(
  files: Readonly<Record<string, string | Buffer>>,
  host: Host,
  options = PARTIAL,
): Promise<void> {
  await importFeeds(feedFiles(files), options, host);
}

async function idsAbout(host: Host, ecosystem: string, name: string): Promise<readonly string[]> {
  const advisories = await openUntilFinished(host);
  return advisories.about(ecosystem, name).map((advisory) => advisory.vulnerability);
}

describe("what an import takes", () => {
  it("reads several files of several kinds and says how much each held", async () => {
    const files = feedFiles({ "a.json": TRACKER, "b.json": NODEJS, "c.json": kevText(["CVE-1", "CVE-2"]) });
    const imported = await importFeeds(files, PARTIAL, testHost());
    expect(imported).toEqual({
      feeds: [
        { title: "Debian security tracker", records: 1 },
        { title: "Node.js core vulnerabilities", records: 1 },
        { title: "CISA Known Exploited Vulnerabilities", records: 2 },
      ],
      passedOver: [],
    });
  });

  it("reads files packed with gzip, whatever they are called", async () => {
    const host = testHost();
    await importTexts({ "tracker.json.gz": gzipSync(TRACKER), "list.dat": gzipSync(NODEJS) }, host);
    expect((await openUntilFinished(host)).feeds.map((feed) => feed.kind)).toEqual(["debian-tracker", "nodejs-core"]);
  });

  it("searches a folder, and passes over what is no feed", async () => {
    const [tracker = "", ...others] = feedFiles({
      "tracker.json": TRACKER,
      "README.md": "# Feeds",
      "schema.json": '{"type":"object"}',
      "vex.json": '{"statements":[]}',
      "list.tar.xz": Buffer.from([0xfd, 0x37]),
    });
    mkdirSync(join(dirname(tracker), "sub.json"));
    const imported = await importFeeds([dirname(tracker)], PARTIAL, testHost());
    expect(imported.feeds).toEqual([{ title: "Debian security tracker", records: 1 }]);
    expect([...imported.passedOver].toSorted()).toEqual([...others].toSorted());
  });

  it("takes files and folders together", async () => {
    const host = testHost();
    const [tracker = ""] = feedFiles({ "tracker.json": TRACKER });
    const [list = ""] = feedFiles({ "list.json": NODEJS });
    await importFeeds([dirname(tracker), list], PARTIAL, host);
    expect((await openUntilFinished(host)).feeds).toHaveLength(2);
  });

  it("makes one feed of several files of a kind, with all that they hold", async () => {
    const host = testHost();
    const other = trackerText({ openssl: { "CVE-2026-0003": { bookworm: { status: "open" } } } });
    await importTexts({ "a.json": TRACKER, "b.json": other }, host);
    const advisories = await openUntilFinished(host);
    expect(advisories.feeds.map((feed) => [feed.kind, feed.records])).toEqual([["debian-tracker", 2]]);
    expect(advisories.covers("debian:13", "zlib")).toBe(true);
    expect(advisories.covers("debian:12", "openssl")).toBe(true);
    expect(advisories.covers("debian:12", "zlib")).toBe(false);
  });
});

describe("what an import refuses", () => {
  const CASES: readonly { summary: string; files: Readonly<Record<string, string | Buffer>> }[] = [
    { summary: "a named file that is JSON, but no feed", files: { "a.json": "{}" } },
    { summary: "a named file that is not JSON", files: { "a.txt": "hello" } },
    { summary: "a named list of nonsense", files: { "a.json": '[1, "two", {}]' } },
    { summary: "an empty file", files: { "a.json": "" } },
    { summary: "a good feed beside a damaged one", files: { "a.json": TRACKER, "b.json": NODEJS.slice(0, -5) } },
  ];

  it.each(CASES)("$summary", async ({ files }) => {
    expect(await codeOf(() => importTexts(files, testHost()))).toBe("FEED_INVALID");
  });

  const PACKED = gzipSync(TRACKER);
  const BROKEN = [
    { summary: "gzip that is cut off", content: PACKED.subarray(0, PACKED.length - 9) },
    {
      summary: "gzip with a wrong checksum",
      content: Buffer.from(PACKED.map((byte, at) => (at === PACKED.length - 6 ? byte ^ 1 : byte))),
    },
    { summary: "a gzip header and nothing else", content: PACKED.subarray(0, 10) },
    { summary: "two bytes that begin gzip", content: PACKED.subarray(0, 2) },
  ];

  it.each(BROKEN)("$summary", async ({ content }) => {
    expect(await codeOf(() => importTexts({ "a.json.gz": content }, testHost()))).toBe("GZIP_INVALID");
  });

  it("a folder without feeds", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "settings.json"), "{}");
    expect(await codeOf(() => importFeeds([folder], PARTIAL, testHost()))).toBe("FEED_INVALID");
  });

  it("an empty folder", async () => {
    expect(await codeOf(() => importFeeds([temporaryFolder()], PARTIAL, testHost()))).toBe("FEED_INVALID");
  });

  it("a path where nothing is", async () => {
    const path = join(temporaryFolder(), "none.json");
    expect(await codeOf(() => importFeeds([path], PARTIAL, testHost()))).toBe("FILE_NOT_FOUND");
  });
});

describe("a feed whose fields are of wrong types", () => {
  const CASES = [
    {
      summary: "an urgency that is a number",
      text: trackerText({ a: { "CVE-1": { trixie: { status: "open", urgency: 5 } } } }),
    },
    {
      summary: "a fixed version that is an object",
      text: trackerText({ a: { "CVE-1": { trixie: { status: "resolved", fixed_version: {} } } } }),
    },
    {
      summary: "a severity that is a list",
      text: trackerText({ a: { "CVE-1": { trixie: { status: "open", severity: [] } } } }),
    },
    { summary: "a catalogue entry without an id", text: kevText(["CVE-1"]).replace('"cveID"', '"cve"') },
    { summary: "a catalogue entry without its day", text: kevText(["CVE-1"]).replace('"dateAdded"', '"added"') },
    {
      summary: "a range that is an object",
      text: nodejsText([{ cve: ["CVE-1"], vulnerable: {}, patched: "^22.1.1" }]),
    },
    { summary: "a range that is null", text: nodejsText([{ cve: ["CVE-1"], vulnerable: null, patched: "^22.1.1" }]) },
    {
      summary: "a Node.js id that is an object",
      text: nodejsText([{ cve: [{}], vulnerable: "22.x", patched: "22.1" }]),
    },
    { summary: "a date that is an object", text: '{"id":"CVE-1","cvss":{},"published":{}}' },
    { summary: "an NVD entry without an id", text: '{"vulnerabilities":[{"cve":{"published":"2026-01-01"}}]}' },
  ];

  it.each(CASES)("is refused: $summary", async ({ text }) => {
    expect(await codeOf(() => importTexts({ "a.json": text }, testHost()))).toBe("FEED_INVALID");
  });
});

describe("what becomes of the data that were there", () => {
  it("a feed replaces its own kind as a whole and leaves the others alone", async () => {
    const host = testHost();
    await importTexts({ "a.json": TRACKER, "b.json": NODEJS, "c.json": kevText(["CVE-2026-0001"]) }, host);
    await importTexts({ "d.json": trackerText({ openssl: { "CVE-2026-0009": OPEN } }) }, host);
    const advisories = await openUntilFinished(host);
    expect(await idsAbout(host, "debian:13", "zlib")).toEqual([]);
    expect(await idsAbout(host, "debian:13", "openssl")).toEqual(["CVE-2026-0009"]);
    expect(await idsAbout(host, "nodejs", "node")).toEqual(["CVE-2026-0002"]);
    expect(advisories.isExploited("CVE-2026-0001")).toBe(true);
    expect(advisories.covers("debian:13", "zlib")).toBe(false);
  });

  it("NVD's data and CVSS records stand side by side", async () => {
    const host = testHost();
    await importTexts({ "a.json": cvssText({ "CVE-1": { "nvd:v3": VECTORS.low } }) }, host);
    await importTexts({ "b.json": nvdText({ "CVE-2": VECTORS.high }) }, host);
    const advisories = await openUntilFinished(host);
    expect(["CVE-1", "CVE-2"].map((id) => advisories.vulnerability(id)?.severity)).toEqual(["low", "high"]);
  });
});

describe("what silence about a package means", () => {
  const CASES = [
    { summary: "an extract covers what it lists", isComplete: false, name: "zlib", covers: true },
    { summary: "an extract says nothing of others", isComplete: false, name: "openssl", covers: false },
    { summary: "a complete tracker covers what it lists", isComplete: true, name: "zlib", covers: true },
    { summary: "a complete tracker covers others, too", isComplete: true, name: "openssl", covers: true },
  ];

  it.each(CASES)("$summary", async ({ isComplete, name, covers }) => {
    const host = testHost();
    await importTexts({ "a.json": TRACKER }, host, { isComplete });
    const advisories = await openUntilFinished(host);
    expect(advisories.covers("debian:13", name)).toBe(covers);
    expect(advisories.covers("debian:12", name)).toBe(false);
  });
});

describe("as of when the data are", () => {
  const DATED = trackerText({ zlib: { "CVE-1": { trixie: { status: "open", as_of: "2026-08-21" } } } });
  const ASKED = new Date("2026-09-01T00:00:00Z");
  const MODIFIED = new Date("2026-07-01T00:00:00Z");
  const CASES: readonly { summary: string; text: string; asOf?: Date; expected: string }[] = [
    { summary: "what the data say goes first", text: DATED, asOf: ASKED, expected: "2026-08-21" },
    { summary: "then what the caller says", text: TRACKER, asOf: ASKED, expected: ASKED.toISOString() },
    { summary: "then the time of the file", text: TRACKER, expected: MODIFIED.toISOString() },
    { summary: "a catalogue says it itself", text: kevText(["CVE-1"]), asOf: ASKED, expected: "2026-10-01T00:00:00Z" },
  ];

  it.each(CASES)("$summary", async ({ text, asOf, expected }) => {
    const host = testHost();
    const [path = ""] = feedFiles({ "a.json": text });
    utimesSync(path, MODIFIED, MODIFIED);
    await importFeeds([path], { isComplete: false, ...(asOf === undefined ? {} : { asOf }) }, host);
    const { feeds } = await openUntilFinished(host);
    expect(feeds).toMatchObject([{ asOf: expected, importedAt: TEST_NOW.toISOString(), source: path }]);
  });

  it("several files of a kind are as old as the oldest", async () => {
    const host = testHost();
    const years = ["2026-11-02T03:00:00.000Z", "2026-10-31T03:00:00.000Z", "2026-11-01T03:00:00.000Z"];
    const files = years.map((timestamp, index) => [
      `nvd-${index}.json`,
      nvdText({ [`CVE-${index}`]: VECTORS.low }, { timestamp }),
    ]);
    await importTexts(Object.fromEntries(files) as Record<string, string>, host);
    expect((await openUntilFinished(host)).feeds.map((feed) => feed.asOf)).toEqual(["2026-10-31T03:00:00.000Z"]);
  });
});
