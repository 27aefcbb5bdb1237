// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, streamOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import {
  descriptorIn,
  descriptorOfManifest,
  makeImage,
  makeTwoPlatforms,
  repository,
  tagged,
} from "../../test/support/images.js";
import { memoryStore, putImage, testStore } from "../../test/support/store.js";
import { sha256Digest, splitDigest } from "../formats/digest.js";
import { parseImageReference, type Tag } from "../formats/image-reference.js";
import type { Store } from "../store/index.js";
import { createStoreWriter, hasStoreImage, openStoreImage } from "./store-image.js";

const APP = repository("app");

describe("what the store has", () => {
  it.each([
    { text: "app:1.0", isThere: true },
    { text: "app", isThere: true },
    { text: `app@${makeImage().root.digest}`, isThere: true },
    { text: "app:2.0", isThere: false },
    { text: "other:1.0", isThere: false },
    { text: `other@${makeImage().root.digest}`, isThere: false },
  ])("$text: $isThere", async ({ text, isThere }) => {
    const store = await memoryStore();
    await putImage(store, "app", makeImage(), ["1.0", "latest"]);
    const reference = parseImageReference(text);
    expect(await hasStoreImage(reference, store)).toBe(isThere);
    expect(await codeOf(() => openStoreImage(reference, text, store))).toBe(isThere ? undefined : "MANIFEST_UNKNOWN");
  });

  it("of another repository is not found by its tag", async () => {
    const store = await memoryStore();
    await putImage(store, "app", makeImage(), ["1.0"]);
    await putImage(store, "other", makeImage(), ["2.0"]);
    const reader = await openStoreImage({ repository: APP, tag: "1.0" as Tag }, "app:1.0", store);
    expect(await reader.findTag("2.0" as Tag)).toBeUndefined();
  });

  it("that was damaged on the disk is not given out as what it was", async () => {
    const host = testHost();
    const store = await testStore(host);
    const index = makeTwoPlatforms();
    await putImage(store, "app", index, ["1.0"]);
    const [first, second] = index.manifests;
    const { hex } = splitDigest(first!.digest);
    writeFileSync(join(host.home.blobs, "sha256", hex.slice(0, 2), hex), second!.bytes);
    const reader = await openStoreImage({ repository: APP, tag: "1.0" as Tag }, "app:1.0", store);
    expect(await codeOf(() => reader.readManifest(descriptorOfManifest(first!)))).toBe("BLOB_DIGEST_MISMATCH");
    expect(await codeOf(() => openStoreImage({ repository: APP, digest: first!.digest }, "app", store))).toBe(
      "BLOB_DIGEST_MISMATCH",
    );
  });
});

describe("a writer", () => {
  it("pins what it works with until it is closed", async () => {
    const store = await memoryStore();
    const image = makeImage();
    const writer = await createStoreWriter(APP, store);
    for (const [digest, bytes] of image.blobs) {
      expect(await writer.hasBlob(descriptorIn(image, digest))).toBe(false);
      await writer.writeBlob(descriptorIn(image, digest), streamOf(bytes));
    }
    await writer.writeManifest(image.root, tagged("1.0"));
    expect((await pinsOf(store)).toSorted()).toEqual([...image.blobs.keys(), image.root.digest].toSorted());
    await writer.finish();
    await writer.close();
    expect(await pinsOf(store)).toEqual([]);
  });

  it("refuses a blob that is not what it should be", async () => {
    const store = await memoryStore();
    const writer = await createStoreWriter(APP, store);
    const descriptor = { mediaType: "x", digest: sha256Digest("hello"), size: 5 };
    expect(await codeOf(() => writer.writeBlob(descriptor, streamOf("HELLO")))).toBe("BLOB_DIGEST_MISMATCH");
    await writer.close();
    expect(await store.blobs.stat(descriptor.digest)).toBeUndefined();
  });

  it("shows nothing before it has finished, and then everything at once", async () => {
    const store = await memoryStore();
    const image = makeTwoPlatforms();
    const writer = await createStoreWriter(APP, store);
    for (const [digest, bytes] of image.blobs) await writer.writeBlob(descriptorIn(image, digest), streamOf(bytes));
    for (const manifest of image.manifests)
      await writer.writeManifest(manifest, manifest === image.root ? tagged("1.0") : []);
    for (const table of ["manifests", "manifest_references", "repository_blobs", "tags"] as const)
      expect(await store.db.selectFrom(table).selectAll().execute()).toEqual([]);
    await writer.finish();
    expect(await store.db.selectFrom("manifests").selectAll().execute()).toHaveLength(3);
    expect(await store.db.selectFrom("repository_blobs").selectAll().execute()).toHaveLength(image.blobs.size);
    await writer.close();
  });
});

async function pinsOf({ db }: Store): Promise<readonly string[]> {
  return (await db.selectFrom("lease_pins").select("digest").execute()).map((row) => row.digest);
}
