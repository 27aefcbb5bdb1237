// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { collect } from "../bytes.js";
import { sha256Digest } from "../digest.js";
import { verified } from "../verified.js";
import { gunzip } from "./gzip.js";

const MiB = 1024 * 1024;
const PACKED = gzipSync("hello world");
const PIECES = [1, 3, 1000];

function unpack(bytes: Buffer, pieceBytes = 1000): Promise<Buffer> {
  return bytesOfStream(gunzip(inPieces(bytes, pieceBytes), "test.gz"));
}

/** The same bytes with one of them changed. */
function changed(at: number): Buffer {
  const bytes = Buffer.from(PACKED);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

describe.each(PIECES)("in pieces of %i bytes", (pieceBytes) => {
  const good = [
    { summary: "one member", bytes: PACKED, text: "hello world" },
    { summary: "two members", bytes: Buffer.concat([PACKED, gzipSync("!")]), text: "hello world!" },
    { summary: "an empty member", bytes: gzipSync(""), text: "" },
    { summary: "an empty member among others", bytes: Buffer.concat([gzipSync(""), PACKED]), text: "hello world" },
    { summary: "zeros after the last member", bytes: Buffer.concat([PACKED, Buffer.alloc(10)]), text: "hello world" },
  ];
  it.each(good)("$summary is read", async ({ bytes, text }) => {
    expect((await unpack(bytes, pieceBytes)).toString()).toBe(text);
  });

  const bad = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "half a magic", bytes: PACKED.subarray(0, 1) },
    { summary: "a magic only", bytes: PACKED.subarray(0, 2) },
    { summary: "a header cut", bytes: PACKED.subarray(0, 9) },
    { summary: "a header only", bytes: PACKED.subarray(0, 10) },
    { summary: "data cut", bytes: PACKED.subarray(0, 15) },
    { summary: "no trailer", bytes: PACKED.subarray(0, -8) },
    { summary: "half a trailer", bytes: PACKED.subarray(0, -4) },
    { summary: "one byte too few", bytes: PACKED.subarray(0, -1) },
    { summary: "a second member cut", bytes: Buffer.concat([PACKED, PACKED.subarray(0, 12)]) },
    { summary: "half a second magic", bytes: Buffer.concat([PACKED, PACKED.subarray(0, 1)]) },
    { summary: "garbage", bytes: Buffer.alloc(100, 0xa5) },
    { summary: "garbage after a member", bytes: Buffer.concat([PACKED, Buffer.from("garbage")]) },
    { summary: "garbage after zeros", bytes: Buffer.concat([PACKED, Buffer.alloc(4), Buffer.from("garbage")]) },
    { summary: "a member after zeros", bytes: Buffer.concat([PACKED, Buffer.alloc(4), PACKED]) },
    { summary: "a tar that is not compressed", bytes: Buffer.from("etc/passwd".padEnd(512, "\0")) },
    { summary: "raw deflate", bytes: PACKED.subarray(10, -8) },
    { summary: "an unknown method", bytes: changed(2) },
    { summary: "a wrong checksum", bytes: changed(PACKED.length - 6) },
    { summary: "a wrong length", bytes: changed(PACKED.length - 1) },
  ];
  it.each(bad)("$summary is refused", async ({ bytes }) => {
    expect(await codeOf(() => unpack(bytes, pieceBytes))).toBe("GZIP_INVALID");
  });
});

describe("bombs and errors", () => {
  it("a bomb ends at the limit of whoever collects it", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MiB));
    const collected = (): Promise<Buffer> =>
      collect(gunzip(streamOf(bomb), "bomb.gz"), { maxBytes: MiB, name: "bomb.gz" });
    expect(await codeOf(collected)).toBe("SIZE_LIMIT_EXCEEDED");
  });

  it("an error of the source is passed on as it is", async () => {
    const source = (async function* () {
      yield PACKED.subarray(0, 12);
      throw new Error("the disk is gone");
    })();
    await expect(bytesOfStream(gunzip(source, "test.gz"))).rejects.toThrow("the disk is gone");
  });

  it("the source is read to its end, where its own checksum is compared, though the data end in many zeros", async () => {
    const bytes = Buffer.concat([PACKED, Buffer.alloc(4 * MiB)]);
    const promised = { digest: sha256Digest("other bytes"), size: bytes.length };
    const source = verified(inPieces(bytes, 64 * 1024), promised, "blob");
    expect(await codeOf(() => bytesOfStream(gunzip(source, "test.gz")))).toBe("BLOB_DIGEST_MISMATCH");
  });

  it("the source is stopped when nobody reads on", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield gzipSync("x".repeat(100_000));
      } finally {
        isStopped = true;
      }
    })();
    for await (const chunk of gunzip(source, "test.gz")) if (chunk.length > 0) break;
    expect(isStopped).toBe(true);
  });
});
