// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from "node:stream";
import type { ByteStream } from "./bytes.js";

/**
 * Feeds `source` into `input` and yields what comes out of `output`: a transform stream, or the two ends of a program.
 * An error of the source wins over the error that it causes downstream; both streams are destroyed at the end.
 */
export async function* through(source: ByteStream, input: Writable, output: Readable): AsyncGenerator<Buffer> {
  const closed = new Promise<void>((resolve) => input.once("close", resolve));
  input.on("error", () => undefined); // reported by the output, or by its early end
  let isEnded = false;
  const feeding = feed(source, input, closed, () => isEnded);
  feeding.catch(() => output.destroy()); // thrown below
  try {
    for await (const chunk of output) yield chunk as Buffer;
    isEnded = true;
  } finally {
    input.destroy();
    output.destroy();
    await feeding;
  }
}

async function feed(source: ByteStream, input: Writable, closed: Promise<void>, isEnded: () => boolean): Promise<void> {
  for await (const chunk of source) {
    if (isEnded()) continue; // nothing is wanted any more, but at its end the source may compare a checksum
    if (input.destroyed) return;
    if (!input.write(chunk)) await Promise.race([closed, new Promise<void>((resolve) => input.once("drain", resolve))]);
  }
  input.end();
}
