// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import type { Database, Db } from "../database/index.js";
import type { Digest } from "../formats/digest.js";
import type { ImageReader, PlatformImage } from "../transfer/index.js";
import type { Inventory } from "./inventory.js";
import { readInventory } from "./read-image.js";

/** The inventory of a platform's manifest, if it was made before. */
export async function loadInventory(db: Db, manifest: Digest): Promise<Inventory | undefined> {
  const row = await db
    .selectFrom("inventories")
    .select("inventory")
    .where("manifest_digest", "=", manifest)
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.inventory) as Inventory);
}

export async function saveInventory(
  db: Db | Transaction<Database>,
  manifest: Digest,
  inventory: Inventory,
  at: Date,
): Promise<void> {
  const found = { inventory: JSON.stringify(inventory), created_at: at.toISOString() };
  await db
    .insertInto("inventories")
    .values({ manifest_digest: manifest, ...found })
    .onConflict((conflict) => conflict.column("manifest_digest").doUpdateSet(found))
    .execute();
}

/** What is in an image, which is looked through where nobody did before. */
export async function inventoryOf(
  reader: ImageReader,
  image: PlatformImage,
  { db, now }: { readonly db: Db; readonly now: () => Date },
): Promise<Inventory> {
  const { digest } = image.manifest;
  const known = await loadInventory(db, digest);
  if (known !== undefined) return known;
  const inventory = await readInventory(reader, image);
  await saveInventory(db, digest, inventory, now());
  return inventory;
}
