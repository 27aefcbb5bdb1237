// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import type { Database, Db } from "../database/index.js";
import type { Digest } from "../formats/digest.js";
import type { BlobStore } from "./blob-store.js";
import { removeExpiredLeases } from "./leases.js";
import { forgetLostUploads } from "./repository-uploads.js";

export interface Garbage {
  readonly blobs: number;
  readonly sizeBytes: number;
  /** Unfinished ones that were given up. */
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
  const times = { now, since: new Date(now.getTime() - GRACE_MS) };
  const found = { blobs: 0, sizeBytes: 0 };
  if (!isDryRun) await removeExpiredLeases(db, now);
  for await (const blob of blobs.list()) {
    if (blob.storedAt > times.since) continue;
    const isRemoved = isDryRun
      ? !(await isNeeded(db, blob.digest, times))
      : await db.transaction().execute((transaction) => removeIfUnneeded(transaction, blobs, blob.digest, times));
    if (!isRemoved) continue;
    found.blobs += 1;
    found.sizeBytes += blob.sizeBytes;
  }
  const idleSince = new Date(now.getTime() - UPLOAD_IDLE_MS);
  const uploads = await blobs.uploads.sweep(idleSince, { isDryRun });
  if (!isDryRun) await forgetLostUploads(db, blobs.uploads, idleSince);
  return { ...found, uploads };
}

interface Times {
  /** Leases that end before it pin nothing. */
  readonly now: Date;
  /** Entries of repositories after it are recent. */
  readonly since: Date;
}

async function removeIfUnneeded(
  transaction: Transaction<Database>,
  blobs: BlobStore,
  digest: Digest,
  times: Times,
): Promise<boolean> {
  if (await isNeeded(transaction, digest, times)) return false;
  await transaction.deleteFrom("repository_blobs").where("digest", "=", digest).execute();
  return blobs.remove(digest);
}

async function isNeeded(db: Db | Transaction<Database>, digest: Digest, { now, since }: Times): Promise<boolean> {
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
  const pin = await db
    .selectFrom("lease_pins")
    .innerJoin("leases", "leases.id", "lease_pins.lease_id")
    .select("lease_pins.digest")
    .where("lease_pins.digest", "=", digest)
    .where("leases.expires_at", ">=", now.toISOString())
    .executeTakeFirst();
  return pin !== undefined;
}
