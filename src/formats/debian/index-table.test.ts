// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanPackagesIndex } from "./index-scan.js";
import { IndexTable } from "./index-table.js";

const INDEX = Buffer.from(
  `Package: bb
Depends: zz (>= 1) | yy:any,
 xx
Provides: virtual (= 1), other
Conflicts: ww

Package: aa
Version: 1
Provides: virtual

Package: bb
Version: 2
Suggests: vv

Package: bb-doc
`,
  "latin1",
);

describe("the table of an index", () => {
  const offsets = scanPackagesIndex(INDEX, "Packages");
  const table = IndexTable.from(offsets);

  it("finds the stanzas of a package, all versions of it", () => {
    const stanzas = table.stanzasOf("bb");
    expect(stanzas).toHaveLength(4);
    const [first = 0, length = 0, second = 0] = stanzas;
    expect(INDEX.toString("latin1", first, first + length)).toMatch(/^Package: bb\nDepends.*ww\n$/s);
    expect(INDEX.toString("latin1", second)).toMatch(/^Package: bb\nVersion: 2/);
  });

  it.each(["", "a", "aaa", "b", "bb-", "bb-docs", "zzz", "virtual", "a\tb", "a\nb"])("has no stanza of %j", (name) => {
    expect(table.stanzasOf(name)).toEqual([]);
  });

  it("finds those that provide a name", () => {
    expect(table.providersOf("virtual")).toEqual(["bb", "aa"]);
    expect(table.providersOf("aa")).toEqual([]);
  });

  it("names the packages, not what is only provided", () => {
    expect([...table.names()]).toEqual(["aa", "bb", "bb-doc"]);
  });

  it("knows in which order names are mentioned: in apt's order of fields, not that of the stanza", () => {
    expect([...offsets.mentions.keys()]).toEqual([
      "bb",
      "zz",
      "yy",
      "xx",
      "ww",
      "virtual",
      "other",
      "aa",
      "vv",
      "bb-doc",
    ]);
    expect(["bb", "aa", "bb-doc", "zz"].map((name) => table.mentionOf(name))).toEqual([0, 7, 9, undefined]);
  });

  it("is taken back from its bytes, and only from all of them", () => {
    const again = IndexTable.open(table.bytes);
    expect(again?.stanzasOf("bb-doc")).toEqual(table.stanzasOf("bb-doc"));
    expect(IndexTable.open(table.bytes.subarray(0, -1))).toBeUndefined();
    expect(IndexTable.open(Buffer.concat([table.bytes, Buffer.from("x")]))).toBeUndefined();
    expect(IndexTable.open(Buffer.from('{"packages":[]}'))).toBeUndefined();
    expect(IndexTable.open(Buffer.alloc(0))).toBeUndefined();
  });

  it("that is damaged has nothing, and does not fail", () => {
    const damaged = Buffer.from(table.bytes);
    damaged.fill(0x78, damaged.indexOf(0x0a) + 1);
    expect(IndexTable.open(damaged)?.stanzasOf("bb")).toEqual([]);
  });

  it.each([
    { summary: "a last line without an end", lines: "aa\t1,2\t0\t\nbb\t1,2\t0\t", names: ["aa"] },
    { summary: "a line without fields", lines: "aa\t1,2\t0\t\nbb\ncc\t1,2\t0\t\n", names: ["aa"] },
    { summary: "no line end", lines: "aa\t1,2", names: [] },
    { summary: "words for numbers", lines: "bb\tx,2\tfirst\t\n", names: ["bb"] },
    { summary: "numbers below zero", lines: "bb\t-1,2\t-3\t\n", names: ["bb"] },
    { summary: "half a pair", lines: "bb\t1,2,3\t1.5\t\n", names: ["bb"] },
  ])("with $summary ends, and has no place there", ({ lines, names }) => {
    const damaged = IndexTable.open(Buffer.from(`basalt-index-table-1 ${lines.length}\n${lines}`));
    expect([...(damaged?.names() ?? [])]).toEqual(names);
    expect([damaged?.stanzasOf("bb"), damaged?.mentionOf("bb")]).toEqual([[], undefined]);
  });
});

it("every name of any index is found", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), (names) => {
      const offsets = scanPackagesIndex(Buffer.from(names.map((one) => `Package: ${one}\n`).join("\n")), "Packages");
      const table = IndexTable.from(offsets);
      for (const one of names) expect(table.stanzasOf(one)).toEqual(offsets.packages.get(one));
      expect([...table.names()]).toEqual(names.toSorted());
    }),
    { numRuns: 200, seed: 7 },
  );
});
