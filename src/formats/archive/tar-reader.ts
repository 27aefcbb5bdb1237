// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { ByteReader, type ByteStream } from "../bytes.js";
import { parsePax, type PaxRecords } from "./pax.js";
import { TAR_BLOCK_BYTES, tarPadding, XATTR_PREFIX, type TarEntry, type TarMetadata } from "./tar-entry.js";

/** An entry and its bytes, which must be read, or skipped, before the next entry is asked for. */
export interface TarItem {
  readonly entry: TarEntry;
  /** Where the content begins, in bytes from the start of the archive. */
  readonly offset: number;
  readonly content: AsyncGenerator<Buffer>;
  /** Records of its own PAX header, where it has one. */
  readonly pax?: PaxRecords;
}

export interface TarReadOptions {
  /** Name of the archive for messages. */
  readonly name: string;
  /**
   * What to do with a path that leaves the root or is absolute: `refuse` (packages, pushed layers), or `relative` to read
   * absolute names as if they began at the root. `..` is always refused. @default "refuse"
   */
  readonly absolute?: "refuse" | "relative";
}

const MAX_HEADER_BODY_BYTES = 1024 * 1024; // PAX headers and GNU long names; real ones stay below 10 KiB
const MAX_PATH_BYTES = 4096; // PATH_MAX of Linux
const DRAIN_BYTES = 1024 * 1024;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Headers that describe the entry after them. */
interface Pending {
  readonly pax?: PaxRecords;
  readonly path?: Buffer;
  readonly target?: Buffer;
}

/**
 * Reads ustar, PAX and GNU tar archives in one pass. Contents are not kept in memory.
 * Source: POSIX.1-2017 pax, "ustar Interchange Format"; tar(5) for the GNU forms.
 * @throws BasaltError `TAR_INVALID`, `TAR_PATH_UNSAFE`, `TAR_UNSUPPORTED`
 */
export async function* readTar(source: ByteStream, options: TarReadOptions): AsyncGenerator<TarItem> {
  const reader = new ByteReader(source, { code: "TAR_INVALID", name: options.name });
  let pending: Pending = {};
  try {
    for (;;) {
      const header = await reader.read(TAR_BLOCK_BYTES);
      if ((header === undefined || isZero(header)) && Object.keys(pending).length > 0)
        throw new BasaltError("TAR_INVALID", `${options.name} ends between an extended header and its entry`);
      if (header === undefined) return;
      if (isZero(header)) return await drainRest(reader);
      verifyChecksum(header, options.name);
      const flag = String.fromCharCode(header[156] ?? 0);
      const headerSize = parseNumber(header.subarray(124, 136), options.name);
      if ("xgLK".includes(flag)) {
        pending = { ...pending, ...(await readExtension(reader, flag, headerSize, options.name)) };
        continue;
      }
      const size = paxNumber(pending.pax, "size", options.name) ?? headerSize;
      const entry = toEntry({ header, flag, sizeBytes: size }, pending, options);
      const bodyBytes = entry?.kind === "file" || entry === undefined ? size : 0;
      const pax = pending.pax === undefined ? {} : { pax: pending.pax };
      pending = {};
      const end = reader.position + bodyBytes;
      if (entry !== undefined) yield { entry, offset: reader.position, content: reader.take(bodyBytes), ...pax };
      await reader.skip(end - reader.position + tarPadding(bodyBytes));
    }
  } finally {
    await reader.close();
  }
}

/** Reads on to the end of the stream: only there do checksums of what carries the archive get compared. */
async function drainRest(reader: ByteReader): Promise<void> {
  while ((await reader.readSome(DRAIN_BYTES)) !== undefined);
}

async function readExtension(reader: ByteReader, flag: string, sizeBytes: number, name: string): Promise<Pending> {
  if (sizeBytes > MAX_HEADER_BODY_BYTES)
    throw new BasaltError("TAR_INVALID", `${name} has an extended header of ${sizeBytes} bytes`);
  const body = await reader.require(sizeBytes);
  await reader.skip(tarPadding(sizeBytes));
  switch (flag) {
    case "x":
      return { pax: parsePax(body, name) };
    case "L":
      return { path: cString(body) };
    case "K":
      return { target: cString(body) };
    default:
      return {}; // "g": global headers carry comments (git archive) and nothing that we use
  }
}

interface RawHeader {
  readonly header: Buffer;
  readonly flag: string;
  readonly sizeBytes: number;
}

