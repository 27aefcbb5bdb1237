// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import { annotationsOf, type AssembledImage } from "../assemble/index.js";
import type { Database } from "../database/index.js";
import type { CatalogInfo } from "../definition/index.js";
import { bytesOf } from "../formats/bytes.js";
import { concurrently } from "../formats/concurrently.js";
import { sha256Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import { formatManifest, parseManifest, type Descriptor, type ImageIndex } from "../formats/oci/manifest.js";
import { appendToIndex } from "../formats/oci/in-index.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { descriptorOf } from "../formats/oci/manifest.js";
import type { Description } from "../describe/index.js";
import { saveInventory } from "../inventory/index.js";
import type { Evidence } from "../sign/index.js";
import { saveVex } from "../vex/index.js";
import { forgetManifest, recordBlobs, recordManifest, recordTag, type Lease, type Store } from "../store/index.js";

/** The index over the platforms of an image. */
export interface IndexDocument {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
}

/** Rule `config`, last part: the index lists the platforms in the order given. */
export function toIndex(images: readonly AssembledImage[]): IndexDocument {
  const first = images[0];
  if (first === undefined) throw new Error("internal: an image without platforms");
  const createdAt = new Date(Math.max(...images.map((assembled) => assembled.createdAt.getTime())));
  const value: ImageIndex = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: images.map((assembled) => assembled.manifest),
    annotations: annotationsOf({ image: first.image, createdAt }),
  };
  const bytes = formatManifest(value);
  return { bytes, descriptor: descriptorOf(bytes, MEDIA_TYPES.index) };
}

/** An index that lists more than images. */
export function withEntries(index: IndexDocument, entries: readonly Descriptor[]): IndexDocument {
  if (entries.length === 0) return index;
  const bytes = appendToIndex(index.bytes, entries);
  return { bytes, descriptor: descriptorOf(bytes, MEDIA_TYPES.index) };
}

/** What becomes visible together beside images that are there, or become so with it. */
export interface EvidencePublication {
  readonly repository: RepositoryName;
  readonly descriptions: readonly Description[];
  readonly evidence: Evidence;
}

/** Everything that becomes visible together. */
export interface Publication extends EvidencePublication {
  readonly tags: readonly Tag[];
  readonly index: IndexDocument;
  readonly images: readonly AssembledImage[];
  /** From the files beside the definition, if there are any. */
  readonly catalog: CatalogInfo | undefined;
}

const PARALLEL_BLOBS = 16; // each waits for the disk twice: for itself, and for its folder

/**
 * Puts an image into the store: all blobs first, then manifests, evidence and tags in one transaction, so that nobody sees a
 * part of it.
 */
export async function publish(publication: Publication, lease: Lease, store: Store): Promise<void> {
  const { repository, index, images } = publication;
  const manifests = [...images.map((assembled) => assembled.manifestBytes), index.bytes];
  await putDocuments([...manifests, ...documentsOf(publication)], lease, store);
  const at = store.now();
  await store.db.transaction().execute(async (transaction) => {
    const blobs = images.flatMap((assembled) => [
      sha256Digest(assembled.configBytes),
      ...assembled.layers.map((layer) => layer.descriptor.digest),
    ]);
    await recordBlobs(transaction, repository, blobs, at);
    for (const bytes of manifests) await recordManifest(transaction, repository, parseManifest(bytes), at);
    await recordEvidence(transaction, publication, at);
    for (const tag of publication.tags) await recordTag(transaction, repository, tag, index.descriptor.digest, at);
    await recordCatalog(transaction, publication, at);
  });
}

/** Puts what is newly said of images beside them, in one transaction with what `also` records. */
export async function publishEvidence(
  publication: EvidencePublication,
  lease: Lease,
  store: Store,
  also: (transaction: Transaction<Database>) => Promise<void> = async () => undefined,
): Promise<void> {
  await putDocuments(documentsOf(publication), lease, store);
  const at = store.now();
  await store.db.transaction().execute(async (transaction) => {
    await recordEvidence(transaction, publication, at);
    await also(transaction);
  });
}

function documentsOf({ evidence }: EvidencePublication): readonly Buffer[] {
  return evidence.artifacts.flatMap(({ manifest, blobs }) => [manifest, ...blobs]);
}

async function putDocuments(documents: readonly Buffer[], lease: Lease, store: Store): Promise<void> {
  const byDigest = new Map(documents.map((bytes) => [sha256Digest(bytes), bytes]));
  await lease.pinAll([...byDigest.keys()]);
  await concurrently([...byDigest.values()], PARALLEL_BLOBS, async (bytes) => store.blobs.put(bytesOf(bytes)));
}

async function recordEvidence(
  transaction: Transaction<Database>,
  { repository, evidence, descriptions }: EvidencePublication,
  at: Date,
): Promise<void> {
  const { artifacts, outdated } = evidence;
  const blobs = artifacts.flatMap((item) => item.blobs.map(sha256Digest));
  await recordBlobs(transaction, repository, blobs, at);
  for (const digest of outdated) await forgetManifest(transaction, repository, digest);
  for (const { manifest } of artifacts) await recordManifest(transaction, repository, parseManifest(manifest), at);
  for (const { tag, manifest } of artifacts)
    if (tag !== undefined) await recordTag(transaction, repository, tag, sha256Digest(manifest), at);
  for (const { subject, inventory, vex } of descriptions) {
    if (inventory !== undefined) await saveInventory(transaction, subject.digest, inventory, at);
    if (vex !== undefined) await saveVex(transaction, { repository, digest: subject.digest, ...vex }, at);
  }
}

/** An image without an `info.yaml` is in the catalogue under its title, unless a better entry is there. */
async function recordCatalog(db: Transaction<Database>, publication: Publication, at: Date): Promise<void> {
  const { repository, catalog, images } = publication;
  const info: CatalogInfo = catalog ?? { ...NO_INFO, displayName: images[0]?.image.title ?? repository };
  const entry = { entry: JSON.stringify(info), updated_at: at.toISOString() };
  await db
    .insertInto("catalog_entries")
    .values({ repository, ...entry })
    .onConflict((conflict) => {
      const known = conflict.column("repository");
      return catalog === undefined ? known.doNothing() : known.doUpdateSet(entry);
    })
    .execute();
}

const NO_INFO = {
  shortDescription: "Built here",
  isFeatured: false,
  categories: [],
  tools: [],
  overview: "",
  guides: "",
};
