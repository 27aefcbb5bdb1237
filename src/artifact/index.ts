// SPDX-License-Identifier: Apache-2.0
import type { LayerDeps, LayerWork } from "../assemble/index.js";
import type { ArtifactRequest, ImageDefinition } from "../definition/index.js";
import { distroOf, type ContentItem } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import type { LayerCompressor } from "../formats/archive/layer-compressor.js";
import type { TarItem } from "../formats/archive/tar-reader.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { ruleVersions } from "../formats/assembly-rules.js";
import { limited } from "../formats/bytes.js";
import { compileSelection } from "../formats/glob.js";
import type { Descriptor } from "../formats/oci/manifest.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { decompress } from "../host/decompress.js";
import type { Store } from "../store/index.js";
import type { ImageReader } from "../transfer/index.js";
import { findFinalFiles } from "./final-files.js";

const MAX_LAYER_BYTES = 8 * 1024 ** 3; // bounds decompression bombs; the largest toolchains unpack to 2 GiB

export interface ArtifactDeps extends LayerDeps {
  readonly store: Store;
}

/**
 * A layer for each image that a definition takes files from: those that its includes select and its excludes do not, as they are in the
 * end of all its layers. The image is pinned by digest, so its recipe needs nothing else, and one whose layer is there is not opened again.
 */
export function artifactWorks(
  image: ImageDefinition,
  options: { readonly compressor: LayerCompressor },
  deps: ArtifactDeps,
): readonly LayerWork[] {
  return image.artifacts.map((request) => ({
    title: `files of ${request.repository}@${request.digest}`,
    recipe: {
      kind: "artifact",
      compressor: options.compressor,
      rules: ruleVersions(["artifacts", "layers", "merged-usr", "tar"]),
      platform: image.platform,
      distro: image.osRelease.id,
      digest: request.digest,
      selection: { includes: request.includes, excludes: request.excludes, uid: request.uid, gid: request.gid },
    },
    open: () => ({ sources: [{ items: readArtifact(request, image, deps) }], packages: () => [], files: [] }),
  }));
}

/**
 * The files of an image that a request selects, as they are in the end of all its layers.
 * @throws BasaltError `ARTIFACT_EMPTY`, `MANIFEST_UNKNOWN`, `BLOB_DIGEST_MISMATCH`, `PACKAGE_CONTENT`
 */
export async function* readArtifact(
  request: ArtifactRequest,
  image: ImageDefinition,
  deps: ArtifactDeps,
): AsyncGenerator<ContentItem> {
  // Most images take nothing from others, and need no client of registries.
  const { openPlatformImage } = await import("../transfer/index.js");
  const reader = await open(request, deps);
  try {
    const { manifest } = await openPlatformImage(reader, image.platform);
    const { layers } = manifest.value;
    const final = await findFinalFiles(layers.map((layer) => readLayer(layer, reader)));
    const isWanted = compileSelection(request.includes, request.excludes);
    let found = false;
    for (const [index, layer] of layers.entries()) {
      for await (const item of readLayer(layer, reader)) {
        if (final.get(item.entry.path) !== index || !isWanted(item.entry.path)) continue;
        found = true;
        if (isSystemLink(item.entry, image)) continue;
        yield placed(item, { request, image, isTaken: (path) => final.get(path) === index && isWanted(path) });
      }
    }
    if (!found)
      throw new BasaltError("ARTIFACT_EMPTY", `${reader.name} has nothing that matches ${request.includes.join(", ")}`);
  } finally {
    await reader.close();
  }
}

/** From the own store if it has the digest, else from the registry that the reference names. */
async function open(request: ArtifactRequest, deps: ArtifactDeps): Promise<ImageReader> {
  const { openImage } = await import("../transfer/index.js");
  const own = `${request.repository}@${request.digest}`;
  try {
    return requirePinned(await openImage(own, deps), request);
  } catch (error) {
    if (!(error instanceof BasaltError) || error.code !== "MANIFEST_UNKNOWN" || request.host === undefined) throw error;
    return requirePinned(await openImage(`registry://${request.host}/${own}`, deps), request);
  }
}

function requirePinned(reader: ImageReader, { digest }: ArtifactRequest): ImageReader {
  if (reader.root.digest === digest) return reader;
  throw new BasaltError("BLOB_DIGEST_MISMATCH", `${reader.name} is ${reader.root.digest}, not ${digest}`);
}

async function* readLayer(layer: Descriptor, reader: ImageReader): AsyncGenerator<TarItem> {
  const name = `layer ${layer.digest} of ${reader.name}`;
  const compression = layerCompression(layer.mediaType);
  if (compression === undefined)
    throw new BasaltError("MANIFEST_INVALID", `${name} is no layer of files: ${layer.mediaType}`);
  const content = limited(decompress(reader.readBlob(layer), compression, name), { maxBytes: MAX_LAYER_BYTES, name });
  yield* readTar(content, { name, absolute: "relative" });
}

/** `/bin` and its like as links into `/usr`, which every image has of its own. */
function isSystemLink({ kind, path }: TarItem["entry"], image: ImageDefinition): boolean {
  return kind === "symlink" && !path.includes("/") && distroOf(image.osRelease.id).imagePath(path) !== path;
}

interface Placement {
  readonly request: ArtifactRequest;
  readonly image: ImageDefinition;
  /** Whether a path of the same layer is taken as well. */
  readonly isTaken: (path: string) => boolean;
}

function placed({ entry, content }: TarItem, { request, image, isTaken }: Placement): ContentItem {
  const { imagePath } = distroOf(image.osRelease.id);
  const where = `${request.repository}@${request.digest} has ${JSON.stringify(entry.path)}`;
  if (entry.kind === "device") throw new BasaltError("PACKAGE_CONTENT", `${where}, a device or pipe`);
  if (entry.kind === "hardlink" && !isTaken(entry.target))
    throw new BasaltError("PACKAGE_CONTENT", `${where}, a hard link to ${entry.target}, which is not taken`);
  const moved: WritableEntry = {
    ...entry,
    path: imagePath(entry.path),
    uid: request.uid ?? entry.uid,
    gid: request.gid ?? entry.gid,
    ...(entry.kind === "hardlink" ? { target: imagePath(entry.target) } : {}),
  };
  return { entry: moved, content };
}
