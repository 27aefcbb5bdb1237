// SPDX-License-Identifier: Apache-2.0
import { readTar, type TarItem } from "../formats/archive/tar-reader.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { isWhiteout, removalOf } from "../formats/oci/whiteout.js";
import { decompress } from "../host/decompress.js";
import type { RootFolder } from "../host/root-folder.js";
import type { BlobStore } from "../store/index.js";
import type { Layer } from "./layer.js";

/** Unpacks layers, the lowest first, as whoever runs the image would. Source: OCI image-spec, layer.md. */
export async function unpackLayers(layers: readonly Layer[], root: RootFolder, blobs: BlobStore): Promise<void> {
  for (const layer of layers) {
    // What a layer takes away is of layers below it, wherever it stands in its archive.
    for (const entry of layer.entries) {
      const removal = removalOf(entry.path);
      // A folder whose content is replaced is made again by its own entry.
      if (removal !== undefined) await root.delete(removal.path);
    }
    await unpackLayer(layer, root, blobs);
  }
}

/** The content of a file of an image, out of the one layer that has it; nothing is unpacked. `path` has no link in it. */
export async function* readLayerFile(layers: readonly Layer[], path: string, blobs: BlobStore): AsyncGenerator<Buffer> {
  for (const layer of layers.toReversed()) {
    const record = layer.entries.findLast((entry) => entry.path === path);
    if (record === undefined) continue;
    const wanted = record.kind === "hardlink" ? record.target : path;
    for await (const { entry, content } of readLayer(layer, blobs)) {
      if (entry.path !== wanted) continue;
      yield* content;
      return;
    }
  }
}

/** What stands in a layer, in its order. */
export function readLayer({ descriptor }: Layer, blobs: BlobStore): AsyncGenerator<TarItem> {
  const name = descriptor.digest;
  const compression = layerCompression(descriptor.mediaType) ?? "gzip";
  return readTar(decompress(blobs.read(name), compression, name), { name });
}

async function unpackLayer(layer: Layer, root: RootFolder, blobs: BlobStore): Promise<void> {
  for await (const { entry, content } of readLayer(layer, blobs)) {
    if (entry.kind === "device") throw new Error(`internal: ${layer.descriptor.digest} has the device ${entry.path}`);
    if (!isWhiteout(entry.path)) await root.write(entry, content);
  }
}
