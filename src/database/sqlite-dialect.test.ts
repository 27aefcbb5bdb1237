// SPDX-License-Identifier: Apache-2.0
import { Kysely, Migrator, sql, type MigrationResultSet } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import { openSqlite, type SqliteConnection } from "../host/sqlite.js";
import { sqliteDialect } from "./sqlite-dialect.js";

interface Tables {
  items: { id: number; name: string | null };
}

it("a statement is prepared once, however often it runs", async () => {
  const { db, prepared } = await open();
  for (const name of ["a", "b", "c"])
    await db
      .insertInto("items")
      .values({ id: name.charCodeAt(0), name })
      .execute();
  for (let turn = 0; turn < 3; turn += 1)
    expect(await db.selectFrom("items").selectAll().where("name", "=", "b").execute()).toHaveLength(1);
  expect(prepared.filter((text) => text.startsWith("insert"))).toHaveLength(1);
  expect(prepared.filter((text) => text.startsWith("select"))).toHaveLength(1);
});

it("transactions ask for the right to write when they begin", async () => {
  const { db, prepared } = await open();
  await db.transaction().execute((transaction) => transaction.selectFrom("items").selectAll().execute());
  expect(prepared).toContain("begin immediate");
  expect(prepared).not.toContain("begin");
});

it.each([
  { summary: "an insert says how many rows it made", run: insert, expected: { numInsertedOrUpdatedRows: 2n } },
  { summary: "an update says how many it changed", run: update, expected: { numUpdatedRows: 2n } },
  { summary: "a delete says how many it removed", run: remove, expected: { numDeletedRows: 2n } },
])("$summary", async ({ run, expected }) => {
  const { db } = await open();
  await db
    .insertInto("items")
    .values([
      { id: 1, name: "a" },
      { id: 2, name: null },
    ])
    .execute();
  expect(await run(db)).toMatchObject(expected);
});

it.each([
  { summary: "a select", query: sql`SELECT id FROM items` },
  { summary: "a select in other letters, after white space", query: sql`\n  select id from items` },
  { summary: "a statement that begins with WITH", query: sql`WITH few AS (SELECT id FROM items) SELECT id FROM few` },
  { summary: "a change that returns rows", query: sql`UPDATE items SET name = 'x' RETURNING id` },
])("$summary gives rows", async ({ query }) => {
  const { db } = await open();
  await db.insertInto("items").values({ id: 7, name: "a" }).execute();
  expect((await query.execute(db)).rows).toEqual([{ id: 7 }]);
});

it("an index that would be broken is an error, and the connection stays usable", async () => {
  const { db } = await open();
  await db.insertInto("items").values({ id: 1, name: "a" }).execute();
  await expect(db.insertInto("items").values({ id: 1, name: "b" }).execute()).rejects.toThrow();
  expect(await db.selectFrom("items").selectAll().execute()).toEqual([{ id: 1, name: "a" }]);
});

it("a transaction that SQLite ended by itself says why it did", async () => {
  const { db } = await open();
  await sql`PRAGMA max_page_count = 3`.execute(db);
  const fill = db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto("items")
      .values({ id: 1, name: "a".repeat(1_000_000) })
      .execute();
  });
  await expect(fill).rejects.toMatchObject({ code: "DISK_FULL" });
  await db.insertInto("items").values({ id: 2, name: "b" }).execute();
  expect(await db.selectFrom("items").select("id").execute()).toEqual([{ id: 2 }]);
});

it("a migration that fails halfway leaves nothing behind, and can be done again", async () => {
  const { db } = await open();
  const migrate = (second: string): Promise<MigrationResultSet> => {
    const up = async (target: Kysely<unknown>): Promise<void> => {
      await sql`CREATE TABLE first (x)`.execute(target);
      await sql.raw(second).execute(target);
    };
    return new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ one: { up } }) } }).migrateToLatest();
  };
  expect((await migrate("CREATE TABLE first (x)")).error).toBeDefined();
  await expect(sql`SELECT * FROM first`.execute(db)).rejects.toThrow(/no such table/);
  expect((await migrate("CREATE TABLE second (x)")).error).toBeUndefined();
  expect((await sql`SELECT * FROM first, second`.execute(db)).rows).toEqual([]);
});

async function open(): Promise<{ readonly db: Kysely<Tables>; readonly prepared: string[] }> {
  const connection = await openSqlite(":memory:");
  connection.exec("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)");
  const prepared: string[] = [];
  const watched: SqliteConnection = {
    prepare: (text) => {
      prepared.push(text);
      return connection.prepare(text);
    },
    exec: (text) => connection.exec(text),
    close: () => connection.close(),
  };
  const db = new Kysely<Tables>({ dialect: sqliteDialect(watched) });
  onTestFinished(() => db.destroy());
  return { db, prepared };
}

async function insert(db: Kysely<Tables>): Promise<unknown> {
  return db
    .insertInto("items")
    .values([
      { id: 3, name: "c" },
      { id: 4, name: "d" },
    ])
    .executeTakeFirst();
}

async function update(db: Kysely<Tables>): Promise<unknown> {
  return db.updateTable("items").set({ name: "x" }).executeTakeFirst();
}

async function remove(db: Kysely<Tables>): Promise<unknown> {
  return db.deleteFrom("items").executeTakeFirst();
}
