// SPDX-License-Identifier: Apache-2.0
import type { ColumnType, Generated } from "kysely";

/** Moments are RFC 3339 text in UTC, so that they sort and read the same in every database. */
type Moment = string;

/** Whole numbers: SQLite and PostgreSQL both give them back as numbers (sizes stay below 2^53). */
type Count = number;

/** Truth values as 0 or 1, which both databases know. */
type Flag = ColumnType<number, number, number>;

/** Tables of Basalt's database. The layout is made by the files under `migrations/`. */
export interface Database {
  /** Manifests and indexes of each repository; their bytes are blobs. */
  manifests: {
    repository: string;
    digest: string;
    media_type: string;
    size_bytes: Count;
    /** What referrers are filtered by: `artifactType`, else the media type of the config. */
    artifact_type: string | null;
    subject: string | null;
    /** JSON object. */
    annotations: string;
    created_at: Moment;
  };
  /** Which blobs and manifests a manifest names. */
  manifest_references: {
    repository: string;
    digest: string;
    child: string;
    kind: "blob" | "manifest";
  };
  tags: {
    repository: string;
    name: string;
    digest: string;
    updated_at: Moment;
  };
  /** Which blobs may be read through a repository. */
  repository_blobs: {
    repository: string;
    digest: string;
    added_at: Moment;
  };
  /** Unfinished uploads; their bytes are in the blob store. */
  uploads: {
    id: string;
    repository: string;
    started_at: Moment;
  };
  /** Work in progress whose blobs must not be collected. */
  leases: {
    id: string;
    purpose: string;
    expires_at: Moment;
  };
  lease_pins: {
    lease_id: string;
    digest: string;
  };
  users: {
    name: string;
    /** scrypt, with its parameters and salt. */
    password_hash: string;
    is_admin: Flag;
    created_at: Moment;
  };
  tokens: {
    id: string;
    user_name: string;
    secret_hash: string;
    /** Space-separated: pull, push, delete. */
    scopes: string;
    /** Glob over repository names. */
    repository_pattern: string;
    created_at: Moment;
    expires_at: Moment | null;
    last_used_at: Moment | null;
  };
  /** Values that all processes share, by name. */
  settings: {
    name: string;
    value: string;
  };
  /** What the catalogue shows about a repository; JSON, see catalog/entry.ts. */
  catalog_entries: {
    repository: string;
    entry: string;
    updated_at: Moment;
  };
  /** What is inside a platform manifest; JSON, see inventory/inventory.ts. */
  inventories: {
    manifest_digest: string;
    inventory: string;
    created_at: Moment;
  };
  /** What was stated about a repository's images by `basalt vex add`, without a file. */
  vex_statements: {
    repository: string;
    vulnerability: string;
    /** Canonical: what makes two statements the same. */
    products: string;
    /** JSON, see formats/openvex.ts. */
    statement: string;
    stated_at: Moment;
  };
  /** What is stated about a manifest: by files beside its definition, and all of it as published; JSON, see formats/openvex.ts. */
  vex_documents: {
    repository: string;
    manifest_digest: string;
    stated: string;
    document: string | null;
    updated_at: Moment;
  };
  jobs: {
    id: string;
    kind: string;
    /** JSON. */
    payload: string;
    state: "waiting" | "running" | "done" | "failed";
    attempts: Count;
    /** A job with the same key that still waits is not queued twice. */
    unique_key: string | null;
    worker: string | null;
    /** While running: the worker must say before this moment that it is alive. */
    claimed_until: Moment | null;
    error: string | null;
    created_at: Moment;
    finished_at: Moment | null;
  };
  job_events: {
    seq: Generated<number>;
    job_id: string;
    /** JSON, see factory/events.ts. */
    event: string;
    at: Moment;
  };
}
