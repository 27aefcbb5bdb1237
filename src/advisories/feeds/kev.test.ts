// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { kevText } from "../../../test/support/feed-files.js";
import { isKevCatalog, readKevCatalog, type KevCatalog } from "./kev.js";

it("says which vulnerabilities are exploited, since when, and how old it is", () => {
  const feed = readKevCatalog(JSON.parse(kevText(["CVE-2026-0001", "CVE-2026-0002"])) as KevCatalog);
  expect([...feed.exploited]).toEqual([
    { id: "CVE-2026-0001", addedOn: "2026-09-30" },
    { id: "CVE-2026-0002", addedOn: "2026-09-30" },
  ]);
  expect(feed.asOf).toBe("2026-10-01T00:00:00Z");
  expect([...feed.advisories, ...feed.coverage]).toEqual([]);
});

const SHAPES = [
  { summary: "a catalogue is one", value: { catalogVersion: "1", vulnerabilities: [] }, is: true },
  { summary: "NVD's feed is none", value: { vulnerabilities: [] }, is: false },
  { summary: "its schema is none", value: { catalogVersion: "1", vulnerabilities: { type: "array" } }, is: false },
  { summary: "a list is none", value: [], is: false },
  { summary: "null is none", value: null, is: false },
];

it.each(SHAPES)("shape: $summary", ({ value, is }) => {
  expect(isKevCatalog(value)).toBe(is);
});
