// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect, type ByteStream } from "../formats/bytes.js";
import { isDigest, splitDigest, type Digest } from "../formats/digest.js";
import { manifestNameOf, type ImageReference, type Tag } from "../formats/image-reference.js";
import { MAX_MANIFEST_BYTES, parseManifest, type Descriptor, type ParsedManifest } from "../formats/oci/manifest.js";
import { MANIFEST_ACCEPT, MEDIA_TYPES } from "../formats/oci/media-types.js";
import { verified } from "../formats/verified.js";
import type { Host } from "../host/host.js";
import type { HttpResponse } from "../host/http.js";
import { connectRegistry, toRegistryError, type RegistryClient } from "../registry/index.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";
import { readNamedManifest } from "../formats/oci/named-manifest.js";

/** A reference that says which registry it is in. */
export type RemoteReference = ImageReference & { readonly host: string };

/** Stands in for the registry's address while a location is taken apart. */
const NOWHERE = "http://registry.invalid";
/** Source: RFC 8288, 3; the form that the OCI distribution-spec shows. */
const NEXT_PAGE = /<([^>]*)>\s*;[^<,]*\brel="?next"?/i;
const MAX_REFERRER_PAGES = 100; // ends what a broken registry would go on with for ever; chosen, not measured

/** An image of a registry. @throws BasaltError `MANIFEST_UNKNOWN`, `LOGIN_REFUSED`, `REGISTRY_REFUSED`, `NETWORK_UNREACHABLE` */
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
        if (response.status !== 201) throw await toPushError(response, `${client.name} ${name}`);
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
  const mediaType = response.header("content-type")?.split(";", 1)[0]?.trim();
  if (isDigest(name)) return readNamedManifest(response.body, { digest: name, mediaType }, client.name);
  return parseManifest(await collect(response.body, { maxBytes: MAX_MANIFEST_BYTES, name: what }), mediaType);
}

async function* fetchBlob(client: RegistryClient, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
  const response = await client.send(`blobs/${digest}`);
  if (response.status !== 200) throw await toRegistryError(response, `${client.name} ${digest}`, "BLOB_UNKNOWN");
  yield* response.body;
}

/** Registries without the referrers API keep an index under a tag derived from the digest. Source: OCI distribution-spec, "Listing Referrers". */
async function fetchReferrers(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  let path: string | undefined = `referrers/${subject}`;
  for (let pages = 0; path !== undefined; pages += 1) {
    const what = `referrers of ${client.name}@${subject}`;
    if (pages === MAX_REFERRER_PAGES)
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${what} have more than ${MAX_REFERRER_PAGES} pages`);
    const response = await client.send(path, { headers: { accept: MEDIA_TYPES.index } });
    if (response.status === 404 && pages === 0) {
      await response.cancel();
      return fetchTaggedReferrers(client, subject);
    }
    if (response.status !== 200) throw await toRegistryError(response, what, "REGISTRY_REFUSED");
    const bytes = await collect(response.body, { maxBytes: MAX_MANIFEST_BYTES, name: what });
    found.push(...entriesOf(parseManifest(bytes, MEDIA_TYPES.index)));
    path = NEXT_PAGE.exec(response.header("link") ?? "")?.[1];
  }
  return found;
}

/** Source: OCI distribution-spec, "Referrers Tag Schema". */
async function fetchTaggedReferrers(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  const { algorithm, hex } = splitDigest(subject);
  const index = await fetchManifest(client, `${algorithm}-${hex.slice(0, 64)}` as Tag);
  return index === undefined ? [] : entriesOf(index);
}

function entriesOf(manifest: ParsedManifest): readonly Descriptor[] {
  return manifest.kind === "index" ? manifest.value.manifests : [];
}

/** No status of a push says that an image is missing. */
function toPushError(response: HttpResponse, what: string): Promise<BasaltError> {
  return toRegistryError(response, `pushing ${what}`, "REGISTRY_REFUSED");
}

/** Source: OCI distribution-spec, "Pushing a blob monolithically", POST then PUT. */
async function pushBlob(client: RegistryClient, { digest, size }: Descriptor, source: ByteStream): Promise<void> {
  const started = await client.send("blobs/uploads/", { method: "POST", headers: { "content-length": "0" } });
  const location = started.header("location");
  if (started.status !== 202 || location === undefined || !URL.canParse(location, NOWHERE))
    throw await toPushError(started, `a blob to ${client.name}`);
  await started.cancel();
  const target = new URL(location, NOWHERE);
  target.searchParams.set("digest", digest);
  const path = target.origin === NOWHERE ? `${target.pathname}${target.search}` : target.href;
  const finished = await client.send(path, {
    method: "PUT",
    body: { stream: source, sizeBytes: size },
    headers: { "content-type": "application/octet-stream" },
  });
  if (finished.status !== 201) throw await toPushError(finished, `${digest} to ${client.name}`);
  await finished.cancel();
}
