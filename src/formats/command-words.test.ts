// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { formatCommandWord, parseCommandWords } from "./command-words.js";

describe("a command is split", () => {
  const cases: readonly { summary: string; command: string; words: readonly string[] }[] = [
    { summary: "at blanks and tabs, however many", command: "  node \t --version  ", words: ["node", "--version"] },
    { summary: "with line ends around it", command: "\nnode -v\n", words: ["node", "-v"] },
    { summary: "not inside of single quotes", command: `sh -c 'a "b" \\n $x'`, words: ["sh", "-c", 'a "b" \\n $x'] },
    {
      summary: "not inside of double quotes",
      command: `sh -c "a 'b' | c; d"`,
      words: ["sh", "-c", "a 'b' | c; d"],
    },
    { summary: "with escapes of quotes", command: String.raw`a "\"\\\n" \' \"`, words: ["a", '"\\\\n', "'", '"'] },
    { summary: "with escaped blanks", command: String.raw`a b\ c`, words: ["a", "b c"] },
    { summary: "with escapes of what needs a shell", command: String.raw`a \$b \; \(`, words: ["a", "$b", ";", "("] },
    { summary: "into joined pieces", command: `--a='b c'"d"e`, words: ["--a=b cde"] },
    { summary: "with empty words", command: `a '' "" b`, words: ["a", "", "", "b"] },
    { summary: "with an empty piece in a word", command: `a''b`, words: ["ab"] },
    { summary: "with line ends in quotes", command: "sh -c 'a\nb'", words: ["sh", "-c", "a\nb"] },
    {
      summary: "without patterns, comments and homes",
      command: "ls *.? ~ #a {b,c} !d",
      words: ["ls", "*.?", "~", "#a", "{b,c}", "!d"],
    },
    { summary: "with characters of any script", command: "echo 'ü 日本' 🙂", words: ["echo", "ü 日本", "🙂"] },
    { summary: "with an escaped blank at its end", command: String.raw`a\ `, words: ["a "] },
    { summary: "at no other space", command: "a\u00a0b", words: ["a\u00a0b"] },
  ];
  it.each(cases)("$summary", ({ command, words }) => {
    expect(parseCommandWords(command)).toEqual(words);
  });

  it("in linear time", () => {
    expect(parseCommandWords(`a ${"'b' ".repeat(200_000)}`)).toHaveLength(200_001);
  });
});

describe("no command is", () => {
  const cases: readonly { summary: string; command: string }[] = [
    { summary: "nothing", command: "" },
    { summary: "blanks", command: " \t\n" },
    { summary: "an empty name", command: "'' a" },
    { summary: "a single quote without its end", command: "a 'b" },
    { summary: "a double quote without its end", command: 'a "b' },
    { summary: "a double quote whose end is escaped", command: String.raw`a "b\"` },
    { summary: "a backslash at the end", command: "a b\\" },
    { summary: "a pipe", command: "a | b" },
    { summary: "a list", command: "a && b" },
    { summary: "a sequence", command: "a; b" },
    { summary: "a redirection", command: "a > b" },
    { summary: "a variable", command: "a $HOME" },
    { summary: "a substitution", command: "a `b`" },
    { summary: "a subshell", command: "(a)" },
    { summary: "two lines", command: "a\nb" },
    { summary: "a NUL character", command: "a \0" },
  ];
  it.each(cases)("$summary", async ({ command }) => {
    expect(await codeOf(() => parseCommandWords(command))).toBe("COMMAND_INVALID");
  });

  it("a NUL character in quotes", async () => {
    expect(await codeOf(() => parseCommandWords("a 'b\0'"))).toBe("COMMAND_INVALID");
  });
});

describe("a word for a shell", () => {
  it.each(["a", "user@example.test", "https://ci.test/a/b.yml@refs/heads/main", "--flag=value"])(
    "is %s as it stands",
    (word) => {
      expect(formatCommandWord(word)).toBe(word);
    },
  );

  it.each(["", "two words", "$(reboot)", "it's", 'a"b', "a;b", "*", String.raw`a\b`])(
    "is %j in quotes, and is read back",
    (word) => {
      expect(formatCommandWord(word)).toMatch(/^'/);
      expect(parseCommandWords(`run ${formatCommandWord(word)}`)).toEqual(["run", word]);
    },
  );
});
