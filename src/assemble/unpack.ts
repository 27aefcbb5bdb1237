// SPDX-License-Identifier: Apache-2.0
import { gunzip } from "../formats/archive/gzip.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { isWhiteout, OPAQUE_WHITEOUT, WHITEOUT_PREFIX } from "../formats/oci/whiteout.js";
import type { RootFolder } from "../host/root-folder.js";
import type { BlobStore } from "../store/index.js";
import type { Layer } from "./layer.js";

/** Unpacks layers, the lowest first, as whoever runs the image would. Source: OCI image-spec, layer.md. */
export async function unpackLayers(layers: readonly Layer[], root: RootFolder, blobs: BlobStore): Promise<void> {
  for (const layer of layers) {
    // What a layer takes away is of layers below it, wherever it stands in its archive.
    for (const { path } of layer.entries) if (isWhiteout(path)) await root.delete(removedBy(path));
    await unpackLayer(layer, root, blobs);
  }
}

/** The content of a file of an image, out of the one layer that has it; nothing is unpacked. `path` has no link in it. */
export async function* readLayerFile(layers: readonly Layer[], path: string, blobs: BlobStore): AsyncGenerator<Buffer> {
  for (const { descriptor, entries } of layers.toReversed()) {
    const record = entries.findLast((entry) => entry.path === path);
    if (record === undefined) continue;
    const wanted = record.kind === "hardlink" ? record.target : path;
    const name = descriptor.digest;
    for await (const { entry, content } of readTar(gunzip(blobs.read(name), name), { name })) {
      if (entry.path !== wanted) continue;
      yield* content;
      return;
    }
  }
}

async function unpackLayer({ descriptor }: Layer, root: RootFolder, blobs: BlobStore): Promise<void> {
  const name = descriptor.digest;
  for await (const { entry, content } of readTar(gunzip(blobs.read(name), name), { name })) {
    if (entry.kind === "device") throw new Error(`internal: ${name} has the device ${entry.path}`);
    if (!isWhiteout(entry.path)) await root.write(entry, content);
  }
}

/** The path that a whiteout takes away; a folder whose content is replaced is made again by its own entry. */
function removedBy(path: string): string {
  const slash = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (name === OPAQUE_WHITEOUT) return folder;
  return `${folder === "" ? "" : `${folder}/`}${name.slice(WHITEOUT_PREFIX.length)}`;
}
