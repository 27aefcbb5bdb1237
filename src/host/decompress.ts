// SPDX-License-Identifier: Apache-2.0
import { gunzip } from "../formats/archive/gzip.js";
import { unxz } from "../formats/archive/xz.js";
import { unzstd } from "../formats/archive/zstd.js";
import type { ByteStream } from "../formats/bytes.js";
import { filterThrough, findProgram } from "./programs.js";

export type Compression = "none" | "gzip" | "xz" | "zstd";

/** Measured: of that size, WebAssembly is done in the time that the program takes to start. */
const PROGRAM_FROM_BYTES = 64 * 1024;

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
      return xzProgram === undefined ? unxz(source, name) : unxzWith(xzProgram, source, name);
    }
  }
}

/** With a program, but what is shorter than it takes to start one, such as the control archives of packages. */
async function* unxzWith(program: string, source: ByteStream, name: string): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let sizeBytes = 0;
  let hasMore = true;
  while (hasMore && sizeBytes <= PROGRAM_FROM_BYTES) {
    const next = await iterator.next();
    if (next.done === true) hasMore = false;
    else sizeBytes += first[first.push(next.value) - 1]?.byteLength ?? 0;
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      if (hasMore) yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  };
  if (!hasMore) yield* unxz(all(), name);
  else yield* filterThrough(program, ["--decompress", "--stdout", "--threads=0"], all(), { code: "XZ_INVALID", name });
}
