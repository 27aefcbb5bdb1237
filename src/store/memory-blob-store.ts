// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID } from "node:crypto";
import { BasaltError } from "../errors.js";
import { asBuffer, type ByteStream } from "../formats/bytes.js";
import { digestOfHex, parseSha256, splitDigest, type Digest } from "../formats/digest.js";
import type { BlobInfo, BlobStore, UploadStore } from "./blob-store.js";

/** Blobs in memory, for tests and for images that are only looked at. */
export function createMemoryBlobStore(now: () => Date): BlobStore {
  const blobs = new Map<Digest, { readonly bytes: Buffer; readonly storedAt: Date }>();
  const keep = (bytes: Buffer, expected: Digest | undefined): BlobInfo => {
    const algorithm = expected === undefined ? "sha256" : splitDigest(expected).algorithm;
    const hex = createHash(algorithm).update(bytes).digest("hex");
    const digest = expected ?? digestOfHex(parseSha256(hex));
    if (splitDigest(digest).hex !== hex) {
      throw new BasaltError(
        "BLOB_DIGEST_MISMATCH",
        `expected the digest ${digest}, received bytes with ${algorithm}:${hex}`,
      );
    }
    blobs.set(digest, { bytes, storedAt: now() });
    return { digest, sizeBytes: bytes.length };
  };
  return {
    stat: async (digest) => {
      const found = blobs.get(digest);
      return found === undefined ? undefined : { digest, sizeBytes: found.bytes.length };
    },
    read: async function* (digest, range) {
      const found = blobs.get(digest);
      if (found === undefined) throw new BasaltError("BLOB_UNKNOWN", `there is no blob ${digest}`);
      yield range === undefined ? found.bytes : found.bytes.subarray(range.offset, range.offset + range.sizeBytes);
    },
    put: async (source, expected) => keep(await join(source), expected),
    remove: async (digest) => blobs.delete(digest),
    list: async function* () {
      for (const [digest, { bytes, storedAt }] of blobs) yield { digest, sizeBytes: bytes.length, storedAt };
    },
    uploads: createMemoryUploads(now, keep),
  };
}

function createMemoryUploads(now: () => Date, keep: (bytes: Buffer, expected: Digest) => BlobInfo): UploadStore {
  const uploads = new Map<string, { readonly bytes: Buffer; readonly touchedAt: Date }>();
  const upload = (id: string): Buffer => {
    const found = uploads.get(id);
    if (found === undefined) throw new BasaltError("UPLOAD_UNKNOWN", `there is no upload ${id}`);
    return found.bytes;
  };
  return {
    start: async () => {
      const id = randomUUID();
      uploads.set(id, { bytes: Buffer.alloc(0), touchedAt: now() });
      return id;
    },
    sizeBytes: async (id) => upload(id).length,
    append: async (id, offset, source) => {
      const before = upload(id);
      if (offset !== undefined && offset !== before.length) {
        const message = `the upload has ${before.length} bytes, and the chunk begins at ${offset}`;
        throw new BasaltError("UPLOAD_OUT_OF_ORDER", message);
      }
      const chunk = await join(source);
      if (upload(id) !== before)
        throw new BasaltError("UPLOAD_OUT_OF_ORDER", `another request was writing to upload ${id}`);
      const bytes = Buffer.concat([before, chunk]);
      uploads.set(id, { bytes, touchedAt: now() });
      return bytes.length;
    },
    finish: async (id, digest) => {
      const bytes = upload(id);
      uploads.delete(id);
      return keep(bytes, digest);
    },
    abandon: async (id) => void uploads.delete(id),
    sweep: async (before, { isDryRun = false } = {}) => {
      const stale = [...uploads].filter(([, found]) => found.touchedAt < before);
      if (!isDryRun) for (const [id] of stale) uploads.delete(id);
      return stale.length;
    },
  };
}

async function join(source: ByteStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of source) parts.push(asBuffer(chunk));
  return Buffer.concat(parts);
}
