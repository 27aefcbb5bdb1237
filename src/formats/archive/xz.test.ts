// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storeXz } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { collect } from "../bytes.js";
import { unxz } from "./xz.js";

const MiB = 1024 * 1024;
const PACKED = storeXz(Buffer.from("hello world"));
/** A hundred lines "basalt", packed by `xz -9` with the check that it takes by default, and with SHA-256. */
const CRC64 =
  "fd377a585a000004e6d6b446020021011c00000010cf58cce002bb00115d0031184acc9afa263470d0dad9abcaf5400000000000e98b1f7befe30d9400012dbc0500000012d78e9ab1c467fb020000000004595a";
const SHA256 =
  "fd377a585a00000ae1fb0ca1020021011c00000010cf58cce002bb00115d0031184acc9afa263470d0dad9abcaf540000000000082eed819d8a0644cb10e462c4355c927d2fec3d8fa182e4b010a0e41e4fffa5c000145bc05000000255a297eb6e9df1c02000000000a595a";

function unpack(bytes: Buffer, pieceBytes = 1000): Promise<Buffer> {
  return bytesOfStream(unxz(inPieces(bytes, pieceBytes), "test.xz"));
}

/** The file with another dictionary size in its block header, whose checksum is mended. */
function withDictionary(code: number): Buffer {
  const bytes = Buffer.from(PACKED);
  bytes[16] = code;
  bytes.writeUInt32LE(crc32(bytes.subarray(12, 20)), 20);
  return bytes;
}

describe("data are read", () => {
  const cases = [
    { summary: "one stream", bytes: PACKED, text: "hello world" },
    { summary: "an empty stream", bytes: storeXz(Buffer.alloc(0)), text: "" },
    { summary: "two streams", bytes: Buffer.concat([PACKED, storeXz(Buffer.from("!"))]), text: "hello world!" },
    { summary: "a stream and padding", bytes: Buffer.concat([PACKED, Buffer.alloc(8)]), text: "hello world" },
    { summary: "what the xz program makes", bytes: Buffer.from(CRC64, "hex"), text: "basalt\n".repeat(100) },
  ];
  it.each(cases)("$summary", async ({ bytes, text }) => {
    expect((await unpack(bytes)).toString()).toBe(text);
  });

  it.each(cases)("$summary, byte by byte", async ({ bytes, text }) => {
    expect((await unpack(bytes, 1)).toString()).toBe(text);
  });

  it("with empty chunks among the others", async () => {
    const source = streamOf("", PACKED.subarray(0, 20), "", PACKED.subarray(20), "");
    expect((await bytesOfStream(unxz(source, "test.xz"))).toString()).toBe("hello world");
  });

  it("whatever the content and the chunk borders", async () => {
    const input = fc.record({
      bytes: fc.uint8Array({ maxLength: 5000 }),
      pieceBytes: fc.integer({ min: 1, max: 900 }),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ bytes, pieceBytes }) => {
        expect(await unpack(storeXz(Buffer.from(bytes)), pieceBytes)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 30 },
    );
  });
});

describe("hostile data are refused", () => {
  const cases = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "garbage", bytes: Buffer.alloc(100, 0xa5) },
    { summary: "garbage after the stream", bytes: Buffer.concat([PACKED, Buffer.from("garbage!")]) },
    { summary: "padding that is no multiple of four", bytes: Buffer.concat([PACKED, Buffer.alloc(3)]) },
    { summary: "garbage after padding", bytes: Buffer.concat([PACKED, Buffer.alloc(4), Buffer.from("garbage!")]) },
    { summary: "a second stream cut", bytes: Buffer.concat([PACKED, PACKED.subarray(0, 30)]) },
    { summary: "a dictionary of 4 GiB", bytes: withDictionary(40) },
    { summary: "a dictionary of 1 GiB", bytes: withDictionary(36) },
    { summary: "a dictionary of unknown size", bytes: withDictionary(41) },
    { summary: "a check that the decoder does not know", bytes: Buffer.from(SHA256, "hex") },
    { summary: "the old .lzma form", bytes: Buffer.from("5d00008000ffffffffffffffff0020", "hex") },
  ];
  it.each(cases)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => unpack(bytes))).toBe("XZ_INVALID");
  });

  it("a file cut at any place", async () => {
    for (let length = 0; length < PACKED.length; length += 1)
      expect([length, await codeOf(() => unpack(PACKED.subarray(0, length), 7))]).toEqual([length, "XZ_INVALID"]);
  });

  it("a file with any one byte changed", async () => {
    for (let at = 0; at < PACKED.length; at += 1) {
      const bytes = Buffer.from(PACKED);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect([at, await codeOf(() => unpack(bytes))]).toEqual([at, "XZ_INVALID"]);
    }
  });

  it("a stream of nothing but empty chunks", async () => {
    expect(await codeOf(() => bytesOfStream(unxz(streamOf("", "", ""), "test.xz")))).toBe("XZ_INVALID");
  });

  it("a bomb ends at the limit of whoever collects it", async () => {
    const bomb = storeXz(Buffer.alloc(4 * MiB));
    const collected = (): Promise<Buffer> =>
      collect(unxz(streamOf(bomb), "bomb.xz"), { maxBytes: MiB, name: "bomb.xz" });
    expect(await codeOf(collected)).toBe("SIZE_LIMIT_EXCEEDED");
  });
});

describe("the source", () => {
  it("passes its own error on", async () => {
    const source = (async function* () {
      yield PACKED.subarray(0, 30);
      throw new Error("the disk is gone");
    })();
    await expect(bytesOfStream(unxz(source, "test.xz"))).rejects.toThrow("the disk is gone");
  });

  it("is stopped when nobody reads on", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        yield* inPieces(storeXz(Buffer.alloc(MiB)), 10_000);
      } finally {
        isStopped = true;
      }
    })();
    for await (const chunk of unxz(source, "test.xz")) if (chunk.length > 0) break;
    expect(isStopped).toBe(true);
  });
});
