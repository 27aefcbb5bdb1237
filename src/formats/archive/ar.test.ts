// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { makeAr } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { readAr } from "./ar.js";

async function membersOf(bytes: Buffer, pieceBytes = 64): Promise<readonly (readonly [string, string])[]> {
  const members: (readonly [string, string])[] = [];
  for await (const member of readAr(inPieces(bytes, pieceBytes), "test.deb"))
    members.push([member.name, (await bytesOfStream(member.content)).toString("latin1")]);
  return members;
}

/** One member whose header fields stand as given. */
function rawMember(fields: { readonly name?: string; readonly size?: string; readonly end?: string }): Buffer {
  const { name = "a", size = "2", end = "`\n" } = fields;
  const numbers = `${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}`;
  return Buffer.from(`!<arch>\n${name.padEnd(16)}${numbers}${size.padEnd(10)}${end}hi`, "latin1");
}

describe("members", () => {
  const archive = makeAr([
    ["debian-binary", Buffer.from("2.0\n")],
    ["odd", Buffer.from("abc")],
    ["empty", Buffer.alloc(0)],
    ["last", Buffer.from("end!")],
  ]);
  const expected = [
    ["debian-binary", "2.0\n"],
    ["odd", "abc"],
    ["empty", ""],
    ["last", "end!"],
  ];

  it.each([1, 7, 60, 61, 4096])("are the same in pieces of %i bytes", async (pieceBytes) => {
    expect(await membersOf(archive, pieceBytes)).toEqual(expected);
  });

  it("are found whether or not their content was read", async () => {
    const names: string[] = [];
    for await (const member of readAr(inPieces(archive, 5), "test.deb")) {
      names.push(`${member.name} ${member.sizeBytes}`);
      if (member.name === "odd") await member.content.next();
    }
    expect(names).toEqual(["debian-binary 4", "odd 3", "empty 0", "last 4"]);
  });

  it("stop the source when the reader stops early", async () => {
    let stopped = false;
    const source = (async function* () {
      try {
        yield* inPieces(archive, 10);
      } finally {
        stopped = true;
      }
    })();
    for await (const member of readAr(source, "test.deb")) if (member.name === "odd") break;
    expect(stopped).toBe(true);
  });
});

describe("forms that are read", () => {
  const cases = [
    { summary: "an archive without members is empty", bytes: Buffer.from("!<arch>\n"), members: [] },
    {
      summary: "a slash that ends a name, as GNU ar writes it, is not part of the name",
      bytes: rawMember({ name: "a/" }),
      members: [["a", "hi"]],
    },
    {
      summary: "a name with ../ is only a name",
      bytes: rawMember({ name: "../../etc/x" }),
      members: [["../../etc/x", "hi"]],
    },
    { summary: "an absolute name is only a name", bytes: rawMember({ name: "/etc/x" }), members: [["/etc/x", "hi"]] },
    {
      summary: "two members of one name are both there",
      bytes: makeAr([
        ["a", Buffer.from("1!")],
        ["a", Buffer.from("2!")],
      ]),
      members: [
        ["a", "1!"],
        ["a", "2!"],
      ],
    },
    {
      summary: "the padding after the last member may be missing",
      bytes: makeAr([["a", Buffer.from("odd")]]).subarray(0, -1),
      members: [["a", "odd"]],
    },
  ];
  it.each(cases)("$summary", async ({ bytes, members }) => {
    expect(await membersOf(bytes)).toEqual(members);
  });
});

