// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { makeTar } from "../../../test/support/archives.js";
import { bytesOfStream, inPieces, streamOf } from "../../../test/support/bytes.js";
import { rawTarEntry } from "../../../test/support/tar-header.js";
import { formatPax } from "./pax.js";
import { readTar, type TarReadOptions } from "./tar-reader.js";
import type { TarEntry } from "./tar-entry.js";
import { TAR_END } from "./tar-writer.js";

const OPTIONS: TarReadOptions = { name: "test.tar" };

async function entriesOf(bytes: Buffer, options = OPTIONS): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const { entry } of readTar(inPieces(bytes, 1000), options)) entries.push(entry);
  return entries;
}

/** Short lines such as `symlink a -> b`. */
async function linesOf(bytes: Buffer, options = OPTIONS): Promise<readonly string[]> {
  return (await entriesOf(bytes, options)).map((entry) => {
    const target = "target" in entry ? ` -> ${entry.target}` : "";
    return `${entry.kind} ${entry.path}${target}`;
  });
}

function pax(records: Readonly<Record<string, string | Buffer>>): Buffer {
  const pairs = Object.entries(records).map(([key, value]) => [key, Buffer.from(value)] as const);
  return rawTarEntry({ name: "PaxHeaders/x", flag: "x" }, formatPax(pairs));
}

const LONG = `long/${"n".repeat(150)}`;

describe("kinds of entries", () => {
  const cases = [
    { summary: "a file", entry: rawTarEntry({ name: "a" }, "x"), line: "file a" },
    { summary: "a file of the time before POSIX", entry: rawTarEntry({ name: "a", flag: "\0" }), line: "file a" },
    {
      summary: "a directory of the time before POSIX",
      entry: rawTarEntry({ name: "a/", flag: "\0" }),
      line: "directory a",
    },
    { summary: "a contiguous file is a file", entry: rawTarEntry({ name: "a", flag: "7" }), line: "file a" },
    { summary: "a directory", entry: rawTarEntry({ name: "a/", flag: "5" }), line: "directory a" },
    { summary: "a directory without a slash", entry: rawTarEntry({ name: "a", flag: "5" }), line: "directory a" },
    {
      summary: "a symbolic link",
      entry: rawTarEntry({ name: "a", flag: "2", target: "../b//c/" }),
      line: "symlink a -> ../b//c/",
    },
    {
      summary: "an absolute symbolic link keeps its target",
      entry: rawTarEntry({ name: "a", flag: "2", target: "/etc/x" }),
      line: "symlink a -> /etc/x",
    },
    {
      summary: "a hard link has a clean target",
      entry: rawTarEntry({ name: "a", flag: "1", target: "./b//c" }),
      line: "hardlink a -> b/c",
    },
    { summary: "a character device", entry: rawTarEntry({ name: "a", flag: "3" }), line: "device a" },
    { summary: "a block device", entry: rawTarEntry({ name: "a", flag: "4" }), line: "device a" },
    { summary: "a pipe", entry: rawTarEntry({ name: "a", flag: "6" }), line: "device a" },
  ];
  it.each(cases)("$summary", async ({ entry, line }) => {
    expect(await linesOf(Buffer.concat([entry, TAR_END]))).toEqual([line]);
  });

  it("a kind of which nothing is known is skipped with its body", async () => {
    const tar = [rawTarEntry({ flag: "Q" }, "x".repeat(700)), rawTarEntry({ name: "b" }, "y"), TAR_END];
    expect(await linesOf(Buffer.concat(tar))).toEqual(["file b"]);
  });

  const bodiless = [
    { summary: "a directory", flag: "5" },
    { summary: "a symbolic link", flag: "2" },
    { summary: "a hard link", flag: "1" },
    { summary: "a device", flag: "3" },
  ];
  it.each(bodiless)("$summary has no body, whatever its size says", async ({ flag }) => {
    const tar = [rawTarEntry({ name: "a", flag, target: "t", size: "00000001000\0" }), rawTarEntry({ name: "b" })];
    expect(await linesOf(Buffer.concat(tar))).toHaveLength(2);
  });
});

