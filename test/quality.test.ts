// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import semver from "semver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importFeeds, openAdvisories, type Advisories } from "../src/advisories/index.js";
import { packageRoot } from "../src/host/paths.js";
import { match, type Finding } from "../src/scan/index.js";
import { testHost } from "./support/host.js";
import { deb, nodejs } from "./support/scans.js";

const FEEDS = resolve(packageRoot(), "..", "shared", "feeds");
const TRACKER_FILE = join(FEEDS, "debian-tracker.json.gz");
const NODEJS_FILE = join(FEEDS, "vuln-core-index.json");
const isAbsent = !existsSync(TRACKER_FILE) || !existsSync(NODEJS_FILE);

/** Versions as Debian has or had them: in stable, its security updates, and before its point releases. */
const PAIRS: readonly (readonly [codename: "bookworm" | "trixie", source: string, version: string])[] = [
  ["bookworm", "zlib", "1:1.2.13.dfsg-1"],
  ["trixie", "zlib", "1:1.3.dfsg+really1.3.1-1"],
  ["trixie", "zlib", "1:1.3.dfsg+really1.3.1-1+deb13u1"],
  ["bookworm", "openssl", "3.0.9-1"],
  ["bookworm", "openssl", "3.0.17-1~deb12u2"],
  ["bookworm", "openssl", "3.0.22-1~deb12u2"],
  ["trixie", "openssl", "3.5.1-1"],
  ["trixie", "openssl", "3.5.7-1~deb13u3"],
  ["bookworm", "glibc", "2.36-9"],
  ["bookworm", "glibc", "2.36-9+deb12u14"],
  ["trixie", "glibc", "2.41-12"],
  ["trixie", "glibc", "2.41-12+deb13u4"],
  ["bookworm", "gnupg2", "2.2.40-1.1+deb12u2"],
  ["trixie", "bash", "5.2.37-2"],
  ["bookworm", "curl", "7.88.1-10"],
  ["bookworm", "curl", "7.88.1-10+deb12u15"],
  ["trixie", "curl", "8.14.1-2"],
  ["trixie", "curl", "8.14.1-2+deb13u7"],
  ["bookworm", "expat", "2.5.0-1"],
  ["trixie", "expat", "2.8.3-1~deb13u1"],
  ["bookworm", "libxml2", "2.9.14+dfsg-1.3~deb12u4"],
  ["trixie", "libxml2", "2.12.7+dfsg+really2.9.14-2.1+deb13u1"],
  ["bookworm", "systemd", "252.38-1~deb12u1"],
  ["trixie", "systemd", "257.13-1~deb13u1"],
  ["trixie", "util-linux", "2.41.5-0+deb13u1"],
  ["bookworm", "perl", "5.36.0-7"],
  ["trixie", "perl", "5.40.1-6+deb13u1"],
  ["bookworm", "python3.11", "3.11.2-6"],
  ["trixie", "python3.13", "3.13.5-2"],
  ["bookworm", "sqlite3", "3.40.1-2+deb12u2"],
  ["trixie", "krb5", "1.21.3-5+deb13u1"],
  ["bookworm", "git", "1:2.39.5-0+deb12u2"],
  ["trixie", "git", "1:2.47.3-0+deb13u1"],
  ["bookworm", "tar", "1.34+dfsg-1.2+deb12u1"],
  ["trixie", "gzip", "1.13-1"],
  ["trixie", "xz-utils", "5.8.1-1"],
  ["bookworm", "ncurses", "6.4-4"],
  ["trixie", "shadow", "1:4.17.4-2"],
  ["trixie", "coreutils", "9.7-3"],
  ["bookworm", "gnutls28", "3.7.9-2+deb12u3"],
  ["bookworm", "openssh", "1:9.2p1-2+deb12u7"],
  ["trixie", "redis", "5:8.0.2-3+deb13u2"],
  ["bookworm", "imagemagick", "8:6.9.11.60+dfsg-1.6+deb12u11"],
  ["trixie", "binutils", "2.44-3"],
  ["bookworm", "linux", "6.1.176-1"],
];

const NODE_VERSIONS = [
  "4.1.0",
  "8.1.3",
  "12.22.12",
  "18.0.0",
  "18.20.8",
  "20.9.0",
  "20.19.2",
  "22.0.0",
  "22.14.0",
  "24.0.0",
];

interface Release {
  readonly status: string;
  readonly fixed_version?: string;
  readonly urgency?: string;
}

type Tracker = Readonly<
  Record<string, Readonly<Record<string, { readonly releases: Readonly<Record<string, Release>> }>>>
>;

let folder = "";
let advisories: Advisories | undefined;
let tracker: Tracker = {};

beforeAll(async () => {
  if (isAbsent) return;
  folder = mkdtempSync(join(tmpdir(), "basalt-quality-"));
  const host = testHost({ home: folder });
  await importFeeds([TRACKER_FILE, NODEJS_FILE], { isComplete: false }, host);
  advisories = await openAdvisories(host.home.advisories);
  tracker = JSON.parse(gunzipSync(readFileSync(TRACKER_FILE)).toString("utf8")) as Tracker;
}, 60_000);

