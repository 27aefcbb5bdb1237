// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Migration } from "kysely";

/** The first layout: registry, accounts, catalogue, jobs. */
export const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createRegistry(db);
    await createAccounts(db);
    await createCatalog(db);
    await createJobs(db);
  },
};

async function createRegistry(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("manifests")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("media_type", "text", (column) => column.notNull())
    .addColumn("size_bytes", "integer", (column) => column.notNull())
    .addColumn("artifact_type", "text")
    .addColumn("subject", "text")
    .addColumn("annotations", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("manifests_key", ["repository", "digest"])
    .execute();
  await db.schema.createIndex("manifests_subject").on("manifests").columns(["repository", "subject"]).execute();
  await db.schema
    .createTable("manifest_references")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("child", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("manifest_references_key", ["repository", "digest", "child"])
    .execute();
  await db.schema.createIndex("manifest_references_child").on("manifest_references").columns(["child"]).execute();
  await db.schema
    .createTable("tags")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("updated_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("tags_key", ["repository", "name"])
    .execute();
  await db.schema
    .createTable("repository_blobs")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("added_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("repository_blobs_key", ["repository", "digest"])
    .execute();
  await db.schema
    .createTable("leases")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("expires_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("lease_pins")
    .addColumn("lease_id", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("lease_pins_key", ["lease_id", "digest"])
    .execute();
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("users")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("password_hash", "text", (column) => column.notNull())
    .addColumn("is_admin", "integer", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("user_name", "text", (column) => column.notNull())
    .addColumn("secret_hash", "text", (column) => column.notNull())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("repository_pattern", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("expires_at", "text")
    .addColumn("last_used_at", "text")
    .execute();
  await db.schema
    .createTable("settings")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

async function createCatalog(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("catalog_entries")
    .addColumn("repository", "text", (column) => column.primaryKey())
    .addColumn("entry", "text", (column) => column.notNull())
    .addColumn("updated_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("inventories")
    .addColumn("manifest_digest", "text", (column) => column.primaryKey())
    .addColumn("inventory", "text", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("jobs")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("unique_key", "text")
    .addColumn("worker", "text")
    .addColumn("claimed_until", "text")
    .addColumn("error", "text")
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("finished_at", "text")
    .execute();
  await db.schema.createIndex("jobs_state").on("jobs").columns(["state", "created_at"]).execute();
  await db.schema
    .createTable("job_events")
    .addColumn("seq", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("job_id", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("at", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("job_events_job").on("job_events").columns(["job_id", "seq"]).execute();
}
