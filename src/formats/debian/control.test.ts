// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { parseControl, requireField } from "./control.js";

function paragraphsOf(text: string): readonly Readonly<Record<string, string>>[] {
  return parseControl(text, "control").map((fields) => Object.fromEntries(fields));
}

describe("paragraphs", () => {
  const cases = [
    { summary: "an empty file has none", text: "", paragraphs: [] },
    { summary: "blank lines alone have none", text: "\n \n\t\n", paragraphs: [] },
    { summary: "comments alone have none", text: "# a\n# b\n", paragraphs: [] },
    { summary: "names are lower case", text: "PackAge: a\n", paragraphs: [{ package: "a" }] },
    { summary: "space before a value is dropped", text: "A:\t  b c\nD:e\n", paragraphs: [{ a: "b c", d: "e" }] },
    { summary: "a value may be empty", text: "A:\nB: \n", paragraphs: [{ a: "", b: "" }] },
    { summary: "a value may have colons", text: "A: b: c\n", paragraphs: [{ a: "b: c" }] },
    { summary: "the last line needs no end", text: "A: b", paragraphs: [{ a: "b" }] },
    {
      summary: "continuation lines keep their lines without the first space",
      text: "Description: short\n long\n .\n  more\n\tlast\n",
      paragraphs: [{ description: "short\nlong\n.\n more\nlast" }],
    },
    {
      summary: "a value may begin on the next line",
      text: "SHA256:\n a 1 b\n c 2 d\n",
      paragraphs: [{ sha256: "\na 1 b\nc 2 d" }],
    },
    {
      summary: "blank lines part paragraphs",
      text: "A: 1\n\n\nA: 2\n \nA: 3\n",
      paragraphs: [{ a: "1" }, { a: "2" }, { a: "3" }],
    },
    {
      summary: "a comment within a paragraph is skipped",
      text: "A: 1\n# note\n more\nB: 2\n",
      paragraphs: [{ a: "1\nmore", b: "2" }],
    },
    { summary: "letters beyond ASCII may stand in a value", text: "A: ü 日本\n", paragraphs: [{ a: "ü 日本" }] },
    {
      summary: "a line separator of Unicode may stand in a value",
      text: "A: x\u2028y\n",
      paragraphs: [{ a: "x\u2028y" }],
    },
    { summary: "a name may be that of a prototype", text: "Constructor: x\n", paragraphs: [{ constructor: "x" }] },
  ];
  it.each(cases)("$summary", ({ text, paragraphs }) => {
    expect(paragraphsOf(text)).toEqual(paragraphs);
  });

  it("a no-break space does not make a line blank", () => {
    expect(paragraphsOf("A: 1\n \u00a0\nB: 2\n")).toEqual([{ a: "1\n\u00a0", b: "2" }]);
  });

  it("a value of a million lines is read", () => {
    expect(parseControl(`A: 1\n${" x\n".repeat(1_000_000)}`, "control")[0]?.get("a")?.length).toBe(2_000_001);
  });
});

describe("hostile files are refused", () => {
  const cases = [
    { summary: "a continuation without a field", text: " continued\n" },
    { summary: "a continuation at the start of a paragraph", text: "A: 1\n\n continued\n" },
    { summary: "a line without a colon", text: "Package\n" },
    { summary: "a line with an empty name", text: ": value\n" },
    { summary: "a name with a space", text: "Pack age: a\n" },
    { summary: "a name that is not ASCII", text: "Päckage: a\n" },
    { summary: "a name with a NUL", text: "A\0: b\n" },
    { summary: "a byte order mark", text: "\ufeffA: b\n" },
    { summary: "a field that stands twice", text: "A: 1\nB: 2\nA: 3\n" },
    { summary: "a field that stands twice in other letters", text: "Package: a\npackage: b\n" },
    { summary: "line ends of DOS", text: "A: 1\r\nB: 2\r\n" },
    { summary: "a clearsigned file", text: "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nA: 1\n" },
    { summary: "HTML", text: "<!DOCTYPE html>\n<html></html>\n" },
    { summary: "gzip read as text", text: Buffer.from("1f8b08000000000000ff", "hex").toString("latin1") },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "a million letters", text: "a".repeat(1_000_000) },
    { summary: "NUL bytes", text: "\0\0\0\n" },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => paragraphsOf(text))).toBe("CONTROL_INVALID");
  });

  it("any text is paragraphs or a CONTROL_INVALID", async () => {
    const line = fc.constantFrom("A: 1", "B:", " more", "", " ", "#", "\t", ":", "C", "A: 2", "\r", "\0", "-: x");
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 10 }), async (lines) => {
        expect([undefined, "CONTROL_INVALID"]).toContain(await codeOf(() => paragraphsOf(lines.join("\n"))));
      }),
    );
  });
});

it("fields that are written are read back", () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/).map((text) => text.toLowerCase());
  const line = fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => `x${text.trim()}`);
  const value = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), (fields) => {
      const text = Object.entries(fields).map(([key, lines]) => `${key}: ${lines.replaceAll("\n", "\n ")}\n`);
      expect(paragraphsOf(text.join(""))).toEqual([fields]);
    }),
  );
});

describe("a required field", () => {
  const fields = parseControl("Package: a\nEmpty:\n", "control")[0] ?? new Map<string, string>();
  it("is found in any letters", () => {
    expect(requireField(fields, "PACKAGE", "control")).toBe("a");
  });
  it.each([
    { summary: "one that is absent", field: "Version" },
    { summary: "one that is empty", field: "Empty" },
    { summary: "one that every object has", field: "toString" },
  ])("is missed: $summary", async ({ field }) => {
    expect(await codeOf(() => requireField(fields, field, "control"))).toBe("CONTROL_INVALID");
  });
});
