// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  advisoriesOf,
  cvssText,
  kevText,
  trackerText,
  VECTORS,
  type TrackerState,
} from "../../test/support/feed-files.js";
import { deb, debianInventory, findingLines, linesOf, npm } from "../../test/support/scans.js";
import { match } from "./match.js";

const OPEN = { trixie: { status: "open" } };

describe("whether a version is affected", () => {
  const CASES: readonly { summary: string; version: string; state: TrackerState; affectedRange?: string }[] = [
    {
      summary: "an open vulnerability affects every version",
      version: "99:9-9",
      state: { status: "open" },
      affectedRange: ">=0",
    },
    {
      summary: "a version below the fix is affected",
      version: "1:1.3.dfsg+really1.3.1-1",
      state: { status: "resolved", fixed_version: "1:1.3.dfsg+really1.3.1-1+deb13u1" },
      affectedRange: "<1:1.3.dfsg+really1.3.1-1+deb13u1",
    },
    {
      summary: "the fix itself is not",
      version: "1.2-1+deb13u1",
      state: { status: "resolved", fixed_version: "1.2-1+deb13u1" },
    },
    {
      summary: "a version above the fix is not",
      version: "1.10-1",
      state: { status: "resolved", fixed_version: "1.9-1" },
    },
    {
      summary: "a backport sorts below the version that it brings back",
      version: "3.5.1-1~deb13u1",
      state: { status: "resolved", fixed_version: "3.5.1-1" },
      affectedRange: "<3.5.1-1",
    },
    {
      summary: "an epoch goes before all else",
      version: "1:1.0-1",
      state: { status: "resolved", fixed_version: "9.0-1" },
    },
    {
      summary: "a missing revision equals revision 0",
      version: "1.2",
      state: { status: "resolved", fixed_version: "1.2-0" },
    },
    {
      summary: "a release that never had it is not affected",
      version: "1.0-1",
      state: { status: "resolved", fixed_version: "0" },
    },
  ];

  it.each(CASES)("$summary", async ({ version, state, affectedRange }) => {
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": { trixie: state } } })]);
    const { findings } = match(debianInventory(deb("zlib1g", version, { source: "zlib" })), advisories);
    expect(findings.map((finding) => finding.affectedRange)).toEqual(
      affectedRange === undefined ? [] : [affectedRange],
    );
  });

  it("the version of the source is what counts, not that of the binary", async () => {
    const fixed = { trixie: { status: "resolved", fixed_version: "2.41-5" } };
    const advisories = await advisoriesOf([trackerText({ "util-linux": { "CVE-2026-0001": fixed } })]);
    const newer = deb("bsdutils", "1:2.41-5", { source: "util-linux", sourceVersion: "2.41-5" });
    const older = deb("bsdutils", "1:2.41-4", { source: "util-linux", sourceVersion: "2.41-4" });
    expect(linesOf(debianInventory(newer), advisories)).toEqual([]);
    expect(linesOf(debianInventory(older), advisories)).toHaveLength(1);
  });

  it("what nobody has looked at yet is found as undetermined", async () => {
    const undetermined = { trixie: { status: "undetermined" } };
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": undetermined } })]);
    expect(linesOf(debianInventory(deb("zlib", "1.0-1")), advisories)).toEqual([
      "CVE-2026-0001 zlib unspecified undetermined",
    ]);
  });

  it("only what is said about the image's own release counts", async () => {
    const states = { bookworm: { status: "open" }, trixie: { status: "resolved", fixed_version: "1.0-1" } };
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": states } })]);
    expect(linesOf(debianInventory(deb("zlib", "1.0-1")), advisories)).toEqual([]);
    const bookworm = { id: "debian", versionId: "12", prettyName: "Debian 12" };
    expect(linesOf({ distro: bookworm, packages: [deb("zlib", "1.0-1")] }, advisories)).toHaveLength(1);
  });
});

describe("what a finding says", () => {
  it("shows its work: packages, versions, rule, advisory and its date", async () => {
    const state = { status: "resolved", fixed_version: "3.5.2-1", urgency: "medium", nodsa: "Minor issue" };
    const advisories = await advisoriesOf([
      trackerText({ openssl: { "CVE-2026-0001": { trixie: state } } }),
      cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.high } }),
      kevText(["CVE-2026-0001"]),
    ]);
    const packages = [
      deb("libssl3t64", "3.5.1-1", { source: "openssl" }),
      deb("openssl", "3.5.1-1", { source: "openssl" }),
    ];
    const [finding] = match(debianInventory(...packages), advisories).findings;
    expect(finding).toMatchObject({
      vulnerability: "CVE-2026-0001",
      title: "title of CVE-2026-0001",
      severity: "medium",
      cvss: { score: 7.5, source: "nvd", vector: VECTORS.high },
      isExploited: true,
      state: "affected",
      fixedVersion: "3.5.2-1",
      affectedRange: "<3.5.2-1",
      rule: "openssl 3.5.1-1 is lower than 3.5.2-1, which fixes it in debian:13",
      advisory: { feed: "Debian security tracker", asOf: "2026-11-01T00:00:00.000Z", note: "Minor issue" },
      isUnimportant: false,
      package: { kind: "deb", name: "openssl", version: "3.5.1-1" },
    });
    expect(finding?.package.binaries.map((binary) => binary.name)).toEqual(["libssl3t64", "openssl"]);
    expect(finding).not.toHaveProperty("suppression");
  });

  it("an open one has no fixed version", async () => {
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": OPEN } })]);
    const [finding] = match(debianInventory(deb("zlib", "1.0-1")), advisories).findings;
    expect(finding).not.toHaveProperty("fixedVersion");
    expect(finding?.rule).toBe("zlib 1.0-1: open in debian:13");
  });
});

