// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { hasErrno } from "./files.js";

/** What we use of `DatabaseSync`, which Node.js has since 22.5 and @photostructure/sqlite offers to older ones. */
export interface SqliteConnection {
  readonly prepare: (sql: string) => SqliteStatement;
  readonly exec: (sql: string) => void;
  readonly close: () => void;
}

export interface SqliteStatement {
  readonly all: (...parameters: readonly SqliteValue[]) => readonly unknown[];
  readonly run: (...parameters: readonly SqliteValue[]) => {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  readonly iterate: (...parameters: readonly SqliteValue[]) => IterableIterator<unknown>;
}

export type SqliteValue = null | number | bigint | string | Uint8Array;

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => SqliteConnection;
}

let loading: Promise<SqliteModule> | undefined;

const BUSY = 5; // SQLITE_BUSY, in the lowest byte of an extended code. Source: sqlite.org/rescode.html

/** Opens a database file, making it where it does not exist. @throws BasaltError `DATABASE_UNUSABLE` */
export async function openSqlite(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<SqliteConnection> {
  const { DatabaseSync } = await (loading ??= loadModule());
  let connection: SqliteConnection | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
    requireReadable(connection);
    return connection;
  } catch (cause) {
    connection?.close();
    throw new BasaltError(
      "DATABASE_UNUSABLE",
      `cannot open the database ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** SQLite looks into a file at the first statement only. A busy database is one. */
function requireReadable(connection: SqliteConnection): void {
  try {
    connection.prepare("PRAGMA schema_version").all();
  } catch (error) {
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 0;
    if ((code & 0xff) !== BUSY) throw error;
  }
}

async function loadModule(): Promise<SqliteModule> {
  const builtIn = await withoutExperimentalWarning(() => importIfAny("node:sqlite"));
  const found = builtIn ?? (await importIfAny("@photostructure/sqlite"));
  if (found !== undefined) return found as SqliteModule;
  throw new BasaltError("DATABASE_UNUSABLE", "this Node.js has no SQLite and @photostructure/sqlite is not installed", {
    action: "use Node.js 22.13 or later, or run npm ci without --omit=optional",
  });
}

async function importIfAny(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (hasErrno(error, "ERR_UNKNOWN_BUILTIN_MODULE", "ERR_MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Node.js 22 and 24 print a warning when their SQLite is first loaded; it is in wide use and tested here on all of them. */
async function withoutExperimentalWarning<T>(work: () => Promise<T>): Promise<T> {
  const emit = process.emitWarning.bind(process) as (...parts: unknown[]) => void;
  process.emitWarning = (...parts: unknown[]) => {
    if (!String(parts[0]).includes("SQLite")) emit(...parts);
  };
  try {
    return await work();
  } finally {
    process.emitWarning = emit;
  }
}