function toEntry(raw: RawHeader, pending: Pending, options: TarReadOptions): TarEntry | undefined {
  const { header, flag, sizeBytes } = raw;
  if (flag === "S" || pending.pax?.has("GNU.sparse.major") === true || pending.pax?.has("GNU.sparse.size") === true) {
    throw new BasaltError("TAR_UNSUPPORTED", `${options.name} has a sparse file`);
  }
  if (pending.pax?.get("path")?.length === 0)
    throw new BasaltError("TAR_INVALID", `${options.name} has an empty path in a PAX header`);
  const pathBytes = pending.pax?.get("path") ?? pending.path ?? ustarPath(header);
  const path = cleanPath(decodeName(pathBytes, options.name), options);
  const target = (): string =>
    decodeName(pending.pax?.get("linkpath") ?? pending.target ?? cString(header.subarray(157, 257)), options.name);
  const metadata = toMetadata(header, path, pending.pax, options.name);
  switch (flag) {
    case "0":
    case "\0":
    case "7":
      // Pre-POSIX archives mark a directory by a trailing slash only.
      return flag === "\0" && pathBytes.at(-1) === 0x2f
        ? { kind: "directory", ...metadata }
        : { kind: "file", ...metadata, sizeBytes };
    case "1":
      return { kind: "hardlink", ...metadata, target: cleanPath(target(), options) };
    case "2":
      return { kind: "symlink", ...metadata, target: withoutNul(target(), options.name) };
    case "5":
      return { kind: "directory", ...metadata };
    case "3":
    case "4":
    case "6":
      return { kind: "device", ...metadata };
    default:
      return undefined; // unknown types are skipped, as POSIX asks for vendor extensions
  }
}

function toMetadata(header: Buffer, path: string, pax: PaxRecords | undefined, name: string): TarMetadata {
  const xattrs = new Map(
    [...(pax ?? [])].flatMap(([key, value]) =>
      key.startsWith(XATTR_PREFIX) ? [[key.slice(XATTR_PREFIX.length), value] as const] : [],
    ),
  );
  return {
    path,
    mode: parseNumber(header.subarray(100, 108), name) & 0o7777,
    uid: paxNumber(pax, "uid", name) ?? parseNumber(header.subarray(108, 116), name),
    gid: paxNumber(pax, "gid", name) ?? parseNumber(header.subarray(116, 124), name),
    mtimeSeconds: paxNumber(pax, "mtime", name) ?? parseNumber(header.subarray(136, 148), name),
    ...(xattrs.size === 0 ? {} : { xattrs }),
  };
}

function paxNumber(pax: PaxRecords | undefined, key: string, name: string): number | undefined {
  const value = pax?.get(key)?.toString("latin1");
  if (value === undefined) return undefined;
  const number = Math.floor(Number(value));
  const form = key === "mtime" ? /^-?[0-9]+(?:\.[0-9]*)?$/ : /^[0-9]+$/;
  if (!form.test(value) || !Number.isSafeInteger(number)) {
    throw new BasaltError("TAR_INVALID", `${name} has ${key}=${JSON.stringify(value)} in a PAX header`);
  }
  return number;
}

/** Octal text, or GNU base-256 when the first bit is set. */
function parseNumber(field: Buffer, name: string): number {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = (field[0] ?? 0) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new BasaltError("TAR_INVALID", `${name} has a number that is too large`);
    return value;
  }
  const text = field
    .toString("latin1")
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (!/^[0-7]*$/.test(text)) throw new BasaltError("TAR_INVALID", `${name} has a broken number in a header`);
  return text === "" ? 0 : Number.parseInt(text, 8);
}

function verifyChecksum(header: Buffer, name: string): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < TAR_BLOCK_BYTES; index += 1) if (index < 148 || index >= 156) sum += header[index] ?? 0;
  if (sum !== parseNumber(header.subarray(148, 156), name))
    throw new BasaltError("TAR_INVALID", `${name} has a header with a wrong checksum`);
}

function ustarPath(header: Buffer): Buffer {
  const name = cString(header.subarray(0, 100));
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? cString(header.subarray(345, 500)) : Buffer.alloc(0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

function cString(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

function decodeName(bytes: Buffer, archive: string): string {
  if (bytes.length > MAX_PATH_BYTES)
    throw new BasaltError("TAR_INVALID", `${archive} has a name of ${bytes.length} bytes`);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new BasaltError("TAR_INVALID", `${archive} has a name that is not UTF-8: ${bytes.toString("latin1")}`, {
      cause,
    });
  }
}

function withoutNul(target: string, archive: string): string {
  if (target.includes("\0")) throw new BasaltError("TAR_INVALID", `${archive} has a link to ${JSON.stringify(target)}`);
  return target;
}

function cleanPath(path: string, options: TarReadOptions): string {
  const isUnsafe = path.includes("\0") || path.split("/").includes("..");
  if (isUnsafe || (path.startsWith("/") && options.absolute !== "relative")) {
    throw new BasaltError(
      "TAR_PATH_UNSAFE",
      `${options.name} has an entry that leaves the root: ${JSON.stringify(path)}`,
    );
  }
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
