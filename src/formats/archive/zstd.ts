// SPDX-License-Identifier: Apache-2.0
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { BasaltError } from "../../errors.js";
import { ByteReader, type ByteStream } from "../bytes.js";
import { through } from "../through.js";

const MAGIC = Buffer.from("28b52ffd", "hex");
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
/** Larger windows are refused; `zstd -19` uses 8 MiB, `--long` 128 MiB. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const [RUN_BLOCK, COMPRESSED_BLOCK] = [1, 2];
const MAX_BLOCK_BYTES = 128 * 1024;
/** Of blocks that go to the decoder at once, before and after decoding. */
const BATCH_BYTES = 64 * 1024;

/** Streams of @cloudpss/zstd decode frame after frame, those of Node.js stop after one. */
type Decoder =
  | { readonly frames: "many"; readonly create: () => Transform }
  | { readonly frames: "one"; readonly create: () => Transform; readonly decodeFrame: (frame: Buffer) => Buffer };

/**
 * Decompresses zstd data of any number of frames, skippable ones included. The frames are found here, because Node.js 22
 * and 24 stop after the first one and accept truncated ones, and so that no more is unpacked at once than a batch of blocks.
 * Source: RFC 8878, section 3. @throws BasaltError `ZSTD_INVALID`, `ZSTD_UNAVAILABLE`
 */
export async function* unzstd(source: ByteStream, name: string): AsyncGenerator<Buffer> {
  const decoder = await loadDecoder();
  const reader = new ByteReader(source, { code: "ZSTD_INVALID", name });
  try {
    if (decoder.frames === "many") yield* decode(decoder.create(), allFrames(reader, name), name);
    else yield* decodeFrames(decoder, reader, name);
  } finally {
    await reader.close();
  }
}

async function* allFrames(reader: ByteReader, name: string): AsyncGenerator<Buffer> {
  for (let isFirst = true; await nextFrame(reader, { name, isFirst }); isFirst = false) {
    for await (const { bytes } of readFrame(reader, name)) yield bytes;
  }
}

/** A file may hold very many small frames; a stream for each would take long. */
async function* decodeFrames(
  { create, decodeFrame }: Decoder & { readonly frames: "one" },
  reader: ByteReader,
  name: string,
): AsyncGenerator<Buffer> {
  for (let isFirst = true; await nextFrame(reader, { name, isFirst }); isFirst = false) {
    const frame = readFrame(reader, name);
    const { value: start } = (await frame.next()) as IteratorYieldResult<FramePart>;
    if (!start.isLast) {
      yield* decode(create(), bytesOfFrame(start, frame), name);
      continue;
    }
    try {
      yield decodeFrame(start.bytes);
    } catch (cause) {
      throw notValid(name, cause);
    }
  }
}

async function* bytesOfFrame(start: FramePart, rest: AsyncIterable<FramePart>): AsyncGenerator<Buffer> {
  yield start.bytes;
  for await (const { bytes } of rest) yield bytes;
}

/** Goes behind the magic number of the next frame that holds data. */
async function nextFrame(
  reader: ByteReader,
  { name, isFirst }: { readonly name: string; readonly isFirst: boolean },
): Promise<boolean> {
  for (let isEmpty = isFirst; ; isEmpty = false) {
    const magic = await reader.read(4);
    if (magic === undefined && !isEmpty) return false;
    if (magic === undefined) throw new BasaltError("ZSTD_INVALID", `${name} is empty`);
    if (magic.equals(MAGIC)) return true;
    if ((magic.readUInt32LE(0) & SKIPPABLE_MASK) >>> 0 !== SKIPPABLE_MAGIC)
      throw new BasaltError("ZSTD_INVALID", `${name} is not zstd data`);
    await reader.skip((await reader.require(4)).readUInt32LE(0));
  }
}

interface FramePart {
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** A frame in parts of some blocks each: it may hold millions of empty ones. Source: RFC 8878, sections 3.1.1.1 and 3.1.1.2. */
async function* readFrame(reader: ByteReader, name: string): AsyncGenerator<FramePart> {
  const header = await readHeader(reader, name);
  for (let [isFirst, isLast] = [true, false]; !isLast; isFirst = false) {
    const parts: Buffer[] = isFirst ? [header.bytes] : [];
    let [bytes, decodedBytes] = [0, 0];
    while (!isLast && bytes < BATCH_BYTES && decodedBytes < BATCH_BYTES) {
      const block = await readBlock(reader, name);
      parts.push(block.header, block.content);
      bytes += 3 + block.content.length;
      decodedBytes += block.maxDecodedBytes;
      isLast = block.isLast;
    }
    if (isLast && header.hasChecksum) parts.push(await reader.require(4));
    yield { bytes: Buffer.concat(parts), isLast };
  }
}

/** The bytes of the magic number and the header. */
async function readHeader(reader: ByteReader, name: string) {
  const descriptor = await reader.require(1);
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const window = await reader.require(isSingleSegment ? 0 : 1);
  const [exponent, mantissa] = [(window[0] ?? 0) >> 3, (window[0] ?? 0) & 7];
  if (2 ** (10 + exponent) * (1 + mantissa / 8) > MAX_WINDOW_BYTES)
    throw new BasaltError("ZSTD_INVALID", `${name} asks for a window above 128 MiB`);
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const sizes = await reader.require(dictionaryBytes + contentSizeBytes);
  return { bytes: Buffer.concat([MAGIC, descriptor, window, sizes]), hasChecksum: (flags & 0x04) !== 0 };
}

async function readBlock(reader: ByteReader, name: string) {
  const header = await reader.require(3);
  const value = header.readUIntLE(0, 3);
  const [type, sizeBytes] = [(value >> 1) & 3, value >> 3];
  if (type > COMPRESSED_BLOCK || sizeBytes > MAX_BLOCK_BYTES)
    throw new BasaltError("ZSTD_INVALID", `${name} has a block of type ${type} and ${sizeBytes} bytes`);
  const content = await reader.require(type === RUN_BLOCK ? 1 : sizeBytes);
  const maxDecodedBytes = type === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : sizeBytes;
  return { header, content, maxDecodedBytes, isLast: (value & 1) === 1 };
}

async function* decode(decoder: Transform, packed: ByteStream, name: string): AsyncGenerator<Buffer> {
  let sourceError: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* packed;
    } catch (error) {
      sourceError = { error };
      throw error;
    }
  };
  try {
    yield* through(watched(), decoder, decoder);
  } catch (cause) {
    if (sourceError !== undefined) throw sourceError.error;
    throw notValid(name, cause);
  }
}

function notValid(name: string, cause: unknown): BasaltError {
  return new BasaltError("ZSTD_INVALID", `${name} is not valid zstd data: ${String(cause)}`, { cause });
}

/** Node.js's own decoder where it has one (22.15 and later), else the optional @cloudpss/zstd. */
async function loadDecoder(): Promise<Decoder> {
  const builtIn = zlib as unknown as {
    readonly createZstdDecompress?: () => Transform;
    readonly zstdDecompressSync: (bytes: Buffer) => Buffer;
  };
  if (builtIn.createZstdDecompress !== undefined)
    return { frames: "one", create: builtIn.createZstdDecompress, decodeFrame: builtIn.zstdDecompressSync };
  try {
    const { Decompressor } = await import("@cloudpss/zstd");
    return { frames: "many", create: () => new Decompressor() };
  } catch (cause) {
    throw new BasaltError(
      "ZSTD_UNAVAILABLE",
      "zstd data cannot be read: this Node.js has no zstd and @cloudpss/zstd is not installed",
      { cause },
    );
  }
}
