// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { HOUR_MS, MINUTE_MS, testClock, type TestClock } from "../../test/support/clock.js";
import { makeArtifact, makeTwoPlatforms, repository, tagged } from "../../test/support/images.js";
import { putImage, memoryStore } from "../../test/support/store.js";
import type { Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import { copyImage, createStoreWriter, openStoreImage } from "../transfer/index.js";
import type { BlobStore } from "./blob-store.js";
import { collectGarbage } from "./collect-garbage.js";
import { openLease } from "./leases.js";
import { forgetManifest, recordBlobs } from "./manifests.js";
import type { Store } from "./open.js";

describe("what is kept", () => {
  it("everything that images, their platforms and their evidence are made of", async () => {
    const { store, clock } = await create();
    const image = makeTwoPlatforms();
    const evidence = makeArtifact(image.root, { artifactType: "application/test" });
    await putImage(store, "app", image, ["1.0"]);
    await putImage(store, "app", evidence, []);
    clock.advance(2 * HOUR_MS);
    expect(await collect(store)).toEqual({ blobs: 0, sizeBytes: 0, uploads: 0 });
    for (const digest of [...image.blobs.keys(), ...evidence.blobs.keys(), image.root.digest, evidence.root.digest])
      expect(await store.blobs.stat(digest)).toBeDefined();
  });

  it("a blob that another repository's image needs, when the first image is deleted", async () => {
    const { store, clock } = await create();
    const image = makeTwoPlatforms();
    await putImage(store, "app", image, ["1.0"]);
    await putImage(store, "other", image, ["1.0"]);
    for (const { digest } of image.manifests) await forgetManifest(store.db, repository("app"), digest);
    clock.advance(2 * HOUR_MS);
    expect((await collect(store)).blobs).toBe(0);
  });

  it.each([
    { summary: "a blob is kept for an hour", ageMs: HOUR_MS - MINUTE_MS, removed: 0 },
    { summary: "a blob is removed after more than an hour", ageMs: HOUR_MS + MINUTE_MS, removed: 1 },
  ])("$summary, whether anything names it or not", async ({ ageMs, removed }) => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    clock.advance(ageMs);
    expect(await collect(store)).toEqual({ blobs: removed, sizeBytes: removed * 5, uploads: 0 });
    expect((await store.blobs.stat(digest)) === undefined).toBe(removed === 1);
  });
});

describe("what is removed", () => {
  it("the blobs and manifests of an image that was deleted with all its platforms", async () => {
    const { store, clock } = await create();
    const image = makeTwoPlatforms();
    await putImage(store, "app", image, ["1.0"]);
    clock.advance(2 * HOUR_MS);
    for (const { digest } of image.manifests) await forgetManifest(store.db, repository("app"), digest);
    const all = [...image.blobs.values(), ...image.manifests.map((manifest) => manifest.bytes)];
    const sizeBytes = all.reduce((sum, bytes) => sum + bytes.length, 0);
    expect(await collect(store)).toEqual({ blobs: all.length, sizeBytes, uploads: 0 });
    expect(await listed(store.blobs)).toEqual([]);
  });

  it("a blob's entry in repositories, so that nobody is told that it is there", async () => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    await recordBlobs(store.db, repository("app"), [digest], clock.now());
    await recordBlobs(store.db, repository("other"), [digest], clock.now());
    clock.advance(2 * HOUR_MS);
    await collect(store);
    expect(await store.db.selectFrom("repository_blobs").selectAll().execute()).toEqual([]);
  });

  it("uploads that nobody touched for more than a day", async () => {
    const { store, clock } = await create();
    const stale = await store.blobs.uploads.start();
    clock.advance(23 * HOUR_MS);
    const fresh = await store.blobs.uploads.start();
    expect((await collect(store)).uploads).toBe(0);
    clock.advance(2 * HOUR_MS);
    expect((await collect(store)).uploads).toBe(1);
    expect(await codeOf(() => store.blobs.uploads.sizeBytes(stale))).toBe("UPLOAD_UNKNOWN");
    expect(await store.blobs.uploads.sizeBytes(fresh)).toBe(0);
  });
});

