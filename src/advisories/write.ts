// SPDX-License-Identifier: Apache-2.0
import { copyFileIfAny, moveFile, removeTree } from "../host/files.js";
import { openSqlite, type SqliteConnection, type SqliteValue } from "../host/sqlite.js";
import { acquireFileLock } from "../host/file-lock.js";
import { BasaltError } from "../errors.js";
import type { Feed } from "./feed.js";
import { ADVISORY_FORMAT, ADVISORY_TABLES, FEED_TABLES } from "./layout.js";

/** A feed, and where it came from. */
export interface FeedToWrite {
  readonly feed: Feed;
  /** File name or URL. */
  readonly source: string;
  readonly sha256: string;
  /** When the data do not say it themselves. */
  readonly asOf: string;
}

/**
 * Puts feeds into the advisory database, each replacing what was there of its kind. The database is written beside the old
 * one and takes its place at once: readers see either. @throws BasaltError `ADVISORIES_BUSY`
 */
export async function writeFeeds(
  path: string,
  feeds: readonly FeedToWrite[],
  now: Date,
): Promise<readonly { readonly title: string; readonly records: number }[]> {
  return withAdvisoriesLock(path, () => rewrite(path, feeds, now));
}

/** Does `work` while nobody else changes the database. @throws BasaltError `ADVISORIES_BUSY` */
export async function withAdvisoriesLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await acquireFileLock(`${path}.lock`);
  if (lock === undefined) throw new BasaltError("ADVISORIES_BUSY", `another process is changing ${path}`);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function rewrite(
  path: string,
  feeds: readonly FeedToWrite[],
  now: Date,
): Promise<readonly { readonly title: string; readonly records: number }[]> {
  const temporary = `${path}.new`;
  try {
    await removeDatabase(temporary);
    await copyFileIfAny(path, temporary);
    const connection = await openWritable(temporary);
    const written = [];
    try {
      connection.exec("BEGIN");
      for (const feed of feeds) written.push({ title: feed.feed.title, records: writeFeed(connection, feed, now) });
      connection.exec("COMMIT");
    } finally {
      connection.close();
    }
    await moveFile(temporary, path);
    return written;
  } finally {
    await removeDatabase(temporary);
  }
}

/** A journal that a killed process left would be played into the next file of that name. */
async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) await removeTree(`${path}${suffix}`);
}

/** The copy of the old database, or an empty one where there is none of this format. */
async function openWritable(path: string): Promise<SqliteConnection> {
  const old = await openCurrent(path);
  if (old !== undefined) return old;
  await removeDatabase(path);
  const fresh = await openSqlite(path);
  fresh.exec(`PRAGMA journal_mode = MEMORY; ${ADVISORY_TABLES}`);
  return fresh;
}

/** Undefined where the file is no database, or one of another format. */
async function openCurrent(path: string): Promise<SqliteConnection | undefined> {
  let connection: SqliteConnection | undefined;
  try {
    connection = await openSqlite(path);
    connection.exec("PRAGMA journal_mode = MEMORY");
    const [row] = connection.prepare("PRAGMA user_version").all() as readonly { readonly user_version: number }[];
    if (row?.user_version === ADVISORY_FORMAT) return connection;
  } catch {
    // Not a database: made anew, as one of another format.
  }
  connection?.close();
  return undefined;
}

function writeFeed(connection: SqliteConnection, { feed, source, sha256, asOf }: FeedToWrite, now: Date): number {
  const id = feed.kind;
  for (const table of FEED_TABLES)
    connection.prepare(`DELETE FROM ${table} WHERE ${table === "feeds" ? "id" : "feed"} = ?`).run(id);
  let records = 0;
  const insert = (table: string, columns: number): ((...values: readonly SqliteValue[]) => void) => {
    const statement = connection.prepare(
      `INSERT OR REPLACE INTO ${table} VALUES (${Array.from({ length: columns }, () => "?").join(", ")})`,
    );
    return (...values) => {
      statement.run(...values);
      records += 1;
    };
  };
  const addAdvisory = insert("advisories", 12);
  for (const item of feed.advisories) {
    addAdvisory(
      id,
      item.ecosystem,
      item.package,
      item.vulnerability,
      item.state,
      item.fixedVersion ?? null,
      item.vulnerableRange ?? null,
      item.patchedRange ?? null,
      item.severity ?? null,
      item.reportedSeverity ?? null,
      item.isUnimportant ? 1 : 0,
      item.note ?? null,
    );
  }
  const addVulnerability = insert("vulnerabilities", 8);
  for (const item of feed.vulnerabilities) {
    const { vector = null, score = null, source: rater = null } = item.cvss ?? {};
    addVulnerability(id, item.id, item.title ?? null, item.severity, vector, score, rater, item.publishedAt ?? null);
  }
  const addExploited = insert("exploited", 3);
  for (const item of feed.exploited) addExploited(id, item.id, item.addedOn);
  writeCoverage(connection, feed);
  connection
    .prepare("INSERT INTO feeds VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    .run(id, feed.kind, feed.title, source, feed.asOf ?? asOf, now.toISOString(), sha256, records);
  return records;
}

function writeCoverage(connection: SqliteConnection, feed: Feed): void {
  const statement = connection.prepare("INSERT OR REPLACE INTO coverage VALUES (?, ?, ?)");
  for (const { ecosystem, packages } of feed.coverage) {
    for (const name of packages === "all" ? ["*"] : packages) statement.run(feed.kind, ecosystem, name);
  }
}
