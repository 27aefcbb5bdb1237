// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { collect, bytesOf } from "../../formats/bytes.js";
import { isDigest, parseDigest, splitDigest, type Digest } from "../../formats/digest.js";
import { isTag, parseTag, type RepositoryName, type Tag } from "../../formats/image-reference.js";
import { MAX_MANIFEST_BYTES, parseManifest, type ParsedManifest } from "../../formats/oci/manifest.js";
import { createHash } from "node:crypto";
import {
  forgetManifest,
  openLease,
  readManifest,
  recordManifest,
  recordTag,
  referencesOf,
  removeTag,
  resolveManifest,
  type Store,
} from "../../store/index.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";

/** GET and HEAD of a manifest. Source: OCI distribution-spec, "Pulling manifests". */
export async function getManifest(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const name = parseName(request.reference);
  const { digest, mediaType, bytes } = await readManifest(store.db, store.blobs, request.repository, name);
  const headers = { "content-type": mediaType, "docker-content-digest": digest, etag: `"${digest}"` };
  if (request.header("if-none-match") === `"${digest}"`) return { status: 304, headers };
  const length = { "content-length": String(bytes.length) };
  return { status: 200, headers: { ...headers, ...length }, ...(request.method === "HEAD" ? {} : { body: bytes }) };
}

/** PUT of a manifest: everything it names must be in the repository. Source: OCI distribution-spec, "Pushing manifests". */
export async function putManifest(request: RegistryRequest, deps: RegistryDeps): Promise<RegistryResponse> {
  const { store } = deps;
  const { repository } = request;
  const name = parseName(request.reference);
  const bytes = await collect(request.body, { maxBytes: MAX_MANIFEST_BYTES, name: "the manifest" });
  const manifest = withDigest(parseManifest(bytes, request.header("content-type")?.split(";", 1)[0]?.trim()), name);
  const lease = await openLease(store.db, `push ${repository}@${manifest.digest}`, store.now);
  try {
    for (const { child } of referencesOf(manifest)) await lease.pin(child);
    await lease.pin(manifest.digest);
    await requireReferences(store, repository, manifest);
    await store.blobs.put(bytesOf(bytes), manifest.digest);
    await store.db.transaction().execute(async (transaction) => {
      await recordManifest(transaction, repository, manifest, store.now());
      if (!isDigest(name)) await recordTag(transaction, repository, name, manifest.digest, store.now());
    });
  } finally {
    await lease.release();
  }
  await deps.onPushed(repository, manifest.digest);
  const subject = manifest.value.subject;
  return {
    status: 201,
    headers: {
      location: `/v2/${repository}/manifests/${manifest.digest}`,
      "docker-content-digest": manifest.digest,
      "content-length": "0",
      ...(subject === undefined ? {} : { "oci-subject": subject.digest }),
    },
  };
}

/** DELETE of a tag, or of a manifest with all its tags. */
export async function deleteManifest(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const name = parseName(request.reference);
  if ((await resolveManifest(store.db, request.repository, name)) === undefined) {
    throw new BasaltError("MANIFEST_UNKNOWN", `${request.repository} has no manifest ${name}`);
  }
  if (isDigest(name)) await forgetManifest(store.db, request.repository, name);
  else await removeTag(store.db, request.repository, name);
  return { status: 202 };
}

function parseName(reference: string): Tag | Digest {
  if (reference.includes(":")) return parseDigest(reference);
  if (!isTag(reference)) throw new BasaltError("MANIFEST_UNKNOWN", `there can be no tag ${JSON.stringify(reference)}`);
  return parseTag(reference);
}

/** A manifest pushed by digest must have that digest, in the digest's own algorithm. */
function withDigest(manifest: ParsedManifest, name: Tag | Digest): ParsedManifest {
  if (!isDigest(name) || name === manifest.digest) return manifest;
  const { algorithm, hex } = splitDigest(name);
  const actual = createHash(algorithm).update(manifest.bytes).digest("hex");
  if (actual !== hex)
    throw new BasaltError("BLOB_DIGEST_MISMATCH", `expected the manifest ${name}, received ${algorithm}:${actual}`);
  return { ...manifest, digest: name };
}

async function requireReferences(store: Store, repository: RepositoryName, manifest: ParsedManifest): Promise<void> {
  const foreign = new Set(
    manifest.kind === "image"
      ? manifest.value.layers
          .filter((layer) => layer.mediaType.includes("nondistributable") || layer.mediaType.includes("foreign"))
          .map((layer) => layer.digest)
      : [],
  );
  for (const { child, kind } of referencesOf(manifest)) {
    if (foreign.has(child)) continue;
    const isPresent =
      kind === "manifest"
        ? (await resolveManifest(store.db, repository, child)) !== undefined
        : await hasBlob(store, repository, child);
    if (!isPresent)
      throw new BasaltError("MANIFEST_REFERENCE_UNKNOWN", `the manifest names ${child}, which is not in ${repository}`);
  }
}

async function hasBlob(store: Store, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const row = await store.db
    .selectFrom("repository_blobs")
    .select("digest")
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row !== undefined && (await store.blobs.stat(digest)) !== undefined;
}
