// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../test/support/archives.js";
import { streamOf } from "../../../test/support/bytes.js";
import { readTar } from "./tar-reader.js";
import { formatTarHeader, TAR_END, tarPaddingBytes, type WritableEntry } from "./tar-writer.js";

const META = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_770_000_000 } as const;

function file(path: string, more: Partial<WritableEntry> = {}): WritableEntry {
  return { ...META, kind: "file", path, sizeBytes: 0, ...more } as WritableEntry;
}

function text(header: Buffer, offset: number, length: number): string {
  return header.toString("latin1", offset, offset + length);
}

/** The entry as a reader sees it, when no body follows. */
async function readBack(entry: WritableEntry): Promise<unknown> {
  for await (const item of readTar(streamOf(formatTarHeader(entry)), { name: "test.tar" })) return item.entry;
  return undefined;
}

describe("a ustar header", () => {
  const header = formatTarHeader({
    ...META,
    kind: "symlink",
    path: "usr/bin/x",
    mode: 0o4755,
    uid: 1000,
    gid: 0o7777777,
    target: "y",
  });
  const cases = [
    { summary: "the name, without a NUL inside", offset: 0, value: "usr/bin/x\0" },
    { summary: "the mode", offset: 100, value: "0004755\0" },
    { summary: "the user", offset: 108, value: "0001750\0" },
    { summary: "the group", offset: 116, value: "7777777\0" },
    { summary: "no size for a link", offset: 124, value: "00000000000\0" },
    { summary: "the time", offset: 136, value: "15140007200\0" },
    { summary: "the kind and the target", offset: 156, value: "2y\0" },
    { summary: "the magic and the version", offset: 257, value: "ustar\x0000" },
    { summary: "no names of owners", offset: 265, value: "\0".repeat(64) },
  ];
  it.each(cases)("holds $summary", ({ offset, value }) => {
    expect(text(header, offset, value.length)).toBe(value);
  });

  it("is one block with the checksum that POSIX describes", () => {
    const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
    expect([header.length, text(header, 148, 8)]).toEqual([512, `${sum.toString(8).padStart(6, "0")}\0 `]);
  });

  it("has the bytes that it always had", () => {
    expect(sha256(header)).toBe("07c148f2dea4579a654e6f3eeec6d66eb7f839481fa80038f1cc2d266b940153");
  });
});

function n(length: number): string {
  return "n".repeat(length);
}

describe("names", () => {
  const cases = [
    { summary: "100 bytes need no prefix", path: n(100), blocks: 1, prefix: "" },
    { summary: "101 bytes are split at the last slash that fits", path: `p/${n(99)}`, blocks: 1, prefix: "p" },
    { summary: "a prefix of 155 bytes and a name of 100", path: `${n(155)}/${n(100)}`, blocks: 1, prefix: n(155) },
    { summary: "a prefix of 156 bytes needs PAX", path: `${n(156)}/${n(100)}`, blocks: 3, prefix: "" },
    { summary: "a last part of 101 bytes needs PAX", path: `p/${n(101)}`, blocks: 3, prefix: "" },
    { summary: "101 bytes without a slash need PAX", path: n(101), blocks: 3, prefix: "" },
    { summary: "letters of two bytes count twice", path: "ü".repeat(51), blocks: 3, prefix: "" },
  ];
  it.each(cases)("$summary", async ({ path, blocks, prefix }) => {
    const header = formatTarHeader(file(path));
    expect(header.length).toBe(blocks * 512);
    expect(text(header.subarray(-512), 345, 155).replace(/\0+$/, "")).toBe(prefix);
    expect(await readBack(file(path))).toEqual(file(path));
  });

  it("a directory of 100 bytes has no room for its slash", async () => {
    const directory: WritableEntry = { ...META, kind: "directory", path: n(100) };
    expect(formatTarHeader(directory).length).toBe(3 * 512);
    expect(await readBack(directory)).toEqual(directory);
  });

  const targets = [
    { summary: "a target of 100 bytes needs no PAX", target: n(100), blocks: 1 },
    { summary: "a target of 101 bytes needs PAX", target: n(101), blocks: 3 },
  ];
  it.each(targets)("$summary", async ({ target, blocks }) => {
    const link: WritableEntry = { ...META, kind: "symlink", path: "a", target };
    expect(formatTarHeader(link).length).toBe(blocks * 512);
    expect(await readBack(link)).toEqual(link);
  });
});

