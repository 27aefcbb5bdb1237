// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { bytesOfStream, streamOf } from "../../../test/support/bytes.js";
import { sha256Hex } from "../digest.js";
import { unzstd } from "./zstd.js";
import { zstd } from "./zstd-compressor.js";

const MiB = 1024 * 1024;

/** Bytes that compress somewhat, the same on every machine. */
function bytes(sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  for (let index = 0, state = 1; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    content[index] = 97 + ((state >>> 16) % (1 + ((index >> 12) % 26)));
  }
  return content;
}

const cases = [
  { summary: "nothing", sizeBytes: 0, frames: 1 },
  { summary: "one byte", sizeBytes: 1, frames: 1 },
  { summary: "one frame to the brim", sizeBytes: 4 * MiB, frames: 1 },
  { summary: "one byte more than a frame", sizeBytes: 4 * MiB + 1, frames: 2 },
  { summary: "several frames", sizeBytes: 9 * MiB, frames: 3 },
];

describe("zstd", () => {
  it.each(cases)("$summary comes back as it was, in $frames frames", async ({ sizeBytes, frames }) => {
    const content = bytes(sizeBytes);
    const packed: Buffer[] = [];
    for await (const frame of zstd(streamOf(content))) packed.push(Buffer.from(frame));
    expect(packed).toHaveLength(frames);
    const unpacked = await bytesOfStream(unzstd(streamOf(Buffer.concat(packed)), "test"));
    expect(unpacked.equals(content)).toBe(true);
  });

  it("the bytes do not depend on how the content arrives", async () => {
    const content = bytes(5 * MiB);
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for (let offset = 0; offset < content.length; offset += 77_777) yield content.subarray(offset, offset + 77_777);
    };
    const whole = await bytesOfStream(zstd(streamOf(content)));
    expect((await bytesOfStream(zstd(pieces()))).equals(whole)).toBe(true);
  });

  it("the bytes are those of libzstd 1.5.6, whichever build of it is there", async () => {
    const expected = "06660647c64c3ce9aa007d96bab230317f1e0573ab0d269547bbab061b8250f7";
    expect(sha256Hex(await bytesOfStream(zstd(streamOf(bytes(300_000)))))).toBe(expected);
    const { compress } = await import("@cloudpss/zstd/wasm");
    expect(sha256Hex(Buffer.from(compress(bytes(300_000), 3)))).toBe(expected);
  });
});