describe("leases", () => {
  it("a pinned blob stays until the lease is released", async () => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    clock.advance(2 * HOUR_MS);
    const lease = await openLease(store.db, "test", store.now);
    await lease.pin(digest);
    expect((await collect(store)).blobs).toBe(0);
    await lease.release();
    expect((await collect(store)).blobs).toBe(1);
  });

  it("a lease that its dead process does not renew keeps blobs for half an hour", async () => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    const lease = await openLease(store.db, "test", store.now);
    await lease.pin(digest);
    clock.advance(2 * HOUR_MS);
    expect((await collect(store)).blobs).toBe(1);
    expect(await store.db.selectFrom("lease_pins").selectAll().execute()).toEqual([]);
    expect(await store.db.selectFrom("leases").selectAll().execute()).toEqual([]);
  });

  it("a pin set during a collection decides: the blob stays, or whoever pinned it sees that it is gone", async () => {
    const { store, clock } = await create();
    const digests: Digest[] = [];
    for (let number = 0; number < 40; number += 1)
      digests.push((await store.blobs.put(streamOf(`blob ${number}`))).digest);
    clock.advance(2 * HOUR_MS);
    const lease = await openLease(store.db, "test", store.now);
    const seen = new Map<Digest, boolean>();
    const pinning = async (): Promise<void> => {
      for (const digest of digests.toReversed()) {
        await lease.pin(digest);
        seen.set(digest, (await store.blobs.stat(digest)) !== undefined);
      }
    };
    const [first, second] = await Promise.all([collect(store), collect(store), pinning()]);
    const kept = digests.filter((digest) => seen.get(digest));
    expect(await listed(store.blobs)).toEqual(kept.toSorted());
    expect(first.blobs + second.blobs + kept.length).toBe(digests.length);
    expect(kept.length).toBeGreaterThan(0);
    for (const digest of kept) expect((await bytesOfStream(store.blobs.read(digest))).length).toBeGreaterThan(0);
  });

  it("while an image is copied, a collection takes none of the old blobs that the copy counts on", async () => {
    const source = await create();
    const { store, clock } = await create();
    const image = makeTwoPlatforms();
    await putImage(source.store, "app", image, ["1.0"]);
    for (const bytes of image.blobs.values()) await store.blobs.put(streamOf(bytes));
    clock.advance(2 * HOUR_MS);
    const reader = await openStoreImage({ repository: repository("app"), tag: "1.0" as Tag }, "app:1.0", source.store);
    const writer = await createStoreWriter(repository("app"), store);
    const copy = copyImage(reader, writer, { tags: tagged("1.0"), withReferrers: true });
    await Promise.all([copy, ...Array.from({ length: 5 }, () => collect(store))]);
    await writer.close();
    for (const digest of [...image.blobs.keys(), ...image.manifests.map((manifest) => manifest.digest)])
      expect(await store.blobs.stat(digest)).toBeDefined();
  });
});

describe("a dry run", () => {
  it("counts what would be removed and removes nothing", async () => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    const pinned = await store.blobs.put(streamOf("pinned"));
    await recordBlobs(store.db, repository("app"), [digest], clock.now());
    clock.advance(2 * HOUR_MS);
    await (await openLease(store.db, "test", store.now)).pin(pinned.digest);
    const expected = { blobs: 1, sizeBytes: 5, uploads: 0 };
    expect(await collect(store, true)).toEqual(expected);
    expect(await store.blobs.stat(digest)).toBeDefined();
    expect(await store.db.selectFrom("repository_blobs").selectAll().execute()).toHaveLength(1);
    expect(await collect(store)).toEqual(expected);
  });

  it("counts what only a lease that has run out pins, as the collection removes it", async () => {
    const { store, clock } = await create();
    const { digest } = await store.blobs.put(streamOf("loose"));
    await (await openLease(store.db, "test", store.now)).pin(digest);
    clock.advance(2 * HOUR_MS);
    const wouldRemove = await collect(store, true);
    expect(wouldRemove).toEqual(await collect(store));
  });

  it("counts uploads that would be given up", async () => {
    const { store, clock } = await create();
    const id = await store.blobs.uploads.start();
    clock.advance(25 * HOUR_MS);
    const { uploads } = await collect(store, true);
    expect(await store.blobs.uploads.sizeBytes(id)).toBe(0);
    expect(uploads).toBe(1);
  });
});

/** A store whose blobs know the tests' clock. */
async function create(): Promise<{ readonly store: Store; readonly clock: TestClock }> {
  const clock = testClock();
  return { store: await memoryStore({ now: clock.now }), clock };
}

function collect({ db, blobs, now }: Store, isDryRun = false): ReturnType<typeof collectGarbage> {
  return collectGarbage(db, blobs, { now: now(), isDryRun });
}

async function listed(blobs: BlobStore): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const { digest } of blobs.list()) digests.push(digest);
  return digests.toSorted();
}
