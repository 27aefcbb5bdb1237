// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { bytesOf, collect, drain, type ByteStream } from "../bytes.js";
import type { Digest } from "../digest.js";
import { MAX_MANIFEST_BYTES, parseManifest, type ParsedManifest } from "./manifest.js";
import { verified } from "../verified.js";

/** What is known of a manifest before it is read. */
export interface ManifestName {
  readonly digest: Digest;
  readonly mediaType?: string | undefined;
  /** Bytes. */
  readonly size?: number;
}

/**
 * Reads the manifest of a digest and checks it. It keeps the digest by which it was named, whatever the algorithm. `place` is
 * for messages. @throws BasaltError `MANIFEST_UNKNOWN` where the source throws `BLOB_UNKNOWN`, `BLOB_DIGEST_MISMATCH`,
 * `MANIFEST_INVALID`, `SIZE_LIMIT_EXCEEDED`
 */
export async function readNamedManifest(
  source: ByteStream,
  { digest, mediaType, size }: ManifestName,
  place: string,
): Promise<ParsedManifest> {
  const bytes = await collect(source, { maxBytes: MAX_MANIFEST_BYTES, name: `${place} (${digest})` }).catch(
    (cause: unknown) => {
      const isMissing = cause instanceof BasaltError && cause.code === "BLOB_UNKNOWN";
      throw isMissing ? new BasaltError("MANIFEST_UNKNOWN", `${place} has no manifest ${digest}`, { cause }) : cause;
    },
  );
  await drain(verified(bytesOf(bytes), { digest, size: size ?? bytes.length }, place));
  return { ...parseManifest(bytes, mediaType), digest };
}