afterAll(() => {
  advisories?.close();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

function findingsOf(...inventory: Parameters<typeof match>[0]["packages"]): (codename: string) => readonly Finding[] {
  return (codename) => {
    if (advisories === undefined) throw new Error("internal: the feeds were not imported");
    const versionId = codename === "bookworm" ? "12" : "13";
    return match({ distro: { id: "debian", versionId, prettyName: codename }, packages: inventory }, advisories)
      .findings;
  };
}

/** What the tracker says about a version, straight from its JSON: a line for each vulnerability that affects it. */
function affectedBy(codename: string, source: string, version: string): readonly string[] {
  const lines: string[] = [];
  for (const id in tracker[source]) {
    const release = tracker[source][id]?.releases[codename];
    if (release === undefined) continue;
    const fixed = release.fixed_version;
    let state = "undetermined";
    if (release.status === "open") state = "affected";
    if (release.status === "resolved") {
      if (fixed === undefined || fixed === "0") continue;
      if (!isOlder(version, fixed)) continue;
      state = "affected";
    }
    lines.push(`${id} ${state}${release.urgency === "unimportant" ? " unimportant" : ""}`);
  }
  return lines.sort();
}

/** dpkg's order by another road than the scanner's: parts are turned into lists of numbers, which are then compared. */
function isOlder(a: string, b: string): boolean {
  const [left, right] = [keyOf(a), keyOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

const END_OF_PART = 0;
const PART_LENGTH = 60;

function keyOf(version: string): readonly number[] {
  const [, epoch = "0", rest = ""] = /^(?:([0-9]+):)?(.*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf("-");
  const parts = dash === -1 ? [rest, ""] : [rest.slice(0, dash), rest.slice(dash + 1)];
  return [Number(epoch), ...parts.flatMap(partKey)];
}

/** Letters as their codes, other signs behind them, tilde before the end; a number closes each run of text. */
function partKey(part: string): readonly number[] {
  const key: number[] = [];
  for (const [, text = "", digits = ""] of part.matchAll(/([^0-9]*)([0-9]*)/g)) {
    for (const sign of text)
      key.push(sign === "~" ? -1 : /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256);
    key.push(END_OF_PART, Number(digits));
  }
  if (key.length > PART_LENGTH) throw new Error(`a part of a version is too long to compare: ${part}`);
  return [...key, ...Array.from({ length: PART_LENGTH - key.length }, () => END_OF_PART)];
}

describe.skipIf(isAbsent)("findings agree with the Debian tracker's own words", () => {
  it.each(PAIRS)("%s: %s %s", (codename, source, version) => {
    const found = findingsOf(deb(source, version))(codename).map(
      (finding) => `${finding.vulnerability} ${finding.state}${finding.isUnimportant ? " unimportant" : ""}`,
    );
    expect(found.toSorted()).toEqual(affectedBy(codename, source, version));
  });

  it("on hundreds of vulnerabilities, in versions with many, few and none", () => {
    const counts = PAIRS.map(([codename, source, version]) => affectedBy(codename, source, version).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    expect(counts).toContain(0);
    expect(new Set(counts).size).toBeGreaterThan(10);
  });

  it("an update never has more than the version before it", () => {
    for (const [older, newer] of [
      ["3.0.9-1", "3.0.22-1~deb12u2"],
      ["3.0.17-1~deb12u2", "3.0.22-1~deb12u2"],
    ] as const) {
      const [before, after] = [older, newer].map((version) => findingsOf(deb("openssl", version))("bookworm").length);
      expect(after).toBeLessThan(before ?? 0);
    }
  });

  it("a source that the extract lacks is unknown, not clean", () => {
    expect(advisories?.covers("debian:13", "busybox")).toBe(false);
    expect(advisories?.covers("debian:13", "zlib")).toBe(true);
  });
});

describe.skipIf(isAbsent)("findings agree with the list of Node.js core", () => {
  const read = (): Readonly<Record<string, { cve?: readonly string[]; vulnerable: string; patched: string }>> =>
    JSON.parse(readFileSync(NODEJS_FILE, "utf8")) as ReturnType<typeof read>;

  it.each(NODE_VERSIONS)("node %s", (version) => {
    const expected = new Set<string>();
    for (const [number, entry] of Object.entries(read())) {
      const isAffected = semver.satisfies(version, entry.vulnerable) && !semver.satisfies(version, entry.patched);
      if (!isAffected) continue;
      if (entry.cve === undefined || entry.cve.length === 0) expected.add(`NODE-CORE-${number}`);
      else for (const id of entry.cve) expected.add(id);
    }
    const found = findingsOf(nodejs(version))("trixie");
    expect(found.map((finding) => finding.vulnerability).toSorted()).toEqual([...expected].toSorted());
  });
});
