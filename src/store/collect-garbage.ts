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

/** Blobs younger than this stay: a client pushes blobs first and the manifest that names them afterwards. */
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
    if (blob.storedAt.getTime() > now.getTime() - GRACE_MS) continue;
    const isRemoved = isDryRun
      ? !(await isNeeded(db, blob.digest))
      : await db.transaction().execute((transaction) => removeIfUnneeded(transaction, blobs, blob.digest));
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
): Promise<boolean> {
  if (await isNeeded(transaction, digest)) return false;
  await transaction.deleteFrom("repository_blobs").where("digest", "=", digest).execute();
  return blobs.remove(digest);
}

async function isNeeded(db: Db | Transaction<Database>, digest: Digest): Promise<boolean> {
  const manifest = await db.selectFrom("manifests").select("digest").where("digest", "=", digest).executeTakeFirst();
  if (manifest !== undefined) return true;
  const reference = await db
    .selectFrom("manifest_references")
    .select("digest")
    .where("child", "=", digest)
    .executeTakeFirst();
  if (reference !== undefined) return true;
  return (
    (await db.selectFrom("lease_pins").select("digest").where("digest", "=", digest).executeTakeFirst()) !== undefined
  );
}

async function forgetExpiredLeases(db: Db, now: Date): Promise<void> {
  const expired = db.selectFrom("leases").select("id").where("expires_at", "<", now.toISOString());
  await db.deleteFrom("lease_pins").where("lease_id", "in", expired).execute();
  await db.deleteFrom("leases").where("expires_at", "<", now.toISOString()).execute();
}
