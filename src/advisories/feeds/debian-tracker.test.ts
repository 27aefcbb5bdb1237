// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { trackerText, type TrackerState } from "../../../test/support/feed-files.js";
import type { Advisory } from "../feed.js";
import { isDebianTracker, readDebianTracker, type DebianTracker } from "./debian-tracker.js";

function read(text: string, isComplete = false): ReturnType<typeof readDebianTracker> {
  return readDebianTracker(JSON.parse(text) as DebianTracker, { isComplete });
}

const CASES: readonly { summary: string; state: TrackerState; expected: Partial<Advisory> }[] = [
  {
    summary: "an open vulnerability affects every version",
    state: { status: "open", urgency: "not yet assigned" },
    expected: { state: "open", isUnimportant: false },
  },
  {
    summary: "a resolved one affects what is older than the fix",
    state: { status: "resolved", fixed_version: "1:1.2.8.dfsg-4", urgency: "not yet assigned" },
    expected: { state: "fixed", fixedVersion: "1:1.2.8.dfsg-4", isUnimportant: false },
  },
  {
    summary: "a fixed version of 0 says that the release never had it",
    state: { status: "resolved", fixed_version: "0", urgency: "not yet assigned" },
    expected: { state: "not-affected", isUnimportant: false },
  },
  {
    summary: "resolved without a version cannot be matched, so nothing is claimed",
    state: { status: "resolved" },
    expected: { state: "not-affected", isUnimportant: false },
  },
  {
    summary: "an undetermined one is kept as such",
    state: { status: "undetermined", urgency: "not yet assigned" },
    expected: { state: "undetermined", isUnimportant: false },
  },
  {
    summary: "a status that nobody knows yet is undetermined, not clean",
    state: { status: "postponed" },
    expected: { state: "undetermined", isUnimportant: false },
  },
  {
    summary: "unimportant is no severity, but counted apart",
    state: { status: "open", urgency: "unimportant" },
    expected: { state: "open", isUnimportant: true },
  },
  {
    summary: "stars after an urgency mean that the tracker derived it",
    state: { status: "open", urgency: "low**" },
    expected: { state: "open", severity: "low", isUnimportant: false },
  },
  {
    summary: "an urgency of its own is the severity",
    state: { status: "open", urgency: "high" },
    expected: { state: "open", severity: "high", isUnimportant: false },
  },
  {
    summary: "end-of-life is not a severity",
    state: { status: "open", urgency: "end-of-life" },
    expected: { state: "open", isUnimportant: false },
  },
  {
    summary: "why there is no update is the note",
    state: { status: "open", urgency: "low", nodsa: "Minor issue", nodsa_reason: "" },
    expected: { state: "open", severity: "low", isUnimportant: false, note: "Minor issue" },
  },
  {
    summary: "a severity that an extract reports is kept apart",
    state: { status: "open", urgency: "not yet assigned", severity: "HIGH" },
    expected: { state: "open", reportedSeverity: "high", isUnimportant: false },
  },
];

it.each(CASES)("$summary", ({ state, expected }) => {
  const feed = read(trackerText({ zlib: { "CVE-2026-0001": { trixie: state } } }));
  expect([...feed.advisories]).toEqual([
    { ecosystem: "debian:13", package: "zlib", vulnerability: "CVE-2026-0001", ...expected },
  ]);
});

it("names releases by number, and testing by its name", () => {
  const open = { status: "open" };
  const feed = read(trackerText({ zlib: { "CVE-2026-0001": { bookworm: open, trixie: open, sid: open } } }));
  expect([...feed.advisories].map((advisory) => advisory.ecosystem)).toEqual(["debian:12", "debian:13", "debian:sid"]);
});

it("an extract covers the sources it lists, for the releases it speaks about", () => {
  const text = trackerText({ zlib: { "CVE-1": { bookworm: { status: "open" } } }, "apt-none": {} });
  expect(read(text).coverage).toEqual([{ ecosystem: "debian:12", packages: ["zlib", "apt-none"] }]);
});

it("a complete tracker covers all sources", () => {
  const text = trackerText({ zlib: { "CVE-1": { bookworm: { status: "open" }, trixie: { status: "open" } } } });
  expect(read(text, true).coverage).toEqual([
    { ecosystem: "debian:12", packages: "all" },
    { ecosystem: "debian:13", packages: "all" },
  ]);
});

it("is as of the newest record that says when it was made", () => {
  const text = trackerText({
    zlib: {
      "CVE-1": { trixie: { status: "open", as_of: "2026-08-02" } },
      "CVE-2": { trixie: { status: "open", as_of: "2026-08-21" }, bookworm: { status: "open", as_of: "2026-08-20" } },
    },
  });
  expect(read(text).asOf).toBe("2026-08-21");
  expect(read(trackerText({ zlib: { "CVE-1": { trixie: { status: "open" } } } })).asOf).toBeUndefined();
});

const SHAPES = [
  { summary: "a document with releases is a tracker", value: { a: { "CVE-1": { releases: {} } } }, is: true },
  { summary: "an empty object is none", value: {}, is: false },
  { summary: "a list is none", value: [{ "CVE-1": { releases: {} } }], is: false },
  { summary: "nothing is none", value: null, is: false },
  { summary: "releases that are a list are none", value: { a: { "CVE-1": { releases: [] } } }, is: false },
  { summary: "text in place of a vulnerability is none", value: { a: { "CVE-1": "x" } }, is: false },
];

it.each(SHAPES)("shape: $summary", ({ value, is }) => {
  expect(isDebianTracker(value)).toBe(is);
});
