// SPDX-License-Identifier: Apache-2.0
import { formatPax } from "./pax.js";
import { TAR_BLOCK_BYTES, tarPadding, XATTR_PREFIX, type TarEntry } from "./tar-entry.js";

/** Two zero blocks end an archive. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK_BYTES);

const MAX_OCTAL_8 = 0o7777777;
const MAX_OCTAL_12 = 0o77777777777;
const TYPEFLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;

/** Entries that an image layer may hold. */
export type WritableEntry = Exclude<TarEntry, { readonly kind: "device" }>;

/**
 * Header blocks of an entry: a PAX header only where ustar cannot say it, names empty, all fields from the entry, so that
 * equal entries are equal bytes. Source: POSIX.1-2017 pax, "ustar Interchange Format".
 */
export function formatTarHeader(entry: WritableEntry): Buffer {
  const path = Buffer.from(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  const target = Buffer.from("target" in entry ? entry.target : "");
  const sizeBytes = entry.kind === "file" ? entry.sizeBytes : 0;
  const records = new Map<string, Buffer>();
  const split = splitPath(path);
  if (split === undefined) records.set("path", path);
  if (target.length > 100) records.set("linkpath", target);
  if (sizeBytes > MAX_OCTAL_12) records.set("size", Buffer.from(String(sizeBytes)));
  if (entry.uid > MAX_OCTAL_8) records.set("uid", Buffer.from(String(entry.uid)));
  if (entry.gid > MAX_OCTAL_8) records.set("gid", Buffer.from(String(entry.gid)));
  if (entry.mtimeSeconds > MAX_OCTAL_12) records.set("mtime", Buffer.from(String(entry.mtimeSeconds)));
  const names = [...(entry.xattrs?.keys() ?? [])].toSorted();
  for (const name of names) records.set(`${XATTR_PREFIX}${name}`, entry.xattrs?.get(name) ?? Buffer.alloc(0));
  const header = formatBlock({
    ...(split ?? { name: path.subarray(0, 100), prefix: Buffer.alloc(0) }),
    target: target.subarray(0, 100),
    typeflag: TYPEFLAGS[entry.kind],
    mode: entry.mode,
    uid: Math.min(entry.uid, MAX_OCTAL_8),
    gid: Math.min(entry.gid, MAX_OCTAL_8),
    sizeBytes: Math.min(sizeBytes, MAX_OCTAL_12),
    mtimeSeconds: Math.min(Math.max(0, entry.mtimeSeconds), MAX_OCTAL_12),
  });
  return records.size === 0 ? header : Buffer.concat([formatPaxEntry(formatPax(records)), header]);
}

/** Zero bytes that follow a body of `sizeBytes`. */
export function tarPaddingBytes(sizeBytes: number): Buffer {
  return Buffer.alloc(tarPadding(sizeBytes));
}

interface Block {
  readonly name: Buffer;
  readonly prefix: Buffer;
  readonly target: Buffer;
  readonly typeflag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

function formatPaxEntry(body: Buffer): Buffer {
  const header = formatBlock({
    name: Buffer.from("PaxHeaders/entry"),
    prefix: Buffer.alloc(0),
    target: Buffer.alloc(0),
    typeflag: "x",
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: body.length,
    mtimeSeconds: 0,
  });
  return Buffer.concat([header, body, tarPaddingBytes(body.length)]);
}

function formatBlock(block: Block): Buffer {
  const bytes = Buffer.alloc(TAR_BLOCK_BYTES);
  block.name.copy(bytes, 0);
  bytes.write(octal(block.mode, 7), 100, "latin1");
  bytes.write(octal(block.uid, 7), 108, "latin1");
  bytes.write(octal(block.gid, 7), 116, "latin1");
  bytes.write(octal(block.sizeBytes, 11), 124, "latin1");
  bytes.write(octal(block.mtimeSeconds, 11), 136, "latin1");
  bytes.write("        ", 148, "latin1");
  bytes.write(block.typeflag, 156, "latin1");
  block.target.copy(bytes, 157);
  bytes.write("ustar\x0000", 257, "latin1");
  block.prefix.copy(bytes, 345);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** Name and prefix of a path that ustar can hold, else undefined. */
function splitPath(path: Buffer): { readonly name: Buffer; readonly prefix: Buffer } | undefined {
  if (path.length <= 100) return { name: path, prefix: Buffer.alloc(0) };
  for (let slash = path.lastIndexOf(0x2f, path.length - 2); slash > 0; slash = path.lastIndexOf(0x2f, slash - 1)) {
    const name = path.subarray(slash + 1);
    if (name.length > 100) return undefined;
    if (slash <= 155) return { name, prefix: path.subarray(0, slash) };
  }
  return undefined;
}
