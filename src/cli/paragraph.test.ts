// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { countWords, formatParagraph, formatPieces, listWords, TEXT_WIDTH } from "./paragraph.js";

const FLAT = { first: "", rest: "  " };

describe("text for people", () => {
  it("is broken between words, and following lines are indented", () => {
    const text = formatParagraph("word ".repeat(50).trim(), FLAT);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBe(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(TEXT_WIDTH);
    expect(lines.slice(1).every((line) => line.startsWith("  word"))).toBe(true);
    expect(text.match(/word/g)).toHaveLength(50);
  });

  it("keeps pieces whole, however long they are", () => {
    const long = "x".repeat(150);
    expect(formatPieces(["a b", long, "c d"], FLAT)).toBe(`a b\n  ${long}\n  c d\n`);
  });

  it("fills a line to its last column", () => {
    expect(formatPieces(["x".repeat(98), "y"], FLAT)).toBe(`${"x".repeat(98)} y\n`);
    expect(formatPieces(["x".repeat(99), "y"], FLAT)).toBe(`${"x".repeat(99)}\n  y\n`);
  });

  it("has no blanks at the end of lines", () => {
    expect(formatPieces([], { first: "    ", rest: "" })).toBe("\n");
  });
});

const lists = [
  [[], ""],
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
] as const;
it.each(lists)("the list %j is read as %j", (items, expected) => {
  expect(listWords(items)).toBe(expected);
});

it("one is singular, all others are not", () => {
  expect([0, 1, 2].map((count) => countWords(count, "package"))).toEqual(["0 packages", "1 package", "2 packages"]);
});
