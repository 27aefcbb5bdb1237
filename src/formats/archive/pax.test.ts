// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { formatPax, parsePax } from "./pax.js";

const MiB = 1024 * 1024;

function recordsOf(text: string): readonly (readonly [string, string])[] {
  return [...parsePax(Buffer.from(text, "latin1"), "test.tar")].map(([key, value]) => [key, value.toString("latin1")]);
}

describe("records", () => {
  const cases = [
    { summary: "no records", text: "", records: [] },
    {
      summary: "two records in order",
      text: "9 path=a\n10 uid=12\n",
      records: [
        ["path", "a"],
        ["uid", "12"],
      ],
    },
    { summary: "an empty value", text: "8 path=\n", records: [["path", ""]] },
    { summary: "an equals sign in the value", text: "11 path=a=\n", records: [["path", "a="]] },
    { summary: "a line break in the value", text: "13 path=a\nb\n\n", records: [["path", "a\nb\n"]] },
    { summary: "NUL and high bytes in the value", text: "10 xx=\0\xff\x80\n", records: [["xx", "\0\xff\x80"]] },
    { summary: "of two records with one key the later", text: "9 path=a\n9 path=b\n", records: [["path", "b"]] },
  ];
  it.each(cases)("$summary", ({ text, records }) => {
    expect(recordsOf(text)).toEqual(records);
  });

  it("a key may be that of an object's prototype", () => {
    expect(recordsOf("15 __proto__=x\n")).toEqual([["__proto__", "x"]]);
  });
});

describe("hostile records are refused", () => {
  const cases = [
    { summary: "no length", text: " path=a\n" },
    { summary: "no space", text: "9path=a\n" },
    { summary: "no equals sign", text: "9 path:a\n" },
    { summary: "an equals sign in the next record only", text: "7 path\n9 path=a\n" },
    { summary: "no line break at the end", text: "9 path=ab" },
    { summary: "a length of 0", text: "0 path=a\n" },
    { summary: "a length with a leading zero", text: "09 path=a\n" },
    { summary: "a negative length", text: "-9 path=a\n" },
    { summary: "a length in hex", text: "0x9 path=a\n" },
    { summary: "a length that is one too small", text: "8 path=a\n" },
    { summary: "a length that is one too large", text: "11 path=a\n" },
    { summary: "a length of eleven digits", text: "10000000000 path=a\n" },
    { summary: "a length beyond the end", text: "9999999999 path=a\n" },
    { summary: "a length within itself", text: "1\n=\n" },
    { summary: "NUL bytes after the records", text: "9 path=a\n\0\0\0" },
    { summary: "a record cut in its length", text: "9 path=a\n1" },
    { summary: "a record cut in its key", text: "9 path=a\n9 pa" },
    { summary: "only digits", text: "1".repeat(1000) },
    { summary: "only spaces", text: " ".repeat(1000) },
    { summary: "garbage", text: "\xa5".repeat(512) },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => recordsOf(text))).toBe("TAR_INVALID");
  });
});

it("a header of a mebibyte full of tiny records is read", () => {
  const body = Buffer.from("5 a=\n".repeat(Math.floor(MiB / 5)));
  expect(parsePax(body, "test.tar").size).toBe(1);
});

describe("formatting", () => {
  const cases = [
    { summary: "a record of 9 bytes", key: "path", value: "a", text: "9 path=a\n" },
    { summary: "a record that grows to two digits", key: "path", value: "ab", text: "11 path=ab\n" },
    { summary: "a record of 99 bytes", key: "k", value: "v".repeat(93), text: `99 k=${"v".repeat(93)}\n` },
    { summary: "a record that skips 100 bytes", key: "k", value: "v".repeat(94), text: `101 k=${"v".repeat(94)}\n` },
  ];
  it.each(cases)("$summary counts the digits of its own length", ({ key, value, text }) => {
    expect(formatPax([[key, Buffer.from(value)]]).toString()).toBe(text);
  });

  it("what is written is read back", () => {
    const key = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }).filter((text) => !text.includes("="));
    const value = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
    const records = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 10 });
    fc.assert(
      fc.property(records, (wanted) => {
        expect([...parsePax(formatPax(wanted), "test.tar")]).toEqual(wanted);
      }),
    );
  });

  it("any bytes are records or a TAR_INVALID", async () => {
    const piece = fc.constantFrom("9 path=a\n", "9 ", "=", "\n", "0", "12 ", "a", "\0", " ");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        expect([undefined, "TAR_INVALID"]).toContain(await codeOf(() => recordsOf(pieces.join(""))));
      }),
    );
  });
});
