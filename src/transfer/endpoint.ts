// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import type { Descriptor, ParsedManifest } from "../formats/oci/manifest.js";

/**
 * An image somewhere: in the store, a registry, a layout, an archive, an engine. Every implementation must pass
 * `test/contract/image-endpoint.ts`.
 */
export interface ImageReader {
  /** The image as its user named it. */
  readonly name: string;
  /** The manifest or index that the name leads to. */
  readonly root: ParsedManifest;
  /** Checked against the descriptor's digest. @throws BasaltError `MANIFEST_UNKNOWN`, `BLOB_DIGEST_MISMATCH` */
  readonly readManifest: (descriptor: Descriptor) => Promise<ParsedManifest>;
  /** Checked while it is read: the error comes at the end. @throws BasaltError `BLOB_UNKNOWN`, `BLOB_DIGEST_MISMATCH` */
  readonly readBlob: (descriptor: Descriptor) => ByteStream;
  /** Manifests that refer to `subject`; none where the place cannot tell. */
  readonly listReferrers: (subject: Digest) => Promise<readonly Descriptor[]>;
  /** What another tag of the same repository leads to, where the place has repositories. */
  readonly findTag: (tag: Tag) => Promise<ParsedManifest | undefined>;
  readonly close: () => Promise<void>;
}

/** A place that takes images. Nothing is visible there before `finish`, as far as the place allows. */
export interface ImageWriter {
  readonly hasBlob: (descriptor: Descriptor) => Promise<boolean>;
  readonly writeBlob: (descriptor: Descriptor, source: ByteStream) => Promise<void>;
  /** Blobs and manifests that it names are there already. */
  readonly writeManifest: (manifest: ParsedManifest, tags: readonly Tag[]) => Promise<void>;
  readonly finish: () => Promise<void>;
  /** Gives up what was not finished. Safe to call after `finish`. */
  readonly close: () => Promise<void>;
}
