// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { Redactor } from "./redact.js";

function redact(secrets: readonly string[], pieces: readonly string[]): string {
  const redactor = new Redactor(secrets);
  return pieces.map((piece) => redactor.add(piece)).join("") + redactor.end();
}

describe("a redactor", () => {
  const cases: readonly { summary: string; secrets: readonly string[]; pieces: readonly string[]; expected: string }[] =
    [
      { summary: "hides a value", secrets: ["hunter2"], pieces: ["a hunter2 b"], expected: "a *** b" },
      { summary: "across pieces", secrets: ["hunter2"], pieces: ["a hun", "ter2 b"], expected: "a *** b" },
      { summary: "one character at a time", secrets: ["hunter2"], pieces: "xhunter2y".split(""), expected: "x***y" },
      {
        summary: "shows what only begins like one",
        secrets: ["hunter2"],
        pieces: ["hunt", "ing"],
        expected: "hunting",
      },
      { summary: "shows what begins like one at the end", secrets: ["hunter2"], pieces: ["hunt"], expected: "hunt" },
      { summary: "the longer of two first", secrets: ["hunter", "hunter22"], pieces: ["hunter22"], expected: "***" },
      { summary: "without the line end of its file", secrets: ["hunter2\n"], pieces: ["=hunter2="], expected: "=***=" },
      { summary: "each line of a key", secrets: ["aaaa1\nbbbb2\n"], pieces: ["bbbb2 aaaa1"], expected: "*** ***" },
      { summary: "leaves all without secrets", secrets: [], pieces: ["a", "b"], expected: "ab" },
      { summary: "does not take short lines", secrets: ["a\nlonger"], pieces: ["a longer"], expected: "a ***" },
    ];
  it.each(cases)("$summary", ({ secrets, pieces, expected }) => {
    expect(redact(secrets, pieces)).toBe(expected);
  });
});
