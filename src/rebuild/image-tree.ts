// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { TarEntry } from "../formats/archive/tar-entry.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { limited, type ByteStream } from "../formats/bytes.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { removalOf, takeAway } from "../formats/oci/whiteout.js";
import { decompress } from "../host/decompress.js";
import type { ImageReader, PlatformImage } from "../transfer/index.js";

/** What is compared of a file: `mode` in octal, `content` a hash, and so on; each as text. */
export type FileFacts = Readonly<Record<string, string>>;

const MAX_LAYER_BYTES = 64 * 1024 ** 3; // as for scanning: bounds decompression bombs

/** The files that the layers of an image make together, by path. */
export async function readImageTree(
  reader: ImageReader,
  { manifest }: PlatformImage,
): Promise<ReadonlyMap<string, FileFacts>> {
  const files = new Map<string, FileFacts>();
  for (const layer of manifest.value.layers) {
    const compression = layerCompression(layer.mediaType);
    if (compression === undefined) continue;
    const name = `layer ${layer.digest} of ${reader.name}`;
    const content = limited(decompress(reader.readBlob(layer), compression, name), { maxBytes: MAX_LAYER_BYTES, name });
    const own = new Map<string, FileFacts>();
    for await (const { entry, content: body } of readTar(content, { name, absolute: "relative" })) {
      const removal = removalOf(entry.path);
      if (removal === undefined) own.set(entry.path, await factsOf(entry, body));
      else takeAway(files, removal);
    }
    for (const [path, facts] of own) {
      if (facts["kind"] !== "directory" && files.get(path)?.["kind"] === "directory")
        takeAway(files, { path, isContentOnly: true });
      files.set(path, facts);
    }
  }
  return files;
}

async function factsOf(entry: TarEntry, body: ByteStream): Promise<FileFacts> {
  const { kind, mode, uid, gid, mtimeSeconds, xattrs } = entry;
  return {
    kind,
    mode: mode.toString(8).padStart(4, "0"),
    owner: `${uid}:${gid}`,
    time: new Date(mtimeSeconds * 1000).toISOString(),
    ...(kind === "file" ? { bytes: String(entry.sizeBytes), content: await hashOf(body) } : {}),
    ...("target" in entry ? { target: entry.target } : {}),
    ...Object.fromEntries([...(xattrs ?? [])].map(([name, value]) => [`attribute ${name}`, value.toString("hex")])),
  };
}

async function hashOf(content: ByteStream): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
