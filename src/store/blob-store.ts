// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";

export interface BlobInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface ByteRange {
  /** First byte. */
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Where blobs live: immutable bytes under their digest. A blob is visible only when it is whole and its digest was checked.
 * Every implementation must pass `test/contract/blob-store.ts`.
 */
export interface BlobStore {
  /** Absence is an answer, not a failure. */
  readonly stat: (digest: Digest) => Promise<BlobInfo | undefined>;
  /** @throws BasaltError `BLOB_UNKNOWN` */
  readonly read: (digest: Digest, range?: ByteRange) => ByteStream;
  /** Stores a stream under its SHA-256; one that is there already is young again. With `expected`, any digest's algorithm is used and checked. @throws BasaltError `BLOB_DIGEST_MISMATCH` */
  readonly put: (source: ByteStream, expected?: Digest) => Promise<BlobInfo>;
  /** Answers whether there was such a blob. */
  readonly remove: (digest: Digest) => Promise<boolean>;
  readonly list: () => AsyncIterable<BlobInfo & { readonly storedAt: Date }>;
  readonly uploads: UploadStore;
}

/** Blobs that arrive in several requests. */
export interface UploadStore {
  /** Begins an upload and names it. */
  readonly start: () => Promise<string>;
  /** Bytes received so far. @throws BasaltError `UPLOAD_UNKNOWN` */
  readonly sizeBytes: (id: string) => Promise<number>;
  /** Adds to the end and answers the new size. @throws BasaltError `UPLOAD_UNKNOWN`, `UPLOAD_OUT_OF_ORDER` */
  readonly append: (id: string, offset: number | undefined, source: ByteStream) => Promise<number>;
  /** Makes the upload a blob. @throws BasaltError `UPLOAD_UNKNOWN`, `BLOB_DIGEST_MISMATCH` */
  readonly finish: (id: string, digest: Digest) => Promise<BlobInfo>;
  readonly abandon: (id: string) => Promise<void>;
  /** Gives up what was not touched since `before`: uploads, and blobs that a dead process was writing. Answers how many. */
  readonly sweep: (before: Date, options?: { readonly isDryRun?: boolean }) => Promise<number>;
}
