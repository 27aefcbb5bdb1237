// SPDX-License-Identifier: Apache-2.0
import { Kysely, Migrator, type Migration } from "kysely";
import { dirname } from "node:path";
import { BasaltError } from "../errors.js";
import { makeDirectory } from "../host/files.js";
import { acquireFileLock } from "../host/file-lock.js";
import { openSqlite, type SqliteConnection } from "../host/sqlite.js";
import { first } from "./migrations/0001-first.js";
import { uploads } from "./migrations/0002-uploads.js";
import { vex } from "./migrations/0003-vex.js";
import type { Database } from "./schema.js";
import { sqliteDialect } from "./sqlite-dialect.js";

export type { Database } from "./schema.js";

/** The open database. Several processes may have one open at once. */
export type Db = Kysely<Database>;

/** In the order in which they are applied; a published one is never changed. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-first": first,
  "0002-uploads": uploads,
  "0003-vex": vex,
};

const BUSY_TIMEOUT_MS = 15_000;
const LOCK_POLL_MS = 50;

/** Opens the database file, brings its layout up to date and returns it. @throws BasaltError `DATABASE_UNUSABLE`, `DATABASE_TOO_NEW` */
export async function openDatabase(path: string): Promise<Db> {
  await makeDirectory(dirname(path), 0o700);
  const connection = await openSqlite(path);
  try {
    // WAL lets readers go on while one process writes; NORMAL loses no committed data when only a process dies.
    connection.exec(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;`,
    );
    const db = new Kysely<Database>({ dialect: sqliteDialect(connection) });
    await bringUpToDate(db, connection, path);
    return db;
  } catch (cause) {
    connection.close();
    throw cause instanceof BasaltError ? cause : unusable(path, cause);
  }
}

/** The file's `user_version` counts the migrations applied, so that a start without news costs one read. */
async function bringUpToDate(db: Db, connection: SqliteConnection, path: string): Promise<void> {
  const wanted = Object.keys(MIGRATIONS).length;
  if (versionOf(connection) > wanted)
    throw new BasaltError("DATABASE_TOO_NEW", `the database ${path} was made by a newer version of Basalt`);
  for (let waitedMs = 0; versionOf(connection) < wanted; waitedMs += LOCK_POLL_MS) {
    const lock = await acquireFileLock(`${path}.migrating`);
    if (lock !== undefined) {
      try {
        if (versionOf(connection) < wanted) await migrate(db, path);
        connection.exec(`PRAGMA user_version = ${wanted}`);
      } finally {
        await lock.release();
      }
    } else if (waitedMs > BUSY_TIMEOUT_MS) {
      throw new BasaltError(
        "DATABASE_UNUSABLE",
        `another process has been changing the database ${path} for ${waitedMs} ms`,
      );
    } else {
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

function versionOf(connection: SqliteConnection): number {
  const row = connection.prepare("PRAGMA user_version").all()[0] as { readonly user_version: number };
  return row.user_version;
}

async function migrate(db: Db, path: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof BasaltError ? error : unusable(path, error);
}

function unusable(path: string, cause: unknown): BasaltError {
  const why = cause instanceof Error ? cause.message : JSON.stringify(cause);
  return new BasaltError("DATABASE_UNUSABLE", `the database ${path} cannot be used: ${why}`, { cause });
}
