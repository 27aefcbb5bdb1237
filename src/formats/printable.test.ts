// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { printable, printableLine } from "./printable.js";

it.each([
  { summary: "plain text", text: "a b\n\tc é 漢 😀", shown: "a b\n\tc é 漢 😀" },
  { summary: "colours", text: "\u001B[32mgreen\u001B[39m \u001B[1;31mred\u001B[0m", shown: undefined },
  { summary: "a cursor that moves", text: "INVALID\u001B[7Dkey abc", shown: "INVALID\uFFFD[7Dkey abc" },
  { summary: "a line that is erased", text: "a\u001B[2Kb", shown: "a\uFFFD[2Kb" },
  { summary: "a title", text: "\u001B]0;title\u0007", shown: "\uFFFD]0;title\uFFFD" },
  { summary: "a carriage return, a backspace, a NUL", text: "a\rb\bc\0", shown: "a\uFFFDb\uFFFDc\uFFFD" },
  { summary: "controls of eight bits", text: "\u009B2K", shown: "\uFFFD2K" },
  { summary: "another direction", text: "a\u202Eb\u2066c", shown: "a\uFFFDb\uFFFDc" },
])("$summary", ({ text, shown = text }) => {
  expect(printable(text)).toBe(shown);
});

it("in one line has no other", () => {
  expect(printableLine("a\nb\tc")).toBe("a b c");
});
