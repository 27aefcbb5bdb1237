// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import type { Database, Db } from "../database/index.js";
import { BasaltError } from "../errors.js";
import { bytesOf, collect } from "../formats/bytes.js";
import { compareText } from "../formats/canonical-json.js";
import { isDigest, type Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import { artifactTypeOf, MAX_MANIFEST_BYTES, type Descriptor, type ParsedManifest } from "../formats/oci/manifest.js";
import { batchesOf } from "./batches.js";
import { readNamedManifest } from "../formats/oci/named-manifest.js";
import type { BlobStore } from "./blob-store.js";

/** A manifest as a repository holds it. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

type Writer = Db | Transaction<Database>;

/** Notes a manifest whose bytes are in the blob store, and what it refers to. Noting it again changes nothing. */
export async function recordManifest(
  db: Writer,
  repository: RepositoryName,
  manifest: ParsedManifest & { readonly digest: Digest },
  at: Date,
): Promise<void> {
  const subject = manifest.value.subject?.digest ?? null;
  await db
    .insertInto("manifests")
    .values({
      repository,
      digest: manifest.digest,
      media_type: manifest.mediaType,
      size_bytes: manifest.bytes.length,
      artifact_type: artifactTypeOf(manifest) ?? null,
      subject,
      annotations: JSON.stringify(manifest.value.annotations ?? {}),
      created_at: at.toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const references = referencesOf(manifest).map((reference) => ({ repository, digest: manifest.digest, ...reference }));
  for (const batch of batchesOf(references)) {
    await db
      .insertInto("manifest_references")
      .values(batch)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Blobs and manifests that a manifest names, each once. */
export function referencesOf(
  manifest: ParsedManifest,
): readonly { readonly child: Digest; readonly kind: "blob" | "manifest" }[] {
  const children =
    manifest.kind === "index" ? manifest.value.manifests : [manifest.value.config, ...manifest.value.layers];
  const kind = manifest.kind === "index" ? "manifest" : "blob";
  return [...new Set(children.map((child) => child.digest))].map((child) => ({ child, kind }));
}

/** Makes blobs readable through a repository. Doing so again renews the time for which they stay without a manifest. */
export async function recordBlobs(
  db: Writer,
  repository: RepositoryName,
  digests: readonly Digest[],
  at: Date,
): Promise<void> {
  const rows = [...new Set(digests)].map((digest) => ({ repository, digest, added_at: at.toISOString() }));
  for (const batch of batchesOf(rows)) {
    await db
      .insertInto("repository_blobs")
      .values(batch)
      .onConflict((conflict) => conflict.columns(["repository", "digest"]).doUpdateSet({ added_at: at.toISOString() }))
      .execute();
  }
}

/** Points a tag at a manifest; a tag that already points there keeps its time. */
export async function recordTag(
  db: Writer,
  repository: RepositoryName,
  tag: Tag,
  digest: Digest,
  at: Date,
): Promise<void> {
  const row = { repository, name: tag, digest, updated_at: at.toISOString() };
  await db
    .insertInto("tags")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["repository", "name"])
        .doUpdateSet({ digest, updated_at: row.updated_at })
        .where("tags.digest", "!=", digest),
    )
    .execute();
}

export async function removeTag(db: Writer, repository: RepositoryName, tag: Tag): Promise<void> {
  await db.deleteFrom("tags").where("repository", "=", repository).where("name", "=", tag).execute();
}

/** Takes a manifest out of a repository, with the tags that point to it. Its blobs stay until they are collected. */
export async function forgetManifest(db: Writer, repository: RepositoryName, digest: Digest): Promise<void> {
  const forget = async (transaction: Writer): Promise<void> => {
    await transaction.deleteFrom("tags").where("repository", "=", repository).where("digest", "=", digest).execute();
    await transaction
      .deleteFrom("manifest_references")
      .where("repository", "=", repository)
      .where("digest", "=", digest)
      .execute();
    await transaction
      .deleteFrom("manifests")
      .where("repository", "=", repository)
      .where("digest", "=", digest)
      .execute();
  };
  await (db.isTransaction ? forget(db) : db.transaction().execute(forget));
}

/** The digest that a tag points to, or the digest itself if the repository has such a manifest. */
export async function resolveManifest(
  db: Db,
  repository: RepositoryName,
  name: Tag | Digest,
): Promise<{ readonly digest: Digest; readonly mediaType: string; readonly sizeBytes: number } | undefined> {
  const digest = isDigest(name) ? name : await tagDigest(db, repository, name);
  if (digest === undefined) return undefined;
  const row = await db
    .selectFrom("manifests")
    .select(["media_type", "size_bytes"])
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row === undefined ? undefined : { digest, mediaType: row.media_type, sizeBytes: row.size_bytes };
}

async function tagDigest(db: Db, repository: RepositoryName, tag: Tag): Promise<Digest | undefined> {
  const row = await db
    .selectFrom("tags")
    .select("digest")
    .where("repository", "=", repository)
    .where("name", "=", tag)
    .executeTakeFirst();
  return row?.digest as Digest | undefined;
}

/** @throws BasaltError `MANIFEST_UNKNOWN` */
export async function readManifest(
  db: Db,
  blobs: BlobStore,
  repository: RepositoryName,
  name: Tag | Digest,
): Promise<StoredManifest> {
  const found = await resolveManifest(db, repository, name);
  if (found === undefined)
    throw new BasaltError("MANIFEST_UNKNOWN", `there is no ${repository}${isDigest(name) ? "@" : ":"}${name}`);
  const bytes = await collect(blobs.read(found.digest), { maxBytes: MAX_MANIFEST_BYTES, name: found.digest });
  return { digest: found.digest, mediaType: found.mediaType, bytes };
}

/** A manifest with its contents, checked. @throws BasaltError `MANIFEST_UNKNOWN`, `MANIFEST_INVALID`, `BLOB_DIGEST_MISMATCH` */
export async function loadManifest(
  db: Db,
  blobs: BlobStore,
  repository: RepositoryName,
  name: Tag | Digest,
): Promise<ParsedManifest> {
  const { bytes, mediaType, digest } = await readManifest(db, blobs, repository, name);
  return readNamedManifest(bytesOf(bytes), { digest, mediaType }, repository);
}

/** Manifests that refer to `subject`, oldest first. Source: OCI distribution-spec, "Listing Referrers". */
export async function listReferrers(
  db: Db,
  repository: RepositoryName,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const rows = await db
    .selectFrom("manifests")
    .select(["digest", "media_type", "size_bytes", "artifact_type", "annotations", "created_at"])
    .where("repository", "=", repository)
    .where("subject", "=", subject)
    .execute();
  return rows
    .toSorted((a, b) => compareText(a.created_at, b.created_at) || compareText(a.digest, b.digest))
    .map((row) => {
      const annotations = JSON.parse(row.annotations) as Readonly<Record<string, string>>;
      return {
        mediaType: row.media_type,
        digest: row.digest as Digest,
        size: row.size_bytes,
        ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      };
    });
}
