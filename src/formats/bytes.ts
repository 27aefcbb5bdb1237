// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../errors.js";

/** Chunks of bytes that arrive over time; each is used once. */
export type ByteStream = AsyncIterable<Uint8Array>;

const EMPTY = Buffer.alloc(0);

/** Reads a stream in pieces of known size. `code` is the error for a stream that ends too early. */
export class ByteReader {
  /** Bytes consumed so far. */
  position = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #code: ErrorCode;
  readonly #name: string;
  #chunk: Buffer = EMPTY;

  constructor(source: ByteStream, options: { readonly code: ErrorCode; readonly name: string }) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#code = options.code;
    this.#name = options.name;
  }

  /** Up to `maxBytes` bytes, or undefined at the end of the stream. */
  async readSome(maxBytes: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#chunk = asBuffer(next.value);
    }
    const piece = this.#chunk.subarray(0, maxBytes);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  /** Exactly `sizeBytes` bytes, or undefined when the stream ended before the first of them. */
  async read(sizeBytes: number): Promise<Buffer | undefined> {
    const first = await this.readSome(sizeBytes);
    if (first === undefined) return sizeBytes === 0 ? EMPTY : undefined;
    if (first.length === sizeBytes) return first;
    const parts = [first];
    for (let missing = sizeBytes - first.length; missing > 0;) {
      const part = await this.readSome(missing);
      if (part === undefined) throw this.#truncated(missing);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts, sizeBytes);
  }

  /** Exactly `sizeBytes` bytes. */
  async require(sizeBytes: number): Promise<Buffer> {
    const bytes = await this.read(sizeBytes);
    if (bytes === undefined) throw this.#truncated(sizeBytes);
    return bytes;
  }

  /** The next `sizeBytes` bytes as a stream that must be read before the reader is used again. */
  async *take(sizeBytes: number): AsyncGenerator<Buffer> {
    for (let missing = sizeBytes; missing > 0;) {
      const part = await this.readSome(missing);
      if (part === undefined) throw this.#truncated(missing);
      missing -= part.length;
      yield part;
    }
  }

  async skip(sizeBytes: number): Promise<void> {
    for (let missing = sizeBytes; missing > 0;) {
      const part = await this.readSome(missing);
      if (part === undefined) throw this.#truncated(missing);
      missing -= part.length;
    }
  }

  /** Stops the source, so that files and child processes behind it are released. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  #truncated(missingBytes: number): BasaltError {
    return new BasaltError(this.#code, `${this.#name} ends at byte ${this.position}, ${missingBytes} bytes too early`);
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One chunk as a stream. */
export async function* bytesOf(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : asBuffer(chunk);
}

/** All of a stream in memory. @throws BasaltError `SIZE_LIMIT_EXCEEDED` once it is longer than `maxBytes` */
export async function collect(
  source: ByteStream,
  options: { readonly maxBytes: number; readonly name: string },
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of limited(source, options)) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Passes a stream through. @throws BasaltError `SIZE_LIMIT_EXCEEDED` once it is longer than `maxBytes` */
export async function* limited(
  source: ByteStream,
  options: { readonly maxBytes: number; readonly name: string },
): AsyncGenerator<Uint8Array> {
  let receivedBytes = 0;
  for await (const chunk of source) {
    receivedBytes += chunk.byteLength;
    if (receivedBytes > options.maxBytes) {
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${options.name} is larger than ${options.maxBytes} bytes`);
    }
    yield chunk;
  }
}

/** Reads a stream to its end and returns its length in bytes. */
export async function drain(source: ByteStream): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of source) sizeBytes += chunk.byteLength;
  return sizeBytes;
}
