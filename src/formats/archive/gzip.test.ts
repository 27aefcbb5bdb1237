// SPDX-License-Identifier: Apache-2.0
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { defaultGzipCompressor, GZIP_COMPRESSORS, gunzip, gzip, nativeGzipCompressor } from "./gzip.js";

const MiB = 1024 * 1024;

/** Lines that repeat, but not soon. */
function content(sizeBytes: number): Buffer {
  const lines: string[] = [];
  for (let index = 0, size = 0; size < sizeBytes; index += 1) {
    const line = `${(index * 7919) % 10_007} of the lines, ${(index * 104_729) % 99_991}\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join("")).subarray(0, sizeBytes);
}

const DEFAULT = { compressor: defaultGzipCompressor(), concurrency: 2 };

describe("the bytes depend on the content only", () => {
  const bytes = content(2 * MiB + 12_345);
  const whole = bytesOfStream(gzip(streamOf(bytes), { ...DEFAULT, concurrency: 1 }));

  it.each([1000, 65_537, MiB - 1, MiB, MiB + 1])("not on pieces of %i bytes", async (pieceBytes) => {
    expect(sha256(await bytesOfStream(gzip(inPieces(bytes, pieceBytes), DEFAULT)))).toBe(sha256(await whole));
  });

  it.each([1, 2, 3, 16])("not on %i blocks at once", async (concurrency) => {
    const packed = await bytesOfStream(gzip(inPieces(bytes, 100_000), { ...DEFAULT, concurrency }));
    expect(sha256(packed)).toBe(sha256(await whole));
  });

  it("not on empty chunks", async () => {
    expect(await bytesOfStream(gzip(streamOf("", "a", "", "b", ""), DEFAULT))).toEqual(
      await bytesOfStream(gzip(streamOf("ab"), DEFAULT)),
    );
  });
});

describe("the golden bytes of a compressor stay", () => {
  const bytes = content(MiB + 300_000);
  const cases = [
    { compressor: "gzip-6-zlib", digest: "7e0ea8385983d67e0b1860cfe8546a751fb712c3f2160784f82b7e959fd13d4d" },
    { compressor: "gzip-6-chromium", digest: "68cc98b16961fd16815e9c6006529ea186e058b53daef7e74434e6b58eae852c" },
  ] as const;
  it.each(cases)("of $compressor", async ({ compressor, digest }) => {
    const pack = (): Promise<Buffer> => bytesOfStream(gzip(streamOf(bytes), { compressor, concurrency: 2 }));
    if (compressor === "gzip-6-zlib" || nativeGzipCompressor() === compressor)
      expect(sha256(await pack())).toBe(digest);
    else expect(await codeOf(pack)).toBe("COMPRESSOR_UNAVAILABLE");
  });

  it("and every compressor has some", () => {
    expect(cases.map(({ compressor }) => compressor).toSorted()).toEqual([...GZIP_COMPRESSORS].toSorted());
  });
});

describe("around the borders of a block", () => {
  const cases = [
    { summary: "nothing", sizeBytes: 0 },
    { summary: "one byte", sizeBytes: 1 },
    { summary: "a block less one byte", sizeBytes: MiB - 1 },
    { summary: "a block", sizeBytes: MiB },
    { summary: "a block and one byte", sizeBytes: MiB + 1 },
    { summary: "two blocks", sizeBytes: 2 * MiB },
  ];
  it.each(cases)("$summary comes back, with Node's gunzip and with ours", async ({ sizeBytes }) => {
    const bytes = content(sizeBytes);
    const packed = await bytesOfStream(gzip(streamOf(bytes), DEFAULT));
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
    expect((await bytesOfStream(gunzip(inPieces(packed, 60_000), "test.gz"))).equals(bytes)).toBe(true);
  });

  it.each(cases)("$summary comes back from the original zlib's algorithm", async ({ sizeBytes }) => {
    const bytes = content(sizeBytes);
    const packed = await bytesOfStream(gzip(streamOf(bytes), { compressor: "gzip-6-zlib", concurrency: 2 }));
    expect(gunzipSync(packed).equals(bytes)).toBe(true);
  });
});

describe("the stream", () => {
  it("says neither when nor where it was made", async () => {
    const packed = await bytesOfStream(gzip(streamOf("x"), DEFAULT));
    expect(packed.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
  });

  it("passes an error of its source on", async () => {
    const source = (async function* () {
      yield content(MiB + 5);
      throw new Error("the disk is gone");
    })();
    await expect(bytesOfStream(gzip(source, DEFAULT))).rejects.toThrow("the disk is gone");
  });

  it("stops its source when nobody reads on", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield content(MiB);
      } finally {
        isStopped = true;
      }
    })();
    let chunks = 0;
    for await (const chunk of gzip(source, DEFAULT)) {
      chunks += chunk.length > 0 ? 1 : 0;
      if (chunks === 2) break;
    }
    expect(isStopped).toBe(true);
  });
});

it("what is compressed comes back, whatever it is and however it is cut", async () => {
  const input = fc.record({
    chunks: fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }),
    compressor: fc.constantFrom("gzip-6-zlib", defaultGzipCompressor()),
    pieceBytes: fc.integer({ min: 1, max: 500 }),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ chunks, compressor, pieceBytes }) => {
      const parts = chunks.map((chunk) => Buffer.from(chunk));
      const packed = await bytesOfStream(gzip(streamOf(...parts), { compressor, concurrency: 2 }));
      expect(await bytesOfStream(gunzip(inPieces(packed, pieceBytes), "test.gz"))).toEqual(Buffer.concat(parts));
    }),
    { numRuns: 60 },
  );
});
