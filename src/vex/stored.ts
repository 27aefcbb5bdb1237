// SPDX-License-Identifier: Apache-2.0
import type { Transaction } from "kysely";
import type { Database, Db } from "../database/index.js";
import type { Digest } from "../formats/digest.js";
import type { RepositoryName } from "../formats/image-reference.js";
import type { VexDocument, VexStatement } from "../formats/openvex.js";

type Writer = Db | Transaction<Database>;

/** What is stated about one manifest of a repository. */
export interface StoredVex {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  /** Statements of the files beside its definition, as they were when it was built. */
  readonly stated: readonly VexStatement[];
  /** All that is stated, as it was published; absent where that is nothing. */
  readonly document?: VexDocument;
}

/** By manifest: documents of all repositories that have it, as they are about the same bytes. */
export async function loadVexDocuments(db: Db, digest: Digest): Promise<readonly VexDocument[]> {
  const rows = await db.selectFrom("vex_documents").select("document").where("manifest_digest", "=", digest).execute();
  return rows.flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as VexDocument]));
}

/** Changes when what is stated about a manifest does. */
export async function vexStamp(db: Db, digest: Digest): Promise<string> {
  const rows = await db
    .selectFrom("vex_documents")
    .select("updated_at")
    .where("manifest_digest", "=", digest)
    .execute();
  return rows
    .map(({ updated_at: at }) => at)
    .toSorted()
    .join(" ");
}

export async function loadVex(
  db: Db,
  repository: RepositoryName,
  digest: Digest,
): Promise<Omit<StoredVex, "repository" | "digest"> | undefined> {
  const row = await db
    .selectFrom("vex_documents")
    .select(["stated", "document"])
    .where("repository", "=", repository)
    .where("manifest_digest", "=", digest)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    stated: JSON.parse(row.stated) as readonly VexStatement[],
    ...(row.document === null ? {} : { document: JSON.parse(row.document) as VexDocument }),
  };
}

export async function saveVex(
  db: Writer,
  { repository, digest, stated, document }: StoredVex,
  at: Date,
): Promise<void> {
  const said = {
    stated: JSON.stringify(stated),
    document: document === undefined ? null : JSON.stringify(document),
    updated_at: at.toISOString(),
  };
  await db
    .insertInto("vex_documents")
    .values({ repository, manifest_digest: digest, ...said })
    .onConflict((conflict) => conflict.columns(["repository", "manifest_digest"]).doUpdateSet(said))
    .execute();
}

/** Statements that were made about a repository's images without a file. */
export async function loadStated(db: Db, repository: RepositoryName): Promise<readonly VexStatement[]> {
  const rows = await db
    .selectFrom("vex_statements")
    .select("statement")
    .where("repository", "=", repository)
    .orderBy("stated_at")
    .execute();
  return rows.map(({ statement }) => JSON.parse(statement) as VexStatement);
}

/** A statement takes the place of what was said before about the same vulnerability of the same products. */
export async function saveStated(
  db: Writer,
  repository: RepositoryName,
  statement: VexStatement,
  at: Date,
): Promise<void> {
  const products = statement.products.map((product) => JSON.stringify(product)).join("\n");
  const said = { statement: JSON.stringify(statement), stated_at: at.toISOString() };
  await db
    .insertInto("vex_statements")
    .values({ repository, vulnerability: statement.vulnerability.name, products, ...said })
    .onConflict((conflict) => conflict.columns(["repository", "vulnerability", "products"]).doUpdateSet(said))
    .execute();
}