describe("hostile archives are refused", () => {
  const good = makeAr([["debian-binary", Buffer.from("2.0\n")]]);
  const cases = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "half a magic", bytes: good.subarray(0, 4) },
    { summary: "another magic", bytes: Buffer.from("!<arcx>\n") },
    { summary: "a thin archive", bytes: Buffer.from("!<thin>\n") },
    { summary: "garbage", bytes: Buffer.alloc(500, 0xa5) },
    { summary: "one byte of a header", bytes: good.subarray(0, 9) },
    { summary: "all but one byte of a header", bytes: good.subarray(0, 67) },
    { summary: "a header without content", bytes: good.subarray(0, 68) },
    { summary: "content that ends too early", bytes: good.subarray(0, -1) },
    { summary: "bytes after the last member", bytes: Buffer.concat([good, Buffer.from("x")]) },
    { summary: "a size that is not there", bytes: rawMember({ size: "" }) },
    { summary: "a negative size", bytes: rawMember({ size: "-2" }) },
    { summary: "a size in hex", bytes: rawMember({ size: "0x2" }) },
    { summary: "a fraction as size", bytes: rawMember({ size: "2.0" }) },
    { summary: "an exponent as size", bytes: rawMember({ size: "1e1" }) },
    { summary: "a space before the size", bytes: rawMember({ size: " 2" }) },
    { summary: "a size far beyond the end", bytes: rawMember({ size: "9999999999" }) },
    { summary: "a NUL in the size", bytes: rawMember({ size: "2\0" }) },
    { summary: "another end of the header", bytes: rawMember({ end: "\n`" }) },
    { summary: "an empty name", bytes: rawMember({ name: "" }) },
    { summary: "the symbol table of GNU ar", bytes: rawMember({ name: "/" }) },
    { summary: "a NUL in a name", bytes: rawMember({ name: "a\0b" }) },
    { summary: "a line break in a name", bytes: rawMember({ name: "a\nb" }) },
    { summary: "a space in a name", bytes: rawMember({ name: "a b" }) },
    { summary: "a name that is not ASCII", bytes: rawMember({ name: "a\xe9" }) },
    { summary: "a name that begins with a space", bytes: rawMember({ name: " a" }) },
    { summary: "a tab in a name", bytes: rawMember({ name: "a\tb" }) },
    { summary: "a delete character in a name", bytes: rawMember({ name: "a\x7f" }) },
    { summary: "a name of NUL bytes", bytes: rawMember({ name: "\0".repeat(16) }) },
    { summary: "a plus before the size", bytes: rawMember({ size: "+2" }) },
    { summary: "a size in two parts", bytes: rawMember({ size: "2 2" }) },
    { summary: "an underscore in the size", bytes: rawMember({ size: "1_0" }) },
    { summary: "a size that is text", bytes: rawMember({ size: "many" }) },
    { summary: "a size without a number", bytes: rawMember({ size: "NaN" }) },
    { summary: "an endless size", bytes: rawMember({ size: "Infinity" }) },
    { summary: "a tab behind the size, and a digit", bytes: rawMember({ size: "2\t2" }) },
    { summary: "an end of the header of Windows", bytes: rawMember({ end: "\r\n" }) },
    { summary: "an end of the header of NUL bytes", bytes: rawMember({ end: "\0\0" }) },
    { summary: "a byte order mark before the magic", bytes: Buffer.concat([Buffer.from("\ufeff"), good]) },
    { summary: "a line break before the magic", bytes: Buffer.concat([Buffer.from("\n"), good]) },
    { summary: "a magic in capitals", bytes: Buffer.from("!<ARCH>\n") },
    { summary: "the magic twice", bytes: Buffer.concat([good.subarray(0, 8), good]) },
    { summary: "a magic with the line end of Windows", bytes: Buffer.from("!<arch>\r\n") },
    { summary: "an archive in an archive's place", bytes: Buffer.from("PK\x03\x04".repeat(20), "latin1") },
    {
      summary: "content of an odd size without padding before another member",
      bytes: Buffer.concat([makeAr([["a", Buffer.from("odd")]]).subarray(0, -1), good.subarray(8)]),
    },
  ];
  it.each(cases)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => membersOf(bytes))).toBe("AR_INVALID");
  });

  it.each(cases)("$summary, byte by byte", async ({ bytes }) => {
    expect(await codeOf(() => membersOf(bytes, 1))).toBe("AR_INVALID");
  });

  it("a size beyond the end is found even when nobody reads the content", async () => {
    const source = streamOf(rawMember({ size: "3000" }));
    const skim = async (): Promise<void> => {
      for await (const member of readAr(source, "test.deb")) void member.name;
    };
    expect(await codeOf(skim)).toBe("AR_INVALID");
  });
});
