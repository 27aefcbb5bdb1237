// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../test/support/bytes.js";
import { asBuffer, ByteReader, bytesOf, collect, drain, limited } from "./bytes.js";

const OPTIONS = { code: "TAR_INVALID", name: "test.tar" } as const;

function readerOf(text: string, pieceBytes = 3): ByteReader {
  return new ByteReader(inPieces(Buffer.from(text), pieceBytes), OPTIONS);
}

describe("a reader", () => {
  it("gives pieces of the size asked for, across chunk borders", async () => {
    const reader = readerOf("abcdefgh");
    expect(String(await reader.read(2))).toBe("ab");
    expect(String(await reader.read(5))).toBe("cdefg");
    expect(reader.position).toBe(7);
    expect(String(await reader.require(1))).toBe("h");
    expect(await reader.read(1)).toBeUndefined();
  });

  it("passes over empty chunks", async () => {
    const reader = new ByteReader(streamOf("", "a", "", "", "b", ""), OPTIONS);
    expect(String(await reader.read(2))).toBe("ab");
    expect(await reader.readSome(10)).toBeUndefined();
  });

  it("gives no more at once than one chunk has", async () => {
    const reader = readerOf("abcdef");
    expect([String(await reader.readSome(100)), String(await reader.readSome(2))]).toEqual(["abc", "de"]);
  });

  it("gives nothing for nothing, also at the end", async () => {
    const reader = readerOf("a");
    expect([await reader.read(1), await reader.read(0), await reader.require(0)].map(String)).toEqual(["a", "", ""]);
  });

  it("takes a part as a stream", async () => {
    const reader = readerOf("abcdefgh");
    expect(String(await bytesOfStream(reader.take(5)))).toBe("abcde");
    expect(String(await reader.read(3))).toBe("fgh");
  });

  it("skips", async () => {
    const reader = readerOf("abcdefgh");
    await reader.skip(7);
    await reader.skip(0);
    expect([reader.position, String(await reader.read(1))]).toEqual([7, "h"]);
  });

  const short = [
    { summary: "part of a piece", work: (reader: ByteReader) => reader.read(9) },
    { summary: "a required piece", work: (reader: ByteReader) => reader.require(9) },
    { summary: "a part as a stream", work: (reader: ByteReader) => bytesOfStream(reader.take(9)) },
    { summary: "a skipped part", work: (reader: ByteReader) => reader.skip(9) },
    { summary: "a skipped part of 2^53 bytes", work: (reader: ByteReader) => reader.skip(Number.MAX_SAFE_INTEGER) },
  ];
  it.each(short)("says when the stream ends within $summary", async ({ work }) => {
    expect(await codeOf(() => work(readerOf("abcdefgh")))).toBe("TAR_INVALID");
  });

  it("says when a required piece is not there at all", async () => {
    expect(await codeOf(() => readerOf("").require(1))).toBe("TAR_INVALID");
  });

  it("stops the source when it is closed", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield Buffer.from("abc");
      } finally {
        isStopped = true;
      }
    })();
    const reader = new ByteReader(source, OPTIONS);
    await reader.read(4);
    await reader.close();
    expect(isStopped).toBe(true);
  });

  it("gives the same bytes however they arrive and are asked for", async () => {
    const input = fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      pieceBytes: fc.integer({ min: 1, max: 50 }),
      sizes: fc.array(fc.nat(30), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ bytes, pieceBytes, sizes }) => {
        const reader = new ByteReader(inPieces(Buffer.from(bytes), pieceBytes), OPTIONS);
        let offset = 0;
        for (const size of sizes) {
          if (offset + size > bytes.length) return;
          expect(await reader.require(size)).toEqual(Buffer.from(bytes.subarray(offset, offset + size)));
          offset += size;
          expect(reader.position).toBe(offset);
        }
      }),
    );
  });
});

describe("limits", () => {
  const cases = [
    { summary: "a stream of exactly the limit passes", chunks: ["abc", "de"], code: undefined },
    { summary: "a stream of one byte more does not", chunks: ["abc", "def"], code: "SIZE_LIMIT_EXCEEDED" },
    { summary: "a chunk that is too large does not", chunks: ["abcdef"], code: "SIZE_LIMIT_EXCEEDED" },
    { summary: "an empty stream passes", chunks: [], code: undefined },
    { summary: "empty chunks pass", chunks: ["", "", ""], code: undefined },
  ];
  it.each(cases)("$summary", async ({ chunks, code }) => {
    const options = { maxBytes: 5, name: "test" };
    expect(await codeOf(() => collect(streamOf(...chunks), options))).toBe(code);
    expect(await codeOf(() => drain(limited(streamOf(...chunks), options)))).toBe(code);
  });

  it("an endless stream is stopped", async () => {
    let isStopped = false;
    const endless = (async function* () {
      try {
        for (;;) yield Buffer.alloc(1000);
      } finally {
        isStopped = true;
      }
    })();
    expect(await codeOf(() => collect(endless, { maxBytes: 10_000, name: "test" }))).toBe("SIZE_LIMIT_EXCEEDED");
    expect(isStopped).toBe(true);
  });

  it("what passes is all there", async () => {
    expect(String(await collect(streamOf("ab", "", "c"), { maxBytes: 3, name: "test" }))).toBe("abc");
    expect(await drain(streamOf("ab", "", "c"))).toBe(3);
  });
});

it("a part of a larger array becomes a buffer of that part only", () => {
  const part = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3);
  expect(asBuffer(part)).toEqual(Buffer.from([2, 3]));
});

it("text and bytes become chunks", async () => {
  expect(String(await bytesOfStream(bytesOf("ü", new Uint8Array([0x61]), "")))).toBe("üa");
});
