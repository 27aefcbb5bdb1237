// SPDX-License-Identifier: Apache-2.0
import type { TarItem } from "../formats/archive/tar-reader.js";
import { removalOf } from "../formats/oci/whiteout.js";

/** Every path that is there in the end of all layers → the layer that it comes from. */
export type FinalFiles = ReadonlyMap<string, number>;

/** Lays layers over each other by their entries alone. Source: OCI image-spec, layer.md, "Applying Changesets". */
export async function findFinalFiles(layers: readonly AsyncIterable<Pick<TarItem, "entry">>[]): Promise<FinalFiles> {
  const files = new Map<string, number>();
  for (const [index, layer] of layers.entries()) {
    const isLower = (path: string): boolean => (files.get(path) ?? index) < index;
    for await (const { entry } of layer) {
      const removal = removalOf(entry.path);
      if (removal !== undefined) {
        if (!removal.isContentOnly && isLower(removal.path)) files.delete(removal.path);
        removeBelow(removal.path, files, isLower);
      } else {
        // What was a folder and is none any more has nothing below it.
        if (entry.kind !== "directory" && files.has(entry.path)) removeBelow(entry.path, files, isLower);
        files.set(entry.path, index);
      }
    }
  }
  return files;
}

function removeBelow(folder: string, files: Map<string, number>, isLower: (path: string) => boolean): void {
  const prefix = folder === "" ? "" : `${folder}/`;
  for (const path of files.keys()) if (path.startsWith(prefix) && isLower(path)) files.delete(path);
}
