// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseLocatedYaml, type YamlPath } from "./located-yaml.js";

const FILE = "some.yaml";

function valueOf(text: string): unknown {
  const { value, problems } = parseLocatedYaml(text, FILE);
  expect(problems).toEqual([]);
  return value;
}

/** `line:column code` of each problem. */
function problemsOf(text: string): readonly string[] {
  const { problems } = parseLocatedYaml(text, FILE);
  return problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe("values as YAML 1.2 has them", () => {
  const cases = [
    { summary: "no is text", text: "no", expected: "no" },
    { summary: "yes is text", text: "yes", expected: "yes" },
    { summary: "on and off are text", text: "[on, off]", expected: ["on", "off"] },
    { summary: "the country of Norway is text", text: "NO", expected: "NO" },
    { summary: "y is text", text: "y", expected: "y" },
    { summary: "true and false are truths", text: "[true, False]", expected: [true, false] },
    { summary: "a day is text", text: "2026-11-24", expected: "2026-11-24" },
    { summary: "a moment is text", text: "2026-11-24T20:00:00Z", expected: "2026-11-24T20:00:00Z" },
    { summary: "a time is text", text: "12:30", expected: "12:30" },
    { summary: "a long time is text", text: "190:20:30", expected: "190:20:30" },
    { summary: "a version of two parts is a number", text: "22.10", expected: 22.1 },
    { summary: "a version of three parts is text", text: "22.10.1", expected: "22.10.1" },
    { summary: "a number with underscores is text", text: "1_000", expected: "1_000" },
    { summary: "a number that begins with zero is decimal", text: "0755", expected: 755 },
    { summary: "an octal number says so", text: "0o755", expected: 0o755 },
    { summary: "a binary number is text", text: "0b11", expected: "0b11" },
    { summary: "nothing is null", text: "[~, null, ]", expected: [null, null] },
    { summary: "a quoted word is text", text: '["true", \'1\', "~"]', expected: ["true", "1", "~"] },
    { summary: "a merge key is a key like others", text: '{ "<<": { a: 1 } }', expected: { "<<": { a: 1 } } },
    { summary: "a file of comments is null", text: "# nothing\n", expected: null },
    { summary: "an empty file is null", text: "", expected: null },
    { summary: "line ends may be those of Windows", text: "a: 1\r\nb: 2\r\n", expected: { a: 1, b: 2 } },
    { summary: "a mark of the byte order is ignored", text: "\uFEFFa: 1\n", expected: { a: 1 } },
    { summary: "an alias is what it names", text: "a: &x [1]\nb: *x\n", expected: { a: [1], b: [1] } },
    { summary: "an anchor may be set twice", text: "[&a 1, *a, &a 2, *a]", expected: [1, 1, 2, 2] },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(valueOf(text)).toEqual(expected);
  });

  it("a key that names the prototype is a key like others", () => {
    const value = valueOf("__proto__: { polluted: yes }\n") as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect("polluted" in {}).toBe(false);
  });
});

describe("places", () => {
  const text = [
    "# comment", // 1
    "name: x", // 2
    "list:", // 3
    "  - one", // 4
    "  - two: 2", // 5
    "    three: [a, b, { c: d }]", // 6
    '"quoted key": 1', // 7
    "text: |", // 8
    "  several", // 9
    "  lines", // 10
    "empty:", // 11
    "1: number", // 12
    "alias: &x { a: 1 }", // 13
    "same: *x", // 14
    "",
  ].join("\n");
  const cases: readonly { summary: string; path: YamlPath; expected: string }[] = [
    { summary: "the document is where its first key is", path: [], expected: "2:1" },
    { summary: "a value is where its key is", path: ["name"], expected: "2:1" },
    { summary: "an item is where it begins", path: ["list", 0], expected: "4:5" },
    { summary: "an item that is a map is where its first key is", path: ["list", 1], expected: "5:5" },
    { summary: "a key of an item", path: ["list", 1, "three"], expected: "6:5" },
    { summary: "an item on one line with others", path: ["list", 1, "three", 1], expected: "6:16" },
    { summary: "a key in braces", path: ["list", 1, "three", 2, "c"], expected: "6:21" },
    { summary: "a key in quotes", path: ["quoted key"], expected: "7:1" },
    { summary: "a text of several lines is where its key is", path: ["text"], expected: "8:1" },
    { summary: "a key without a value", path: ["empty"], expected: "11:1" },
    { summary: "a key that is a number, by its text", path: ["1"], expected: "12:1" },
    { summary: "an item that was named by text", path: ["list", "0"], expected: "4:5" },
    { summary: "an absent key is where its map is", path: ["list", 1, "four"], expected: "5:5" },
    { summary: "an absent item is where its list is", path: ["list", 7], expected: "3:1" },
    { summary: "an absent path is at the nearest place above", path: ["name", "a", 3, "b"], expected: "2:1" },
    { summary: "an unknown key of the document is where the document is", path: ["unknown"], expected: "2:1" },
    { summary: "what an alias names is where the alias is", path: ["same", "a"], expected: "14:1" },
    { summary: "a member of all objects is absent", path: ["constructor"], expected: "2:1" },
  ];
  it.each(cases)("$summary", ({ path, expected }) => {
    const { line, column } = parseLocatedYaml(text, FILE).locate(path);
    expect(`${line}:${column}`).toBe(expected);
  });

  it("letters outside ASCII count as one column each", () => {
    const { line, column } = parseLocatedYaml("a: { ü: [grün, x] }\n", FILE).locate(["a", "ü", 1]);
    expect(`${line}:${column}`).toBe("1:16");
  });

  it("an empty document has a place", () => {
    expect(parseLocatedYaml("", FILE).locate(["a", 1])).toEqual({ line: 1, column: 1 });
  });
});

