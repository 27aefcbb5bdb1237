// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { memoryStore } from "../../test/support/store.js";
import { sha256Digest } from "../formats/digest.js";
import type { Inventory } from "./inventory.js";
import { loadInventory, saveInventory } from "./stored.js";

const DIGEST = sha256Digest("manifest");
const FIRST: Inventory = {
  distro: { id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13" },
  packages: [
    { kind: "npm", name: "größer", version: "1.0.0", purl: "pkg:npm/x@1.0.0", license: "MIT", paths: ["a", "b"] },
  ],
};

it("an inventory comes back as it was stored, for its manifest only", async () => {
  const { db, now } = await memoryStore();
  await saveInventory(db, DIGEST, FIRST, now());
  expect(await loadInventory(db, DIGEST)).toEqual(FIRST);
  expect(await loadInventory(db, sha256Digest("other"))).toBeUndefined();
});

it("a later inventory takes the place of an earlier one", async () => {
  const { db, now } = await memoryStore();
  await saveInventory(db, DIGEST, FIRST, now());
  await saveInventory(db, DIGEST, { packages: [] }, now());
  expect(await loadInventory(db, DIGEST)).toEqual({ packages: [] });
  expect(await db.selectFrom("inventories").selectAll().execute()).toHaveLength(1);
});

it("an inventory that is stored in a transaction that fails is not there", async () => {
  const { db, now } = await memoryStore();
  const failing = db.transaction().execute(async (transaction) => {
    await saveInventory(transaction, DIGEST, FIRST, now());
    throw new Error("given up");
  });
  await expect(failing).rejects.toThrow("given up");
  expect(await loadInventory(db, DIGEST)).toBeUndefined();
});
