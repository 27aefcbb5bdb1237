// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, kevText, trackerText } from "../../test/support/feed-files.js";
import { deb, debianInventory, nodejs, npm, scanOf } from "../../test/support/scans.js";
import type { Advisories } from "../advisories/index.js";
import type { RunConfig } from "../formats/oci/config.js";
import type { InventoryPackage } from "../inventory/index.js";
import { compareScans, hasPackageChange, isWorse, type Comparison } from "./compare.js";

/** Vulnerabilities of each severity in one source: `CVE-high-1` and so on. */
function source(
  counts: Readonly<Record<string, number>>,
): Record<string, Record<string, { status: string; urgency: string }>> {
  const ids = Object.entries(counts).flatMap(([urgency, count]) =>
    Array.from({ length: count }, (_, index) => [
      `CVE-${urgency}-${index + 1}`,
      { trixie: { status: "open", urgency } },
    ]),
  );
  return Object.fromEntries(ids) as never;
}

async function nothingKnown(): Promise<Advisories> {
  return advisoriesOf([kevText(["CVE-1"])]);
}

async function compare(
  analyzed: readonly InventoryPackage[],
  comparison: readonly InventoryPackage[],
  advisories?: Advisories,
): Promise<Comparison> {
  const known = advisories ?? (await nothingKnown());
  const left = scanOf(debianInventory(...analyzed), known, { reference: "app:2" });
  return compareScans(left, scanOf(debianInventory(...comparison), known, { reference: "app:1" }));
}

async function changes(
  analyzed: readonly InventoryPackage[],
  comparison: readonly InventoryPackage[],
): Promise<readonly string[]> {
  const { packages } = await compare(analyzed, comparison);
  return packages.map((item) => `${item.change} ${item.name} ${item.comparisonVersion ?? "-"} ${item.version ?? "-"}`);
}

describe("what became of a package", () => {
  const CASES: readonly {
    summary: string;
    from: readonly InventoryPackage[];
    to: readonly InventoryPackage[];
    expected: readonly string[];
  }[] = [
    { summary: "one that is new was added", from: [], to: [deb("a", "1")], expected: ["added a - 1"] },
    { summary: "one that is gone was removed", from: [deb("a", "1")], to: [], expected: ["removed a 1 -"] },
    {
      summary: "the same version is unchanged",
      from: [deb("a", "1-1")],
      to: [deb("a", "1-1")],
      expected: ["unchanged a 1-1 1-1"],
    },
    {
      summary: "numbers are compared as numbers",
      from: [deb("a", "1.9-1")],
      to: [deb("a", "1.10-1")],
      expected: ["upgraded a 1.9-1 1.10-1"],
    },
    {
      summary: "a tilde sorts below the end",
      from: [deb("a", "1.0-1")],
      to: [deb("a", "1.0-1~deb13u1")],
      expected: ["downgraded a 1.0-1 1.0-1~deb13u1"],
    },
    {
      summary: "an epoch goes before all else",
      from: [deb("a", "1:1.0")],
      to: [deb("a", "9.0")],
      expected: ["downgraded a 1:1.0 9.0"],
    },
    {
      summary: "versions of npm packages are compared as numbers, too",
      from: [npm("a", "9.0.0")],
      to: [npm("a", "10.0.0")],
      expected: ["upgraded a 9.0.0 10.0.0"],
    },
    {
      summary: "so is that of Node.js",
      from: [nodejs("22.9.0")],
      to: [nodejs("22.10.0")],
      expected: ["upgraded node 22.9.0 22.10.0"],
    },
    {
      summary: "a pre-release of npm comes before its release",
      from: [npm("a", "1.0.0")],
      to: [npm("a", "1.0.0-rc.1")],
      expected: ["downgraded a 1.0.0 1.0.0-rc.1"],
    },
    {
      summary: "packages of one name and other kinds are others",
      from: [deb("semver", "7.0-1")],
      to: [npm("semver", "7.0.0")],
      expected: ["removed semver 7.0-1 -", "added semver - 7.0.0"],
    },
    {
      summary: "they come by name",
      from: [deb("c", "1"), deb("a", "1")],
      to: [deb("b", "1"), deb("a", "1")],
      expected: ["unchanged a 1 1", "added b - 1", "removed c 1 -"],
    },
  ];

  it.each(CASES)("$summary", async ({ from, to, expected }) => {
    expect(await changes(to, from)).toEqual(expected);
  });
});

function all(...versions: readonly string[]): readonly InventoryPackage[] {
  return versions.map((item) => npm("a", item));
}

describe("one npm package in several versions", () => {
  const CASES = [
    {
      summary: "equal ones stay as they are",
      from: ["1.0.0", "2.0.0"],
      to: ["1.0.0", "2.0.0"],
      expected: ["unchanged a 1.0.0 1.0.0", "unchanged a 2.0.0 2.0.0"],
    },
    {
      summary: "one more was added",
      from: ["1.0.0"],
      to: ["1.0.0", "2.0.0"],
      expected: ["unchanged a 1.0.0 1.0.0", "added a - 2.0.0"],
    },
    {
      summary: "one less was removed",
      from: ["1.0.0", "2.0.0"],
      to: ["2.0.0"],
      expected: ["unchanged a 2.0.0 2.0.0", "removed a 1.0.0 -"],
    },
    {
      summary: "the rest pairs up in order",
      from: ["1.0.0", "2.0.0", "3.0.0"],
      to: ["1.0.1", "2.0.0", "3.0.1"],
      expected: ["unchanged a 2.0.0 2.0.0", "upgraded a 1.0.0 1.0.1", "upgraded a 3.0.0 3.0.1"],
    },
  ];

  it.each(CASES)("$summary", async ({ from, to, expected }) => {
    expect(await changes(all(...to), all(...from))).toEqual(expected);
  });
});

