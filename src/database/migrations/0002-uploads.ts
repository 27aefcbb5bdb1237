// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Migration } from "kysely";

/** Which repository an unfinished upload belongs to. */
export const uploads: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("uploads")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("repository", "text", (column) => column.notNull())
      .addColumn("started_at", "text", (column) => column.notNull())
      .execute();
  },
};