describe("how bad a finding is", () => {
  const RATED = cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.high } });
  const CASES: readonly { summary: string; state: TrackerState; feeds: readonly string[]; severity: string }[] = [
    {
      summary: "the distribution's own word goes first",
      state: { status: "open", urgency: "low", severity: "critical" },
      feeds: [RATED],
      severity: "low",
    },
    {
      summary: "then the score",
      state: { status: "open", urgency: "not yet assigned", severity: "critical" },
      feeds: [RATED],
      severity: "high",
    },
    {
      summary: "then what others reported",
      state: { status: "open", urgency: "not yet assigned", severity: "critical" },
      feeds: [],
      severity: "critical",
    },
    {
      summary: "a record without a score does not hide what others reported",
      state: { status: "open", severity: "medium" },
      feeds: [cvssText({ "CVE-2026-0001": {} })],
      severity: "medium",
    },
    { summary: "else nobody has rated it", state: { status: "open" }, feeds: [], severity: "unspecified" },
    {
      summary: "starred words count as words",
      state: { status: "open", urgency: "high**" },
      feeds: [],
      severity: "high",
    },
  ];

  it.each(CASES)("$summary", async ({ state, feeds, severity }) => {
    const tracker = trackerText({ zlib: { "CVE-2026-0001": { trixie: state } } });
    const advisories = await advisoriesOf([tracker, ...feeds]);
    expect(linesOf(debianInventory(deb("zlib", "1.0-1")), advisories)).toEqual([`CVE-2026-0001 zlib ${severity}`]);
  });

  it("what the distribution calls unimportant is found, rated and marked", async () => {
    const state = { status: "open", urgency: "unimportant" };
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": { trixie: state } } }), RATED]);
    expect(linesOf(debianInventory(deb("zlib", "1.0-1")), advisories)).toEqual(["CVE-2026-0001 zlib high unimportant"]);
  });
});

function rated(urgency: string): Readonly<Record<string, TrackerState>> {
  return { trixie: { status: "open", urgency } };
}

describe("which findings there are", () => {
  it("one for each vulnerability and source, whatever was built from it", async () => {
    const advisories = await advisoriesOf([
      trackerText({ glibc: { "CVE-2026-0001": OPEN }, zlib: { "CVE-2026-0001": OPEN } }),
    ]);
    const packages = ["libc6", "libc-bin", "locales"].map((name) => deb(name, "2.41-12", { source: "glibc" }));
    expect(linesOf(debianInventory(...packages, deb("zlib1g", "1-1", { source: "zlib" })), advisories)).toEqual([
      "CVE-2026-0001 glibc unspecified",
      "CVE-2026-0001 zlib unspecified",
    ]);
  });

  it("one where a source is there in two versions, of which one is fixed", async () => {
    const fixed = { trixie: { status: "resolved", fixed_version: "2.0-1" } };
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0001": fixed } })]);
    for (const versions of [
      ["1.0-1", "2.0-1"],
      ["2.0-1", "1.0-1"],
      ["1.0-1", "1.1-1"],
    ] as const) {
      const packages = versions.map((version) => deb("zlib", version));
      expect(linesOf(debianInventory(...packages), advisories)).toEqual(["CVE-2026-0001 zlib unspecified"]);
    }
  });

  it("the worst first, then by package, then by name", async () => {
    const advisories = await advisoriesOf([
      trackerText({
        b: { "CVE-2": rated("low"), "CVE-1": rated("low"), "CVE-3": rated("high") },
        a: { "CVE-9": rated("low"), "CVE-4": rated("none") },
      }),
    ]);
    const { findings } = match(debianInventory(deb("b", "1"), deb("a", "1")), advisories);
    expect(findingLines(findings)).toEqual([
      "CVE-3 b high",
      "CVE-9 a low",
      "CVE-1 b low",
      "CVE-2 b low",
      "CVE-4 a unspecified",
    ]);
  });

  it("an image without packages has none", async () => {
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-1": OPEN } })]);
    expect(match({ packages: [] }, advisories)).toEqual({
      findings: [],
      notAffected: [],
      assessedPackages: 0,
      unknown: [],
      dataAsOf: undefined,
    });
  });

  it("npm packages are never matched with those of Debian of the same name", async () => {
    const advisories = await advisoriesOf([trackerText({ semver: { "CVE-1": OPEN } })], { isComplete: true });
    expect(linesOf(debianInventory(npm("semver", "1.0.0")), advisories)).toEqual([]);
  });
});
