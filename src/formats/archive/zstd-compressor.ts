// SPDX-License-Identifier: Apache-2.0
import * as zlib from "node:zlib";
import { BasaltError } from "../../errors.js";
import { asBuffer, type ByteStream } from "../bytes.js";
import { inBlocks } from "./blocks.js";

/** Level and version of libzstd: another version may give other bytes (docs/decisions/0013). */
export type ZstdCompressor = "zstd-3-1.5.6";

export const ZSTD_COMPRESSOR: ZstdCompressor = "zstd-3-1.5.6";

/** Content of one frame. Part of the compressor's definition: another value gives other bytes. */
const FRAME_BYTES = 4 * 1024 * 1024;
const LEVEL = 3;
const LIBZSTD = "1.5.6";

type Compress = (content: Uint8Array, level: number) => Uint8Array;

let loaded: Promise<Compress> | undefined;

/**
 * Compresses a stream into zstd frames of 4 MiB; the bytes depend on the content only. Readers take several frames for one stream.
 * Source: RFC 8878, section 3. @throws BasaltError `COMPRESSOR_UNAVAILABLE`
 */
export async function* zstd(source: ByteStream): AsyncGenerator<Buffer> {
  const compress = await (loaded ??= load());
  let isEmpty = true;
  for await (const { block, isLast } of inBlocks(source, { blockBytes: FRAME_BYTES, memory: 1 })) {
    if (block.length === 0 && isLast && !isEmpty) return;
    isEmpty = false;
    yield asBuffer(compress(block, LEVEL));
  }
}

/**
 * The same libzstd everywhere: compiled where Node.js has none of its own, else as WebAssembly, since the compiled one would be
 * linked to Node.js's, which is of another version. Both give the same bytes.
 */
async function load(): Promise<Compress> {
  const library = await import("createZstdCompress" in zlib ? "@cloudpss/zstd/wasm" : "@cloudpss/zstd").catch(
    (cause: unknown) => {
      throw new BasaltError("COMPRESSOR_UNAVAILABLE", "zstd layers cannot be made: @cloudpss/zstd is not installed", {
        cause,
      });
    },
  );
  const { compress, ZSTD_VERSION } = library as { readonly compress: Compress; readonly ZSTD_VERSION: () => string };
  if (ZSTD_VERSION() !== LIBZSTD)
    throw new BasaltError(
      "COMPRESSOR_UNAVAILABLE",
      `zstd layers need libzstd ${LIBZSTD}, and there is ${ZSTD_VERSION()}`,
    );
  return compress;
}
