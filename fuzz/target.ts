// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../src/errors.js";
import type { Random } from "./random.js";

/** A parser, and what to feed it with. */
export interface FuzzTarget {
  readonly name: string;
  /** Binary formats are tried in every run of CI. */
  readonly group: "binary" | "text";
  /** Valid samples. */
  readonly seeds: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** Words of the format. @default none */
  readonly tokens?: readonly string[];
  /** Mends checksums and wraps what was changed, so that mutations get past the first check. */
  readonly repair?: (bytes: Buffer, random: Random) => Buffer;
  /** Reads an input. A BasaltError is an answer; any other error is a defect, as are hangs and memory without bound. */
  readonly run: (bytes: Buffer) => unknown;
}

/** A target for texts. */
export function textTarget(
  name: string,
  seeds: readonly string[],
  run: (text: string) => unknown,
  tokens: readonly string[] = [],
): FuzzTarget {
  return {
    name,
    group: "text",
    seeds: () => seeds.map((text) => Buffer.from(text)),
    tokens,
    run: (bytes) => run(bytes.toString("utf8")),
  };
}

/** Each line is an input of its own, so that one mutation meets many short forms. */
export function eachLine(read: (line: string) => unknown): (text: string) => void {
  return (text) => {
    let answer: BasaltError | undefined;
    for (const line of text.split("\n").slice(0, 200)) {
      try {
        read(line);
      } catch (error) {
        if (!(error instanceof BasaltError)) throw error;
        answer = error;
      }
    }
    void answer;
  };
}

/** Reads a stream to its end. */
export async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of source) void piece;
}

/** The bytes in pieces, as a network delivers them. */
export async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  const sizeBytes = 1 + ((bytes[0] ?? 0) % 7) * 4097;
  // One byte at a time is for small inputs only.
  const step = bytes.length > 8192 ? Math.max(sizeBytes, 4096) : sizeBytes;
  for (let start = 0; start < bytes.length; start += step) yield bytes.subarray(start, start + step);
}
