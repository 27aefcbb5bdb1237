// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseImageReference } from "../formats/image-reference.js";
import { parsePlatform } from "../formats/platform.js";
import { loadInventory } from "../inventory/index.js";
import { compareScans, toCompareJson, storedVex, toScan, type ImageScan } from "../scan/index.js";
import { openPlatformImage, openStoreImage } from "../transfer/index.js";
import type { CatalogDeps } from "./deps.js";

export interface CompareRequest {
  readonly image: string;
  readonly to: string;
  readonly platform?: string;
}

/** Compares two images of the store, as `basalt compare --format json` does. @throws BasaltError `MANIFEST_UNKNOWN`, `REFERENCE_INVALID` */
export async function compareImages(request: CompareRequest, deps: CatalogDeps): Promise<object> {
  const [analyzed, comparison] = await Promise.all([
    scanStored(request.image, request, deps),
    scanStored(request.to, request, deps),
  ]);
  return toCompareJson(compareScans(analyzed, comparison), { ignoreUnchanged: false });
}

async function scanStored(text: string, { platform }: CompareRequest, deps: CatalogDeps): Promise<ImageScan> {
  const reference = parseImageReference(text);
  if (reference.host !== undefined || !deps.mayPull(reference.repository))
    throw new BasaltError("MANIFEST_UNKNOWN", `there is no image ${text}`);
  const reader = await openStoreImage(reference, text, deps.store);
  const image = await openPlatformImage(reader, platform === undefined ? undefined : parsePlatform(platform));
  const inventory = await loadInventory(deps.store.db, image.manifest.digest);
  if (inventory === undefined) throw new BasaltError("IMAGE_PENDING", `${text} was not looked through yet`);
  const vex = await storedVex(image.manifest.digest, deps.store.db);
  return toScan(text, image, inventory, { advisories: await deps.advisories(), vex });
}
