// SPDX-License-Identifier: Apache-2.0
import { gunzip } from "../formats/archive/gzip.js";
import { unxz } from "../formats/archive/xz.js";
import { unzstd } from "../formats/archive/zstd.js";
import type { ByteStream } from "../formats/bytes.js";
import { filterThrough, findProgram } from "./programs.js";

export type Compression = "none" | "gzip" | "xz" | "zstd";

/** Path of the xz program; null before it was looked for. */
let xzProgram: string | undefined | null = null;

/** Decompresses a stream with the fastest means of this machine; the bytes are the same with each. */
export function decompress(source: ByteStream, compression: Compression, name: string): ByteStream {
  switch (compression) {
    case "none":
      return source;
    case "gzip":
      return gunzip(source, name);
    case "zstd":
      return unzstd(source, name);
    case "xz": {
      if (xzProgram === null) xzProgram = findProgram("xz");
      if (xzProgram === undefined) return unxz(source, name);
      return filterThrough(xzProgram, ["--decompress", "--stdout", "--threads=0"], source, {
        code: "XZ_INVALID",
        name,
      });
    }
  }
}
