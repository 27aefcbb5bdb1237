// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { resolveVariables, substitute, substituteDeep } from "./substitution.js";

const LONG_MS = 1_000;

function variables(values: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(values));
}

function resolve(
  declared: Readonly<Record<string, string>>,
  builtIns: Readonly<Record<string, string>> = { "target.arch": "amd64", "target.dev": "true" },
): Readonly<Record<string, string>> {
  return Object.fromEntries(resolveVariables(variables(declared), variables(builtIns)));
}

describe("names", () => {
  const known = variables({
    VERSION: "22.23.3",
    _x: "underscore",
    "target.arch": "amd64",
    "resolved.libstdc++6.version": "14.2",
    "resolved.ca-certificates.version": "20250419",
    DOLLAR: "$& $1 $$",
    NESTED: "${VERSION}",
    EMPTY: "",
  });
  const cases = [
    {
      summary: "a text without references stays",
      text: "plain $VERSION {VERSION}",
      expected: "plain $VERSION {VERSION}",
    },
    { summary: "a known name is replaced", text: "v${VERSION}", expected: "v22.23.3" },
    { summary: "every reference is replaced", text: "${VERSION}-${VERSION}", expected: "22.23.3-22.23.3" },
    { summary: "a name may begin with an underscore", text: "${_x}", expected: "underscore" },
    { summary: "a name may have dots", text: "${target.arch}", expected: "amd64" },
    { summary: "a name may have dashes", text: "${resolved.ca-certificates.version}", expected: "20250419" },
    { summary: "a name may have plus signs", text: "${resolved.libstdc++6.version}", expected: "14.2" },
    { summary: "an empty value is a value", text: "a${EMPTY}b", expected: "ab" },
    { summary: "dollar signs of a value are its own", text: "${DOLLAR}", expected: "$& $1 $$" },
    { summary: "what a value holds is not replaced again", text: "${NESTED}", expected: "${VERSION}" },
    { summary: "an unknown name stays for the shell", text: "${HOME}/${VERSION}", expected: "${HOME}/22.23.3" },
    { summary: "letters count", text: "${version}", expected: "${version}" },
    { summary: "a reference without an end stays", text: "${VERSION", expected: "${VERSION" },
    { summary: "an empty reference stays", text: "${}", expected: "${}" },
    { summary: "a name with a blank stays", text: "${ VERSION }", expected: "${ VERSION }" },
    { summary: "a name that begins with a digit stays", text: "${1}", expected: "${1}" },
    { summary: "a default of the shell stays", text: "${HOME:-/root}", expected: "${HOME:-/root}" },
    { summary: "another expansion of the shell stays", text: "${VERSION%.*}", expected: "${VERSION%.*}" },
    {
      summary: "members of all objects are unknown",
      text: "${constructor}${__proto__}",
      expected: "${constructor}${__proto__}",
    },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(substitute(text, known)).toBe(expected);
  });

  it("a value that grows without bound is refused", async () => {
    const large = variables({ A: "x".repeat(10_000) });
    expect(await codeOf(() => substitute("${A}".repeat(100), large))).toBe("SUBSTITUTION_INVALID");
  });
});

