// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../errors.js";
import type { ByteStream } from "./bytes.js";
import { splitDigest, type Digest } from "./digest.js";

/**
 * Passes a stream through and throws at its end unless it was exactly the promised bytes; whoever reads must keep nothing
 * before that. @throws BasaltError `BLOB_DIGEST_MISMATCH`
 */
export async function* verified(
  source: ByteStream,
  expected: { readonly digest: Digest; readonly size: number },
  name: string,
): AsyncGenerator<Uint8Array> {
  const { algorithm, hex } = splitDigest(expected.digest);
  const hash = createHash(algorithm);
  let receivedBytes = 0;
  for await (const chunk of source) {
    receivedBytes += chunk.byteLength;
    if (receivedBytes > expected.size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (receivedBytes !== expected.size) {
    const received = receivedBytes > expected.size ? "more" : `${receivedBytes} bytes`;
    throw new BasaltError(
      "BLOB_DIGEST_MISMATCH",
      `${name}: expected ${expected.size} bytes of ${expected.digest}, received ${received}`,
    );
  }
  const actual = hash.digest("hex");
  if (actual !== hex)
    throw new BasaltError(
      "BLOB_DIGEST_MISMATCH",
      `${name}: expected ${expected.digest}, received ${algorithm}:${actual}`,
    );
}
