// SPDX-License-Identifier: Apache-2.0
import type { ContentItem } from "../distro/index.js";
import type { TarItem } from "../formats/archive/tar-reader.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { ruleVersions } from "../formats/assembly-rules.js";
import { bytesOf } from "../formats/bytes.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import type { LayerCompressor } from "../formats/archive/layer-compressor.js";
import { isWhiteout } from "../formats/oci/whiteout.js";
import type { EntryRecord } from "./entry-record.js";
import type { Layer } from "./layer.js";
import type { LayerWork } from "./make-layer.js";
import { recipeContent, type TopEntry } from "./top-layer.js";
import type { FileTree } from "./tree.js";

/** A stack of layers, and what came of it. */
export interface LayerStack {
  /** The lowest first. */
  readonly lower: readonly Layer[];
  /** The image's own layer above them. */
  readonly top: readonly TopEntry[];
  /** All of it. Of files and links it holds the very records of `lower`, so that they say which layer each is from. */
  readonly tree: FileTree;
}

/**
 * Rule `squashed`: one layer of all that is there in the end. Entries stand in the order of the layers, each once, folders as they are
 * in the end and before what is in them; nothing is taken away. The layers below are made as for any image, so a package that did
 * not change is not unpacked again.
 */
export function squashWork(
  stack: LayerStack,
  options: { readonly compressor: LayerCompressor; readonly read: (layer: Layer) => AsyncGenerator<TarItem> },
): LayerWork {
  const { lower, top } = stack;
  return {
    title: `all of it: ${lower.length + 1} layers in one`,
    recipe: {
      kind: "squashed",
      compressor: options.compressor,
      rules: ruleVersions(["squashed", "tar"]),
      layers: lower.map((layer) => layer.diffId),
      content: sha256Hex(canonicalJson(recipeContent(top))),
    },
    open: () => ({ sources: [{ items: squash(stack, options.read) }], packages: () => [], files: [] }),
  };
}

async function* squash(
  { lower, top, tree }: LayerStack,
  read: (layer: Layer) => AsyncGenerator<TarItem>,
): AsyncGenerator<ContentItem> {
  const folders = new Set<string>();
  for (const layer of lower) {
    const names = namesIn(layer, tree);
    for await (const { entry, content } of read(layer)) {
      if (entry.kind === "device") throw new Error(`internal: a layer has the device ${entry.path}`);
      if (entry.kind === "directory") {
        yield* foldersOnTheWay(`${entry.path}/`, tree, folders);
        continue;
      }
      const name = names.get(entry.path);
      if (name === undefined) continue;
      yield* foldersOnTheWay(name.path, tree, folders);
      yield { entry: renamed(entry, name), content };
    }
  }
  for (const { entry, content } of top) {
    if (entry.kind === "directory") yield* foldersOnTheWay(`${entry.path}/`, tree, folders);
    else if (!isWhiteout(entry.path)) {
      yield* foldersOnTheWay(entry.path, tree, folders);
      yield { entry, content: bytesOf(content) };
    }
  }
}

/** Where an entry stands in the end, and what it links to. */
interface FinalName {
  readonly path: string;
  /** Of hard links. */
  readonly target?: string;
}

/**
 * Entries of a layer that are there in the end, by the path that they have in the layer. A file that is gone, or replaced, and whose
 * hard links are not goes on under the name of the first of them.
 */
function namesIn(layer: Layer, tree: FileTree): ReadonlyMap<string, FinalName> {
  const own = new Map(layer.entries.map((entry) => [entry.path, entry]));
  const isThere = (entry: EntryRecord): boolean => tree.get(entry.path) === entry;
  const names = new Map<string, FinalName>();
  const heirs = new Map<string, string>();
  for (const entry of layer.entries) {
    if (entry.kind === "directory" || !isThere(entry)) continue;
    const file = entry.kind === "hardlink" ? fileOf(entry, own) : undefined;
    if (file === undefined || isThere(file)) {
      names.set(entry.path, file === undefined ? entry : { path: entry.path, target: file.path });
      continue;
    }
    const heir = heirs.get(file.path);
    if (heir === undefined) {
      heirs.set(file.path, entry.path);
      names.set(file.path, { path: entry.path });
    } else names.set(entry.path, { path: entry.path, target: heir });
  }
  return names;
}

/** The file of the same layer that a hard link, maybe through others, is another name of. */
function fileOf(link: EntryRecord, own: ReadonlyMap<string, EntryRecord>): EntryRecord | undefined {
  let file: EntryRecord | undefined = link;
  for (let steps = 0; file?.kind === "hardlink" && steps <= own.size; steps += 1) file = own.get(file.target ?? "");
  return file?.kind === "hardlink" ? undefined : file;
}

function renamed(entry: WritableEntry, { path, target }: FinalName): WritableEntry {
  return entry.kind === "hardlink" ? { ...entry, path, target: target ?? entry.target } : { ...entry, path };
}

/** Folders above the last name of a path that were not given yet, as they are in the end. */
function* foldersOnTheWay(path: string, tree: FileTree, given: Set<string>): Generator<ContentItem> {
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    const folder = path.slice(0, slash);
    const found = given.has(folder) ? undefined : tree.get(folder);
    given.add(folder);
    if (found?.kind !== "directory") continue;
    const { mode, uid, gid } = found;
    yield { entry: { kind: "directory", path: folder, mode, uid, gid, mtimeSeconds: 0 }, content: bytesOf() };
  }
}
