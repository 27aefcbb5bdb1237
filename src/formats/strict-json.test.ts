// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "./strict-json.js";

const read = (text: string | Buffer): unknown =>
  parseStrictJson(Buffer.from(text), { name: "it", code: "EVIDENCE_INVALID" });

describe("strict JSON", () => {
  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '["a","a",{"a":"a:","b":"{,"}]',
    '{"":1,"a\\"":2,"a":3}',
    '"a"',
    "[[],{}]",
    "1",
  ])("reads %s as JSON.parse does", (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":1}', /the key "a" twice/],
    ['{"a":[{"b":1,"c":{},"b":2}]}', /the key "b" twice/],
    ['{"a":1,"\\u0061":1}', /the key "a" twice/],
    ['{"a" :1, "a" :1}', /the key "a" twice/],
    ['{"":1,"":2}', /the key "" twice/],
    ["{'a':1}", /is not JSON/],
    ["", /is not JSON/],
    ["\ufeff{}", /is not JSON/],
    [Buffer.from([0x22, 0xff, 0x22]), /is not JSON/],
  ])("refuses %s", (text, why) => {
    expect(() => read(text)).toThrow(why);
  });

  it("reads a large document in time", () => {
    const list = `[${Array.from({ length: 100_000 }, (_each, index) => `{"a":${index},"b":"${"x".repeat(20)}"}`).join(",")}]`;
    expect(read(list)).toHaveLength(100_000);
  });
});

it("strings of many megabytes, quotes and backslashes in them, are read", () => {
  const long = Buffer.alloc(24 * 1024 * 1024, "a").toString("latin1");
  const value = { long, quotes: '\\"'.repeat(500_000), ends: "\\", 'key "\\': { a: '"' } };
  const started = performance.now();
  expect(parseStrictJson(Buffer.from(JSON.stringify(value)), { name: "test", code: "EVIDENCE_INVALID" })).toEqual(
    value,
  );
  expect(performance.now() - started).toBeLessThan(3_000);
});
