// SPDX-License-Identifier: Apache-2.0
import semver from "semver";
import { describe, expect, it } from "vitest";
import { compareTagVersions, isBeforeRelease } from "./version-order.js";

describe("the order of tags", () => {
  const ascending = [
    { summary: "numbers by their value", tags: ["v1.9.0", "v1.10.0", "v2.0.0"] },
    { summary: "missing numbers are 0", tags: ["1", "1.0.1", "1.1"] },
    { summary: "underscores between numbers", tags: ["curl-8_9_1", "curl-8_10_0"] },
    { summary: "a date", tags: ["2024.12.31", "2025.1.1"] },
    { summary: "letters behind a year", tags: ["2024a", "2024b", "2025a"] },
    { summary: "patch levels behind a release", tags: ["V_9_9", "V_9_9_P1", "V_9_9_P10"] },
    {
      summary: "before a release, the release, behind it",
      tags: ["1.0-alpha", "1.0-rc.2", "1.0-rc.10", "1.0", "1.0-2"],
    },
    { summary: "Python's way", tags: ["v3.14.0a7", "v3.14.0b1", "v3.14.0rc1", "v3.14.0"] },
    { summary: "numbers of any length", tags: [`1.${"9".repeat(30)}`, `1.1${"0".repeat(30)}`] },
    { summary: "no number at all", tags: ["latest", "1"] },
  ];
  it.each(ascending)("$summary", ({ tags }) => {
    for (const [index, tag] of tags.entries()) {
      expect(compareTagVersions(tag, tag)).toBe(0);
      for (const later of tags.slice(index + 1)) {
        expect(compareTagVersions(tag, later), `${tag} < ${later}`).toBe(-1);
        expect(compareTagVersions(later, tag), `${later} > ${tag}`).toBe(1);
      }
    }
  });

  const equal = [
    ["v1.2.3", "1.2.3"],
    ["release-1.0", "1.0.0"],
    ["1.0+build.1", "1.0+build.2"],
    ["1.007", "1.7"],
  ] as const;
  it.each(equal)("%s and %s are the same", (a, b) => {
    expect(compareTagVersions(a, b)).toBe(0);
  });

  it("agrees with semver on versions as they are published", () => {
    const versions = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0"];
    for (const a of versions)
      for (const b of versions) expect(compareTagVersions(a, b), `${a} ${b}`).toBe(semver.compare(a, b));
  });
});

describe("before a release", () => {
  it.each(["v1.0.0-rc.1", "1.0rc1", "3.12.0b4", "v2.0.0-alpha", "1.0-dev", "1.0.0-nightly20260101", "5.0.0-PREVIEW.2"])(
    "%s",
    (tag) => {
      expect(isBeforeRelease(tag)).toBe(true);
    },
  );
  it.each([
    "v1.0.0",
    "1.0p1",
    "2024a",
    "1.0-debian13",
    "1.0+rc1",
    "test-1.0",
    "go1.22",
    "1.0-trixie",
    "3.5-architecture",
  ])("not %s", (tag) => {
    expect(isBeforeRelease(tag)).toBe(false);
  });

  it("tags that are long are read quickly", () => {
    const begin = performance.now();
    for (const tag of ["1.".repeat(100_000), "a".repeat(100_000), `1${"-rc".repeat(50_000)}`, "1_".repeat(100_000)])
      compareTagVersions(tag, `${tag}2`);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
