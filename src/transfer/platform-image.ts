// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import type { Digest } from "../formats/digest.js";
import { parseImageConfig, type ImageConfig } from "../formats/oci/config.js";
import { MAX_MANIFEST_BYTES, type ImageManifest, type ParsedManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { Platform } from "../formats/platform.js";
import { ownPlatform } from "../host/machine.js";
import type { ImageReader } from "./endpoint.js";

/** The image of one platform: what a container would be made of. */
export interface PlatformImage {
  /** What its name leads to: the manifest, or the index over it. */
  readonly root: Digest;
  readonly manifest: ParsedManifest & { readonly kind: "image"; readonly value: ImageManifest };
  readonly config: ImageConfig;
  /** `os/architecture`, as the configuration says. */
  readonly platform: string;
  /** Compressed layers and configuration: what a pull transfers. */
  readonly sizeBytes: number;
}

/** Whether a media type is that of an image's configuration; artifacts have others. Source: OCI image-spec, manifest.md, "config". */
export function isImageConfig(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.config || mediaType === MEDIA_TYPES.dockerConfig;
}

/**
 * Picks the image of a platform; without a wish that of this machine, else the first.
 * @throws BasaltError `MANIFEST_UNKNOWN` when the image has not that platform, `MANIFEST_INVALID`
 */
export async function openPlatformImage(reader: ImageReader, wanted: Platform | undefined): Promise<PlatformImage> {
  const manifest = await pickManifest(reader, wanted);
  const bytes = await collect(reader.readBlob(manifest.value.config), {
    maxBytes: MAX_MANIFEST_BYTES,
    name: `the configuration of ${reader.name}`,
  });
  const config = parseImageConfig(bytes);
  const platform = `${config.os}/${config.architecture}`;
  if (wanted !== undefined && platform !== wanted)
    throw new BasaltError("MANIFEST_UNKNOWN", `${reader.name} is for ${platform}, not for ${wanted}`);
  const { layers, config: descriptor } = manifest.value;
  const root = reader.root.digest;
  return {
    root,
    manifest,
    config,
    platform,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.size, descriptor.size),
  };
}

async function pickManifest(reader: ImageReader, wanted: Platform | undefined): Promise<PlatformImage["manifest"]> {
  const { root } = reader;
  if (root.kind === "image") return root;
  const runnable = root.value.manifests.filter(
    (item) => item.platform?.os !== "unknown" && item.artifactType === undefined,
  );
  const nameOf = (item: (typeof runnable)[number]): string => `${item.platform?.os}/${item.platform?.architecture}`;
  const own = ownPlatform();
  const found =
    wanted === undefined
      ? (runnable.find((item) => nameOf(item) === own) ?? runnable[0])
      : runnable.find((item) => nameOf(item) === wanted);
  if (found === undefined) {
    throw new BasaltError(
      "MANIFEST_UNKNOWN",
      `${reader.name} has no image for ${wanted ?? own}; it has ${runnable.map(nameOf).join(", ") || "none"}`,
    );
  }
  const manifest = await reader.readManifest(found);
  if (manifest.kind === "image") return manifest;
  throw new BasaltError("MANIFEST_INVALID", `${reader.name} has an index within an index, which has no platform`);
}
