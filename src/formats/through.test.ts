// SPDX-License-Identifier: Apache-2.0
import { PassThrough, Transform } from "node:stream";
import { describe, expect, it } from "vitest";
import { bytesOfStream, inPieces, streamOf } from "../../test/support/bytes.js";
import { through } from "./through.js";

/** A transform that fails once it has seen so many bytes. */
function failingAfter(sizeBytes: number): Transform {
  let seenBytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seenBytes += chunk.length;
      if (seenBytes > sizeBytes) done(new Error("downstream"));
      else done(null, chunk);
    },
  });
}

async function* failing(sizeBytes: number): AsyncGenerator<Buffer> {
  yield Buffer.alloc(sizeBytes);
  throw new Error("source");
}

describe("a stream that is fed", () => {
  it.each([1, 1000, 100_000])("gives all bytes back, in pieces of %i", async (pieceBytes) => {
    const bytes = Buffer.alloc(300_000, "basalt");
    const pass = new PassThrough();
    const fed = through(inPieces(bytes.subarray(0, pieceBytes * 2000), pieceBytes), pass, pass);
    expect((await bytesOfStream(fed)).equals(bytes.subarray(0, pieceBytes * 2000))).toBe(true);
  });

  it("may be fed nothing", async () => {
    const pass = new PassThrough();
    expect(await bytesOfStream(through(streamOf(), pass, pass))).toEqual(Buffer.alloc(0));
  });

  it("passes its own error on", async () => {
    const stream = failingAfter(10);
    await expect(bytesOfStream(through(streamOf("x".repeat(100)), stream, stream))).rejects.toThrow("downstream");
  });

  it("stops its source when it fails", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield Buffer.alloc(1000);
      } finally {
        isStopped = true;
      }
    })();
    const stream = failingAfter(5000);
    await expect(bytesOfStream(through(source, stream, stream))).rejects.toThrow("downstream");
    expect(isStopped).toBe(true);
  });

  it.each([0, 10, 1_000_000])("passes on the error of its source after %i bytes", async (sizeBytes) => {
    const pass = new PassThrough();
    await expect(bytesOfStream(through(failing(sizeBytes), pass, pass))).rejects.toThrow("source");
  });

  it("reads its source to the end, though what it feeds wants no more", async () => {
    const stream = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        this.push(chunk);
        this.push(null);
        done();
      },
    });
    const source = (async function* () {
      for (let count = 0; count < 100; count += 1) yield Buffer.alloc(64 * 1024);
      throw new Error("a checksum that is wrong");
    })();
    await expect(bytesOfStream(through(source, stream, stream))).rejects.toThrow("a checksum that is wrong");
  });

  it("passes on the error of its source rather than what follows from it", async () => {
    const stream = new Transform({
      transform: (chunk, _encoding, done) => done(null, chunk),
      destroy: (_error, done) => done(new Error("downstream")),
    });
    await expect(bytesOfStream(through(failing(10), stream, stream))).rejects.toThrow("source");
  });

  it("is destroyed with its source when nobody reads on", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        isStopped = true;
      }
    })();
    const pass = new PassThrough();
    for await (const chunk of through(source, pass, pass)) if (chunk.length > 0) break;
    expect([isStopped, pass.destroyed]).toEqual([true, true]);
  });
});
