// SPDX-License-Identifier: Apache-2.0
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { BasaltError } from "../../errors.js";
import { ByteReader, type ByteStream } from "../bytes.js";
import { through } from "../through.js";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
/** Window sizes above this are refused; `zstd -19` uses 8 MiB, `--long` 128 MiB. */
const MAX_WINDOW_LOG = 27;

/**
 * Decompresses zstd data of any number of frames, skippable ones included. The frames are found here and decoded one by
 * one, because Node.js 22 and 24 stop after the first frame and accept truncated ones.
 * Source: RFC 8878, section 3. @throws BasaltError `ZSTD_INVALID`, `ZSTD_UNAVAILABLE`
 */
export async function* unzstd(source: ByteStream, name: string): AsyncGenerator<Buffer> {
  const createDecoder = await loadDecoder();
  const reader = new ByteReader(source, { code: "ZSTD_INVALID", name });
  try {
    for (let isFirst = true; ; isFirst = false) {
      const magic = await reader.read(4);
      if (magic === undefined && !isFirst) return;
      if (magic === undefined) throw new BasaltError("ZSTD_INVALID", `${name} is empty`);
      const number = magic.readUInt32LE(0);
      if ((number & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
        await reader.skip((await reader.require(4)).readUInt32LE(0));
      } else if (number === FRAME_MAGIC) {
        yield* decodeFrame(createDecoder(), frameBytes(reader, magic, name), name);
      } else {
        throw new BasaltError("ZSTD_INVALID", `${name} is not zstd data`);
      }
    }
  } finally {
    await reader.close();
  }
}

/** The bytes of one frame, its end found by walking the block headers. Source: RFC 8878, sections 3.1.1 and 3.1.1.2. */
async function* frameBytes(reader: ByteReader, magic: Buffer, name: string): AsyncGenerator<Buffer> {
  yield magic;
  const descriptor = await reader.require(1);
  yield descriptor;
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = await reader.require(1);
    if (10 + ((window[0] ?? 0) >> 3) > MAX_WINDOW_LOG)
      throw new BasaltError("ZSTD_INVALID", `${name} asks for a window above 128 MiB`);
    yield window;
  }
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  yield await reader.require(dictionaryBytes + contentSizeBytes);
  for (let isLast = false; !isLast;) {
    const header = await reader.require(3);
    yield header;
    const value = header.readUIntLE(0, 3);
    isLast = (value & 1) === 1;
    const isRun = ((value >> 1) & 3) === 1;
    yield* reader.take(isRun ? 1 : value >> 3);
  }
  if ((flags & 0x04) !== 0) yield await reader.require(4);
}

async function* decodeFrame(decoder: Transform, frame: ByteStream, name: string): AsyncGenerator<Buffer> {
  let sourceError: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* frame;
    } catch (error) {
      sourceError = { error };
      throw error;
    }
  };
  try {
    yield* through(watched(), decoder, decoder);
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError.error;
    throw new BasaltError("ZSTD_INVALID", `${name} is not valid zstd data: ${String(cause)}`, { cause });
  }
}

/** Node.js's own decoder where it has one (22.15 and later), else the optional @cloudpss/zstd. */
async function loadDecoder(): Promise<() => Transform> {
  const builtIn = (zlib as unknown as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  if (builtIn !== undefined) return () => builtIn();
  try {
    const { Decompressor } = await import("@cloudpss/zstd");
    return () => new Decompressor();
  } catch (cause) {
    throw new BasaltError(
      "ZSTD_UNAVAILABLE",
      "zstd data cannot be read: this Node.js has no zstd and @cloudpss/zstd is not installed",
      { cause },
    );
  }
}
