// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeTar } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { rawTarEntry } from "../../../test/support/tar-header.js";
import { limited } from "../bytes.js";
import { formatPax } from "./pax.js";
import { readTar } from "./tar-reader.js";

const MiB = 1024 * 1024;

async function readAll(source: AsyncIterable<Uint8Array>, absolute: "refuse" | "relative" = "refuse"): Promise<void> {
  for await (const { content } of readTar(source, { name: "test.tar", absolute })) await bytesOfStream(content);
}

function pax(key: string, value: string | Buffer): Buffer {
  return rawTarEntry({ name: "PaxHeaders/x", flag: "x" }, formatPax([[key, Buffer.from(value)]]));
}

/** A number as GNU tar writes it when octal digits do not suffice. */
function base256(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

const FILE = rawTarEntry({ name: "a" }, "x");
const NOT_UTF8 = Buffer.from("caf\xe9", "latin1");

describe("paths that leave the root", () => {
  const cases = [
    { summary: "the parent", bytes: rawTarEntry({ name: ".." }) },
    { summary: "a name below the parent", bytes: rawTarEntry({ name: "../a" }) },
    { summary: "a name that goes up in the middle", bytes: rawTarEntry({ name: "a/../../b" }) },
    { summary: "a name that goes up and stays inside", bytes: rawTarEntry({ name: "a/../b" }) },
    { summary: "a name that goes up at its end", bytes: rawTarEntry({ name: "a/..", flag: "5" }) },
    { summary: "a prefix that goes up", bytes: rawTarEntry({ name: "b", prefix: "../a" }) },
    { summary: "a hard link that goes up", bytes: rawTarEntry({ flag: "1", target: "../../etc/passwd" }) },
    { summary: "a long name that goes up", bytes: Buffer.concat([rawTarEntry({ flag: "L" }, "../a\0"), FILE]) },
    { summary: "a PAX path that goes up", bytes: Buffer.concat([pax("path", "a/../../b"), FILE]) },
    { summary: "a PAX path with a NUL", bytes: Buffer.concat([pax("path", "a\0b"), FILE]) },
    { summary: "a device that goes up", bytes: rawTarEntry({ name: "../null", flag: "3" }) },
  ];
  it.each(cases)("$summary is refused", async ({ bytes }) => {
    expect(await codeOf(() => readAll(streamOf(bytes)))).toBe("TAR_PATH_UNSAFE");
  });

  it.each(cases)("$summary is refused where absolute names are allowed, too", async ({ bytes }) => {
    expect(await codeOf(() => readAll(streamOf(bytes), "relative"))).toBe("TAR_PATH_UNSAFE");
  });

  const absolute = [
    { summary: "an absolute name", bytes: rawTarEntry({ name: "/etc/passwd" }) },
    { summary: "an absolute prefix", bytes: rawTarEntry({ name: "passwd", prefix: "/etc" }) },
    { summary: "an absolute hard link", bytes: rawTarEntry({ flag: "1", target: "/etc/passwd" }) },
    { summary: "an absolute PAX path", bytes: Buffer.concat([pax("path", "//etc/passwd"), FILE]) },
    { summary: "an absolute long name", bytes: Buffer.concat([rawTarEntry({ flag: "L" }, "/a\0"), FILE]) },
  ];
  it.each(absolute)("$summary is refused", async ({ bytes }) => {
    expect(await codeOf(() => readAll(streamOf(bytes)))).toBe("TAR_PATH_UNSAFE");
  });
});

describe("damaged archives", () => {
  const header = FILE.subarray(0, 512);
  const longName = rawTarEntry({ flag: "L" }, "long\0");
  const cases = [
    { summary: "one byte", bytes: Buffer.from("x") },
    { summary: "a header cut at its first byte", bytes: FILE.subarray(0, 1) },
    { summary: "a header cut before its last byte", bytes: FILE.subarray(0, 511) },
    { summary: "a file without its body", bytes: header },
    { summary: "a body without its padding", bytes: FILE.subarray(0, 513) },
    { summary: "padding that ends too early", bytes: FILE.subarray(0, 1023) },
    { summary: "a second header cut", bytes: Buffer.concat([FILE, FILE.subarray(0, 100)]) },
    { summary: "an end block cut", bytes: Buffer.concat([FILE, Buffer.alloc(300)]) },
    { summary: "a long name cut", bytes: longName.subarray(0, 514) },
    { summary: "a PAX header cut", bytes: pax("path", "a").subarray(0, 515) },
    { summary: "garbage", bytes: Buffer.alloc(2048, 0xa5) },
    { summary: "text", bytes: Buffer.from("x".repeat(1024)) },
    { summary: "a wrong checksum", bytes: rawTarEntry({ checksum: "000001\0 " }) },
    { summary: "no checksum", bytes: rawTarEntry({ checksum: "        " }) },
    { summary: "a checksum that is no number", bytes: rawTarEntry({ checksum: "checksum" }) },
    { summary: "a size in decimal", bytes: rawTarEntry({ size: "00000000009\0" }) },
    { summary: "a size in hex", bytes: rawTarEntry({ size: "0x000000001\0" }) },
    { summary: "a negative size", bytes: rawTarEntry({ size: "-0000000001\0" }) },
    { summary: "a size with a space within", bytes: rawTarEntry({ size: "0000 000001\0" }) },
    { summary: "a size with a NUL within", bytes: rawTarEntry({ size: "0000\x0000001\0" }) },
    { summary: "a size beyond the end", bytes: rawTarEntry({ size: "77777777777\0" }) },
    { summary: "a size in base 256 beyond the end", bytes: rawTarEntry({ size: base256("80000000000f000000000000") }) },
    { summary: "a size above 2^53", bytes: rawTarEntry({ size: base256("80000000ffffffffffffffff") }) },
    { summary: "a negative size in base 256", bytes: rawTarEntry({ size: base256("ffffffffffffffffffffffff") }) },
    { summary: "an owner above 2^53", bytes: rawTarEntry({ uid: base256("80ffffffffffffff") }) },
    { summary: "a mode that is no number", bytes: rawTarEntry({ mode: "rwxr-xr\0" }) },
    { summary: "a time that is no number", bytes: rawTarEntry({ mtime: "yesterday\0" }) },
    { summary: "a long name of a mebibyte and more", bytes: rawTarEntry({ flag: "L" }, Buffer.alloc(MiB + 1, 97)) },
    { summary: "a PAX header that says it has 8 GiB", bytes: rawTarEntry({ flag: "x", size: "77777777777\0" }) },
    { summary: "a name above PATH_MAX", bytes: Buffer.concat([rawTarEntry({ flag: "L" }, "n".repeat(5000)), FILE]) },
    {
      summary: "a target above PATH_MAX",
      bytes: Buffer.concat([rawTarEntry({ flag: "K" }, "n".repeat(5000)), rawTarEntry({ flag: "2" })]),
    },
    { summary: "a name that is not UTF-8", bytes: rawTarEntry({ name: NOT_UTF8 }) },
    { summary: "a PAX path that is not UTF-8", bytes: Buffer.concat([pax("path", NOT_UTF8), FILE]) },
    { summary: "a target that is not UTF-8", bytes: rawTarEntry({ flag: "2", target: NOT_UTF8 }) },
    { summary: "half a surrogate pair in UTF-8", bytes: rawTarEntry({ name: Buffer.from("eda080", "hex") }) },
  ];
  it.each(cases)("$summary is refused", async ({ bytes }) => {
    expect(await codeOf(() => readAll(streamOf(bytes)))).toBe("TAR_INVALID");
  });

  it.each(cases)("$summary is refused in small pieces, too", async ({ bytes }) => {
    expect(await codeOf(() => readAll(inPieces(bytes, 97)))).toBe("TAR_INVALID");
  });

  it("an archive that ends between an extended header and its entry is cut", async () => {
    expect(await codeOf(() => readAll(streamOf(FILE, pax("path", "b"))))).toBe("TAR_INVALID");
  });
});

describe("hostile PAX values", () => {
  const cases = [
    { summary: "a size that is text", key: "size", value: "many" },
    { summary: "an empty size", key: "size", value: "" },
    { summary: "a negative size", key: "size", value: "-1" },
    { summary: "a size with a fraction", key: "size", value: "1.5" },
    { summary: "a size of two numbers", key: "size", value: "1.2.3" },
    { summary: "a size that is a dot", key: "size", value: "." },
    { summary: "a size with an exponent", key: "size", value: "1e3" },
    { summary: "a size in hex", key: "size", value: "0x10" },
    { summary: "a size above 2^53", key: "size", value: "9007199254740993" },
    { summary: "a size of 400 digits", key: "size", value: "9".repeat(400) },
    { summary: "a size beyond the end", key: "size", value: "9007199254740000" },
    { summary: "a size with a NUL", key: "size", value: "1\0" },
    { summary: "a negative owner", key: "uid", value: "-1" },
    { summary: "a group that is text", key: "gid", value: "root" },
    { summary: "a time that is text", key: "mtime", value: "now" },
    { summary: "an endless time", key: "mtime", value: "Infinity" },
    { summary: "an empty path", key: "path", value: "" },
  ];
  it.each(cases)("$summary is refused", async ({ key, value }) => {
    expect(await codeOf(() => readAll(streamOf(pax(key, value), FILE)))).toBe("TAR_INVALID");
  });

  it("a symbolic link whose target has a NUL is refused", async () => {
    const code = await codeOf(() => readAll(streamOf(pax("linkpath", "a\0b"), rawTarEntry({ flag: "2" }))));
    expect(["TAR_INVALID", "TAR_PATH_UNSAFE"]).toContain(code);
  });

  it("a broken record is refused", async () => {
    expect(await codeOf(() => readAll(streamOf(rawTarEntry({ flag: "x" }, "9 path=a"), FILE)))).toBe("TAR_INVALID");
  });
});

describe("sparse files are not read", () => {
  const cases = [
    { summary: "the old form of GNU tar", bytes: rawTarEntry({ flag: "S" }, "x") },
    { summary: "form 0.0", bytes: Buffer.concat([pax("GNU.sparse.size", "4096"), FILE]) },
    { summary: "form 1.0", bytes: Buffer.concat([pax("GNU.sparse.major", "1"), FILE]) },
  ];
  it.each(cases)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => readAll(streamOf(bytes)))).toBe("TAR_UNSUPPORTED");
  });
});

