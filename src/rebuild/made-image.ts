// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { appendToIndex } from "../formats/oci/in-index.js";
import { parseManifest, type Descriptor, type ParsedManifest } from "../formats/oci/manifest.js";
import type { MadeImage } from "../pipeline.js";
import type { Store } from "../store/index.js";
import type { ImageReader } from "../transfer/index.js";

/** What was made, before it is published, as any image is read. Its index has `entries` besides. */
export function readMade(
  { images, index }: MadeImage,
  { name, entries }: { readonly name: string; readonly entries: readonly Descriptor[] },
  store: Pick<Store, "blobs">,
): ImageReader {
  const manifests = images.map((image) => parseManifest(image.manifestBytes));
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  return {
    name,
    root: parseManifest(appendToIndex(index.bytes, entries)),
    readManifest: ({ digest }: Descriptor): Promise<ParsedManifest> => {
      const found = known.get(digest);
      return found === undefined
        ? Promise.reject(new BasaltError("MANIFEST_UNKNOWN", `${name} has no ${digest}`))
        : Promise.resolve(found);
    },
    readBlob: ({ digest }) => store.blobs.read(digest),
    listReferrers: () => Promise.resolve([]),
    findTag: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}
