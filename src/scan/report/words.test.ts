// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Counts } from "../counts.js";
import { PLAIN } from "./compare.js";
import { apartText, countsText, coverageLines, deltaText, signed, sizeText, type Paint } from "./words.js";

const ZERO: Counts = { critical: 0, high: 0, medium: 0, low: 0, unspecified: 0, suppressed: 0, unimportant: 0 };
const TAGS: Paint = {
  bold: (text) => `<b>${text}</b>`,
  dim: (text) => `<dim>${text}</dim>`,
  red: (text) => `<red>${text}</red>`,
  yellow: (text) => `<yellow>${text}</yellow>`,
  green: (text) => `<green>${text}</green>`,
};

describe("counts", () => {
  const CASES: readonly { summary: string; counts: Counts | undefined; expected: string }[] = [
    { summary: "are five wide, with a letter", counts: ZERO, expected: "    0C     0H     0M     0L" },
    {
      summary: "show what nobody rated only where there is some",
      counts: { ...ZERO, high: 1, medium: 3, low: 153, unspecified: 4 },
      expected: "    0C     1H     3M   153L     4?",
    },
    {
      summary: "leave out what does not count",
      counts: { ...ZERO, suppressed: 9, unimportant: 9 },
      expected: "    0C     0H     0M     0L",
    },
    { summary: "that nobody knows are unknown, not zero", counts: undefined, expected: "unknown" },
    {
      summary: "of many digits are not cut",
      counts: { ...ZERO, low: 1_234_567 },
      expected: "    0C     0H     0M 1234567L",
    },
  ];

  it.each(CASES)("$summary", ({ counts, expected }) => {
    expect(countsText(counts, PLAIN)).toBe(expected);
  });

  it("are as wide in Docker Scout", () => {
    expect(countsText({ ...ZERO, high: 1 }, PLAIN)).toMatch(/^ {4}0C {5}1H {5}0M {5}0L$/);
  });

  it("are red where bad, and faint where nothing is", () => {
    const text = countsText({ ...ZERO, critical: 1, high: 2, medium: 3, low: 4 }, TAGS);
    expect(text.match(/<red>/g)).toHaveLength(2);
    expect(text.match(/<yellow>/g)).toHaveLength(1);
    expect(countsText(ZERO, TAGS).match(/<dim>/g)).toHaveLength(4);
    expect(countsText(undefined, TAGS)).toBe("<yellow>unknown</yellow>");
  });
});

describe("differences of counts", () => {
  const CASES: readonly { summary: string; counts: Counts | undefined; to: Counts | undefined; expected: string }[] = [
    {
      summary: "are blank where nothing changed",
      counts: { ...ZERO, critical: 1, low: 2 },
      to: { ...ZERO, critical: 2, low: 11 },
      expected: "    -1                   -9",
    },
    { summary: "have a sign when there are more", counts: { ...ZERO, high: 2 }, to: ZERO, expected: "           +2" },
    {
      summary: "have a fifth column where somebody has unrated ones",
      counts: ZERO,
      to: { ...ZERO, unspecified: 4 },
      expected: "                                -4",
    },
    { summary: "are blank between equals", counts: ZERO, to: ZERO, expected: "" },
    { summary: "are blank where one side is unknown", counts: ZERO, to: undefined, expected: "" },
    { summary: "are blank where the other is", counts: undefined, to: ZERO, expected: "" },
  ];

  it.each(CASES)("$summary", ({ counts, to, expected }) => {
    expect(deltaText(counts, to)).toBe(expected);
  });

  it("stand below the counts that they are about", () => {
    const counts = { ...ZERO, high: 1, low: 100 };
    const delta = deltaText(counts, { ...ZERO, high: 3, low: 253 });
    const letters = [...countsText(counts, PLAIN).matchAll(/[CHML]/g)].map((match) => match.index);
    expect([...delta.matchAll(/[0-9](?= |$)/g)].map((match) => match.index)).toEqual([letters[1], letters[3]]);
  });

  it("show no sign for nothing", () => {
    expect([signed(1), signed(0), signed(-1)]).toEqual(["+1", "0", "-1"]);
  });
});

describe("sizes", () => {
  const CASES = [
    { sizeBytes: 0, expected: "0 B" },
    { sizeBytes: 999, expected: "999 B" },
    { sizeBytes: 1000, expected: "1.0 kB" },
    { sizeBytes: 9_940, expected: "9.9 kB" },
    { sizeBytes: 41_400_000, expected: "41 MB" },
    { sizeBytes: 408_000_000, expected: "408 MB" },
    { sizeBytes: -367_000_000, expected: "-367 MB" },
    { sizeBytes: -1_500, expected: "-1.5 kB" },
    { sizeBytes: 1_200_000_000, expected: "1.2 GB" },
    { sizeBytes: 5e15, expected: "5000 TB" },
    { sizeBytes: 999_700, expected: "1.0 MB" },
  ];

  it.each(CASES)("$sizeBytes bytes are $expected", ({ sizeBytes, expected }) => {
    expect(sizeText(sizeBytes)).toBe(expected);
  });
});

describe("what counts do not say", () => {
  const CASES = [
    { summary: "nothing, where nothing is apart", counts: ZERO, expected: undefined },
    { summary: "nothing, where nobody knows", counts: undefined, expected: undefined },
    { summary: "what is suppressed", counts: { ...ZERO, suppressed: 2 }, expected: "counted apart: 2 suppressed" },
    {
      summary: "what is unimportant, first",
      counts: { ...ZERO, suppressed: 2, unimportant: 3 },
      expected: "counted apart: 3 that the distribution calls unimportant, 2 suppressed",
    },
  ];

  it.each(CASES)("$summary", ({ counts, expected }) => {
    expect(apartText(counts)).toBe(expected);
  });

  it("what was not assessed: a few by name, many by number", () => {
    const unknown = [
      { kind: "deb" as const, names: ["bash"], why: "no data" },
      { kind: "npm" as const, names: ["a", "b", "c", "d", "e"], why: "not assessed by this version of Basalt" },
      { kind: "nodejs" as const, names: ["node"], why: "no data" },
    ];
    const result = { findings: [], notAffected: [], assessedPackages: 0, unknown, dataAsOf: undefined };
    expect(coverageLines(result)).toEqual([
      "1 Debian source package (bash) not assessed: no data",
      "5 npm packages not assessed: not assessed by this version of Basalt",
      "1 Node.js program (node) not assessed: no data",
    ]);
  });
});
