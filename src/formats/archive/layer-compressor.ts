// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../bytes.js";
import { MEDIA_TYPES } from "../oci/media-types.js";
import { defaultGzipCompressor, gzip, GZIP_COMPRESSORS, type GzipCompressor } from "./gzip.js";
import { ZSTD_COMPRESSOR, zstd, type ZstdCompressor } from "./zstd-compressor.js";

/** What compresses layers; locks name it. */
export type LayerCompressor = GzipCompressor | ZstdCompressor;

export type LayerCompression = "gzip" | "zstd";

export const LAYER_COMPRESSORS: readonly LayerCompressor[] = [...GZIP_COMPRESSORS, ZSTD_COMPRESSOR];

/** The compressor used when nothing asks for another. */
export function defaultCompressor(compression: LayerCompression): LayerCompressor {
  return compression === "zstd" ? ZSTD_COMPRESSOR : defaultGzipCompressor();
}

export function compressionOf(compressor: LayerCompressor): LayerCompression {
  return compressor === ZSTD_COMPRESSOR ? "zstd" : "gzip";
}

/** Media type of a layer. Source: OCI image-spec, layer.md, "+gzip Media Types" and "+zstd Media Types". */
export function layerMediaType(compressor: LayerCompressor): string {
  return compressionOf(compressor) === "zstd" ? MEDIA_TYPES.layerZstd : MEDIA_TYPES.layerGzip;
}

/** Compresses a stream; the bytes depend on the content and the compressor only. @throws BasaltError `COMPRESSOR_UNAVAILABLE` */
export function compress(
  source: ByteStream,
  { compressor, concurrency }: { readonly compressor: LayerCompressor; readonly concurrency: number },
): AsyncGenerator<Buffer> {
  return compressor === ZSTD_COMPRESSOR ? zstd(source) : gzip(source, { compressor, concurrency });
}
