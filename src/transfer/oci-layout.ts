// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { splitDigest, type Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import {
  artifactTypeOf,
  parseManifest,
  type Descriptor,
  type ImageIndex,
  type ParsedManifest,
} from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { isCosignTag } from "../formats/simple-signing.js";
import { verified } from "../formats/verified.js";
import { readTextIfAny, statIfAny, writeFileAtomic, writeStreamAtomic } from "../host/files.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";
import { readDocument, type LayoutFiles } from "./layout-files.js";
import { readNamedManifest } from "../formats/oci/named-manifest.js";

/** Name of an image within a layout. Source: OCI image-spec, annotations.md. */
const REF_NAME = "org.opencontainers.image.ref.name";
const LAYOUT_FILE = JSON.stringify({ imageLayoutVersion: "1.0.0" });

/** Picks an image of a layout: by tag or digest, else the only one. */
export interface LayoutChoice {
  readonly tag?: Tag;
  readonly digest?: Digest;
}

export function blobPath(digest: Digest): string {
  const { algorithm, hex } = splitDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

/** An image of an OCI layout. Source: OCI image-spec, image-layout.md. @throws BasaltError `IMAGE_UNREADABLE`, `MANIFEST_UNKNOWN` */
export async function openLayoutImage(files: LayoutFiles, choice: LayoutChoice): Promise<ImageReader> {
  const index = await readDocument(files, "index.json");
  if (index === undefined)
    throw new BasaltError("IMAGE_UNREADABLE", `${files.name} has no index.json, so it is not an image layout`);
  const parsed = parseManifest(Buffer.from(JSON.stringify(index)), MEDIA_TYPES.index);
  const entries = parsed.kind === "index" ? parsed.value.manifests : [];
  const readManifest = (descriptor: Descriptor): Promise<ParsedManifest> =>
    readNamedManifest(readBlobFile(files, descriptor.digest), descriptor, files.name);
  const root = await readManifest(choose(entries, choice, files.name));
  return {
    name: files.name,
    root,
    readManifest,
    readBlob: (descriptor) => verified(readBlobFile(files, descriptor.digest), descriptor, files.name),
    listReferrers: async (subject) => {
      const unique = new Map(entries.map((entry) => [entry.digest, entry]));
      const manifests = await Promise.all([...unique.values()].map(readManifest));
      return manifests.filter((manifest) => manifest.value.subject?.digest === subject).map(toDescriptor);
    },
    findTag: async (tag) => {
      const found = entries.find((entry) => tagOf(entry) === tag);
      return found === undefined ? undefined : readManifest(found);
    },
    close: files.close,
  };
}

/** @throws BasaltError `BLOB_UNKNOWN` */
async function* readBlobFile(files: LayoutFiles, digest: Digest): AsyncGenerator<Uint8Array> {
  const path = blobPath(digest);
  if ((await files.sizeOf(path)) === undefined)
    throw new BasaltError("BLOB_UNKNOWN", `${files.name} has no blob ${digest}`);
  yield* files.read(path);
}

function choose(entries: readonly Descriptor[], { tag, digest }: LayoutChoice, name: string): Descriptor {
  const images = entries.filter((entry) => entry.artifactType === undefined && !isCosignTag(tagOf(entry) ?? ""));
  const fits = (entry: Descriptor): boolean =>
    (digest === undefined || entry.digest === digest) && (tag === undefined || tagOf(entry) === tag);
  const candidates = digest === undefined && tag === undefined ? images : entries.filter(fits);
  const found = new Map(candidates.map((entry) => [entry.digest, entry]));
  const [first, second] = [...found.values()];
  if (first !== undefined && second === undefined) return first;
  const names = images.map((entry) => entry.annotations?.[REF_NAME] ?? entry.digest).join(", ");
  if (first === undefined)
    throw new BasaltError("MANIFEST_UNKNOWN", `${name} has no image ${digest ?? tag ?? ""}; it has ${names || "none"}`);
  throw new BasaltError("REFERENCE_INVALID", `${name} holds several images: ${names}`, {
    action: "append :TAG or @DIGEST to the path",
  });
}

/** Some tools write the whole image name where others write the tag. */
function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[REF_NAME]?.replace(/^.*[/:]/, "");
}

function toDescriptor(manifest: ParsedManifest): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.value.annotations === undefined ? {} : { annotations: manifest.value.annotations }),
  };
}

/** A manifest that was given to a layout, with its names. */
export interface WrittenManifest {
  readonly manifest: ParsedManifest;
  readonly tags: readonly Tag[];
}

/** The entries of a layout's index.json: one for each name, and one without for evidence and for what nothing else leads to. */
export function layoutEntries(written: readonly WrittenManifest[]): readonly Descriptor[] {
  const children = written.flatMap(({ manifest }) => (manifest.kind === "index" ? manifest.value.manifests : []));
  const named = written.flatMap(({ manifest, tags }) => (tags.length > 0 ? [manifest] : []));
  const reached = new Set([...children, ...named].map(({ digest }) => digest));
  return written.flatMap(({ manifest, tags }): readonly Descriptor[] => {
    const { mediaType, digest, bytes } = manifest;
    const plain = { mediaType, digest, size: bytes.length };
    if (tags.length > 0) return tags.map((tag) => ({ ...plain, annotations: { [REF_NAME]: tag } }));
    if (manifest.value.subject !== undefined) return [toDescriptor(manifest)];
    return reached.has(digest) ? [] : [plain];
  });
}

/** Adds images to a layout in a folder, which is made if it is not there. They appear when index.json is replaced. */
export function createLayoutWriter(folder: string): ImageWriter {
  const written: WrittenManifest[] = [];
  return {
    hasBlob: async ({ digest, size }) => (await statIfAny(join(folder, blobPath(digest))))?.sizeBytes === size,
    writeBlob: ({ digest }, source) => writeStreamAtomic(join(folder, blobPath(digest)), source),
    writeManifest: async (manifest, tags) => {
      await writeFileAtomic(join(folder, blobPath(manifest.digest)), manifest.bytes);
      written.push({ manifest, tags });
    },
    finish: async () => {
      const entries = layoutEntries(written);
      const before = await readEntries(folder);
      const names = new Set(entries.map((entry) => entry.annotations?.[REF_NAME] ?? entry.digest));
      const kept = before.filter((entry) => !names.has(entry.annotations?.[REF_NAME] ?? entry.digest));
      await writeFileAtomic(join(folder, "oci-layout"), LAYOUT_FILE);
      await writeFileAtomic(join(folder, "index.json"), formatLayoutIndex([...kept, ...entries]));
    },
    close: () => Promise.resolve(),
  };
}

export function formatLayoutIndex(manifests: readonly Descriptor[]): string {
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests };
  return JSON.stringify(index);
}

async function readEntries(folder: string): Promise<readonly Descriptor[]> {
  const text = await readTextIfAny(join(folder, "index.json"));
  if (text === undefined) return [];
  const parsed = parseManifest(Buffer.from(text), MEDIA_TYPES.index);
  return parsed.kind === "index" ? parsed.value.manifests : [];
}
