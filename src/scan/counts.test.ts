// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, trackerText } from "../../test/support/feed-files.js";
import { deb, debianInventory } from "../../test/support/scans.js";
import { countAll, countFindings, isCounted, totalOf } from "./counts.js";
import { match } from "./match.js";

const NONE = { critical: 0, high: 0, medium: 0, low: 0, unspecified: 0, suppressed: 0, unimportant: 0 };

function rated(urgency: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return { trixie: { status: "open", urgency } };
}

const TRACKER = trackerText({
  a: { "CVE-1": rated("high"), "CVE-2": rated("medium"), "CVE-3": rated("medium"), "CVE-4": rated("low") },
  b: { "CVE-1": rated("not yet assigned"), "CVE-5": rated("unimportant") },
  linux: { "CVE-6": rated("high"), "CVE-7": rated("unimportant") },
});

describe("counting", () => {
  it("puts each finding into one of seven heaps", async () => {
    const inventory = debianInventory(deb("a", "1"), deb("b", "1"), deb("linux-libc-dev", "1", { source: "linux" }));
    const result = match(inventory, await advisoriesOf([TRACKER]));
    const counts = countFindings(result);
    expect(counts).toEqual({ ...NONE, high: 1, medium: 2, low: 1, unspecified: 1, unimportant: 1, suppressed: 2 });
    expect(result.findings).toHaveLength(8);
    expect(result.findings.filter(isCounted)).toHaveLength(5);
  });

  it("the total is what counts: neither suppressed nor unimportant", async () => {
    const inventory = debianInventory(deb("a", "1"), deb("b", "1"), deb("linux-libc-dev", "1", { source: "linux" }));
    const counts = countFindings(match(inventory, await advisoriesOf([TRACKER])));
    expect(totalOf(counts ?? countAll([]))).toBe(5);
  });

  it("no findings among what was assessed is zero", async () => {
    const result = match(debianInventory(deb("c", "1")), await advisoriesOf([TRACKER], { isComplete: true }));
    expect(countFindings(result)).toEqual(NONE);
  });

  it("nothing assessed is not zero", async () => {
    const result = match(debianInventory(deb("c", "1")), await advisoriesOf([TRACKER]));
    expect(countFindings(result)).toBeUndefined();
  });
});
