// SPDX-License-Identifier: Apache-2.0
import type { Advisories } from "../advisories/index.js";
import type { Digest } from "../formats/digest.js";
import { parseImageReference } from "../formats/image-reference.js";
import type { ImageConfig } from "../formats/oci/config.js";
import type { Platform } from "../formats/platform.js";
import { inventoryOf, type Inventory } from "../inventory/index.js";
import { openPlatformImage, type ImageReader, type PlatformImage } from "../transfer/index.js";
import type { Store } from "../store/index.js";
import { countFindings, type Counts } from "./counts.js";
import { loadVexDocuments, suppressionsBy, type LookedAt, type VexSource } from "../vex/index.js";
import type { ScanResult } from "./finding.js";
import { match } from "./match.js";

/** An image of one platform, looked through and compared with what is known. */
export interface ImageScan {
  /** As its user named it. */
  readonly reference: string;
  /** Of the platform's manifest. */
  readonly digest: Digest;
  readonly platform: string;
  readonly sizeBytes: number;
  readonly config: ImageConfig;
  readonly inventory: Inventory;
  readonly result: ScanResult;
  readonly counts: Counts | undefined;
}

export interface ScanOptions {
  readonly platform?: Platform;
  readonly advisories: Advisories;
  /** Statements besides those that the store has about the image. @default none */
  readonly vex?: readonly VexSource[];
  /** Remembers inventories, so that an image is looked through once. */
  readonly store: Pick<Store, "db" | "now">;
}

/** Scans an image; one whose inventory is not known yet is looked through. */
export async function scanImage(reader: ImageReader, options: ScanOptions): Promise<ImageScan> {
  const image = await openPlatformImage(reader, options.platform);
  const inventory = await inventoryOf(reader, image, options.store);
  const vex = [...(options.vex ?? []), ...(await storedVex(image.manifest.digest, options.store.db))];
  return toScan(reader.name, image, inventory, { ...options, vex });
}

/** What was published about an image, where it was built here. */
export async function storedVex(digest: Digest, db: Store["db"]): Promise<readonly VexSource[]> {
  const documents = await loadVexDocuments(db, digest);
  return documents.map((document) => ({ document, origin: "published with the image" }));
}

/** A scan from an inventory that is known. */
export function toScan(
  reference: string,
  image: PlatformImage,
  inventory: Inventory,
  { advisories, vex = [] }: Pick<ScanOptions, "advisories" | "vex">,
): ImageScan {
  const result = match(inventory, advisories, suppressionsBy(vex, toLookedAt(reference, image, inventory)));
  const { platform, sizeBytes, config } = image;
  const { digest } = image.manifest;
  return { reference, digest, platform, sizeBytes, config, inventory, result, counts: countFindings(result) };
}

/** What statements may call an image; places without names know it by digest only. */
function toLookedAt(reference: string, { manifest, root }: PlatformImage, { distro }: Inventory): LookedAt {
  const digests = [...new Set([root, manifest.digest])];
  try {
    const { host, repository } = parseImageReference(reference.replace(/^registry:\/\//, ""));
    return { image: { repository, registries: host === undefined ? [] : [host], digests }, distro };
  } catch {
    return { image: { digests }, distro }; // a file, or a folder
  }
}
