// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { SEVERITIES, severityOfWord } from "./severity.js";

const cases = [
  { word: "critical", severity: "critical" },
  { word: "HIGH", severity: "high" },
  { word: "Moderate", severity: "medium" },
  { word: "medium", severity: "medium" },
  { word: "low", severity: "low" },
  { word: "unspecified", severity: undefined },
  { word: "negligible", severity: undefined },
  { word: "", severity: undefined },
  { word: " high", severity: undefined },
  { word: "constructor", severity: undefined },
  { word: undefined, severity: undefined },
];
it.each(cases)("the word $word stands for $severity", ({ word, severity }) => {
  expect(severityOfWord(word)).toBe(severity);
});

it("the worst comes first", () => {
  expect(SEVERITIES).toEqual(["critical", "high", "medium", "low", "unspecified"]);
});
