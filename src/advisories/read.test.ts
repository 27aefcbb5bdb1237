// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  advisoriesOf,
  cvssText,
  FEED_DATE,
  kevText,
  nodejsText,
  nvdText,
  trackerText,
  VECTORS,
} from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { openSqlite } from "../host/sqlite.js";
import { openAdvisories } from "./read.js";

describe("what is said about a package", () => {
  it("comes by name of the vulnerability, with the feed that says it", async () => {
    const states = {
      "CVE-2026-0002": { trixie: { status: "resolved", fixed_version: "1.3-1", urgency: "low" } },
      "CVE-2026-0001": { trixie: { status: "open", urgency: "unimportant" }, bookworm: { status: "open" } },
    };
    const advisories = await advisoriesOf([trackerText({ zlib: states })]);
    const about = advisories.about("debian:13", "zlib");
    expect(about.map(({ feed: _feed, ...rest }) => rest)).toEqual([
      { ecosystem: "debian:13", package: "zlib", vulnerability: "CVE-2026-0001", state: "open", isUnimportant: true },
      {
        ecosystem: "debian:13",
        package: "zlib",
        vulnerability: "CVE-2026-0002",
        state: "fixed",
        fixedVersion: "1.3-1",
        severity: "low",
        isUnimportant: false,
      },
    ]);
    expect(about[0]?.feed).toMatchObject({ kind: "debian-tracker", asOf: FEED_DATE.toISOString(), records: 3 });
  });

  it("is nothing for packages and releases that no feed speaks about", async () => {
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-1": { trixie: { status: "open" } } } })]);
    expect(advisories.about("debian:12", "zlib")).toEqual([]);
    expect(advisories.about("debian:13", "zlib1g")).toEqual([]);
    expect(advisories.about("debian:13", "*")).toEqual([]);
  });

  it("a name with SQL in it is only a name", async () => {
    const name = "x' OR '1'='1";
    const advisories = await advisoriesOf([trackerText({ [name]: { "CVE-1": { trixie: { status: "open" } } } })]);
    expect(advisories.about("debian:13", name)).toHaveLength(1);
    expect(advisories.about("debian:13", "' OR ''='")).toEqual([]);
    expect(advisories.covers("debian:13", "zlib")).toBe(false);
  });

  it("ranges of Node.js come back as they were written", async () => {
    const advisories = await advisoriesOf([nodejsText([{ cve: ["CVE-1"], vulnerable: "20.x || 22.x", patched: "" }])]);
    expect(advisories.about("nodejs", "node")).toMatchObject([{ vulnerableRange: "20.x || 22.x", patchedRange: "" }]);
  });
});

describe("what is known of a vulnerability", () => {
  it("a rating by NVD's own feed goes before one by CVSS records", async () => {
    const advisories = await advisoriesOf([
      nvdText({ "CVE-1": VECTORS.high }),
      cvssText({ "CVE-1": { "nvd:v3": VECTORS.low } }),
    ]);
    expect(advisories.vulnerability("CVE-1")).toMatchObject({ severity: "high", cvss: { score: 7.5 } });
  });

  it("one with a rating goes before one without", async () => {
    const advisories = await advisoriesOf([
      nvdText({ "CVE-1": "not a vector" }),
      cvssText({ "CVE-1": { "nvd:v3": VECTORS.low } }),
    ]);
    expect(advisories.vulnerability("CVE-1")).toMatchObject({ severity: "low", title: "title of CVE-1" });
  });

  it("one that no feed names is unknown", async () => {
    const advisories = await advisoriesOf([kevText(["CVE-1"])]);
    expect(advisories.vulnerability("CVE-1")).toBeUndefined();
    expect([advisories.isExploited("CVE-1"), advisories.isExploited("CVE-2")]).toEqual([true, false]);
  });
});

const KNOWS_NOTHING = { feeds: [], covers: false };

async function look(path: string): Promise<typeof KNOWS_NOTHING> {
  const advisories = await openAdvisories(path);
  const seen = { feeds: [...advisories.feeds] as never[], covers: advisories.covers("debian:13", "zlib") };
  advisories.close();
  return seen;
}

describe("a database that cannot be used knows nothing", () => {
  it("because there is none", async () => {
    expect(await look(testHost().home.advisories)).toEqual(KNOWS_NOTHING);
  });

  it("because it has another format", async () => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    const other = await openSqlite(home.advisories);
    other.exec("CREATE TABLE feeds (id TEXT); PRAGMA user_version = 99");
    other.close();
    expect(await look(home.advisories)).toEqual(KNOWS_NOTHING);
  });

  it("because it is an empty file", async () => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    writeFileSync(home.advisories, "");
    expect(await look(home.advisories)).toEqual(KNOWS_NOTHING);
  });

  it("because it is no database at all: then a code says so, if anything", async () => {
    const { home } = testHost();
    mkdirSync(home.root, { recursive: true });
    writeFileSync(home.advisories, "this is not a database\n".repeat(200));
    const code = await codeOf(() => look(home.advisories));
    expect([undefined, "DATABASE_UNUSABLE"]).toContain(code);
  });
});
