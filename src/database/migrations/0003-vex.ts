// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Migration } from "kysely";

/** What is stated about images: by people without a file, and all of it as it was published. */
export const vex: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("vex_statements")
      .addColumn("repository", "text", (column) => column.notNull())
      .addColumn("vulnerability", "text", (column) => column.notNull())
      .addColumn("products", "text", (column) => column.notNull())
      .addColumn("statement", "text", (column) => column.notNull())
      .addColumn("stated_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("vex_statements_key", ["repository", "vulnerability", "products"])
      .execute();
    await db.schema
      .createTable("vex_documents")
      .addColumn("repository", "text", (column) => column.notNull())
      .addColumn("manifest_digest", "text", (column) => column.notNull())
      .addColumn("stated", "text", (column) => column.notNull())
      .addColumn("document", "text")
      .addColumn("updated_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("vex_documents_key", ["repository", "manifest_digest"])
      .execute();
    await db.schema.createIndex("vex_documents_by_manifest").on("vex_documents").column("manifest_digest").execute();
  },
};