describe("names", () => {
  const cases = [
    { summary: "a leading ./ is dropped", bytes: rawTarEntry({ name: "./a/b" }), path: "a/b" },
    { summary: "doubled slashes and dots are dropped", bytes: rawTarEntry({ name: "a//./b/." }), path: "a/b" },
    { summary: "the root is the empty path", bytes: rawTarEntry({ name: "./", flag: "5" }), path: "" },
    { summary: "three dots are a name", bytes: rawTarEntry({ name: "a/...b/..c" }), path: "a/...b/..c" },
    { summary: "the prefix of ustar comes first", bytes: rawTarEntry({ name: "b", prefix: "a/x" }), path: "a/x/b" },
    {
      summary: "what GNU tar keeps in place of a prefix is not part of the name",
      bytes: rawTarEntry({ name: "b", magic: "ustar  \0", prefix: "14000000000" }),
      path: "b",
    },
    {
      summary: "a name of exactly 100 bytes has no NUL at its end",
      bytes: rawTarEntry({ name: "n".repeat(100) }),
      path: "n".repeat(100),
    },
    { summary: "a name in UTF-8", bytes: rawTarEntry({ name: "Ünïcode/日本" }), path: "Ünïcode/日本" },
    {
      summary: "a byte order mark is part of the name",
      bytes: rawTarEntry({ name: "\ufeffa" }),
      path: "\ufeffa",
    },
    {
      summary: "a long name of GNU tar",
      bytes: Buffer.concat([rawTarEntry({ name: "././@LongLink", flag: "L" }, `${LONG}\0`), rawTarEntry({})]),
      path: LONG,
    },
    { summary: "a PAX path", bytes: Buffer.concat([pax({ path: LONG }), rawTarEntry({})]), path: LONG },
  ];
  it.each(cases)("$summary", async ({ bytes, path }) => {
    expect((await entriesOf(Buffer.concat([bytes, TAR_END]))).map((entry) => entry.path)).toEqual([path]);
  });

  it("a long target of GNU tar belongs to the next entry only", async () => {
    const links = ["a", "b"].map((name) => rawTarEntry({ name, flag: "2", target: "short" }));
    const tar = [rawTarEntry({ flag: "K" }, `${LONG}\0`), ...links, TAR_END];
    expect(await linesOf(Buffer.concat(tar))).toEqual([`symlink a -> ${LONG}`, "symlink b -> short"]);
  });

  it("a PAX header belongs to the next entry only", async () => {
    const tar = [pax({ path: LONG, uid: "70000" }), rawTarEntry({ name: "a" }), rawTarEntry({ name: "b" })];
    const entries = await entriesOf(Buffer.concat(tar));
    expect(entries.map(({ path, uid }) => [path, uid])).toEqual([
      [LONG, 70_000],
      ["b", 0],
    ]);
  });

  it("a PAX path wins over the prefix and name", async () => {
    const tar = [pax({ path: "x/y" }), rawTarEntry({ name: "b", prefix: "a" })];
    expect(await linesOf(Buffer.concat(tar))).toEqual(["file x/y"]);
  });

  it("a comment for the whole archive changes nothing", async () => {
    const comment = rawTarEntry({ name: "pax_global_header", flag: "g" }, formatPax([["comment", Buffer.from("abc")]]));
    expect(await linesOf(Buffer.concat([comment, rawTarEntry({ name: "a" })]))).toEqual(["file a"]);
  });

  it("two entries of one path are both there", async () => {
    const tar = makeTar([
      { path: "a", content: "1" },
      { kind: "symlink", path: "a", target: "b" },
    ]);
    expect(await linesOf(tar)).toEqual(["file a", "symlink a -> b"]);
  });
});

describe("absolute names, read as relative", () => {
  const cases = [
    { summary: "a file", bytes: rawTarEntry({ name: "/etc/x" }), line: "file etc/x" },
    { summary: "a hard link", bytes: rawTarEntry({ name: "//a", flag: "1", target: "/b" }), line: "hardlink a -> b" },
    { summary: "the root", bytes: rawTarEntry({ name: "/", flag: "5" }), line: "directory " },
  ];
  it.each(cases)("$summary begins at the root", async ({ bytes, line }) => {
    expect(await linesOf(bytes, { ...OPTIONS, absolute: "relative" })).toEqual([line]);
  });
});

