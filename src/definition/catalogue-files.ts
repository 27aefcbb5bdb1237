// SPDX-License-Identifier: Apache-2.0
import { dirname, join, normalize } from "node:path";
import { listNames, statIfAny } from "../host/files.js";

/** Folders above a file in which a path is looked for; the public catalogue has image/NAME/DISTRO/FILE. */
const MAX_LEVELS = 6;

/** Files below a folder whose names are wanted, by path; folders deeper than `maxDepth` are passed over. */
export async function* findFiles(
  folder: string,
  options: { readonly maxDepth: number; readonly isWanted: (name: string) => boolean },
  depth = 0,
): AsyncGenerator<string> {
  if (depth > options.maxDepth) return;
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    if (options.isWanted(name)) yield path;
    else if ((await statIfAny(path))?.kind === "directory") yield* findFiles(path, options, depth + 1);
  }
}

/** A path of a catalogue where it was found, and the folder that it was looked for in. */
export interface FoundPath {
  readonly folder: string;
  readonly path: string;
}

/** What a path means in the file `from`: beside it, else in the folders above it, so that paths from the root of a catalogue work, too. */
export async function findAbove(wanted: string, from: string): Promise<FoundPath | undefined> {
  const below = normalize(wanted);
  if (below.startsWith("/") || below.startsWith("..") || below === "." || wanted.includes("\0")) return undefined;
  let folder = dirname(from);
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const path = join(folder, below);
    const kind = (await statIfAny(path))?.kind;
    if (kind === "file" || kind === "directory") return { folder, path };
    folder = join(folder, "..");
  }
  return undefined;
}
