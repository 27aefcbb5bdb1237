// SPDX-License-Identifier: Apache-2.0
import type { Db } from "../database/index.js";
import { BasaltError } from "../errors.js";
import type { RepositoryName } from "../formats/image-reference.js";
import type { UploadStore } from "./blob-store.js";
import type { Store } from "./open.js";

/** Begins an upload into a repository, and names it: nowhere else can it be gone on with. */
export async function beginUpload({ db, blobs, now }: Store, repository: RepositoryName): Promise<string> {
  const id = await blobs.uploads.start();
  await db.insertInto("uploads").values({ id, repository, started_at: now().toISOString() }).execute();
  return id;
}

/** @throws BasaltError `UPLOAD_UNKNOWN` unless the upload was begun in that repository */
export async function requireUpload(db: Db, repository: RepositoryName, id: string): Promise<void> {
  const row = await db
    .selectFrom("uploads")
    .select("id")
    .where("id", "=", id)
    .where("repository", "=", repository)
    .executeTakeFirst();
  if (row === undefined) throw new BasaltError("UPLOAD_UNKNOWN", `${repository} has no upload ${JSON.stringify(id)}`);
}

/** What was finished or given up belongs to nobody. */
export async function forgetUpload(db: Db, id: string): Promise<void> {
  await db.deleteFrom("uploads").where("id", "=", id).execute();
}

/** Forgets uploads begun before `before` of which nothing is left: swept, or finished by a process that died right then. */
export async function forgetLostUploads(db: Db, uploads: UploadStore, before: Date): Promise<void> {
  const rows = await db.selectFrom("uploads").select("id").where("started_at", "<", before.toISOString()).execute();
  for (const { id } of rows) if (!(await exists(uploads, id))) await forgetUpload(db, id);
}

async function exists(uploads: UploadStore, id: string): Promise<boolean> {
  try {
    await uploads.sizeBytes(id);
    return true;
  } catch (error) {
    if (error instanceof BasaltError && error.code === "UPLOAD_UNKNOWN") return false;
    throw error;
  }
}