describe("numbers", () => {
  const cases = [
    { summary: "octal ended by NUL", fields: { uid: "0001750\0" }, expected: { uid: 1000 } },
    { summary: "octal ended by a space", fields: { uid: "001750 \0" }, expected: { uid: 1000 } },
    { summary: "octal after spaces", fields: { gid: "   1750\0" }, expected: { gid: 1000 } },
    {
      summary: "octal that fills its field",
      fields: { mtime: "777777777777" },
      expected: { mtimeSeconds: 8 ** 12 - 1 },
    },
    { summary: "an empty field", fields: { gid: "\0".repeat(8) }, expected: { gid: 0 } },
    {
      summary: "base 256",
      fields: { uid: Buffer.from("8000000000011170", "hex") },
      expected: { uid: 70_000 },
    },
    { summary: "type bits above the mode are dropped", fields: { mode: "0104755\0" }, expected: { mode: 0o4755 } },
  ];
  it.each(cases)("$summary", async ({ fields, expected }) => {
    expect((await entriesOf(rawTarEntry({ name: "a", ...fields })))[0]).toMatchObject(expected);
  });

  const records = [
    {
      summary: "large owners",
      records: { uid: "4294967294", gid: "2097152" },
      expected: { uid: 4294967294, gid: 2097152 },
    },
    {
      summary: "parts of seconds are dropped",
      records: { mtime: "1700000000.987" },
      expected: { mtimeSeconds: 1700000000 },
    },
    { summary: "a time before 1970", records: { mtime: "-1.5" }, expected: { mtimeSeconds: -2 } },
  ];
  it.each(records)("in a PAX header: $summary", async ({ records: given, expected }) => {
    expect((await entriesOf(Buffer.concat([pax(given), rawTarEntry({})])))[0]).toMatchObject(expected);
  });
});

describe("contents", () => {
  const tar = makeTar([
    { path: "empty", content: "" },
    { path: "block", content: "b".repeat(512) },
    { kind: "directory", path: "d" },
    { path: "more", content: "m".repeat(1300) },
  ]);

  it.each([1, 511, 512, 513, 100_000])("are whole in pieces of %i bytes", async (pieceBytes) => {
    const sizes: number[] = [];
    for await (const { content } of readTar(inPieces(tar, pieceBytes), OPTIONS))
      sizes.push((await bytesOfStream(content)).length);
    expect(sizes).toEqual([0, 512, 0, 1300]);
  });

  it("are skipped when they were not read, or read in part", async () => {
    const names: string[] = [];
    for await (const { entry, content } of readTar(inPieces(tar, 100), OPTIONS)) {
      names.push(entry.path);
      if (entry.path === "more") await content.next();
    }
    expect(names).toEqual(["empty", "block", "d", "more"]);
  });

  it("stand at the offsets that are told", async () => {
    for await (const { entry, offset, content } of readTar(inPieces(tar, 300), OPTIONS)) {
      const sizeBytes = entry.kind === "file" ? entry.sizeBytes : 0;
      expect(await bytesOfStream(content)).toEqual(tar.subarray(offset, offset + sizeBytes));
    }
  });

  it("take their size from a PAX header when it has one", async () => {
    const entry = rawTarEntry({ name: "a", size: "00000000000\0" }, "hello");
    const items = readTar(streamOf(pax({ size: "5" }), entry, rawTarEntry({ name: "b" })), OPTIONS);
    const found: string[] = [];
    for await (const {
      entry: { path },
      content,
    } of items)
      found.push(`${path} ${String(await bytesOfStream(content))}`);
    expect(found).toEqual(["a hello", "b "]);
  });
});

describe("extended attributes", () => {
  it("are bytes", async () => {
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const tar = Buffer.concat([pax({ "SCHILY.xattr.security.capability": capability }), rawTarEntry({ name: "ping" })]);
    expect((await entriesOf(tar))[0]?.xattrs).toEqual(new Map([["security.capability", capability]]));
  });

  it("are absent where there are none", async () => {
    expect((await entriesOf(rawTarEntry({})))[0]).not.toHaveProperty("xattrs");
  });
});

describe("the end", () => {
  const file = rawTarEntry({ name: "a" }, "x");
  const cases = [
    { summary: "an empty stream has no entries", bytes: Buffer.alloc(0), lines: [] },
    { summary: "two zero blocks have no entries", bytes: TAR_END, lines: [] },
    { summary: "the end blocks may be missing", bytes: file, lines: ["file a"] },
    {
      summary: "what stands after a zero block is not read",
      bytes: Buffer.concat([file, Buffer.alloc(512), rawTarEntry({ name: "b" })]),
      lines: ["file a"],
    },
  ];
  it.each(cases)("$summary", async ({ bytes, lines }) => {
    expect(await linesOf(bytes)).toEqual(lines);
  });

  it("the source is read to its end, for the checksums behind it", async () => {
    let isRead = false;
    const source = (async function* () {
      yield* streamOf(TAR_END, Buffer.alloc(5000));
      isRead = true;
    })();
    for await (const item of readTar(source, OPTIONS)) void item;
    expect(isRead).toBe(true);
  });

  it("a reader that stops early stops the source", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        yield* inPieces(makeTar([{ path: "a", content: "x".repeat(9000) }]), 512);
      } finally {
        isStopped = true;
      }
    })();
    for await (const item of readTar(source, OPTIONS)) if (item.entry.path === "a") break;
    expect(isStopped).toBe(true);
  });
});
