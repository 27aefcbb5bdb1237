// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { MINUTE_MS, testClock } from "../../test/support/clock.js";
import { memoryStore } from "../../test/support/store.js";
import { sha256Digest } from "../formats/digest.js";
import { openLease } from "./leases.js";
import type { Store } from "./open.js";

const DIGEST = sha256Digest("a");
const OTHER = sha256Digest("b");

it("a lease says what it is for, and lasts half an hour from when it was opened", async () => {
  const clock = testClock();
  const store = await memoryStore({ now: clock.now });
  await openLease(store.db, "build app.yaml", clock.now);
  clock.advance(30 * MINUTE_MS);
  expect(await store.db.selectFrom("leases").select(["purpose", "expires_at"]).execute()).toEqual([
    { purpose: "build app.yaml", expires_at: clock.now().toISOString() },
  ]);
});

it("pinning a digest again changes nothing, one after the other or at once", async () => {
  const store = await memoryStore();
  const lease = await openLease(store.db, "test", store.now);
  await lease.pin(DIGEST);
  await lease.pin(DIGEST);
  await Promise.all([lease.pin(OTHER), lease.pin(OTHER), lease.pin(OTHER)]);
  expect(await pinsOf(store)).toEqual([DIGEST, OTHER].toSorted());
});

it("a released lease takes its own pins with it, and no others", async () => {
  const store = await memoryStore();
  const first = await openLease(store.db, "first", store.now);
  const second = await openLease(store.db, "second", store.now);
  await first.pin(DIGEST);
  await first.pin(OTHER);
  await second.pin(DIGEST);
  await first.release();
  expect(await pinsOf(store)).toEqual([DIGEST]);
  await second.release();
  expect(await pinsOf(store)).toEqual([]);
  expect(await store.db.selectFrom("leases").selectAll().execute()).toEqual([]);
});

it("releasing twice is releasing once", async () => {
  const store = await memoryStore();
  const lease = await openLease(store.db, "test", store.now);
  await lease.pin(DIGEST);
  await lease.release();
  await lease.release();
  expect(await pinsOf(store)).toEqual([]);
});

async function pinsOf({ db }: Store): Promise<readonly string[]> {
  const rows = await db.selectFrom("lease_pins").select("digest").execute();
  return rows.map((row) => row.digest).toSorted();
}