describe("errors from below", () => {
  it("an error of the source is passed on", async () => {
    const source = (async function* () {
      yield FILE.subarray(0, 512);
      throw new Error("the disk is gone");
    })();
    await expect(readAll(source)).rejects.toThrow("the disk is gone");
  });

  it("an endless archive ends at the limit of its stream", async () => {
    const endless = (async function* () {
      for (;;) yield FILE;
    })();
    const code = await codeOf(() => readAll(limited(endless, { maxBytes: MiB, name: "test.tar" })));
    expect(code).toBe("SIZE_LIMIT_EXCEEDED");
  });
});

it("an archive with any one byte changed is read or refused with a code", async () => {
  const tar = makeTar([
    { path: "a/b", content: "hello", xattrs: new Map([["user.x", Buffer.from([0, 1])]]) },
    { kind: "symlink", path: "c", target: "a/b" },
  ]);
  const change = fc.record({
    at: fc.nat(tar.length - 1),
    byte: fc.nat(255),
    pieceBytes: fc.integer({ min: 1, max: 600 }),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, byte, pieceBytes }) => {
      const changed = Buffer.from(tar);
      changed[at] = byte;
      const code = await codeOf(() => readAll(inPieces(changed, pieceBytes)));
      expect([undefined, "TAR_INVALID", "TAR_PATH_UNSAFE", "TAR_UNSUPPORTED"]).toContain(code);
    }),
    { numRuns: 300 },
  );
});

it("an archive cut at any place is read up to an entry, or refused with TAR_INVALID", async () => {
  const tar = makeTar([
    { path: "a", content: "hello" },
    { path: "b", content: "x".repeat(600) },
  ]);
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length), async (length) => {
      const isBorder = [0, 1024, 2560].includes(length) || length >= 3072; // an entry ends, or the first end block
      expect(await codeOf(() => readAll(streamOf(tar.subarray(0, length))))).toBe(isBorder ? undefined : "TAR_INVALID");
    }),
  );
});