describe("numbers at the borders of ustar are read back", () => {
  const GiB = 1024 ** 3;
  const cases = [
    { summary: "the largest user of ustar", entry: file("a", { uid: 0o7777777 }), blocks: 1 },
    { summary: "a larger user", entry: file("a", { uid: 0o10000000 }), blocks: 3 },
    { summary: "the largest user of Linux", entry: file("a", { uid: 2 ** 32 - 2 }), blocks: 3 },
    { summary: "a larger group", entry: file("a", { gid: 0o10000000 }), blocks: 3 },
    { summary: "the time 0", entry: file("a", { mtimeSeconds: 0 }), blocks: 1 },
    { summary: "the largest time of ustar", entry: file("a", { mtimeSeconds: 8 * GiB - 1 }), blocks: 1 },
    { summary: "the largest mode", entry: file("a", { mode: 0o7777 }), blocks: 1 },
  ];
  it.each(cases)("$summary", async ({ entry, blocks }) => {
    expect(formatTarHeader(entry).length).toBe(blocks * 512);
    expect(await readBack(entry)).toEqual(entry);
  });

  it("a time after the year 4147 that 12 octal digits cannot hold", async () => {
    const entry = file("a", { mtimeSeconds: 8 ** 12 });
    expect(await readBack(entry)).toEqual(entry);
  });

  it("a time before 1970 becomes 1970", async () => {
    expect(await readBack(file("a", { mtimeSeconds: -5 }))).toEqual(file("a", { mtimeSeconds: 0 }));
  });

  const sizes = [
    { summary: "the largest size of ustar stays octal", sizeBytes: 8 * GiB - 1, blocks: 1, field: "77777777777\0" },
    { summary: "8 GiB stand in a PAX record", sizeBytes: 8 * GiB, blocks: 3, field: "77777777777\0" },
  ];
  it.each(sizes)("$summary", ({ sizeBytes, blocks, field }) => {
    const header = formatTarHeader({ ...META, kind: "file", path: "a", sizeBytes });
    expect(header.length).toBe(blocks * 512);
    expect(text(header.subarray(-512), 124, 12)).toBe(field);
    expect(header.includes(`size=${sizeBytes}\n`)).toBe(blocks === 3);
  });
});

describe("extended attributes", () => {
  const values = {
    "user.b": Buffer.from([0, 10, 61, 255]),
    "security.capability": Buffer.from("0100", "hex"),
    a: Buffer.alloc(0),
  };

  it("are bytes that come back as they were", async () => {
    const entry = file("a", { xattrs: new Map(Object.entries(values)) });
    expect(await readBack(entry)).toEqual(entry);
  });

  it("are written in one order, whatever order they are given in", () => {
    const given = Object.entries(values);
    const one = formatTarHeader(file("a", { xattrs: new Map(given) }));
    expect(formatTarHeader(file("a", { xattrs: new Map(given.toReversed()) }))).toEqual(one);
  });

  it("that are none leave no trace", () => {
    expect(formatTarHeader(file("a", { xattrs: new Map() }))).toEqual(formatTarHeader(file("a")));
  });
});

it("an archive ends in two zero blocks", () => {
  expect(TAR_END).toEqual(Buffer.alloc(1024));
});

it.each([0, 1, 511, 512, 513])("a body of %i bytes is filled up with zeros", (sizeBytes) => {
  const padding = tarPaddingBytes(sizeBytes);
  expect((sizeBytes + padding.length) % 512).toBe(0);
  expect(padding).toEqual(Buffer.alloc(padding.length));
});
