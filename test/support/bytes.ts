// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../src/errors.js";
import { collect, type ByteStream } from "../../src/formats/bytes.js";

/** A stream of these chunks. */
export async function* streamOf(...chunks: readonly (Buffer | string)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** Cuts bytes into pieces of `sizeBytes`, so that readers meet borders everywhere. */
export async function* inPieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += sizeBytes) yield bytes.subarray(offset, offset + sizeBytes);
}

export function bytesOfStream(source: ByteStream): Promise<Buffer> {
  return collect(source, { maxBytes: 1024 ** 3, name: "test data" });
}

/** The code of the error that `work` ends with, or `undefined` when it ends well. Other errors are thrown on. */
export async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof BasaltError) return error.code;
    throw error;
  }
}
