// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Db } from "../database/index.js";

/** Keeps blobs from being collected while a build, a copy or an upload works with them. */
export interface Lease {
  /** Pins a digest. After this the blob, if it is there, stays; pin first, then look. */
  readonly pin: (digest: string) => Promise<void>;
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
  return {
    pin: async (digest) => {
      if (pinned.has(digest)) return;
      await db
        .insertInto("lease_pins")
        .values({ lease_id: id, digest })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      pinned.add(digest);
    },
    release: async () => {
      clearInterval(renewal);
      await db.deleteFrom("lease_pins").where("lease_id", "=", id).execute();
      await db.deleteFrom("leases").where("id", "=", id).execute();
    },
  };
}
