// SPDX-License-Identifier: Apache-2.0
import { isSameEntry, type EntryRecord } from "./entry-record.js";
import type { Layer } from "./layer.js";
import { conflict, isReplacedBy, replacingOf, type Replacing } from "./replacing.js";
import { FileTree } from "./tree.js";

export interface MergedTree {
  readonly tree: FileTree;
  /** Folders whose owner or mode the stack of layers gets wrong, as they should be. */
  readonly folderFixes: readonly EntryRecord[];
  /** Paths of lower layers that a layer above takes away, and none brings back. */
  readonly removed: readonly string[];
}

/**
 * Merges layers as dpkg would have unpacked packages: a folder keeps the owner and mode of the package that brought it first, a
 * file of two packages is an error unless the later one replaces the earlier. Downloads, which belong to no package, replace
 * what was there. Source: Debian Policy, 7.6.1; dpkg.
 */
export function mergeLayers(layers: readonly Layer[]): MergedTree {
  const tree = new FileTree();
  const folders = new Map<string, EntryRecord>();
  const replacing = replacingOf(layers.flatMap(({ packages }) => packages));
  const removed = new Set<string>();
  for (const layer of layers) {
    for (const path of layer.removals ?? []) for (const gone of takeAway(path, tree, folders)) removed.add(gone);
    for (const entry of layer.entries) {
      const before = tree.get(entry.path);
      if (entry.kind === "directory") mergeFolder(tree, folders, entry);
      else if (before !== undefined) mergeFile(tree, before, entry, replacing);
      else tree.set(entry);
    }
  }
  const fixes = [...folders.values()].filter((wanted) => {
    const found = tree.get(wanted.path);
    return (
      found?.kind === "directory" &&
      (found.mode !== wanted.mode || found.uid !== wanted.uid || found.gid !== wanted.gid)
    );
  });
  for (const fix of fixes) tree.set(fix);
  return { tree, folderFixes: fixes, removed: [...removed].filter((path) => !tree.has(path)) };
}

/** Removes a path and all below it. Answers what was there. */
function takeAway(path: string, tree: FileTree, folders: Map<string, EntryRecord>): readonly string[] {
  const gone = [...tree.values()].map((entry) => entry.path).filter((each) => `${each}/`.startsWith(`${path}/`));
  tree.delete(path);
  for (const each of gone) folders.delete(each);
  return gone;
}

function mergeFolder(tree: FileTree, folders: Map<string, EntryRecord>, entry: EntryRecord): void {
  const before = tree.get(entry.path);
  // dpkg keeps a link to a folder where a package brings the folder.
  if (before?.kind === "symlink" && tree.find(entry.path)?.kind === "directory") {
    throw conflict(before, entry, "one of them has a link and the other a folder");
  }
  const known = folders.get(entry.path);
  if (known === undefined || (known.isImplied === true && entry.isImplied !== true)) folders.set(entry.path, entry);
  tree.set(entry);
}

function mergeFile(tree: FileTree, before: EntryRecord, entry: EntryRecord, replacing: Replacing): void {
  const laterWins = entry.owner === undefined || isReplacedBy(before, entry, replacing);
  if (!laterWins && !isSameEntry(before, entry)) throw conflict(before, entry, "neither replaces the other");
  tree.set(entry);
}
