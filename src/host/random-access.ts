// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";
import { fileError } from "./files.js";

/** A file of which small parts are read in no order. */
export interface RandomAccessFile {
  readonly read: (offset: number, sizeBytes: number) => Buffer;
  readonly close: () => void;
}

/** Opens a file for reading parts of it at once: a few microseconds each, from the page cache. */
export function openRandomAccess(path: string): RandomAccessFile {
  try {
    const descriptor = openSync(path, "r");
    return {
      read: (offset, sizeBytes) => {
        const bytes = Buffer.allocUnsafe(sizeBytes);
        return bytes.subarray(0, readSync(descriptor, bytes, 0, sizeBytes, offset));
      },
      close: () => closeSync(descriptor),
    };
  } catch (cause) {
    throw fileError(cause, path);
  }
}
