// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { storeXz } from "../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../test/support/bytes.js";
import { BasaltError } from "../errors.js";
import { decompress, type Compression } from "./decompress.js";

const CONTENT = Buffer.from("hello, world\n".repeat(10));

/** A frame with one stored block. Source: RFC 8878, section 3.1.1. */
function storeZstd(bytes: Buffer): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length]); // magic, single segment, size
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([head, block, bytes]);
}

interface Format {
  readonly summary: string;
  readonly compression: Compression;
  readonly content: Buffer;
  readonly packed: Buffer;
  readonly code: string;
}

const LONG = Buffer.from("hello, world\n".repeat(6000));

const formats: readonly Format[] = [
  { summary: "gzip", compression: "gzip", content: CONTENT, packed: gzipSync(CONTENT), code: "GZIP_INVALID" },
  { summary: "xz", compression: "xz", content: CONTENT, packed: storeXz(CONTENT), code: "XZ_INVALID" },
  {
    summary: "xz, by a program where there is one",
    compression: "xz",
    content: LONG,
    packed: storeXz(LONG),
    code: "XZ_INVALID",
  },
  { summary: "zstd", compression: "zstd", content: CONTENT, packed: storeZstd(CONTENT), code: "ZSTD_INVALID" },
];

describe("data that are whole", () => {
  it("data that are not compressed pass through", async () => {
    expect(await bytesOfStream(decompress(inPieces(CONTENT, 7), "none", "data"))).toEqual(CONTENT);
  });

  it.each(formats)("$summary", async ({ compression, content, packed }) => {
    expect(await bytesOfStream(decompress(streamOf(packed), compression, "data"))).toEqual(content);
  });

  describe("byte by byte", () => {
    it.each(formats)("$summary", async ({ compression, content, packed }) => {
      expect(await bytesOfStream(decompress(inPieces(packed, 1), compression, "data"))).toEqual(content);
    });
  });

  describe("two parts, one behind the other", () => {
    it.each(formats)("$summary", async ({ compression, content, packed }) => {
      const twice = Buffer.concat([content, content]);
      expect(await bytesOfStream(decompress(streamOf(packed, packed), compression, "data"))).toEqual(twice);
    });
  });

  it("nothing that is not compressed is nothing", async () => {
    expect(await bytesOfStream(decompress(streamOf(), "none", "data"))).toHaveLength(0);
  });
});

const damages: readonly { readonly what: string; readonly damage: (packed: Buffer) => Buffer }[] = [
  { what: "nothing at all", damage: () => Buffer.alloc(0) },
  { what: "something else", damage: () => Buffer.from("neither of these formats, but long enough") },
  { what: "the header alone", damage: (packed) => packed.subarray(0, 6) },
  { what: "half of it", damage: (packed) => packed.subarray(0, packed.length / 2) },
  { what: "all but the last byte", damage: (packed) => packed.subarray(0, -1) },
  { what: "garbage behind it", damage: (packed) => Buffer.concat([packed, Buffer.from("garbage")]) },
];

describe("data that are damaged", () => {
  const cases = formats.flatMap(({ summary, compression, packed, code }) =>
    damages.map(({ what, damage }) => ({ summary: `${summary}: ${what}`, compression, bytes: damage(packed), code })),
  );
  it.each(cases)("$summary", async ({ compression, bytes, code }) => {
    expect(await codeOf(() => bytesOfStream(decompress(streamOf(bytes), compression, "data")))).toBe(code);
  });
});

describe("sources and readers that stop", () => {
  it.each(formats)("the error of the source is the error: $summary", async ({ compression, packed }) => {
    const source = (async function* () {
      yield packed.subarray(0, 4);
      await Promise.reject(new BasaltError("FETCH_DIGEST_MISMATCH", "wrong"));
    })();
    expect(await codeOf(() => bytesOfStream(decompress(source, compression, "data")))).toBe("FETCH_DIGEST_MISMATCH");
  });

  it.each(formats)("a reader that stops early stops the source: $summary", async ({ compression, packed }) => {
    let isStopped = false;
    const endless = (async function* () {
      try {
        for (;;) yield packed;
      } finally {
        isStopped = true;
      }
    })();
    for await (const chunk of decompress(endless, compression, "data")) if (chunk.length > 0) break;
    expect(isStopped).toBe(true);
  });
});
