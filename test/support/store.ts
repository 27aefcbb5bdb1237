// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Kysely, sql } from "kysely";
import { onTestFinished } from "vitest";
import { openDatabase, type Database, type Db } from "../../src/database/index.js";
import { sqliteDialect } from "../../src/database/sqlite-dialect.js";
import type { Host } from "../../src/host/host.js";
import { openSqlite } from "../../src/host/sqlite.js";
import { createMemoryBlobStore, openStore, type Store } from "../../src/store/index.js";
import { createStoreWriter } from "../../src/transfer/index.js";
import { streamOf } from "./bytes.js";
import { testHost } from "./host.js";
import { descriptorIn, repository, tagged, type TestImage } from "./images.js";

let emptyDatabase: Promise<Buffer> | undefined;
let schema: Promise<string> | undefined;

/** A store in a fresh folder, closed when the running test has ended. */
export async function testStore(host: Host = testHost()): Promise<Store> {
  // Laying out a new database takes longer than most tests.
  const bytes = await (emptyDatabase ??= layOutDatabase());
  if (!existsSync(host.home.database)) {
    mkdirSync(dirname(host.home.database), { recursive: true });
    writeFileSync(host.home.database, bytes);
  }
  const store = await openStore(host);
  onTestFinished(() => store.close());
  return store;
}

/** A store of which nothing lies on the disk: faster, for tests that are not about files. */
export async function memoryStore({ now }: Pick<Host, "now"> = testHost()): Promise<Store> {
  const connection = await openSqlite(":memory:");
  connection.exec(await (schema ??= readSchema()));
  const db = new Kysely<Database>({ dialect: sqliteDialect(connection) });
  onTestFinished(() => db.destroy());
  return { db, blobs: createMemoryBlobStore(now), now, close: () => db.destroy() };
}

/** Puts an image into a store under these tags. */
export async function putImage(store: Store, name: string, image: TestImage, tags: readonly string[]): Promise<void> {
  const writer = await createStoreWriter(repository(name), store);
  for (const [digest, bytes] of image.blobs) await writer.writeBlob(descriptorIn(image, digest), streamOf(bytes));
  for (const manifest of image.manifests)
    await writer.writeManifest(manifest, manifest.digest === image.root.digest ? tagged(...tags) : []);
  await writer.finish();
  await writer.close();
}

function layOutDatabase(): Promise<Buffer> {
  return withNewDatabase(async (db, path) => {
    await db.destroy();
    return readFileSync(path);
  });
}

/** The statements that lay out a database, as the migrations left them. */
function readSchema(): Promise<string> {
  return withNewDatabase(async (db) => {
    const { rows } = await sql<{
      sql: string;
    }>`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'`.execute(db);
    await db.destroy();
    return rows.map((row) => `${row.sql};`).join("\n");
  });
}

/** Works with a database file that is gone afterwards. It outlives tests, so it cannot end with one. */
async function withNewDatabase<T>(work: (db: Db, path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "basalt-test-"));
  try {
    const path = join(folder, "basalt.db");
    return await work(await openDatabase(path), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
