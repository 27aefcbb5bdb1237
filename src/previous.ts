// SPDX-License-Identifier: Apache-2.0
import { openAdvisories, type Advisories } from "./advisories/index.js";
import { BasaltError } from "./errors.js";
import { describeChanges, type Description } from "./describe/index.js";
import { parseTag, type ImageReference, type RepositoryName } from "./formats/image-reference.js";
import type { Host } from "./host/host.js";
import type { TestedImage } from "./image-tests/index.js";
import { loadInventory } from "./inventory/index.js";
import { countFindings, storedVex, toScan, type ImageScan } from "./scan/index.js";
import type { Store } from "./store/index.js";
import { openPlatformImage, openStoreImage } from "./transfer/index.js";

/** Adds to each image what changed since the one that its first tag leads to, where that is another. */
export async function describeAllChanges(
  images: readonly TestedImage[],
  descriptions: readonly Description[],
  repository: RepositoryName,
  { host, store }: { readonly host: Host; readonly store: Store },
): Promise<readonly Description[]> {
  const tag = images[0]?.image.tags[0];
  if (tag === undefined) return descriptions;
  const advisories = await openAdvisories(host.home.advisories);
  try {
    return await Promise.all(
      descriptions.map(async (description, index) => {
        const assembled = images[index];
        if (assembled === undefined) return description;
        const previous = await previousScan({ repository, tag: parseTag(tag) }, assembled, { advisories, store });
        return previous === undefined
          ? description
          : describeChanges(description, { repository, tag }, previous, scanOf(assembled, description));
      }),
    );
  } finally {
    advisories.close();
  }
}

/** The image of the same platform that a tag leads to before this one is published; undefined where it is this one, or there is none. */
async function previousScan(
  reference: ImageReference,
  { image, manifest }: TestedImage,
  { advisories, store }: { readonly advisories: Advisories; readonly store: Store },
): Promise<ImageScan | undefined> {
  const name = `${reference.repository}:${reference.tag}`;
  try {
    const previous = await openPlatformImage(await openStoreImage(reference, name, store), image.platform);
    const { digest } = previous.manifest;
    const inventory = digest === manifest.digest ? undefined : await loadInventory(store.db, digest);
    if (inventory === undefined) return undefined;
    return toScan(name, previous, inventory, { advisories, vex: await storedVex(digest, store.db) });
  } catch (error) {
    if (error instanceof BasaltError) return undefined; // nothing can be compared with what is not there, or damaged
    throw error;
  }
}

/** An image that is made and not published yet, as if it had been scanned. */
function scanOf({ image, manifest, config, layers }: TestedImage, description: Description): ImageScan {
  const { inventory, scan } = description;
  if (inventory === undefined || scan === undefined) throw new Error("internal: an image that was not scanned");
  return {
    reference: image.image,
    digest: manifest.digest,
    platform: image.platform,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.descriptor.size, 0),
    config,
    inventory,
    result: scan,
    counts: countFindings(scan),
  };
}