describe("problems", () => {
  const cases = [
    {
      summary: "a key that stands twice, where it stands again",
      text: "a: 1\nb: 2\na: 3\n",
      expected: ["3:1 YAML_DUPLICATE_KEY"],
    },
    {
      summary: "a key that stands twice further down",
      text: "a:\n  - b: 1\n    c: 2\n    b: 3\n",
      expected: ["4:5 YAML_DUPLICATE_KEY"],
    },
    { summary: "a key that stands twice in braces", text: "{ a: 1, a: 2 }\n", expected: ["1:9 YAML_DUPLICATE_KEY"] },
    {
      summary: "a key that stands twice, once in quotes",
      text: "a: 1\n'a': 2\n",
      expected: ["2:1 YAML_DUPLICATE_KEY"],
    },
    { summary: "two documents", text: "a: 1\n---\nb: 2\n", expected: ["2:1 YAML_MULTIPLE_DOCS"] },
    { summary: "a tab before a key", text: "a:\n\tb: 1\n", expected: ["2:1 YAML_TAB_AS_INDENT"] },
    { summary: "a tag that does not exist", text: "a: [b, !shell]\n", expected: ["1:8 YAML_TAG"] },
    { summary: "a tag of a programming language", text: "a: !!js/function x\n", expected: ["1:4 YAML_TAG"] },
    { summary: "bytes, which are of YAML 1.1", text: "a: !!binary aGk=\n", expected: ["1:13 YAML_TAG"] },
    {
      summary: "a first key that is indented too much",
      text: "a:\n   b: 1\n  c: 2\n  d: 3\n",
      expected: ["2:4 YAML_BAD_INDENT"],
    },
    {
      summary: "a later key that is indented too much",
      text: "a:\n  b: 1\n   c: 2\n  d: 3\n",
      expected: ["3:4 YAML_BLOCK_AS_IMPLICIT_KEY"],
    },
    {
      summary: "an item whose first key is indented too much",
      text: "a:\n  -  b: 1\n    c: 2\n  - b: 2\n",
      expected: ["2:6 YAML_MISSING_CHAR"],
    },
    { summary: "an anchor that is not set", text: "a: 1\nb: 2\nc: [1, *nothing]\n", expected: ["3:8 YAML_ALIASES"] },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  const broken = [
    { summary: "a list without an end", text: "a: [1, 2\nb: 3\n", line: 2 },
    { summary: "a text without an end", text: "a: 1\nb: 'x\n", line: 3 },
    { summary: "an escape that does not exist", text: 'a: 1\nb: "\\q"\n', line: 2 },
    { summary: "a key that is indented too little", text: "a:\n    b: 1\n  c: 2\n", line: 3 },
    { summary: "a map in a map's value on one line", text: "a: b: c\n", line: 1 },
    { summary: "a text that begins with a reserved character", text: "a: 1\nb: @x\n", line: 2 },
    { summary: "a percent sign at the beginning", text: "%a\n", line: 2 },
  ];
  it.each(broken)("$summary", ({ text, line }) => {
    const { value, problems } = parseLocatedYaml(text, FILE);
    expect(value).toBeUndefined();
    expect(problems[0]?.line).toBe(line);
    for (const problem of problems) {
      expect(problem).toMatchObject({ file: FILE, severity: "error", code: expect.stringMatching(/^YAML_[A-Z_]+$/) });
      expect(problem.message).not.toMatch(/\n|at line/);
    }
  });
});

/** A list that is twice as long at each level. */
function bomb(levels: number): string {
  const steps = Array.from(
    { length: levels },
    (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`,
  );
  return `a0: &a0 [x, x]\n${steps.join("")}`;
}

describe("hostile documents", () => {
  const cases = [
    { summary: "aliases that double at each step", text: bomb(40) },
    {
      summary: "aliases that tenfold at each step",
      text: bomb(40).replaceAll(/\*a\d+(?=])/g, "$&, $&, $&, $&, $&, $&, $&, $&, $&"),
    },
    { summary: "an alias of itself", text: "a: &x [*x]\n" },
    { summary: "an alias of what it stands in", text: "a: &x { b: { c: *x } }\n" },
    { summary: "many brackets", text: "[".repeat(20_000) },
    { summary: "many brackets that are closed", text: `${"[".repeat(20_000)}${"]".repeat(20_000)}` },
    { summary: "many braces", text: "{a: ".repeat(20_000) },
    { summary: "many dashes", text: "- ".repeat(20_000) },
    { summary: "many question marks", text: "? ".repeat(20_000) },
    { summary: "many faults in one long line", text: `a: b${": c ]".repeat(40_000)}\n` },
  ];
  it.each(cases)("$summary", ({ text }) => {
    const begin = performance.now();
    const { value, problems } = parseLocatedYaml(text, FILE);
    expect(value).toBeUndefined();
    expect(problems[0]?.code).toMatch(/^YAML_/);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it("some aliases are fine", () => {
    expect(valueOf(`a: &x [1]\nb: [${Array(90).fill("*x").join(", ")}]\n`)).toMatchObject({ a: [1] });
  });
});
