// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { nodejsText } from "../../../test/support/feed-files.js";
import { isNodejsCoreIndex, readNodejsCoreIndex, type NodejsCoreIndex } from "./nodejs-core.js";

const ENTRY = { cve: ["CVE-2026-0001"], vulnerable: "20.x || 22.x", patched: "^20.9.1 || ^22.1.1" };

function read(...entries: readonly Readonly<Record<string, unknown>>[]): ReturnType<typeof readNodejsCoreIndex> {
  return readNodejsCoreIndex(JSON.parse(nodejsText(entries)) as NodejsCoreIndex);
}

it("reads ranges, severity and description of an entry", () => {
  const feed = read({ ...ENTRY, severity: "moderate", description: "memory overread", overview: "long" });
  expect([...feed.advisories]).toEqual([
    {
      ecosystem: "nodejs",
      package: "node",
      vulnerability: "CVE-2026-0001",
      state: "open",
      vulnerableRange: "20.x || 22.x",
      patchedRange: "^20.9.1 || ^22.1.1",
      severity: "medium",
      isUnimportant: false,
      note: "memory overread",
    },
  ]);
});

it("makes one advisory of each id of an entry", () => {
  const feed = read({ ...ENTRY, cve: ["CVE-2026-0001", "CVE-2026-0002"] });
  expect([...feed.advisories].map((advisory) => advisory.vulnerability)).toEqual(["CVE-2026-0001", "CVE-2026-0002"]);
});

const WITHOUT_ID = [
  { summary: "an entry with an empty list of ids is named after its number", cve: [] },
  { summary: "an entry that lacks ids is named after its number", cve: undefined },
];

it.each(WITHOUT_ID)("$summary", ({ cve }) => {
  const feed = read(ENTRY, { ...ENTRY, cve });
  expect([...feed.advisories].map((advisory) => advisory.vulnerability)).toEqual(["CVE-2026-0001", "NODE-CORE-2"]);
});

const WORDS = [
  { severity: "critical", expected: "critical" },
  { severity: "High", expected: "high" },
  { severity: "medium", expected: "medium" },
  { severity: "moderate", expected: "medium" },
  { severity: "low", expected: "low" },
  { severity: "unknown", expected: undefined },
  { severity: undefined, expected: undefined },
];

it.each(WORDS)("the word $severity stands for $expected", ({ severity, expected }) => {
  const [advisory] = read({ ...ENTRY, severity }).advisories;
  expect(advisory?.severity).toBe(expected);
});

it("covers all of Node.js", () => {
  expect(read(ENTRY).coverage).toEqual([{ ecosystem: "nodejs", packages: "all" }]);
});

const SHAPES = [
  { summary: "an object of entries is an index", value: { "1": ENTRY }, is: true },
  { summary: "an empty object is none", value: {}, is: false },
  { summary: "a list of entries is none", value: [ENTRY], is: false },
  { summary: "an entry without patched versions is none", value: { "1": { vulnerable: "22.x" } }, is: false },
  { summary: "null in place of an entry is none", value: { "1": null }, is: false },
];

it.each(SHAPES)("shape: $summary", ({ value, is }) => {
  expect(isNodejsCoreIndex(value)).toBe(is);
});