describe("regular expressions", () => {
  const known = variables({ VERSION: "v22.23.3", DATE: "2026-11-24", WORD: "aaaa" });
  const cases = [
    { summary: "the first group is taken", text: "${VERSION:^v?([0-9]+\\.[0-9]+).*$}", expected: "22.23" },
    { summary: "without a group the match is taken", text: "${VERSION:[0-9]+}", expected: "22" },
    { summary: "a group that matched nothing is empty", text: "${VERSION:^()v}", expected: "" },
    { summary: "a group that took no part leaves the match", text: "${VERSION:^v(x)?}", expected: "v" },
    { summary: "two references have their own", text: "${VERSION:^v([0-9]+)}.${VERSION:([0-9]+)$}", expected: "22.3" },
    { summary: "a count in braces counts", text: "${DATE:^([0-9]{4})-([0-9]{2})}", expected: "2026" },
    { summary: "a count at the end counts", text: "${DATE:[0-9]{4}}", expected: "2026" },
    { summary: "an unknown name stays, whatever follows", text: "${OTHER:^([0-9]+)}", expected: "${OTHER:^([0-9]+)}" },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(substitute(text, known)).toBe(expected);
  });

  const refused = [
    { summary: "one that does not match", regex: "^x" },
    { summary: "one that is malformed", regex: "(" },
    { summary: "one that is malformed inside brackets", regex: "[b-a]" },
    { summary: "one that is too long", regex: "a?".repeat(101) },
  ];
  it.each(refused)("refused: $summary", async ({ regex }) => {
    expect(await codeOf(() => substitute(`\${WORD:${regex}}`, known))).toBe("SUBSTITUTION_INVALID");
  });

  // Each of them matches `aaaa` at once, and takes ages for a long text that does not match.
  const explosive = [
    { summary: "a repeated group in a repeated group", regex: "(a+)+" },
    { summary: "a starred group that is starred", regex: "(a*)*" },
    { summary: "a repeated group that is counted", regex: "(a+){2,9}" },
    { summary: "a repeated group that is not captured", regex: "(?:a+)+" },
    { summary: "a repeated group inside another pair of parentheses", regex: "((a+))+" },
    { summary: "a repeated group with something optional behind", regex: "(a+b?)+" },
    { summary: "a repeated choice of the same", regex: "(a|a)*" },
    { summary: "a repeated choice of a part", regex: "(?:a|aa)+" },
    { summary: "many repetitions in a row", regex: "a*a*a*a*a*a*a*" },
    { summary: "a look ahead", regex: "(?=a)a" },
    { summary: "a look behind", regex: "(?<=a)a" },
    { summary: "a reference back", regex: "(a)\\1" },
  ];
  it.each(explosive)("refused as explosive: $summary", async ({ regex }) => {
    expect(await codeOf(() => substitute(`\${WORD:${regex}}`, known))).toBe("SUBSTITUTION_INVALID");
  });
});

describe("hostile texts end quickly", () => {
  const cases = [
    { summary: "many references without an end", text: "${A:".repeat(1_200) },
    { summary: "many references with half a pair of braces", text: "${A:{".repeat(900) },
    { summary: "many pairs of braces without an end", text: `\${A:${"{}".repeat(20_000)}` },
    { summary: "many names without an end", text: "${A".repeat(50_000) },
    { summary: "many dollars", text: "$".repeat(100_000) },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    const begin = performance.now();
    await codeOf(() => substitute(text, variables({ B: "x" })));
    expect(performance.now() - begin).toBeLessThan(LONG_MS);
  });

  it("many expressions without an end", async () => {
    const begin = performance.now();
    await codeOf(() => resolve({ A: "#{".repeat(40_000) }));
    expect(performance.now() - begin).toBeLessThan(LONG_MS);
  });
});

