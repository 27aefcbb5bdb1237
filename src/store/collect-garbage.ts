// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import type { Database, Db } from "../database/index.js";
import type { Digest } from "../formats/digest.js";
import type { BlobStore } from "./blob-store.js";

export interface Garbage {
  readonly blobs: number;
  readonly sizeBytes: number;
  readonly uploads: number;
}

/** What came into the store or a repository since then stays: clients push blobs first, the manifest that names them last. */
const GRACE_MS = 60 * 60 * 1000;
/** Uploads that nobody touched for so long are given up. */
const UPLOAD_IDLE_MS = 24 * 60 * 60 * 1000;

/**
 * Removes blobs that no manifest names and no lease pins, while the store is in use. Each blob is checked and removed within
 * one write transaction: whoever pins it first keeps it, whoever comes later sees that it is gone.
 */
export async function collectGarbage(
  db: Db,
  blobs: BlobStore,
  options: { readonly now: Date; readonly isDryRun: boolean },
): Promise<Garbage> {
  const { now, isDryRun } = options;
  const found = { blobs: 0, sizeBytes: 0 };
  if (!isDryRun) await forgetExpiredLeases(db, now);
  for await (const blob of blobs.list()) {
    const since = new Date(now.getTime() - GRACE_MS);
    if (blob.storedAt > since) continue;
    const isRemoved = isDryRun
      ? !(await isNeeded(db, blob.digest, since))
      : await db.transaction().execute((transaction) => removeIfUnneeded(transaction, blobs, blob.digest, since));
    if (!isRemoved) continue;
    found.blobs += 1;
    found.sizeBytes += blob.sizeBytes;
  }
  const uploads = isDryRun ? 0 : await blobs.uploads.sweep(new Date(now.getTime() - UPLOAD_IDLE_MS));
  return { ...found, uploads };
}

async function removeIfUnneeded(
  transaction: Transaction<Database>,
  blobs: BlobStore,
  digest: Digest,
  since: Date,
): Promise<boolean> {
  if (await isNeeded(transaction, digest, since)) return false;
  await transaction.deleteFrom("repository_blobs").where("digest", "=", digest).execute();
  return blobs.remove(digest);
}

async function isNeeded(db: Db | Transaction<Database>, digest: Digest, since: Date): Promise<boolean> {
  const manifest = await db.selectFrom("manifests").select("digest").where("digest", "=", digest).executeTakeFirst();
  if (manifest !== undefined) return true;
  const reference = await db
    .selectFrom("manifest_references")
    .select("digest")
    .where("child", "=", digest)
    .executeTakeFirst();
  if (reference !== undefined) return true;
  const fresh = await db
    .selectFrom("repository_blobs")
    .select("digest")
    .where("digest", "=", digest)
    .where("added_at", ">", since.toISOString())
    .executeTakeFirst();
  if (fresh !== undefined) return true;
  return (
    (await db.selectFrom("lease_pins").select("digest").where("digest", "=", digest).executeTakeFirst()) !== undefined
  );
}

async function forgetExpiredLeases(db: Db, now: Date): Promise<void> {
  const expired = db.selectFrom("leases").select("id").where("expires_at", "<", now.toISOString());
  await db.deleteFrom("lease_pins").where("lease_id", "in", expired).execute();
  await db.deleteFrom("leases").where("expires_at", "<", now.toISOString()).execute();
}
