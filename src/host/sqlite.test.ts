// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { openSqlite, type SqliteConnection } from "./sqlite.js";

async function open(path: string, options: { readonly readOnly?: boolean } = {}): Promise<SqliteConnection> {
  const connection = await openSqlite(path, options);
  onTestFinished(() => {
    try {
      connection.close();
    } catch {
      // closed by the test
    }
  });
  return connection;
}

/** The path of a database with a table `t` of one row. */
async function databaseFile(): Promise<string> {
  const path = join(temporaryFolder(), "test.db");
  const connection = await openSqlite(path);
  connection.exec("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)");
  connection.close();
  return path;
}

describe("opening", () => {
  it("a database that does not exist is made", async () => {
    const connection = await open(join(temporaryFolder(), "new.db"));
    connection.exec("CREATE TABLE t (x)");
    expect(connection.prepare("SELECT * FROM t").all()).toEqual([]);
  });

  it("a database that exists is read again", async () => {
    const connection = await open(await databaseFile());
    expect(connection.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
  });

  it("an empty file is an empty database", async () => {
    const path = join(temporaryFolder(), "empty.db");
    writeFileSync(path, "");
    expect((await open(path)).prepare("SELECT * FROM sqlite_schema").all()).toEqual([]);
  });

  it("several connections may have one database open", async () => {
    const path = await databaseFile();
    const [first, second] = [await open(path), await open(path)];
    first.exec("INSERT INTO t VALUES (2)");
    expect(second.prepare("SELECT x FROM t ORDER BY x").all()).toEqual([{ x: 1 }, { x: 2 }]);
  });

  const unusable = [
    {
      summary: "a database in a folder that does not exist",
      prepare: (folder: string) => join(folder, "no", "test.db"),
    },
    {
      summary: "a folder",
      prepare: (folder: string) => {
        mkdirSync(join(folder, "test.db"));
        return join(folder, "test.db");
      },
    },
    {
      summary: "a file that is no database",
      prepare: (folder: string) => {
        writeFileSync(join(folder, "test.db"), "this is not a database ".repeat(100));
        return join(folder, "test.db");
      },
    },
  ];
  it.each(unusable)("unusable: $summary", async ({ prepare }) => {
    expect(await codeOf(() => open(prepare(temporaryFolder())))).toBe("DATABASE_UNUSABLE");
  });
});

describe("reading only", () => {
  it("a database can be read", async () => {
    const connection = await open(await databaseFile(), { readOnly: true });
    expect(connection.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
  });

  it("a database cannot be changed", async () => {
    const connection = await open(await databaseFile(), { readOnly: true });
    expect(() => connection.exec("INSERT INTO t VALUES (2)")).toThrow(/readonly/);
  });

  it("a database that does not exist is not made", async () => {
    const path = join(temporaryFolder(), "no.db");
    expect(await codeOf(() => open(path, { readOnly: true }))).toBe("DATABASE_UNUSABLE");
    expect(await codeOf(() => open(path, { readOnly: true }))).toBe("DATABASE_UNUSABLE");
  });
});

describe("a file that fails under a statement", () => {
  it("is DISK_FULL where no page is left", async () => {
    const path = await databaseFile();
    const connection = await open(path);
    connection.exec("PRAGMA max_page_count = 3");
    const statement = connection.prepare("INSERT INTO t VALUES (zeroblob(100000))");
    const attempts = [() => statement.run(), () => statement.all(), () => [...statement.iterate()]];
    for (const attempt of attempts)
      expect(attempt).toThrow(expect.objectContaining({ code: "DISK_FULL", message: expect.stringContaining(path) }));
  });

  it("is DATABASE_UNUSABLE where its pages are not what they were", async () => {
    const path = await databaseFile();
    writeFileSync(path, readFileSync(path).fill(0x5a, 4096));
    const connection = await open(path);
    expect(() => connection.prepare("SELECT x FROM t").all()).toThrow(
      expect.objectContaining({ code: "DATABASE_UNUSABLE" }),
    );
  });

  it("is what SQLite says where the statement is at fault", async () => {
    const connection = await open(await databaseFile());
    expect(() => connection.prepare("SELECT y FROM t")).toThrow(/no such column/);
  });
});

describe("several writers", () => {
  it("a second writer is told that the database is busy, and gets its turn afterwards", async () => {
    const path = await databaseFile();
    const [first, second] = [await open(path), await open(path)];
    second.exec("PRAGMA busy_timeout = 0");
    first.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
    expect(() => second.exec("INSERT INTO t VALUES (3)")).toThrow(
      expect.objectContaining({ code: "DATABASE_UNUSABLE" }),
    );
    first.exec("COMMIT");
    second.exec("INSERT INTO t VALUES (3)");
    expect(first.prepare("SELECT count(*) AS n FROM t").all()).toEqual([{ n: 3 }]);
  });

  it("a second writer waits as long as it was told to", async () => {
    const path = await databaseFile();
    const [first, second] = [await open(path), await open(path)];
    second.exec("PRAGMA busy_timeout = 50");
    first.exec("BEGIN IMMEDIATE");
    const begin = performance.now();
    expect(() => second.exec("INSERT INTO t VALUES (3)")).toThrow(/locked/);
    expect(performance.now() - begin).toBeGreaterThan(40);
  });

  it("what was begun and not committed is gone with its connection", async () => {
    const path = await databaseFile();
    const first = await open(path);
    first.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
    first.close();
    expect((await open(path)).prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }]);
  });
});

describe("statements", () => {
  it("values of every kind come back as they were", async () => {
    const connection = await open(join(temporaryFolder(), "test.db"));
    connection.exec("CREATE TABLE t (a, b, c, d)");
    const bytes = new Uint8Array([0, 1, 255]);
    const { changes, lastInsertRowid } = connection
      .prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
      .run(null, 1.5, "grüße'; DROP TABLE t", bytes);
    expect([Number(changes), Number(lastInsertRowid)]).toEqual([1, 1]);
    const [row] = connection.prepare("SELECT * FROM t").all() as readonly { readonly d: Uint8Array }[];
    expect(row).toMatchObject({ a: null, b: 1.5, c: "grüße'; DROP TABLE t" });
    expect(Buffer.from(row?.d ?? []).equals(bytes)).toBe(true);
  });

  it("rows can be read one by one, and not to the end", async () => {
    const connection = await open(join(temporaryFolder(), "test.db"));
    connection.exec("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)");
    const seen: unknown[] = [];
    for (const row of connection.prepare("SELECT x FROM t ORDER BY x").iterate()) {
      seen.push(row);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([{ x: 1 }, { x: 2 }]);
    expect(connection.prepare("SELECT count(*) AS n FROM t WHERE x > ?").all(1)).toEqual([{ n: 2 }]);
  });
});

it("opening a database prints no warning", async () => {
  const warnings: string[] = [];
  const listener = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", listener);
  onTestFinished(() => void process.off("warning", listener));
  await open(join(temporaryFolder(), "test.db"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings.filter((message) => message.includes("SQLite"))).toEqual([]);
});
