// SPDX-License-Identifier: Apache-2.0
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
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

/**
 * Failures of the file rather than of the statement, by SQLite's primary result code (the lowest byte of an extended one) and by its words
 * for it, since @photostructure/sqlite gives no code with the rows of a query. Source: sqlite.org/rescode.html, sqlite3.c, sqlite3ErrStr.
 */
const FILE_FAILURES = [
  { name: "BUSY", code: 5, text: "database is locked" },
  { name: "READONLY", code: 8, text: "attempt to write a readonly database" },
  { name: "IOERR", code: 10, text: "disk I/O error" },
  { name: "CORRUPT", code: 11, text: "database disk image is malformed" },
  { name: "FULL", code: 13, text: "database or disk is full" },
  { name: "CANTOPEN", code: 14, text: "unable to open database file" },
  { name: "NOTADB", code: 26, text: "file is not a database" },
] as const;

const WAL_INDEX_BYTES = 32 * 1024;

/**
 * Opens a database file, making it where it does not exist. Statements that fail because of the file or the disk throw `DATABASE_UNUSABLE`
 * and `DISK_FULL`, others what SQLite says. @throws BasaltError `DATABASE_UNUSABLE`
 */
export async function openSqlite(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<SqliteConnection> {
  const { DatabaseSync } = await (loading ??= loadModule());
  let connection: SqliteConnection | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
    requireReadable(connection);
    return withCodes(connection, path);
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
    if (fileFailure(error) !== "BUSY") throw error;
  }
}

function fileFailure(error: unknown): (typeof FILE_FAILURES)[number]["name"] | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "errcode" in error ? Number(error.errcode) & 0xff : undefined;
  return FILE_FAILURES.find((one) => one.code === code || error.message.endsWith(one.text))?.name;
}

/** The same connection, with errors that say which file is at fault. */
function withCodes(connection: SqliteConnection, path: string): SqliteConnection {
  const coded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw codedError(cause, path);
    }
  };
  return {
    close: () => connection.close(),
    exec: (sql) => coded(() => connection.exec(sql)),
    prepare: (sql) => {
      const statement = coded(() => connection.prepare(sql));
      return {
        all: (...parameters) => coded(() => statement.all(...parameters)),
        run: (...parameters) => coded(() => statement.run(...parameters)),
        iterate: function* (...parameters) {
          try {
            yield* statement.iterate(...parameters);
          } catch (cause) {
            throw codedError(cause, path);
          }
        },
      };
    },
  };
}

function codedError(cause: unknown, path: string): unknown {
  const failure = fileFailure(cause);
  if (failure === undefined) return cause;
  if (failure === "FULL" || (failure === "IOERR" && isDiskFull(path)))
    return new BasaltError("DISK_FULL", `no space left while writing the database ${path}`, { cause });
  return new BasaltError(
    "DATABASE_UNUSABLE",
    `the database ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause, ...(failure === "BUSY" ? { action: "end the process that holds it, or wait for it" } : {}) },
  );
}

/** SQLite calls it an I/O error when the index of its write-ahead log, 32 KiB at a time, cannot grow. */
function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < WAL_INDEX_BYTES;
  } catch {
    return false;
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
