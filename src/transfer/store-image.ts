// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";
import { manifestNameOf, type ImageReference, type RepositoryName, type Tag } from "../formats/image-reference.js";
import type { ParsedManifest } from "../formats/oci/manifest.js";
import { verified } from "../formats/verified.js";
import {
  listReferrers,
  openLease,
  recordBlobs,
  recordManifest,
  recordTag,
  resolveManifest,
  type Store,
} from "../store/index.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";
import { readNamedManifest, type ManifestName } from "../formats/oci/named-manifest.js";

/** An image of the own store. @throws BasaltError `MANIFEST_UNKNOWN`, `BLOB_DIGEST_MISMATCH` where it is damaged */
export async function openStoreImage(reference: ImageReference, name: string, store: Store): Promise<ImageReader> {
  const { repository } = reference;
  const read = (named: ManifestName): Promise<ParsedManifest> =>
    readNamedManifest(store.blobs.read(named.digest), named, name);
  const find = async (tagOrDigest: Tag | Digest): Promise<ParsedManifest | undefined> => {
    const found = await resolveManifest(store.db, repository, tagOrDigest);
    return found === undefined ? undefined : read({ ...found, size: found.sizeBytes });
  };
  const root = await find(manifestNameOf(reference));
  if (root === undefined) throw new BasaltError("MANIFEST_UNKNOWN", `there is no ${name}`);
  return {
    name,
    root,
    readManifest: read,
    readBlob: (descriptor) => verified(store.blobs.read(descriptor.digest), descriptor, name),
    listReferrers: (subject) => listReferrers(store.db, repository, subject),
    findTag: find,
    close: () => Promise.resolve(),
  };
}

/** Whether the own store has an image of that name. */
export async function hasStoreImage(reference: ImageReference, store: Store): Promise<boolean> {
  return (await resolveManifest(store.db, reference.repository, manifestNameOf(reference))) !== undefined;
}

/** Takes an image into a repository of the own store; it appears there as a whole. */
export async function createStoreWriter(repository: RepositoryName, store: Store): Promise<ImageWriter> {
  const lease = await openLease(store.db, `copy to ${repository}`, store.now);
  const manifests: { readonly manifest: ParsedManifest; readonly tags: readonly Tag[] }[] = [];
  const blobs = new Set<ParsedManifest["digest"]>();
  return {
    hasBlob: async ({ digest }) => {
      blobs.add(digest);
      await lease.pin(digest);
      return (await store.blobs.stat(digest)) !== undefined;
    },
    writeBlob: async ({ digest }, source) => {
      blobs.add(digest);
      await lease.pin(digest);
      await store.blobs.put(source, digest);
    },
    writeManifest: async (manifest, tags) => {
      await lease.pin(manifest.digest);
      await store.blobs.put(bytesOf(manifest.bytes), manifest.digest);
      manifests.push({ manifest, tags });
    },
    finish: async () => {
      const at = store.now();
      await store.db.transaction().execute(async (transaction) => {
        await recordBlobs(transaction, repository, [...blobs], at);
        for (const { manifest, tags } of manifests) {
          await recordManifest(transaction, repository, manifest, at);
          for (const tag of tags) await recordTag(transaction, repository, tag, manifest.digest, at);
        }
      });
    },
    close: () => lease.release(),
  };
}
