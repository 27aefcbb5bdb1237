// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Db } from "../database/index.js";
import { batchesOf } from "./batches.js";

/** Keeps blobs from being collected while a build, a copy or an upload works with them. */
export interface Lease {
  /** Pins a digest. After this the blob, if it is there, stays; pin first, then look. Fails when the lease has ended. */
  readonly pin: (digest: string) => Promise<void>;
  /** As `pin`, all of them or none. */
  readonly pinAll: (digests: readonly string[]) => Promise<void>;
  /** Ends the lease. Where the database refuses, it ends by itself in time. */
  readonly release: () => Promise<void>;
}

const LEASE_MS = 30 * 60 * 1000; // renewed while the process lives; a dead process keeps blobs at most so long
const RENEW_MS = LEASE_MS / 3;

export async function openLease(db: Db, purpose: string, now: () => Date): Promise<Lease> {
  const id = randomUUID();
  const expiry = (): string => new Date(now().getTime() + LEASE_MS).toISOString();
  await db.insertInto("leases").values({ id, purpose, expires_at: expiry() }).execute();
  const renewal = setInterval(() => {
    db.updateTable("leases")
      .set({ expires_at: expiry() })
      .where("id", "=", id)
      .execute()
      .catch(() => undefined); // the next renewal tries again, two of them fit into a lease
  }, RENEW_MS);
  renewal.unref();
  const pinned = new Set<string>();
  const pinAll = async (digests: readonly string[]): Promise<void> => {
    const fresh = [...new Set(digests)].filter((digest) => !pinned.has(digest));
    if (fresh.length === 0) return;
    await insertPins(db, id, fresh);
    for (const digest of fresh) pinned.add(digest);
  };
  return {
    pin: (digest) => pinAll([digest]),
    pinAll,
    release: async () => {
      clearInterval(renewal);
      pinned.clear();
      // A full disk may be what ended the work; that is the error to report, and the lease expires.
      await remove(db, id).catch(() => undefined);
    },
  };
}

async function remove(db: Db, id: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom("lease_pins").where("lease_id", "=", id).execute();
    await transaction.deleteFrom("leases").where("id", "=", id).execute();
  });
}

/** In one transaction with a look at the lease, so that no pin outlives it. */
async function insertPins(db: Db, id: string, digests: readonly string[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const lease = await transaction.selectFrom("leases").select("id").where("id", "=", id).executeTakeFirst();
    if (lease === undefined) throw new Error(`internal: the lease ${id} has ended and pins nothing any more`);
    for (const batch of batchesOf(digests)) {
      await transaction
        .insertInto("lease_pins")
        .values(batch.map((digest) => ({ lease_id: id, digest })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  });
}

/** Ends leases that nobody has renewed in time: their processes have died. */
export async function removeExpiredLeases(db: Db, now: Date): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const expired = transaction.selectFrom("leases").select("id").where("expires_at", "<", now.toISOString());
    await transaction.deleteFrom("lease_pins").where("lease_id", "in", expired).execute();
    await transaction.deleteFrom("leases").where("expires_at", "<", now.toISOString()).execute();
  });
}
