// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { statIfAny } from "../host/files.js";
import { openSqlite, type SqliteConnection, type SqliteStatement } from "../host/sqlite.js";
import type { Severity } from "../formats/severity.js";
import type { Advisory, FeedKind, Vulnerability } from "./feed.js";
import { ADVISORY_FORMAT } from "./layout.js";

/** A feed as the database holds it. */
export interface StoredFeed {
  readonly kind: FeedKind;
  readonly title: string;
  readonly source: string;
  readonly asOf: string;
  readonly importedAt: string;
  readonly sha256: string;
  readonly records: number;
}

/** An advisory and the feed that it came from. */
export interface StoredAdvisory extends Advisory {
  readonly feed: StoredFeed;
}

/** The advisory database, open for reading. */
export interface Advisories {
  readonly feeds: readonly StoredFeed[];
  /** All that is said about a package. */
  readonly about: (ecosystem: string, packageName: string) => readonly StoredAdvisory[];
  /** Whether silence about a package means that nothing is known against it. */
  readonly covers: (ecosystem: string, packageName: string) => boolean;
  readonly vulnerability: (id: string) => Vulnerability | undefined;
  readonly isExploited: (id: string) => boolean;
  readonly close: () => void;
}

/** Opens the database; one that is absent or of another format knows nothing. */
export async function openAdvisories(path: string): Promise<Advisories> {
  if ((await statIfAny(path)) === undefined) return NO_ADVISORIES;
  let connection: SqliteConnection | undefined;
  try {
    connection = await openSqlite(path, { readOnly: true });
    const [row] = connection.prepare("PRAGMA user_version").all() as readonly { readonly user_version: number }[];
    if (row?.user_version === ADVISORY_FORMAT) return readFrom(connection);
  } catch (cause) {
    connection?.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BasaltError("DATABASE_UNUSABLE", `the advisory database ${path} is damaged: ${why}`, {
      action: "make it anew with basalt db update, or basalt db import PATH",
      cause,
    });
  }
  connection.close();
  return NO_ADVISORIES;
}

const NO_ADVISORIES: Advisories = {
  feeds: [],
  about: () => [],
  covers: () => false,
  vulnerability: () => undefined,
  isExploited: () => false,
  close: () => undefined,
};

function readFrom(connection: SqliteConnection): Advisories {
  const feeds = (connection.prepare("SELECT * FROM feeds ORDER BY id").all() as readonly FeedRow[]).map(toFeed);
  const byKind = new Map(feeds.map((feed) => [feed.kind, feed]));
  const about = connection.prepare(
    "SELECT * FROM advisories WHERE ecosystem = ? AND package = ? ORDER BY vulnerability",
  );
  const covers = connection.prepare("SELECT 1 FROM coverage WHERE ecosystem = ? AND package IN (?, '*') LIMIT 1");
  const vulnerability = connection.prepare(
    "SELECT * FROM vulnerabilities WHERE id = ? ORDER BY cvss_score IS NULL, feed DESC",
  );
  const exploited = connection.prepare("SELECT 1 FROM exploited WHERE id = ? LIMIT 1");
  return {
    feeds,
    about: (ecosystem, name) =>
      (about.all(ecosystem, name) as readonly AdvisoryRow[]).flatMap((row) => toAdvisory(row, byKind)),
    covers: (ecosystem, name) => covers.all(ecosystem, name).length > 0,
    vulnerability: (id) => toVulnerability(vulnerability, id),
    isExploited: (id) => exploited.all(id).length > 0,
    close: () => connection.close(),
  };
}

interface FeedRow {
  readonly kind: FeedKind;
  readonly title: string;
  readonly source: string;
  readonly as_of: string;
  readonly imported_at: string;
  readonly sha256: string;
  readonly records: number;
}

interface AdvisoryRow {
  readonly feed: FeedKind;
  readonly ecosystem: string;
  readonly package: string;
  readonly vulnerability: string;
  readonly state: Advisory["state"];
  readonly fixed_version: string | null;
  readonly vulnerable_range: string | null;
  readonly patched_range: string | null;
  readonly severity: Severity | null;
  readonly reported_severity: Severity | null;
  readonly is_unimportant: number;
  readonly note: string | null;
}

interface VulnerabilityRow {
  readonly title: string | null;
  readonly severity: Severity;
  readonly cvss_vector: string | null;
  readonly cvss_score: number | null;
  readonly cvss_source: string | null;
  readonly published_at: string | null;
}

function toFeed(row: FeedRow): StoredFeed {
  const { kind, title, source, sha256, records } = row;
  return { kind, title, source, asOf: row.as_of, importedAt: row.imported_at, sha256, records };
}

function toAdvisory(row: AdvisoryRow, feeds: ReadonlyMap<FeedKind, StoredFeed>): readonly StoredAdvisory[] {
  const feed = feeds.get(row.feed);
  if (feed === undefined) return [];
  return [
    {
      feed,
      ecosystem: row.ecosystem,
      package: row.package,
      vulnerability: row.vulnerability,
      state: row.state,
      ...(row.fixed_version === null ? {} : { fixedVersion: row.fixed_version }),
      ...(row.vulnerable_range === null ? {} : { vulnerableRange: row.vulnerable_range }),
      ...(row.patched_range === null ? {} : { patchedRange: row.patched_range }),
      ...(row.severity === null ? {} : { severity: row.severity }),
      ...(row.reported_severity === null ? {} : { reportedSeverity: row.reported_severity }),
      isUnimportant: row.is_unimportant === 1,
      ...(row.note === null ? {} : { note: row.note }),
    },
  ];
}

function toVulnerability(statement: SqliteStatement, id: string): Vulnerability | undefined {
  const [row] = statement.all(id) as readonly VulnerabilityRow[];
  if (row === undefined) return undefined;
  const { cvss_vector: vector, cvss_score: score, cvss_source: source } = row;
  return {
    id,
    severity: row.severity,
    ...(row.title === null ? {} : { title: row.title }),
    ...(vector === null || score === null || source === null ? {} : { cvss: { vector, score, source } }),
    ...(row.published_at === null ? {} : { publishedAt: row.published_at }),
  };
}

/** @throws BasaltError `FEED_INVALID` unless the file is an advisory database of this version's format */
export async function requireDatabase(path: string, name: string): Promise<void> {
  const advisories = await openAdvisories(path).catch((cause: unknown) => {
    throw new BasaltError("FEED_INVALID", `${name} is not a whole advisory database`, { cause });
  });
  const isUsable = advisories.feeds.length > 0;
  advisories.close();
  if (!isUsable) throw new BasaltError("FEED_INVALID", `${name} is not an advisory database of this version of Basalt`);
}
