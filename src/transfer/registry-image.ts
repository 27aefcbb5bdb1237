// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import { isDigest, type Digest } from "../formats/digest.js";
import { manifestNameOf, type ImageReference, type Tag } from "../formats/image-reference.js";
import { MAX_MANIFEST_BYTES, parseManifest, type Descriptor, type ParsedManifest } from "../formats/oci/manifest.js";
import { MANIFEST_ACCEPT, MEDIA_TYPES } from "../formats/oci/media-types.js";
import { verified } from "../formats/verified.js";
import type { ByteStream } from "../formats/bytes.js";
import type { Host } from "../host/host.js";
import { connectRegistry, toRegistryError, type RegistryClient } from "../registry/index.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";

/** A reference that says which registry it is in. */
export type RemoteReference = ImageReference & { readonly host: string };

/** An image of a registry. @throws BasaltError `MANIFEST_UNKNOWN`, `LOGIN_REFUSED`, `NETWORK_UNREACHABLE` */
export async function openRegistryImage(reference: RemoteReference, name: string, host: Host): Promise<ImageReader> {
  const client = await connectRegistry(
    { host: reference.host, repository: reference.repository, purpose: "pull" },
    host,
  );
  const root = await fetchManifest(client, manifestNameOf(reference));
  if (root === undefined) throw new BasaltError("MANIFEST_UNKNOWN", `there is no ${name}`);
  return {
    name,
    root,
    readManifest: async (descriptor) => {
      const manifest = await fetchManifest(client, descriptor.digest);
      if (manifest === undefined)
        throw new BasaltError("MANIFEST_UNKNOWN", `${client.name} has no manifest ${descriptor.digest}`);
      return manifest;
    },
    readBlob: (descriptor) => verified(fetchBlob(client, descriptor), descriptor, client.name),
    listReferrers: (subject) => fetchReferrers(client, subject),
    findTag: (tag) => fetchManifest(client, tag),
    close: () => Promise.resolve(),
  };
}

/** Takes an image into a repository of a registry. */
export async function createRegistryWriter(reference: RemoteReference, host: Host): Promise<ImageWriter> {
  const client = await connectRegistry(
    { host: reference.host, repository: reference.repository, purpose: "pull,push" },
    host,
  );
  return {
    hasBlob: async ({ digest }) => {
      const response = await client.send(`blobs/${digest}`, { method: "HEAD" });
      await response.cancel();
      return response.status === 200;
    },
    writeBlob: (descriptor, source) => pushBlob(client, descriptor, source),
    writeManifest: async (manifest, tags) => {
      for (const name of tags.length === 0 ? [manifest.digest] : tags) {
        const response = await client.send(`manifests/${name}`, {
          method: "PUT",
          body: manifest.bytes,
          headers: { "content-type": manifest.mediaType },
        });
        if (response.status !== 201) throw await toRegistryError(response, `pushing ${client.name} ${name}`);
        await response.cancel();
      }
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function fetchManifest(client: RegistryClient, name: Digest | Tag): Promise<ParsedManifest | undefined> {
  const response = await client.send(`manifests/${name}`, { headers: { accept: MANIFEST_ACCEPT } });
  if (response.status === 404) {
    await response.cancel();
    return undefined;
  }
  const what = `${client.name} ${name}`;
  if (response.status !== 200) throw await toRegistryError(response, what);
  const bytes = await collect(response.body, { maxBytes: MAX_MANIFEST_BYTES, name: what });
  const manifest = parseManifest(bytes, response.header("content-type")?.split(";", 1)[0]);
  if (isDigest(name) && name.startsWith("sha256:") && manifest.digest !== name) {
    throw new BasaltError(
      "BLOB_DIGEST_MISMATCH",
      `${client.name} answers ${manifest.digest} where ${name} was asked for`,
    );
  }
  return manifest;
}

async function* fetchBlob(client: RegistryClient, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
  const response = await client.send(`blobs/${digest}`);
  if (response.status !== 200) throw await toRegistryError(response, `${client.name} ${digest}`);
  yield* response.body;
}

/** Registries without the referrers API keep an index under a tag derived from the digest. Source: OCI distribution-spec, "Referrers Tag Schema". */
async function fetchReferrers(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  const response = await client.send(`referrers/${subject}`, { headers: { accept: MEDIA_TYPES.index } });
  if (response.status === 200) {
    const bytes = await collect(response.body, { maxBytes: MAX_MANIFEST_BYTES, name: `referrers of ${subject}` });
    const parsed = parseManifest(bytes, MEDIA_TYPES.index);
    return parsed.kind === "index" ? parsed.value.manifests : [];
  }
  await response.cancel();
  const fallback = await fetchManifest(client, subject.replace(":", "-") as Tag);
  return fallback?.kind === "index" ? fallback.value.manifests : [];
}

/** Source: OCI distribution-spec, "Pushing a blob monolithically", POST then PUT. */
async function pushBlob(client: RegistryClient, { digest, size }: Descriptor, source: ByteStream): Promise<void> {
  const started = await client.send("blobs/uploads/", { method: "POST", headers: { "content-length": "0" } });
  const location = started.header("location");
  if (started.status !== 202 || location === undefined)
    throw await toRegistryError(started, `pushing a blob to ${client.name}`);
  await started.cancel();
  const target = new URL(location, "http://registry.invalid/");
  target.searchParams.set("digest", digest);
  const path = location.startsWith("http") ? target.href : `${target.pathname}${target.search}`;
  const finished = await client.send(path, {
    method: "PUT",
    body: { stream: source, sizeBytes: size },
    headers: { "content-type": "application/octet-stream" },
  });
  if (finished.status !== 201) throw await toRegistryError(finished, `pushing ${digest} to ${client.name}`);
  await finished.cancel();
}
