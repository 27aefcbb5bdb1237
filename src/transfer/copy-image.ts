// SPDX-License-Identifier: Apache-2.0
import { concurrently } from "../formats/concurrently.js";
import { isTag, type Tag } from "../formats/image-reference.js";
import type { Descriptor, ParsedManifest } from "../formats/oci/manifest.js";
import { cosignTags } from "../formats/simple-signing.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";

export interface CopyOptions {
  /** Names for the copy. */
  readonly tags: readonly Tag[];
  /** Signatures and attestations, too. */
  readonly withReferrers: boolean;
  readonly onBlob?: (sizeBytes: number) => void;
}

const PARALLEL_BLOBS = 4; // as docker push does by default (max-concurrent-uploads 5, downloads 3)

/** Copies an image with everything it is made of; blobs first, names last. Digests stay as they are. */
export async function copyImage(reader: ImageReader, writer: ImageWriter, options: CopyOptions): Promise<void> {
  const manifests = await collectManifests(reader, reader.root);
  const related = options.withReferrers ? await collectReferrers(reader, manifests) : [];
  const tagged = options.withReferrers ? await collectTagged(reader, manifests) : [];
  const all = [...manifests, ...related, ...tagged.map(({ manifest }) => manifest)];
  const blobs = new Map(all.flatMap(blobsOf).map((blob) => [blob.digest, blob]));
  await concurrently([...blobs.values()], PARALLEL_BLOBS, async (blob) => {
    if (!(await writer.hasBlob(blob))) await writer.writeBlob(blob, reader.readBlob(blob));
    options.onBlob?.(blob.size);
  });
  for (const manifest of [...manifests, ...related]) {
    if (manifest.digest !== reader.root.digest) await writer.writeManifest(manifest, []);
  }
  for (const { manifest, tag } of tagged) await writer.writeManifest(manifest, [tag]);
  await writer.writeManifest(reader.root, options.tags);
  await writer.finish();
}

/** A manifest and all below it, children before parents. */
async function collectManifests(reader: ImageReader, root: ParsedManifest): Promise<readonly ParsedManifest[]> {
  if (root.kind === "image") return [root];
  const children: ParsedManifest[] = [];
  for (const child of root.value.manifests) {
    children.push(...(await collectManifests(reader, await reader.readManifest(child))));
  }
  return [...children, root];
}

/** Referrers of manifests, and referrers of those (a signature of an attestation). */
async function collectReferrers(
  reader: ImageReader,
  subjects: readonly ParsedManifest[],
): Promise<readonly ParsedManifest[]> {
  const seen = new Set<string>(subjects.map((subject) => subject.digest));
  const found: ParsedManifest[] = [];
  for (const queue = [...subjects]; queue.length > 0;) {
    const subject = queue.shift();
    if (subject === undefined) break;
    for (const descriptor of await reader.listReferrers(subject.digest)) {
      if (seen.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      const manifests = await collectManifests(reader, await reader.readManifest(descriptor));
      found.push(...manifests);
      queue.push(...manifests);
    }
  }
  return found;
}

/** Signatures and attestations under the tags that cosign derives from digests. */
async function collectTagged(
  reader: ImageReader,
  subjects: readonly ParsedManifest[],
): Promise<readonly { readonly manifest: ParsedManifest; readonly tag: Tag }[]> {
  const found: { manifest: ParsedManifest; tag: Tag }[] = [];
  // What is derived from a SHA-512 is too long for a tag, so that registries refuse to be asked for it.
  for (const tag of subjects.flatMap((subject) => cosignTags(subject.digest)).filter(isTag)) {
    const manifest = await reader.findTag(tag);
    if (manifest !== undefined) found.push({ manifest, tag });
  }
  return found;
}

function blobsOf(manifest: ParsedManifest): readonly Descriptor[] {
  return manifest.kind === "index" ? [] : [manifest.value.config, ...manifest.value.layers];
}
