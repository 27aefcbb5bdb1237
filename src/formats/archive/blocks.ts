// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../bytes.js";

/**
 * Regroups a stream into blocks of exactly `blockBytes`; the last one, which may be empty, is marked. Blocks lie in `memory` buffers
 * that are used in turn: a block is overwritten when as many others have followed it.
 */
export async function* inBlocks(
  source: ByteStream,
  { blockBytes, memory }: { readonly blockBytes: number; readonly memory: number },
): AsyncGenerator<{ readonly block: Buffer; readonly isLast: boolean }> {
  const buffers = Array.from({ length: memory }, () => Buffer.allocUnsafeSlow(blockBytes));
  let turn = 0;
  const next = (): Buffer => buffers[turn++ % memory] ?? Buffer.allocUnsafe(blockBytes);
  let block = next();
  let used = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength;) {
      if (used === blockBytes) {
        yield { block, isLast: false };
        block = next();
        used = 0;
      }
      const part = chunk.subarray(offset, offset + blockBytes - used);
      block.set(part, used);
      used += part.byteLength;
      offset += part.byteLength;
    }
  }
  yield { block: block.subarray(0, used), isLast: true };
}
