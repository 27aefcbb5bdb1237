// SPDX-License-Identifier: Apache-2.0
import { gunzip } from "../formats/archive/gzip.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { isWhiteout, removalOf } from "../formats/oci/whiteout.js";
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
