// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseDigest, type Digest } from "../../formats/digest.js";
import { isRepositoryName, type RepositoryName } from "../../formats/image-reference.js";
import { openLease, recordBlobs, type Store } from "../../store/index.js";
import { entityTag, isCached } from "./entity-tags.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";

const OCTETS = "application/octet-stream";
/** Entries are renewed at most so often: far below the time for which fresh ones stay. */
const RENEW_AFTER_MS = 10 * 60 * 1000;

/** GET and HEAD of a blob, whole or in part. Source: OCI distribution-spec, "Pulling blobs". */
export async function getBlob(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const digest = parseDigest(request.reference);
  // Who asks before a push is told that the blob need not be sent, so it must stay until the manifest arrives.
  if (request.method === "HEAD" && request.visitor.permits(request.repository, "push"))
    await renewBlobEntry(store, request.repository, digest);
  const blob = await findBlob(store, request.repository, digest);
  const headers = {
    "content-type": OCTETS,
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    etag: entityTag(digest),
    "cache-control": "max-age=31536000",
  };
  if (isCached(request, digest)) return { status: 304, headers };
  const range = parseRange(request.header("range"), blob.sizeBytes);
  if (range === "unsatisfiable")
    return { status: 416, headers: { ...headers, "content-range": `bytes */${blob.sizeBytes}` } };
  const { offset, sizeBytes } = range ?? { offset: 0, sizeBytes: blob.sizeBytes };
  const part =
    range === undefined ? {} : { "content-range": `bytes ${offset}-${offset + sizeBytes - 1}/${blob.sizeBytes}` };
  return {
    status: range === undefined ? 200 : 206,
    headers: { ...headers, ...part, "content-length": String(sizeBytes) },
    body: store.blobs.read(digest, range),
  };
}

/** DELETE of a blob: takes it out of the repository; the bytes go when nobody needs them any more. */
export async function deleteBlob(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const digest = parseDigest(request.reference);
  await findBlob(store, request.repository, digest);
  const user = await store.db
    .selectFrom("manifest_references")
    .select("digest")
    .where("repository", "=", request.repository)
    .where("child", "=", digest)
    .executeTakeFirst();
  if (user !== undefined)
    throw new BasaltError("BLOB_IN_USE", `${digest} is part of ${request.repository}@${user.digest}`);
  await store.db
    .deleteFrom("repository_blobs")
    .where("repository", "=", request.repository)
    .where("digest", "=", digest)
    .execute();
  return { status: 202 };
}

/** POST with `mount`: makes a blob of another repository part of this one, if both may be used. Answers whether it did. */
export async function mountBlob(request: RegistryRequest, { store }: RegistryDeps): Promise<boolean> {
  const digest = parseDigest(request.query.get("mount") ?? "");
  const from = request.query.get("from");
  const sources =
    from === null ? [] : isRepositoryName(from) && (await request.visitor.couldHave(from, "pull")) ? [from] : [];
  if (from === null) {
    const rows = await store.db
      .selectFrom("repository_blobs")
      .select("repository")
      .where("digest", "=", digest)
      .execute();
    for (const row of rows)
      if (await request.visitor.couldHave(row.repository, "pull")) sources.push(row.repository as RepositoryName);
  }
  for (const source of sources) if (await copyBlobEntry(store, digest, source, request.repository)) return true;
  return false;
}

/** Makes a finished upload part of a repository. */
export async function adoptBlob(store: Store, repository: RepositoryName, digest: Digest): Promise<void> {
  await recordBlobs(store.db, repository, [digest], store.now());
}

async function copyBlobEntry(store: Store, digest: Digest, from: RepositoryName, to: RepositoryName): Promise<boolean> {
  const lease = await openLease(store.db, `mount ${digest}`, store.now);
  try {
    await lease.pin(digest);
    if ((await findBlobIfAny(store, from, digest)) === undefined) return false;
    await adoptBlob(store, to, digest);
    return true;
  } finally {
    await lease.release();
  }
}

async function renewBlobEntry(store: Store, repository: RepositoryName, digest: Digest): Promise<void> {
  const now = store.now();
  await store.db
    .updateTable("repository_blobs")
    .set({ added_at: now.toISOString() })
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .where("added_at", "<", new Date(now.getTime() - RENEW_AFTER_MS).toISOString())
    .execute();
}

/** @throws BasaltError `BLOB_UNKNOWN` */
async function findBlob(
  store: Store,
  repository: RepositoryName,
  digest: Digest,
): Promise<{ readonly sizeBytes: number }> {
  const blob = await findBlobIfAny(store, repository, digest);
  if (blob === undefined) throw new BasaltError("BLOB_UNKNOWN", `${repository} has no blob ${digest}`);
  return blob;
}

async function findBlobIfAny(
  store: Store,
  repository: RepositoryName,
  digest: Digest,
): Promise<{ readonly sizeBytes: number } | undefined> {
  const row = await store.db
    .selectFrom("repository_blobs")
    .select("digest")
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row === undefined ? undefined : store.blobs.stat(digest);
}

/** One range of bytes; several at once are answered with the whole. Source: RFC 9110, 14.1.2. */
function parseRange(
  header: string | undefined,
  totalBytes: number,
): { readonly offset: number; readonly sizeBytes: number } | "unsatisfiable" | undefined {
  const match = /^bytes=([0-9]*)-([0-9]*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const isSuffix = match[1] === "";
  const offset = isSuffix ? Math.max(0, totalBytes - Number(match[2])) : Number(match[1]);
  const end = isSuffix || match[2] === "" ? totalBytes - 1 : Math.min(Number(match[2]), totalBytes - 1);
  return offset > end || offset >= totalBytes ? "unsatisfiable" : { offset, sizeBytes: end - offset + 1 };
}
