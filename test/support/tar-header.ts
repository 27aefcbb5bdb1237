// SPDX-License-Identifier: Apache-2.0
import { TAR_BLOCK_BYTES, tarPadding } from "../../src/formats/archive/tar-entry.js";

/** A ustar header field by field, as hostile archives have it: nothing is checked, only the checksum is right by default. */
export interface RawTarHeader {
  readonly name?: string | Buffer;
  readonly mode?: string | Buffer;
  readonly uid?: string | Buffer;
  readonly gid?: string | Buffer;
  /** As it stands in the field. @default the length of the body, in octal */
  readonly size?: string | Buffer;
  readonly mtime?: string | Buffer;
  /** @default "0" */
  readonly flag?: string;
  readonly target?: string | Buffer;
  /** @default "ustar\0" and the version "00" */
  readonly magic?: string;
  readonly prefix?: string | Buffer;
  /** As it stands in the field. @default the sum of the header */
  readonly checksum?: string;
}

/** A header with its body and padding. */
export function rawTarEntry(fields: RawTarHeader, body: string | Buffer = ""): Buffer {
  const content = Buffer.from(body);
  const size = fields.size ?? `${content.length.toString(8).padStart(11, "0")}\0`;
  return Buffer.concat([formatHeader({ ...fields, size }), content, Buffer.alloc(tarPadding(content.length))]);
}

function formatHeader(fields: RawTarHeader & { readonly size: string | Buffer }): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const write = (value: string | Buffer, offset: number, length: number): void => {
    Buffer.from(value).copy(header, offset, 0, length);
  };
  write(fields.name ?? "file", 0, 100);
  write(fields.mode ?? "0000644\0", 100, 8);
  write(fields.uid ?? "0000000\0", 108, 8);
  write(fields.gid ?? "0000000\0", 116, 8);
  write(fields.size, 124, 12);
  write(fields.mtime ?? "00000000000\0", 136, 12);
  write(fields.flag ?? "0", 156, 1);
  write(fields.target ?? "", 157, 100);
  write(fields.magic ?? "ustar\x0000", 257, 8);
  write(fields.prefix ?? "", 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 8 * 0x20);
  write(fields.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return header;
}
