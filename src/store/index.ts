// SPDX-License-Identifier: Apache-2.0
export { batchesOf } from "./batches.js";
export type { BlobInfo, BlobStore, ByteRange, UploadStore } from "./blob-store.js";
export { collectGarbage, type Garbage } from "./collect-garbage.js";
export { createDiskBlobStore } from "./disk-blob-store.js";
export { openLease, type Lease } from "./leases.js";
export {
  forgetManifest,
  listReferrers,
  loadManifest,
  readManifest,
  recordBlobs,
  recordManifest,
  recordTag,
  referencesOf,
  removeTag,
  resolveManifest,
  type StoredManifest,
} from "./manifests.js";
export { createMemoryBlobStore } from "./memory-blob-store.js";
export { openStore, type Store } from "./open.js";
export { beginUpload, forgetUpload, requireUpload } from "./repository-uploads.js";
