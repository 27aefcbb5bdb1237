// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from "node:stream";
import type { ByteStream } from "./bytes.js";

/**
 * Feeds `source` into `input` and yields what comes out of `output`: a transform stream, or the two ends of a program.
 * An error of the source wins over the error that it causes downstream; both streams are destroyed at the end.
 */
export async function* through(source: ByteStream, input: Writable, output: Readable): AsyncGenerator<Buffer> {
  let sourceError: { readonly error: unknown } | undefined;
  const closed = new Promise<void>((resolve) => input.once("close", resolve));
  input.on("error", () => undefined); // reported by the output, or by its early end
  const feeding = (async () => {
    try {
      for await (const chunk of source) {
        if (input.destroyed) return;
        if (!input.write(chunk))
          await Promise.race([closed, new Promise<void>((resolve) => input.once("drain", resolve))]);
      }
      input.end();
    } catch (error) {
      sourceError = { error };
      output.destroy();
      input.destroy();
    }
  })();
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } catch (error) {
    throw sourceError === undefined ? error : sourceError.error;
  } finally {
    input.destroy();
    output.destroy();
    await feeding;
  }
  if (sourceError !== undefined) throw sourceError.error;
}