describe("variables that refer to each other", () => {
  const cases = [
    { summary: "no variables are none", declared: {}, expected: {} },
    { summary: "plain values stay", declared: { A: "1" }, expected: { A: "1" } },
    { summary: "one refers to another", declared: { A: "1", B: "${A}.2" }, expected: { A: "1", B: "1.2" } },
    { summary: "the order does not matter", declared: { B: "${A}.2", A: "1" }, expected: { A: "1", B: "1.2" } },
    { summary: "a chain is followed", declared: { A: "${B}", B: "${C}", C: "${D}", D: "x" }, expected: { A: "x" } },
    {
      summary: "two ways lead to the same",
      declared: { A: "${B}${C}", B: "${D}", C: "${D}", D: "x" },
      expected: { A: "xx" },
    },
    { summary: "built-in names are known", declared: { A: "${target.arch}" }, expected: { A: "amd64" } },
    {
      summary: "a declared name goes before a built-in one",
      declared: { "target.arch": "x" },
      expected: { "target.arch": "x" },
    },
    { summary: "an unknown name stays", declared: { A: "${HOME}" }, expected: { A: "${HOME}" } },
    {
      summary: "a part of another is taken",
      declared: { V: "22.23.3", MAJOR: "${V:^([0-9]+)}" },
      expected: { MAJOR: "22" },
    },
    {
      summary: "a part of one that refers on is taken in the end",
      declared: { MAJOR: "${V:^([0-9]+)}", V: "${FULL}", FULL: "22.23.3" },
      expected: { MAJOR: "22" },
    },
    {
      summary: "an expression is evaluated",
      declared: { A: '#{ target.arch == "amd64" ? "x64" : "arm64" }' },
      expected: { A: "x64" },
    },
    {
      summary: "an expression may have text around it",
      declared: { A: 'node-#{ "x" + "64" }.tar' },
      expected: { A: "node-x64.tar" },
    },
    { summary: "two expressions in one value", declared: { A: '#{ "a" }-#{ "b" }' }, expected: { A: "a-b" } },
    {
      summary: "an expression knows declared names",
      declared: { V: "22", A: '#{ definition.vars.V == "22" ? "a" : "b" }' },
      expected: { A: "a" },
    },
    {
      summary: "references inside an expression are replaced first",
      declared: { V: "22", A: '#{ "${V}" == "22" ? "a" : "b" }' },
      expected: { A: "a" },
    },
    {
      summary: "a reference to an expression is its value",
      declared: { A: '#{ "1" + "2" }', B: "v${A}" },
      expected: { B: "v12" },
    },
    {
      summary: "an expression of an expression is its value",
      declared: { A: '#{ "1" + "2" }', B: '#{ definition.vars.A + "3" }' },
      expected: { B: "123" },
    },
    {
      summary: "a built-in name that says true is true",
      declared: { A: '#{ target.dev == true ? "dev" : "runtime" }' },
      expected: { A: "dev" },
    },
    {
      summary: "the result of an expression may be a truth",
      declared: { A: '#{ "a" == "a" }' },
      expected: { A: "true" },
    },
  ];
  it.each(cases)("$summary", ({ declared, expected }) => {
    expect(resolve(declared)).toMatchObject(expected);
  });

  it("the built-in names are part of the result", () => {
    expect(resolve({ A: "1" }, { "target.arch": "arm64" })).toEqual({ A: "1", "target.arch": "arm64" });
  });

  it("a long chain is followed to its end", () => {
    const chain = Array.from({ length: 300 }, (_, index) => [`V${index}`, `\${V${index + 1}}`] as const);
    expect(resolve({ ...Object.fromEntries(chain), V300: "end" })["V0"]).toBe("end");
  });

  const circles: readonly { summary: string; declared: Readonly<Record<string, string>> }[] = [
    { summary: "two", declared: { A: "${B}", B: "${A}" } },
    { summary: "two with text around", declared: { A: "x${B}", B: "y${A}" } },
    { summary: "three", declared: { A: "${B}", B: "${C}", C: "${A}" } },
    { summary: "three that grow", declared: { A: "x${B}", B: "x${C}", C: "x${A}" } },
    { summary: "four", declared: { A: "${B}", B: "${C}", C: "${D}", D: "${A}" } },
    { summary: "two that one outside leads to", declared: { X: "${A}", A: "${B}", B: "${A}" } },
  ];
  it.each(circles)("refused as a circle: $summary", async ({ declared }) => {
    expect(await codeOf(() => resolve(declared))).toBe("SUBSTITUTION_INVALID");
  });

  it("values that double at each step are refused", async () => {
    const doubling = Array.from(
      { length: 40 },
      (_, index) => [`V${index}`, `\${V${index + 1}}\${V${index + 1}}`] as const,
    );
    expect(await codeOf(() => resolve({ ...Object.fromEntries(doubling), V40: "x" }))).toBe("SUBSTITUTION_INVALID");
  });

  it("a wrong expression is refused", async () => {
    expect(await codeOf(() => resolve({ A: "#{ unknown }" }))).toBe("EXPRESSION_INVALID");
  });
});

describe("values inside values", () => {
  const known = variables({ A: "1" });

  it("every text is replaced, wherever it stands, and nothing else", () => {
    const value = { list: ["${A}", ["x${A}"], 5], map: { key: "${A}", none: null, yes: true }, number: 1.5 };
    expect(substituteDeep(value, known)).toEqual({
      list: ["1", ["x1"], 5],
      map: { key: "1", none: null, yes: true },
      number: 1.5,
    });
  });

  it("keys stay", () => {
    expect(substituteDeep({ "${A}": "${A}" }, known)).toEqual({ "${A}": "1" });
  });

  it("the value itself is not changed", () => {
    const value = { a: ["${A}"] };
    substituteDeep(value, known);
    expect(value).toEqual({ a: ["${A}"] });
  });

  it("a key that names the prototype is a key like others", () => {
    const value = JSON.parse('{"__proto__": "${A}"}') as object;
    const replaced = substituteDeep(value, known) as object;
    expect(Object.entries(replaced)).toEqual([["__proto__", "1"]]);
    expect(Object.getPrototypeOf(replaced)).toBe(Object.prototype);
  });
});
