// SPDX-License-Identifier: Apache-2.0
import { constants, crc32, createGunzip, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";
import { BasaltError } from "../../errors.js";
import type { ByteStream } from "../bytes.js";
import { sha256Hex } from "../digest.js";
import { through } from "../through.js";
import { inBlocks } from "./blocks.js";

/**
 * Which deflate made the bytes. zlib's algorithm leaves freedom: Node.js's own builds carry Chromium's zlib, whose output
 * differs from the original zlib that Linux distributions link and that pako follows byte for byte. The name is part of a
 * layer's identity (docs/decisions/0004).
 */
export type GzipCompressor = "gzip-6-chromium" | "gzip-6-zlib";

export const GZIP_COMPRESSORS: readonly GzipCompressor[] = ["gzip-6-chromium", "gzip-6-zlib"];

const KiB = 1024;
/** Bytes compressed as one unit of parallel work. Part of both compressors' definition: another value gives other bytes. */
const BLOCK_BYTES = 1024 * KiB;
/** The window of deflate: each block sees this much of the one before it. Source: RFC 1951, section 2. */
const DICTIONARY_BYTES = 32 * KiB;
const LEVEL = 6;
/** Blocks given to zlib's threads ahead of time, so that none waits while this thread prepares the next (bench/build.mjs). */
const QUEUED_PER_THREAD = 3;
/** Room for a whole compressed block: every further round between zlib's threads and this one costs time (bench/build.mjs). */
const DEFLATED_CHUNK_BYTES = BLOCK_BYTES + 64 * KiB;
/** As above, for what comes out of a decompression. */
const INFLATED_CHUNK_BYTES = 1024 * KiB;
/** Magic, deflate, no flags, no time, no extra flags, unknown system. Source: RFC 1952, section 2.3. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** SHA-256 of the probe vector, compressed; measured with Node.js 20, 22, 24 and 26, and with zlib 1.2.13. */
const PROBES: Readonly<Record<string, GzipCompressor>> = {
  "0632b770d2865d4fd3b97b2d34103b21b197d63cd062766a26843a9c011c7b52": "gzip-6-chromium",
  "78e652c20d89e028cbf4f36d236fd420590a2d5366b96826d5bc09065e9089f7": "gzip-6-zlib",
};

let native: GzipCompressor | undefined | "unknown";

/** The compressor that this machine has at full speed, found by compressing a fixed vector; undefined for an unknown build. */
export function nativeGzipCompressor(): GzipCompressor | undefined {
  native ??= PROBES[sha256Hex(deflateRawSync(probeVector(), { level: LEVEL }))] ?? "unknown";
  return native === "unknown" ? undefined : native;
}

/** The compressor used when nothing asks for another. */
export function defaultGzipCompressor(): GzipCompressor {
  return nativeGzipCompressor() ?? "gzip-6-zlib";
}

/**
 * Compresses a stream; the bytes depend on the content and `compressor` only, never on chunk borders or on `concurrency`.
 * Blocks are compressed on zlib's thread pool. @throws BasaltError `COMPRESSOR_UNAVAILABLE`
 */
export async function* gzip(
  source: ByteStream,
  options: { readonly compressor: GzipCompressor; readonly concurrency: number },
): AsyncGenerator<Buffer> {
  const deflate = deflaterFor(options.compressor);
  const running: Promise<Buffer>[] = [];
  // A block's memory is used again when neither it nor the block after it is being compressed: fresh pages cost as much as hashing.
  const inFlight = QUEUED_PER_THREAD * options.concurrency;
  let crc = 0;
  let sizeBytes = 0;
  let dictionary: Buffer | undefined;
  yield HEADER;
  for await (const { block, isLast } of inBlocks(source, { blockBytes: BLOCK_BYTES, memory: inFlight + 2 })) {
    crc = crc32(block, crc);
    sizeBytes += block.length;
    running.push(deflate(block, dictionary, isLast));
    dictionary = block.subarray(Math.max(0, block.length - DICTIONARY_BYTES));
    if (running.length >= inFlight) yield await next(running);
  }
  while (running.length > 0) yield await next(running);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield trailer;
}

/** Decompresses a gzip stream of any number of members. @throws BasaltError `GZIP_INVALID` */
export async function* gunzip(source: ByteStream, name: string): AsyncGenerator<Buffer> {
  const decoder = createGunzip({ chunkSize: INFLATED_CHUNK_BYTES });
  let receivedBytes = 0;
  let contentBytes = 0; // up to the last byte that is not zero
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      const end = chunk.findLastIndex((byte) => byte !== 0) + 1;
      if (end > 0) contentBytes = receivedBytes + end;
      receivedBytes += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    yield* through(counted(), decoder, decoder);
    // Node.js takes a zero after a member for the end, and ignores what follows.
    if (contentBytes > decoder.bytesWritten)
      throw new BasaltError("GZIP_INVALID", `${name} has data after zeros that end it`);
  } catch (cause) {
    if (isZlibError(cause))
      throw new BasaltError("GZIP_INVALID", `${name} is not valid gzip data: ${cause.message}`, { cause });
    throw cause;
  }
}

type Deflater = (block: Buffer, dictionary: Buffer | undefined, isLast: boolean) => Promise<Buffer>;

function deflaterFor(compressor: GzipCompressor): Deflater {
  if (nativeGzipCompressor() === compressor) return deflateNative;
  if (compressor === "gzip-6-zlib") return deflatePako;
  throw new BasaltError(
    "COMPRESSOR_UNAVAILABLE",
    `the lock was made with compressor ${compressor}, and this Node.js has ${nativeGzipCompressor() ?? "an unknown zlib"}`,
  );
}

function deflateNative(block: Buffer, dictionary: Buffer | undefined, isLast: boolean): Promise<Buffer> {
  const options: ZlibOptions = {
    level: LEVEL,
    chunkSize: DEFLATED_CHUNK_BYTES,
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(dictionary === undefined ? {} : { dictionary }),
  };
  return new Promise((resolve, reject) => {
    deflateRaw(block, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

async function deflatePako(block: Buffer, dictionary: Buffer | undefined, isLast: boolean): Promise<Buffer> {
  const { default: pako } = await import("pako");
  const copy = dictionary === undefined ? {} : { dictionary: new Uint8Array(dictionary) };
  const deflate = new pako.Deflate({ raw: true, level: LEVEL, ...copy });
  const parts: Uint8Array[] = [];
  deflate.onData = (chunk) => void parts.push(chunk as Uint8Array);
  deflate.push(block, isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH);
  return Buffer.concat(parts);
}

async function next(running: Promise<Buffer>[]): Promise<Buffer> {
  const first = running.shift();
  if (first === undefined) throw new Error("internal: no block is being compressed");
  return first;
}

/** 128 KiB with matches of many lengths and distances, so that different match finders give different output. */
function probeVector(): Buffer {
  const words = Array.from({ length: 512 }, (_, index) => ((index * 2654435761) >>> 7).toString(36));
  const parts: string[] = [];
  for (let state = 1, size = 0; size < 128 * KiB;) {
    state = (state * 1103515245 + 12345) >>> 0;
    const word = `${words[(state >>> 16) % words.length] ?? ""}${state % 5 === 0 ? "\n" : " "}`;
    parts.push(word);
    size += word.length;
  }
  return Buffer.from(parts.join(""));
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
