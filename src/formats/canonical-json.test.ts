// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, compareText, prettyJson } from "./canonical-json.js";

describe("canonical JSON", () => {
  const cases = [
    {
      summary: "keys stand in order, at every depth",
      value: { b: { d: 1, c: [{ f: 1, e: 2 }] }, a: null },
      text: '{"a":null,"b":{"c":[{"e":2,"f":1}],"d":1}}',
    },
    { summary: "lists keep their order", value: [3, 1, 2], text: "[3,1,2]" },
    { summary: "members that are undefined are left out", value: { a: undefined, b: 1 }, text: '{"b":1}' },
    { summary: "capitals stand before small letters", value: { b: 1, a: 2, B: 3 }, text: '{"B":3,"a":2,"b":1}' },
    {
      summary: "keys are ordered by code units, not by code points",
      value: { "\uff5e": 1, "\u{1f600}": 2 },
      text: '{"\u{1f600}":2,"\uff5e":1}',
    },
    {
      summary: "keys that look like numbers are ordered as text",
      value: { "10": 1, "9": 2, "-": 3 },
      text: '{"-":3,"10":1,"9":2}',
    },
    { summary: "text is escaped as JSON does it", value: { a: '"\n\u2028' }, text: '{"a":"\\"\\n\u2028"}' },
    { summary: "a text alone", value: "ü", text: '"ü"' },
    { summary: "nothing", value: null, text: "null" },
    { summary: "empty ones", value: { a: {}, b: [] }, text: '{"a":{},"b":[]}' },
  ];
  it.each(cases)("$summary", ({ value, text }) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("a key __proto__ is a key like others", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}');
  });

  it("pretty JSON has the same order, and ends in a line break", () => {
    expect(prettyJson({ b: [1], a: {} })).toBe('{\n  "a": {},\n  "b": [\n    1\n  ]\n}\n');
  });

  const json = fc.jsonValue({ maxDepth: 4 });

  it("parses to the value that it was made from", () => {
    fc.assert(
      fc.property(json, (value) => {
        const expected: unknown = JSON.parse(JSON.stringify(value)); // -0 becomes 0
        expect(JSON.parse(canonicalJson(value))).toEqual(expected);
        expect(JSON.parse(prettyJson(value))).toEqual(expected);
      }),
    );
  });

  it("is the same for equal values, whatever the order of their keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it("has its keys in code unit order", () => {
    const letters = fc.array(fc.constantFrom("a", "Z", "0", "1", "2", "-", "\0", "\uff5e", "\u{1f600}"), {
      maxLength: 3,
    });
    const key = letters.map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 8 }), (keys) => {
        const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
        expect(text).toBe(
          `{${keys
            .toSorted(compareText)
            .map((key) => `${JSON.stringify(key)}:0`)
            .join(",")}}`,
        );
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe("the order of texts", () => {
  const cases = [
    { a: "a", b: "a", order: 0 },
    { a: "a", b: "b", order: -1 },
    { a: "b", b: "a", order: 1 },
    { a: "", b: "a", order: -1 },
    { a: "Z", b: "a", order: -1 },
    { a: "z", b: "ä", order: -1 },
    { a: "a", b: "a\0", order: -1 },
  ] as const;
  it.each(cases)("of $a and $b is $order", ({ a, b, order }) => {
    expect(compareText(a, b)).toBe(order);
  });
});
