// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { collect } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";
import { parseImageConfig, type ImageConfig } from "../formats/oci/config.js";
import { formatManifest, MAX_MANIFEST_BYTES, parseManifest, type Descriptor } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { BasaltError } from "../errors.js";
import { verified } from "../formats/verified.js";
import type { ImageReader } from "./endpoint.js";
import { readDocument, type LayoutFiles } from "./layout-files.js";
import { openLayoutImage, type LayoutChoice } from "./oci-layout.js";

/** One image of `manifest.json`. Source: moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format". */
export interface SavedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** An image of an archive: an OCI layout, or what `docker save` of older engines writes. @throws BasaltError `IMAGE_UNREADABLE` */
export async function openArchiveImage(files: LayoutFiles, choice: LayoutChoice): Promise<ImageReader> {
  if ((await files.sizeOf("index.json")) !== undefined) return openLayoutImage(files, choice);
  const saved = await readDocument(files, "manifest.json");
  if (!Array.isArray(saved) || saved.length === 0)
    throw new BasaltError("IMAGE_UNREADABLE", `${files.name} is neither an OCI layout nor an archive of docker save`);
  const images = saved.map((item: unknown) => parseSavedImage(item, files.name));
  const wanted =
    choice.tag === undefined
      ? images
      : images.filter((image) => image.RepoTags?.some((name) => name.endsWith(`:${choice.tag ?? ""}`)) === true);
  const [image, second] = wanted;
  const names = images.flatMap((item) => item.RepoTags ?? []).join(", ");
  if (image === undefined)
    throw new BasaltError("MANIFEST_UNKNOWN", `${files.name} has no image ${choice.tag ?? ""}; it has ${names}`);
  if (second !== undefined)
    throw new BasaltError("REFERENCE_INVALID", `${files.name} holds several images: ${names}`, {
      action: "append :TAG to the path",
    });
  const reader = await openSavedImage(files, image);
  if (choice.digest === undefined || choice.digest === reader.root.digest) return reader;
  throw new BasaltError("MANIFEST_UNKNOWN", `${files.name} has no image ${choice.digest}`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parseSavedImage(value: unknown, name: string): SavedImage {
  const { Config, RepoTags, Layers } = (value ?? {}) as { readonly [key in keyof SavedImage]?: unknown };
  const names = RepoTags ?? null;
  if (typeof Config === "string" && isTexts(Layers) && (names === null || isTexts(names)))
    return { Config, RepoTags: names, Layers };
  throw new BasaltError("IMAGE_UNREADABLE", `${name} describes an image in a form that docker save does not write`);
}

/** Gives an image of `docker save` the manifest that it never had: its layers lie there uncompressed, under their diff ids. */
async function openSavedImage(files: LayoutFiles, image: SavedImage): Promise<ImageReader> {
  const configBytes = await collect(files.read(image.Config), {
    maxBytes: MAX_MANIFEST_BYTES,
    name: `${files.name} (${image.Config})`,
  });
  const config = parseImageConfig(configBytes);
  if (image.Layers.length !== config.rootfs.diff_ids.length)
    throw new BasaltError(
      "IMAGE_UNREADABLE",
      `${files.name} has ${image.Layers.length} layers of ${config.rootfs.diff_ids.length}`,
    );
  const paths = new Map<Digest, string>();
  const layers: Descriptor[] = [];
  for (const [index, path] of image.Layers.entries()) {
    const layer = await describeLayer(files, path, config.rootfs.diff_ids[index]);
    paths.set(layer.digest, path);
    layers.push(layer);
  }
  const configDigest = `sha256:${createHash("sha256").update(configBytes).digest("hex")}` as Digest;
  paths.set(configDigest, image.Config);
  const manifest = formatManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, digest: configDigest, size: configBytes.length },
    layers,
  });
  const pathOf = (descriptor: Descriptor): string => {
    const path = paths.get(descriptor.digest);
    if (path === undefined) throw new BasaltError("BLOB_UNKNOWN", `${files.name} has no blob ${descriptor.digest}`);
    return path;
  };
  return {
    name: files.name,
    root: parseManifest(manifest),
    readManifest: (descriptor) =>
      Promise.reject(new BasaltError("MANIFEST_UNKNOWN", `${files.name} has no manifest ${descriptor.digest}`)),
    readBlob: (descriptor) => verified(files.read(pathOf(descriptor)), descriptor, files.name),
    listReferrers: () => Promise.resolve([]),
    findTag: () => Promise.resolve(undefined),
    close: files.close,
  };
}

async function describeLayer(
  files: LayoutFiles,
  path: string,
  diffId: ImageConfig["rootfs"]["diff_ids"][number] | undefined,
): Promise<Descriptor> {
  const size = await files.sizeOf(path);
  if (size === undefined || diffId === undefined)
    throw new BasaltError("IMAGE_UNREADABLE", `${files.name} lacks the layer ${path}`);
  const hash = createHash("sha256");
  let isGzip: boolean | undefined;
  for await (const chunk of files.read(path)) {
    isGzip ??= chunk[0] === 0x1f && chunk[1] === 0x8b;
    // Uncompressed layers are checked against their diff id when they are read.
    if (!isGzip) return { mediaType: MEDIA_TYPES.layerTar, digest: diffId as string as Digest, size };
    hash.update(chunk);
  }
  return { mediaType: MEDIA_TYPES.layerGzip, digest: `sha256:${hash.digest("hex")}` as Digest, size };
}
