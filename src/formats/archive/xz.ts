// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { asBuffer, type ByteStream } from "../bytes.js";

/**
 * Decompresses xz data with WebAssembly: needs nothing installed, about half the speed of the `xz` program.
 * Truncated, damaged and trailing data are errors. @throws BasaltError `XZ_INVALID`
 */
export async function* unxz(source: ByteStream, name: string): AsyncGenerator<Buffer> {
  const { XzReadableStream } = (await import("xz-decompress")).default; // CommonJS: the named exports are in default
  const iterator = source[Symbol.asyncIterator]();
  let inputFailure: Error | undefined;
  let receivedBytes = 0;
  const input = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (next.done === true) return controller.close();
        receivedBytes += next.value.byteLength;
        controller.enqueue(next.value);
      } catch (error) {
        inputFailure = error instanceof Error ? error : new Error(String(error));
        controller.error(error);
      }
    },
  });
  const reader = new XzReadableStream(input).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield asBuffer(value);
    }
  } catch (cause) {
    throw inputFailure ?? new BasaltError("XZ_INVALID", `${name} is not valid xz data: ${String(cause)}`, { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
    await iterator.return?.();
  }
  if (receivedBytes === 0) throw new BasaltError("XZ_INVALID", `${name} is empty`);
}
