// SPDX-License-Identifier: Apache-2.0

/** Format of the advisory database; a file with another number is made anew by the next import. */
export const ADVISORY_FORMAT = 1;

/** Tables of the advisory database. It is a file of its own, never changed in place, so it needs no migrations. */
export const ADVISORY_TABLES = `
  CREATE TABLE feeds (id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL, as_of TEXT NOT NULL,
    imported_at TEXT NOT NULL, sha256 TEXT NOT NULL, records INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE coverage (feed TEXT NOT NULL, ecosystem TEXT NOT NULL, package TEXT NOT NULL,
    PRIMARY KEY (ecosystem, package, feed)) WITHOUT ROWID;
  CREATE TABLE advisories (feed TEXT NOT NULL, ecosystem TEXT NOT NULL, package TEXT NOT NULL, vulnerability TEXT NOT NULL,
    state TEXT NOT NULL, fixed_version TEXT, vulnerable_range TEXT, patched_range TEXT, severity TEXT, reported_severity TEXT,
    is_unimportant INTEGER NOT NULL, note TEXT, PRIMARY KEY (ecosystem, package, vulnerability, feed)) WITHOUT ROWID;
  CREATE TABLE vulnerabilities (feed TEXT NOT NULL, id TEXT NOT NULL, title TEXT, severity TEXT NOT NULL, cvss_vector TEXT,
    cvss_score REAL, cvss_source TEXT, published_at TEXT, PRIMARY KEY (id, feed)) WITHOUT ROWID;
  CREATE TABLE exploited (feed TEXT NOT NULL, id TEXT NOT NULL, added_on TEXT NOT NULL, PRIMARY KEY (id, feed)) WITHOUT ROWID;
  PRAGMA user_version = ${ADVISORY_FORMAT};
`;

export const FEED_TABLES = ["feeds", "coverage", "advisories", "vulnerabilities", "exploited"] as const;
