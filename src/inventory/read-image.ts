// SPDX-License-Identifier: Apache-2.0
import { readTar } from "../formats/archive/tar-reader.js";
import { drain, limited } from "../formats/bytes.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { decompress } from "../host/decompress.js";
import type { ImageReader, PlatformImage } from "../transfer/index.js";
import { toInventory, type Inventory, type KeptFiles } from "./inventory.js";
import { addLayer, LayerObserver } from "./observe.js";

const MAX_LAYER_BYTES = 64 * 1024 ** 3; // bounds decompression bombs; the largest layers that people push hold models of 30 GiB

/** Looks through the layers of an image, each in one pass, without unpacking anything. */
export async function readInventory(reader: ImageReader, image: PlatformImage): Promise<Inventory> {
  let files: KeptFiles = new Map();
  for (const layer of image.manifest.value.layers) {
    const compression = layerCompression(layer.mediaType);
    if (compression === undefined) continue;
    const name = `layer ${layer.digest} of ${reader.name}`;
    const observer = new LayerObserver(files);
    const content = limited(decompress(reader.readBlob(layer), compression, name), { maxBytes: MAX_LAYER_BYTES, name });
    for await (const { entry, content: body } of readTar(content, { name, absolute: "relative" })) {
      if (observer.seesWhiteout(entry.path)) continue;
      if (entry.kind === "file" && observer.wants(entry.path)) await drain(observer.observe(entry.path, body));
      else if (entry.kind === "hardlink") observer.links(entry.path, entry.target);
      else observer.replaces(entry);
    }
    files = addLayer(files, observer.facts());
  }
  return toInventory(files);
}
