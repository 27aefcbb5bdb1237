// SPDX-License-Identifier: Apache-2.0
import { dirname } from "node:path";
import { formatTarHeader, TAR_END, tarPaddingBytes } from "../formats/archive/tar-writer.js";
import { bytesOf, collect, type ByteStream } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";
import { parseImageConfig } from "../formats/oci/config.js";
import { MAX_MANIFEST_BYTES } from "../formats/oci/manifest.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { createTemporaryFile, moveFile } from "../host/files.js";
import type { ImageWriter } from "./endpoint.js";
import { blobPath, formatLayoutIndex, layoutEntries, type WrittenManifest } from "./oci-layout.js";
import { isImageConfig } from "./platform-image.js";
import type { SavedImage } from "./saved-archive.js";

export interface ArchiveOptions {
  /** Names that an engine gives to the image when it loads the archive. */
  readonly engineNames: readonly string[];
  /** Which platform's image an engine loads, if there are several. */
  readonly enginePlatform: string;
}

/**
 * Writes images as a tar archive that is an OCI layout and that `docker load` reads, too. The file appears when it is whole;
 * equal images give equal bytes.
 */
export async function createArchiveWriter(file: string, options: ArchiveOptions): Promise<ImageWriter> {
  const output = await createTemporaryFile(dirname(file));
  const written = new Set<string>();
  const manifests: WrittenManifest[] = [];
  const configs = new Map<Digest, Buffer>();
  const add = async (path: string, sizeBytes: number, content: ByteStream): Promise<void> => {
    if (written.has(path)) return;
    written.add(path);
    await output.write(
      formatTarHeader({ kind: "file", path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, sizeBytes }),
    );
    for await (const chunk of content) await output.write(chunk);
    await output.write(tarPaddingBytes(sizeBytes));
  };
  const addText = (path: string, text: string): Promise<void> => add(path, Buffer.byteLength(text), bytesOf(text));
  let queue: Promise<void> = Promise.resolve();
  /** One after the other: a tar has only one end. */
  const inTurn = (work: () => Promise<void>): Promise<void> => (queue = queue.then(work));
  return {
    hasBlob: async ({ digest }) => written.has(blobPath(digest)),
    writeBlob: (descriptor, source) =>
      inTurn(async () => {
        if (!isImageConfig(descriptor.mediaType)) return add(blobPath(descriptor.digest), descriptor.size, source);
        const bytes = await collect(source, { maxBytes: MAX_MANIFEST_BYTES, name: descriptor.digest });
        configs.set(descriptor.digest, bytes);
        return add(blobPath(descriptor.digest), bytes.length, bytesOf(bytes));
      }),
    writeManifest: (manifest, tags) =>
      inTurn(async () => {
        await add(blobPath(manifest.digest), manifest.bytes.length, bytesOf(manifest.bytes));
        manifests.push({ manifest, tags });
      }),
    finish: async () => {
      await queue;
      await addText("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
      await addText("index.json", formatLayoutIndex(layoutEntries(manifests)));
      const saved = savedImages(manifests, configs, options);
      if (saved.length > 0) await addText("manifest.json", JSON.stringify(saved));
      await output.write(TAR_END);
      await output.close();
      await moveFile(output.path, file);
    },
    close: () => output.discard(),
  };
}

/** What an engine loads: the image of its platform, or the first. Signatures call themselves images, too, but have no files. */
function savedImages(
  manifests: readonly WrittenManifest[],
  configs: ReadonlyMap<Digest, Buffer>,
  options: ArchiveOptions,
): readonly SavedImage[] {
  const runnable = manifests.flatMap(({ manifest: { kind, value } }) => {
    if (kind !== "image" || value.layers.some((layer) => layerCompression(layer.mediaType) === undefined)) return [];
    const bytes = configs.get(value.config.digest);
    if (bytes === undefined) return [];
    const { os, architecture } = parseImageConfig(bytes);
    return [{ value, platform: `${os}/${architecture}` }];
  });
  const chosen = runnable.find((image) => image.platform === options.enginePlatform) ?? runnable[0];
  if (chosen === undefined) return [];
  const { config, layers } = chosen.value;
  return [
    {
      Config: blobPath(config.digest),
      RepoTags: options.engineNames,
      Layers: layers.map((layer) => blobPath(layer.digest)),
    },
  ];
}