describe("findings of a package on both sides", () => {
  it("are those of the source that it was built from", async () => {
    const fixed = { trixie: { status: "resolved", fixed_version: "2-1", urgency: "high" } };
    const advisories = await advisoriesOf([trackerText({ glibc: { "CVE-1": fixed } })]);
    const from = [deb("libc6", "1-1", { source: "glibc" }), deb("libc-bin", "1-1", { source: "glibc" })];
    const to = [deb("libc6", "2-1", { source: "glibc" })];
    const { packages } = await compare(to, from, advisories);
    expect(packages).toMatchObject([
      { change: "removed", name: "libc-bin", comparisonVulnerabilities: { high: 1 } },
      { change: "upgraded", name: "libc6", vulnerabilities: { high: 0 }, comparisonVulnerabilities: { high: 1 } },
    ]);
    expect(packages[0]).not.toHaveProperty("vulnerabilities");
  });
});

describe("whether an image is worse", () => {
  const CASES: readonly {
    summary: string;
    analyzed: Readonly<Record<string, number>>;
    comparison: Readonly<Record<string, number>>;
    isWorse: boolean;
  }[] = [
    { summary: "equal is not", analyzed: { high: 1 }, comparison: { high: 1 }, isWorse: false },
    { summary: "more of a high severity is", analyzed: { high: 2 }, comparison: { high: 1 }, isWorse: true },
    { summary: "more of the lowest is", analyzed: { low: 2 }, comparison: { low: 1 }, isWorse: true },
    { summary: "more that nobody rated is", analyzed: { none: 1 }, comparison: {}, isWorse: true },
    { summary: "fewer is not", analyzed: { high: 1 }, comparison: { high: 2, low: 3 }, isWorse: false },
    { summary: "more high is, though fewer in all", analyzed: { high: 1 }, comparison: { low: 5 }, isWorse: true },
    {
      summary: "more medium is, though fewer in all",
      analyzed: { medium: 2 },
      comparison: { medium: 1, low: 5 },
      isWorse: true,
    },
    { summary: "more that are unimportant is not", analyzed: { unimportant: 5 }, comparison: {}, isWorse: false },
  ];

  it.each(CASES)("$summary", async ({ analyzed, comparison, isWorse: expected }) => {
    const advisories = await advisoriesOf([trackerText({ a: source(analyzed), b: source(comparison), c: {} })], {
      isComplete: true,
    });
    expect(isWorse(await compare([deb("a", "1")], [deb("b", "1")], advisories))).toBe(expected);
  });

  const KNOWN = trackerText({ a: { "CVE-1": { trixie: { status: "open", urgency: "high" } } } });
  const UNKNOWN = [
    { summary: "unknown where the other is known is", analyzed: "b", comparison: "a", isWorse: true },
    { summary: "known where the other is unknown is not", analyzed: "a", comparison: "b", isWorse: false },
    { summary: "unknown on both sides is not", analyzed: "b", comparison: "b", isWorse: false },
  ];

  it.each(UNKNOWN)("$summary", async ({ analyzed, comparison, isWorse: expected }) => {
    const advisories = await advisoriesOf([KNOWN]);
    expect(isWorse(await compare([deb(analyzed, "1")], [deb(comparison, "1")], advisories))).toBe(expected);
  });
});

it("a package changed when any was added, removed or has another version", async () => {
  const one = [deb("a", "1"), npm("b", "1.0.0")];
  expect(hasPackageChange(await compare(one, one))).toBe(false);
  expect(hasPackageChange(await compare(one, one.slice(1)))).toBe(true);
  expect(hasPackageChange(await compare([deb("a", "2")], [deb("a", "1")]))).toBe(true);
});

async function settings(
  analyzed: RunConfig,
  comparison: RunConfig,
): Promise<Pick<Comparison, "environment" | "labels">> {
  const advisories = await nothingKnown();
  const [left, right] = [analyzed, comparison].map((config) => scanOf(debianInventory(), advisories, { config }));
  if (left === undefined || right === undefined) throw new Error("internal: two scans");
  return compareScans(left, right);
}

describe("environment and labels", () => {
  it("say what differs, by name", async () => {
    const { environment, labels } = await settings(
      { Env: ["PATH=/usr/bin", "NEW=1", "EMPTY=", "FLAG"], Labels: { b: "2", same: "x" } },
      { Env: ["PATH=/bin", "OLD=a=b", "EMPTY=x"], Labels: { a: "1", same: "x" } },
    );
    expect(environment).toEqual([
      { name: "EMPTY", value: "", comparisonValue: "x" },
      expect.objectContaining({ name: "FLAG" }),
      { name: "NEW", value: "1" },
      { name: "OLD", comparisonValue: "a=b" },
      { name: "PATH", value: "/usr/bin", comparisonValue: "/bin" },
    ]);
    expect(labels).toEqual([
      { name: "a", comparisonValue: "1" },
      { name: "b", value: "2" },
    ]);
  });

  it("names that objects have by birth are names like others", async () => {
    const { environment } = await settings({ Env: ["constructor=1", "toString=2"] }, {});
    expect(environment).toEqual([
      { name: "constructor", value: "1" },
      { name: "toString", value: "2" },
    ]);
  });

  it("are empty for images that have none", async () => {
    expect(await settings({}, {})).toMatchObject({ environment: [], labels: [] });
  });
});
