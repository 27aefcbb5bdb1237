// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, cvssText, nodejsText, VECTORS } from "../../test/support/feed-files.js";
import { debianInventory, linesOf, nodejs } from "../../test/support/scans.js";
import { match } from "./match.js";

interface Case {
  readonly summary: string;
  readonly version: string;
  readonly vulnerable: string;
  readonly patched: string;
  readonly isAffected: boolean;
}

const LINES = { vulnerable: "20.x || 22.x", patched: "^20.9.1 || ^22.1.1" };

describe("whether a version of Node.js is affected", () => {
  const CASES: readonly Case[] = [
    { summary: "in a line and below its patch", version: "22.1.0", ...LINES, isAffected: true },
    { summary: "the patch itself", version: "22.1.1", ...LINES, isAffected: false },
    { summary: "above the patch", version: "22.10.0", ...LINES, isAffected: false },
    { summary: "the patch of another line does not help", version: "20.9.0", ...LINES, isAffected: true },
    { summary: "a line that never had it", version: "18.1.0", ...LINES, isAffected: false },
    {
      summary: "a pre-release of a line is as vulnerable as the line",
      version: "22.0.0-rc.1",
      ...LINES,
      isAffected: true,
    },
    { summary: "a pre-release of the patch is not the patch", version: "22.1.1-rc.1", ...LINES, isAffected: true },
    { summary: "a nightly after the patch has it", version: "22.2.0-nightly", ...LINES, isAffected: false },
    { summary: "comparators", version: "22.1.0", vulnerable: ">=22.0.0 <22.1.1", patched: "22.1.1", isAffected: true },
    {
      summary: "a hyphen range",
      version: "22.1.0",
      vulnerable: "22.0.0 - 22.1.0",
      patched: ">22.1.0",
      isAffected: true,
    },
    { summary: "a single version", version: "22.1.1", vulnerable: "22.1.0", patched: "22.1.1", isAffected: false },
    {
      summary: "without any patch it is affected",
      version: "22.1.0",
      vulnerable: "22.x",
      patched: "",
      isAffected: true,
    },
    {
      summary: "a patch that cannot be read is none",
      version: "22.1.0",
      vulnerable: "22.x",
      patched: "soon",
      isAffected: true,
    },
  ];

  it.each(CASES)("$summary", async ({ version, vulnerable, patched, isAffected }) => {
    const advisories = await advisoriesOf([nodejsText([{ cve: ["CVE-2026-0001"], vulnerable, patched }])]);
    expect(linesOf(debianInventory(nodejs(version)), advisories)).toEqual(
      isAffected ? ["CVE-2026-0001 node unspecified"] : [],
    );
  });
});

describe("a range that cannot be read", () => {
  const RANGES = [{ vulnerable: "all of them" }, { vulnerable: ">= twenty" }, { vulnerable: "22.x, 20.x" }];

  it.each(RANGES)("leaves it undetermined, not clean: $vulnerable", async ({ vulnerable }) => {
    const advisories = await advisoriesOf([nodejsText([{ cve: ["CVE-2026-0001"], vulnerable, patched: "^22.1.1" }])]);
    const [finding] = match(debianInventory(nodejs("22.1.0")), advisories).findings;
    expect(finding).toMatchObject({ state: "undetermined", affectedRange: vulnerable });
  });
});

describe("what such a finding says", () => {
  it("names range, patch and the program", async () => {
    const entry = { cve: ["CVE-2026-0001"], ...LINES, severity: "high", description: "memory overread" };
    const advisories = await advisoriesOf([nodejsText([entry])]);
    const [finding] = match(debianInventory(nodejs("22.1.0")), advisories).findings;
    expect(finding).toMatchObject({
      severity: "high",
      state: "affected",
      affectedRange: LINES.vulnerable,
      fixedVersion: LINES.patched,
      rule: "node 22.1.0 lies in 20.x || 22.x and not in ^20.9.1 || ^22.1.1",
      package: { kind: "nodejs", name: "node", version: "22.1.0", purl: "pkg:generic/node@22.1.0" },
      advisory: { feed: "Node.js core vulnerabilities", note: "memory overread" },
    });
  });

  it("Node.js's own rating goes before scores, which go before none", async () => {
    const ids = ["CVE-2026-0001", "CVE-2026-0002"] as const;
    const advisories = await advisoriesOf([
      nodejsText([
        { cve: [ids[0]], ...LINES, severity: "low" },
        { cve: [ids[1]], ...LINES, severity: "unknown" },
      ]),
      cvssText({ [ids[0]]: { "nvd:v3": VECTORS.high }, [ids[1]]: { "nvd:v3": VECTORS.medium } }),
    ]);
    expect(linesOf(debianInventory(nodejs("22.1.0")), advisories)).toEqual([
      "CVE-2026-0002 node medium",
      "CVE-2026-0001 node low",
    ]);
  });

  it("two programs in one image make one finding", async () => {
    const advisories = await advisoriesOf([nodejsText([{ cve: ["CVE-2026-0001"], ...LINES }])]);
    for (const versions of [
      ["22.1.0", "22.1.1"],
      ["22.1.1", "22.1.0"],
      ["20.1.0", "22.1.0"],
    ] as const)
      expect(linesOf(debianInventory(...versions.map(nodejs)), advisories)).toHaveLength(1);
  });
});
