// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { openSqlite } from "../host/sqlite.js";
import { openDatabase, type Db } from "./index.js";

const USER = { name: "somebody", password_hash: "none", is_admin: 0, created_at: "2026-11-20T00:00:00.000Z" };

describe("opening", () => {
  it("makes the file with all tables, in folders that it makes for its owner only", async () => {
    const folder = join(temporaryFolder(), "new", "folders");
    const db = await open(join(folder, "basalt.db"));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await tablesOf(db)).toEqual([
      "catalog_entries",
      "inventories",
      "job_events",
      "jobs",
      "lease_pins",
      "leases",
      "manifest_references",
      "manifests",
      "repository_blobs",
      "settings",
      "tags",
      "tokens",
      "uploads",
      "users",
      "vex_documents",
      "vex_statements",
    ]);
  });

  it("a second time finds what was written", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    const first = await openDatabase(path);
    await first.insertInto("users").values(USER).execute();
    await first.destroy();
    expect(await (await open(path)).selectFrom("users").selectAll().execute()).toEqual([USER]);
  });

  it("an empty file is a database that has everything before it", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    writeFileSync(path, "");
    expect(await tablesOf(await open(path))).toContain("users");
  });

  it("many times at once migrates once, and all of them work", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    const databases = await Promise.all([open(path), open(path), open(path), open(path)]);
    await databases[0]?.insertInto("users").values(USER).execute();
    for (const db of databases) expect(await db.selectFrom("users").selectAll().execute()).toEqual([USER]);
    expect(existsSync(`${path}.migrating`)).toBe(false);
  });

  it("goes on where a process died while it migrated", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    writeFileSync(`${path}.migrating`, "2147483646\n");
    expect(await tablesOf(await open(path))).toContain("users");
  });
});

describe("what cannot be opened", () => {
  it("a database from a newer version is refused and left as it is", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    const first = await openDatabase(path);
    await sql`PRAGMA user_version = 99`.execute(first);
    await first.destroy();
    expect(await codeOf(() => openDatabase(path))).toBe("DATABASE_TOO_NEW");
    const connection = await openSqlite(path);
    expect(connection.prepare("PRAGMA user_version").all()).toEqual([{ user_version: 99 }]);
    connection.close();
  });

  it.each([
    {
      summary: "a file that is no database",
      make: (path: string) => writeFileSync(path, "this is a text, and quite a long one at that".repeat(100)),
    },
    {
      summary: "a database whose first page is damaged",
      make: (path: string) =>
        writeFileSync(path, Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(4080, 7)])),
    },
    { summary: "a folder", make: (path: string) => mkdirSync(path) },
  ])("$summary is refused", async ({ make }) => {
    const path = join(temporaryFolder(), "basalt.db");
    make(path);
    expect(await codeOf(() => open(path))).toBe("DATABASE_UNUSABLE");
  });

  it("a database whose layout is not ours is refused", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    const connection = await openSqlite(path);
    connection.exec("CREATE TABLE manifests (other TEXT)");
    connection.close();
    expect(await codeOf(() => open(path))).toBe("DATABASE_UNUSABLE");
  });
});

describe("working", () => {
  it("a reader goes on while another connection writes, and sees nothing unfinished", async () => {
    const path = join(temporaryFolder(), "basalt.db");
    const [writer, reader] = [await open(path), await open(path)];
    await writer.transaction().execute(async (transaction) => {
      await transaction.insertInto("users").values(USER).execute();
      expect(await reader.selectFrom("users").selectAll().execute()).toEqual([]);
    });
    expect(await reader.selectFrom("users").selectAll().execute()).toEqual([USER]);
  });

  it("a transaction that fails leaves nothing", async () => {
    const db = await open(join(temporaryFolder(), "basalt.db"));
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto("users").values(USER).execute();
      throw new Error("given up");
    });
    await expect(failing).rejects.toThrow("given up");
    expect(await db.selectFrom("users").selectAll().execute()).toEqual([]);
  });

  it("transactions of one connection run one after the other", async () => {
    const db = await open(join(temporaryFolder(), "basalt.db"));
    await db.insertInto("settings").values({ name: "count", value: "0" }).execute();
    const add = (): Promise<void> =>
      db.transaction().execute(async (transaction) => {
        const { value } = await transaction.selectFrom("settings").select("value").executeTakeFirstOrThrow();
        await Promise.resolve();
        await transaction
          .updateTable("settings")
          .set({ value: String(Number(value) + 1) })
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await db.selectFrom("settings").select("value").execute()).toEqual([{ value: "20" }]);
  });
});

async function open(path: string): Promise<Db> {
  const db = await openDatabase(path);
  onTestFinished(() => db.destroy());
  return db;
}

async function tablesOf(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{
    name: string;
  }>`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'kysely_%' ORDER BY name`.execute(
    db,
  );
  return rows.map((row) => row.name);
}
