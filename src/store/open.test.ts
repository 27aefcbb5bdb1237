// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { codeOf, streamOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { makeImage, repository } from "../../test/support/images.js";
import { putImage, testStore } from "../../test/support/store.js";
import type { Tag } from "../formats/image-reference.js";
import { resolveManifest } from "./manifests.js";
import { openStore } from "./open.js";

it("database and blobs lie where the host says", async () => {
  const host = testHost();
  const store = await testStore(host);
  await store.blobs.put(streamOf("x"));
  expect(existsSync(host.home.database)).toBe(true);
  expect(existsSync(host.home.blobs)).toBe(true);
  expect(store.now()).toEqual(host.now());
});

it("what one opening wrote, another one reads, while both are open and afterwards", async () => {
  const host = testHost();
  const [first, second] = await Promise.all([testStore(host), testStore(host)]);
  const image = makeImage();
  await putImage(first, "app", image, ["1.0"]);
  const find = (db: typeof first.db): ReturnType<typeof resolveManifest> =>
    resolveManifest(db, repository("app"), "1.0" as Tag);
  expect((await find(second.db))?.digest).toBe(image.root.digest);
  expect(await second.blobs.stat(image.root.digest)).toBeDefined();
  const third = await testStore(host);
  expect((await find(third.db))?.digest).toBe(image.root.digest);
});

it("a closed store answers no more", async () => {
  const store = await openStore(testHost());
  await store.close();
  await expect(codeOf(() => resolveManifest(store.db, repository("app"), "1.0" as Tag))).rejects.toThrow();
});
