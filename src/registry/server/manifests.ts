// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { collect, bytesOf } from "../../formats/bytes.js";
import { isDigest, parseDigest, splitDigest, type Digest } from "../../formats/digest.js";
import { isTag, parseTag, type RepositoryName, type Tag } from "../../formats/image-reference.js";
import { MAX_MANIFEST_BYTES, parseManifest, type ParsedManifest } from "../../formats/oci/manifest.js";
import { createHash } from "node:crypto";
import {
  batchesOf,
  forgetManifest,
  openLease,
  readManifest,
  recordManifest,
  recordTag,
  referencesOf,
  removeTag,
  resolveManifest,
  type Lease,
  type Store,
} from "../../store/index.js";
import { entityTag, isCached } from "./entity-tags.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";

/** GET and HEAD of a manifest. Source: OCI distribution-spec, "Pulling manifests". */
export async function getManifest(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const name = parseName(request.reference);
  const { digest, mediaType, bytes } = await readManifest(store.db, store.blobs, request.repository, name);
  const headers = { "content-type": mediaType, "docker-content-digest": digest, etag: entityTag(digest) };
  if (isCached(request, digest)) return { status: 304, headers };
  return { status: 200, headers, body: bytes };
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
    await lease.pin(manifest.digest);
    await pinReferences(store, lease, repository, manifest);
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

/**
 * Pins what a manifest names and looks whether it is there: part by part, so that a long list of what is missing costs no
 * more than a short one. @throws BasaltError `MANIFEST_REFERENCE_UNKNOWN`
 */
async function pinReferences(
  store: Store,
  lease: Lease,
  repository: RepositoryName,
  manifest: ParsedManifest,
): Promise<void> {
  const foreign = new Set(
    manifest.kind === "image"
      ? manifest.value.layers
          .filter((layer) => layer.mediaType.includes("nondistributable") || layer.mediaType.includes("foreign"))
          .map((layer) => layer.digest)
      : [],
  );
  const children = referencesOf(manifest).filter(({ child }) => !foreign.has(child));
  for (const batch of batchesOf(children.map(({ child }) => child))) {
    await lease.pinAll(batch);
    const missing = await findMissing(store, repository, manifest.kind, batch);
    if (missing === undefined) continue;
    const message = `the manifest names ${missing}, which is not in ${repository}`;
    throw new BasaltError("MANIFEST_REFERENCE_UNKNOWN", message);
  }
}

/** An index names manifests, an image names blobs. */
async function findMissing(
  store: Store,
  repository: RepositoryName,
  kind: ParsedManifest["kind"],
  children: readonly Digest[],
): Promise<Digest | undefined> {
  const rows = await store.db
    .selectFrom(kind === "index" ? "manifests" : "repository_blobs")
    .select("digest")
    .where("repository", "=", repository)
    .where("digest", "in", children)
    .execute();
  const known = new Set<string>(rows.map((row) => row.digest));
  for (const child of children)
    if (!known.has(child) || (kind === "image" && (await store.blobs.stat(child)) === undefined)) return child;
  return undefined;
}
