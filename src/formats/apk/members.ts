// SPDX-License-Identifier: Apache-2.0
import { crc32, inflateRawSync } from "node:zlib";
import { BasaltError, type ErrorCode } from "../../errors.js";
import type { ByteReader } from "../bytes.js";

/** A member of a gzip file: its own bytes, and what they hold. */
export interface GzipMember {
  /** Header and trailer included: what signatures and checksums are made of. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

export interface MemberLimits {
  readonly code: ErrorCode;
  readonly name: string;
  /** Of the compressed member. */
  readonly maxBytes: number;
  /** Of what it holds. */
  readonly maxContentBytes: number;
}

const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const PIECE_BYTES = 64 * 1024;
const FLAG_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;

/** Reads gzip members one by one and knows where each ends, which streams that decompress do not say. */
export class MemberReader {
  readonly #reader: ByteReader;
  readonly #limits: MemberLimits;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(reader: ByteReader, limits: MemberLimits) {
    this.#reader = reader;
    this.#limits = limits;
  }

  /** The next member, undefined at the end. @throws BasaltError with the code of the limits, `SIZE_LIMIT_EXCEEDED` */
  async next(): Promise<GzipMember | undefined> {
    // The bytes at hand are tried again only when they have doubled, so that the work stays linear.
    for (let wanted = this.#buffer.length; ; wanted = 2 * this.#buffer.length) {
      const isWhole = !(await this.#fill(wanted));
      if (this.#buffer.length === 0) return undefined;
      const member = readMember(this.#buffer, this.#limits);
      if (member !== undefined) {
        this.#buffer = this.#buffer.subarray(member.raw.length);
        return member;
      }
      const { code, name, maxBytes } = this.#limits;
      if (isWhole) throw new BasaltError(code, `${name} ends within a gzip member`);
      if (this.#buffer.length > maxBytes)
        throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} has a member of more than ${maxBytes} bytes`);
    }
  }

  /** All that comes after the members that were read. */
  async *rest(): AsyncGenerator<Buffer> {
    if (this.#buffer.length > 0) yield this.#buffer;
    this.#buffer = Buffer.alloc(0);
    for (;;) {
      const piece = await this.#reader.readSome(PIECE_BYTES);
      if (piece === undefined) return;
      yield piece;
    }
  }

  /** Reads until at least one byte more and `wanted` bytes are at hand; answers whether there was one. */
  async #fill(wanted: number): Promise<boolean> {
    const pieces: Buffer[] = [this.#buffer];
    let sizeBytes = this.#buffer.length;
    let isMore = false;
    while (!isMore || sizeBytes < wanted) {
      const piece = await this.#reader.readSome(PIECE_BYTES);
      if (piece === undefined) break;
      isMore = true;
      pieces.push(piece);
      sizeBytes += piece.length;
    }
    if (isMore) this.#buffer = Buffer.concat(pieces);
    return isMore;
  }
}

/** The member that bytes begin with; undefined where they end before it does. Source: RFC 1952. */
function readMember(bytes: Buffer, limits: MemberLimits): GzipMember | undefined {
  const start = headerEnd(bytes, limits);
  if (start === undefined) return undefined;
  const { code, name, maxContentBytes } = limits;
  let inflated: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    inflated = inflateRawSync(bytes.subarray(start), {
      info: true,
      maxOutputLength: maxContentBytes,
    }) as unknown as typeof inflated;
  } catch (cause) {
    const { code: reason, message } = cause as Error & { readonly code?: string };
    if (reason === "Z_BUF_ERROR") return undefined;
    if (reason === "ERR_BUFFER_TOO_LARGE")
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} holds more than ${maxContentBytes} bytes in one member`);
    throw new BasaltError(code, `${name} is not valid gzip data: ${message}`, { cause });
  }
  const end = start + inflated.engine.bytesWritten;
  if (bytes.length < end + TRAILER_BYTES) return undefined;
  const content = inflated.buffer;
  if (bytes.readUInt32LE(end) !== crc32(content) || bytes.readUInt32LE(end + 4) !== content.length % 2 ** 32)
    throw new BasaltError(code, `${name} has a gzip member with a wrong checksum`);
  return { raw: bytes.subarray(0, end + TRAILER_BYTES), content };
}

function headerEnd(bytes: Buffer, { code, name }: MemberLimits): number | undefined {
  if (bytes.length < FIXED_HEADER_BYTES) return undefined;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8)
    throw new BasaltError(code, `${name} has something that is no gzip member`);
  const flags = bytes[3] ?? 0;
  let at: number | undefined = FIXED_HEADER_BYTES;
  if ((flags & FLAG_EXTRA) !== 0) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const zero: number = bytes.indexOf(0, at);
    if (zero === -1) return undefined;
    at = zero + 1;
  }
  if ((flags & FLAG_CRC) !== 0) at += 2;
  return at > bytes.length ? undefined : at;
}
