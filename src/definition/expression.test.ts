// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { evaluateExpression, type ExpressionValue } from "./expression.js";

const VALUES: Readonly<Record<string, ExpressionValue>> = {
  "target.arch": "amd64",
  "target.dev": "false",
  "definition.vars.VERSION": "22",
  "definition.vars.with-dash": "dashed",
  yes: true,
  no: false,
  trueness: "true it is",
};

function evaluate(text: string): ExpressionValue {
  return evaluateExpression(text, (name) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined));
}

describe("values", () => {
  const cases = [
    { summary: "text in double quotes", text: '"a"', expected: "a" },
    { summary: "text in single quotes", text: "'a'", expected: "a" },
    { summary: "empty text", text: '""', expected: "" },
    { summary: "the other quotes inside text", text: `"it's"`, expected: "it's" },
    { summary: "an escaped quote", text: '"a\\"b"', expected: 'a"b' },
    { summary: "an escaped backslash at the end", text: '"a\\\\"', expected: "a\\" },
    { summary: "operators inside text", text: '"a ? b : c || (d) + !"', expected: "a ? b : c || (d) + !" },
    { summary: "text over several lines", text: '"a\nb"', expected: "a\nb" },
    { summary: "truth", text: "true", expected: true },
    { summary: "falsehood", text: "false", expected: false },
    { summary: "a built-in name", text: "target.arch", expected: "amd64" },
    { summary: "a declared name", text: "definition.vars.VERSION", expected: "22" },
    { summary: "a name with a dash", text: "definition.vars.with-dash", expected: "dashed" },
    { summary: "a name that begins like a word of the language", text: "trueness", expected: "true it is" },
    { summary: "blanks around", text: " \t\n target.arch \n", expected: "amd64" },
    { summary: "no blanks at all", text: 'target.arch=="amd64"?"x":"y"', expected: "x" },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe("operators", () => {
  const cases = [
    { summary: "equal text is equal", text: 'target.arch == "amd64"', expected: true },
    { summary: "other text is not", text: 'target.arch == "arm64"', expected: false },
    { summary: "unlike text is unlike", text: 'target.arch != "arm64"', expected: true },
    { summary: "letters are compared as they are", text: '"A" == "a"', expected: false },
    { summary: "a value that says false is false", text: "target.dev == false", expected: true },
    { summary: "a value that says false is not true", text: "target.dev != true", expected: true },
    { summary: "text is joined", text: '"a" + "b" + target.arch', expected: "abamd64" },
    { summary: "text is joined before it is compared", text: '"a" + "b" == "ab"', expected: true },
    { summary: "a condition picks the first", text: 'target.arch == "amd64" ? "x64" : "arm64"', expected: "x64" },
    { summary: "a condition picks the second", text: 'target.arch == "arm64" ? "x64" : "arm"', expected: "arm" },
    { summary: "a value that says true picks the first", text: '"true" ? "a" : "b"', expected: "a" },
    { summary: "a value that says false picks the second", text: 'target.dev ? "a" : "b"', expected: "b" },
    { summary: "conditions chain to the right", text: 'no ? "a" : no ? "b" : "c"', expected: "c" },
    { summary: "conditions nest in the first branch", text: 'yes ? no ? "a" : "b" : "c"', expected: "b" },
    { summary: "a condition in parentheses is joined", text: '(yes ? "a" : "b") + "c"', expected: "ac" },
    { summary: "a branch may be joined", text: 'yes ? "p" + definition.vars.VERSION : "q"', expected: "p22" },
    { summary: "both must be true", text: "yes && no", expected: false },
    { summary: "one must be true", text: "no || yes", expected: true },
    { summary: "and binds closer than or", text: "yes || no && no", expected: true },
    { summary: "and binds closer than or on the left", text: "no && no || yes", expected: true },
    { summary: "parentheses bind closest", text: "(yes || no) && no", expected: false },
    { summary: "comparing binds closer than and", text: '"a" == "a" && "b" == "b"', expected: true },
    {
      summary: "alternatives are compared one by one",
      text: '"25" == "26" || "25" == "25" ? "a" : "b"',
      expected: "a",
    },
    { summary: "not turns around", text: "!no", expected: true },
    { summary: "not twice does nothing", text: "!!yes", expected: true },
    { summary: "not binds closer than and", text: "!no && no", expected: false },
    { summary: "not of a comparison takes parentheses", text: '!("a" == "b")', expected: true },
    {
      summary: "many steps in a row are no nesting",
      text: Array(200).fill('"a"').join(" + "),
      expected: "a".repeat(200),
    },
    { summary: "some nesting is fine", text: `${"(".repeat(40)}"a"${")".repeat(40)}`, expected: "a" },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe("what is refused", () => {
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "blanks", text: "  \n" },
    { summary: "an unknown name", text: "target.unknown" },
    { summary: "an unknown name in the branch that is not taken", text: 'yes ? "a" : unknown' },
    { summary: "an unknown name behind an or that is decided", text: "yes || unknown" },
    { summary: "a part of a known name", text: "target" },
    { summary: "a known name with more behind it", text: "target.arch.length" },
    { summary: "a member of all objects", text: "constructor" },
    { summary: "another member of all objects", text: "__proto__" },
    { summary: "a method of all objects", text: "toString" },
    { summary: "a name that ends in a dot", text: "target." },
    { summary: "a name with two dots", text: "target..arch" },
    { summary: "a name that begins with a digit", text: "1a" },
    { summary: "a number", text: "1" },
    { summary: "a call", text: 'process("a")' },
    { summary: "a call of a known name", text: "yes()" },
    { summary: "an index", text: 'target["arch"]' },
    { summary: "a list", text: '["a"]' },
    { summary: "an assignment", text: 'yes = "a"' },
    { summary: "a comparison that does not exist", text: '"a" < "b"' },
    { summary: "a single and", text: "yes & yes" },
    { summary: "a pipe", text: "yes | yes" },
    { summary: "a third equals sign", text: '"a" === "a"' },
    { summary: "two comparisons in a row", text: '"a" == "a" == true' },
    { summary: "a minus", text: '"a" - "b"' },
    { summary: "a semicolon", text: "yes; no" },
    { summary: "a template", text: "`a`" },
    { summary: "text without an end", text: '"a' },
    { summary: "text whose end is escaped", text: '"a\\"' },
    { summary: "text that ends in other quotes", text: "\"a'" },
    { summary: "two texts in a row", text: '"a" "b"' },
    { summary: "an operator without a left side", text: '== "a"' },
    { summary: "an operator without a right side", text: '"a" ==' },
    { summary: "a plus without a right side", text: '"a" +' },
    { summary: "a plus before a text", text: '+ "a"' },
    { summary: "a not without anything", text: "!" },
    { summary: "a not of text that is neither true nor false", text: '!"a"' },
    { summary: "a condition that is neither true nor false", text: '"a" ? "b" : "c"' },
    { summary: "an empty condition", text: '"" ? "b" : "c"' },
    { summary: "an and of text that is neither", text: 'yes && "a"' },
    { summary: "an or of text that is neither", text: '"a" || yes' },
    { summary: "a condition without a colon", text: 'yes ? "a"' },
    { summary: "a condition without a first branch", text: 'yes ? : "a"' },
    { summary: "a condition without a second branch", text: 'yes ? "a" :' },
    { summary: "a colon without a condition", text: 'yes : "a"' },
    { summary: "an open parenthesis", text: '("a"' },
    { summary: "a closed parenthesis", text: '"a")' },
    { summary: "empty parentheses", text: "()" },
    { summary: "parentheses the wrong way", text: ')"a"(' },
    { summary: "deeply nested parentheses", text: `${"(".repeat(60)}"a"${")".repeat(60)}` },
    { summary: "very deeply nested parentheses without an end", text: "(".repeat(1_999) },
    { summary: "a thousand nots", text: `${"!".repeat(1_000)}yes` },
    { summary: "deeply nested conditions", text: `${"yes ? ".repeat(60)}"a"${' : "b"'.repeat(60)}` },
    { summary: "a long chain of conditions", text: `${'no ? "a" : '.repeat(60)}"b"` },
    { summary: "a text that is too long", text: `"${"a".repeat(2_000)}"` },
    { summary: "blanks that are too long", text: `${" ".repeat(2_000)}yes` },
    { summary: "many backslashes", text: `"${"\\".repeat(1_900)}` },
    { summary: "a character of no language", text: "yes\u0000" },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => evaluate(text))).toBe("EXPRESSION_INVALID");
  });
});
