// SPDX-License-Identifier: Apache-2.0
import type { GeneratedEntry } from "../distro/index.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { compareText } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import { OPAQUE_WHITEOUT, WHITEOUT_PREFIX } from "../formats/oci/whiteout.js";
import type { EntryRecord } from "./entry-record.js";
import type { FileTree } from "./tree.js";

/** An entry of the image's own layer; contents are small. */
export interface TopEntry {
  readonly entry: WritableEntry;
  readonly content: string | Buffer;
}

/** The entries as part of a recipe: bytes that are no text are named by their hash. */
export function recipeContent(entries: readonly TopEntry[]): readonly object[] {
  return entries.map(({ entry, content }) => ({
    entry,
    content: typeof content === "string" ? content : { sha256: sha256Hex(content) },
  }));
}

/**
 * The edits of the image's own layer. Each edit is applied to the tree at once, so that later rules see it; what remains to
 * be written is known at the end.
 */
export class TopLayer {
  readonly #tree: FileTree;
  readonly #writes = new Map<string, GeneratedEntry>();
  /** Removed from the layers below. */
  readonly #removed: Set<string>;

  /** `removed` are paths of the layers below that are no longer in the tree. */
  constructor(tree: FileTree, removed: readonly string[] = []) {
    this.#tree = tree;
    const gone = new Set(removed);
    this.#removed = new Set(removed.filter((path) => !gone.has(path.slice(0, Math.max(0, path.lastIndexOf("/"))))));
  }

  get tree(): FileTree {
    return this.#tree;
  }

  /** Puts an entry where its path leads: parents that are links are followed, missing ones are made. */
  put(entry: GeneratedEntry): void {
    const path = this.#tree.resolveParent(entry.path);
    this.#makeParents(path);
    const before = this.#tree.get(path);
    if (before?.kind === "directory" && entry.kind === "directory") {
      this.#write({ ...entry, path });
      return;
    }
    if (before?.kind === "directory") this.#forgetBelow(path);
    this.#write({ ...entry, path });
  }

  delete(path: string): void {
    const resolved = this.#tree.resolveParent(path);
    const existed = this.#tree.delete(resolved);
    this.#writes.delete(resolved);
    this.#forgetBelow(resolved);
    if (existed) this.#removed.add(resolved);
  }

  /**
   * Gives everything below a folder another owner, and folders another mode. What is a file of a layer below stays, and is answered:
   * the layer would have to hold it again.
   */
  own(folder: string, owner: { readonly uid: number; readonly gid: number; readonly mode: number }): readonly string[] {
    const path = this.#tree.resolve(folder);
    const below = [...this.#tree.values()].filter((entry) => entry.path.startsWith(`${path}/`));
    const ids = { uid: owner.uid, gid: owner.gid };
    return below.flatMap(({ path: inner, kind, target = "", uid, gid }) => {
      const own = this.#writes.get(inner);
      if (own?.kind === "file") this.#write({ ...own, ...ids });
      else if (kind === "directory") this.#write({ kind, path: inner, ...owner });
      else if (kind === "symlink") this.#write({ kind, path: inner, target, ...ids });
      else if (uid !== ids.uid || gid !== ids.gid) return [inner];
      return [];
    });
  }

  /** What the layer holds, by path, with whiteouts and the folders on the way; all of it from one moment in time. */
  entries(mtimeSeconds: number): readonly TopEntry[] {
    const entries = [...this.#writes.values(), ...this.#parents()].map((entry) => toTopEntry(entry, mtimeSeconds));
    for (const path of this.#removed) {
      const again = this.#writes.get(path);
      // A new file or link hides what was there; a new folder must say that the old content is gone.
      if (again !== undefined && again.kind !== "directory") continue;
      entries.push(whiteout(again === undefined ? whiteoutPath(path) : `${path}/${OPAQUE_WHITEOUT}`, mtimeSeconds));
    }
    return entries.toSorted((a, b) => compareText(a.entry.path, b.entry.path));
  }

  /** Folders of lower layers above what is written: who unpacks a layer gives folders that it does not list a mode of its own. */
  #parents(): readonly GeneratedEntry[] {
    const parents = new Map<string, GeneratedEntry>();
    for (const path of [...this.#writes.keys(), ...this.#removed]) {
      for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
        const folder = path.slice(0, slash);
        const found = this.#writes.has(folder) || parents.has(folder) ? undefined : this.#tree.get(folder);
        if (found?.kind !== "directory") continue;
        const { mode, uid, gid } = found;
        parents.set(folder, { kind: "directory", path: folder, mode, uid, gid });
      }
    }
    return [...parents.values()];
  }

  #makeParents(path: string): void {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      const folder = path.slice(0, slash);
      const found = this.#tree.get(folder);
      if (found?.kind !== "directory") this.#write({ kind: "directory", path: folder, mode: 0o755 });
    }
  }

  #forgetBelow(path: string): void {
    this.#tree.deleteBelow(path);
    for (const key of this.#writes.keys()) if (key.startsWith(`${path}/`)) this.#writes.delete(key);
  }

  #write(entry: GeneratedEntry): void {
    this.#writes.set(entry.path, entry);
    this.#tree.set(toRecord(entry));
  }
}

/** The record of an entry that Basalt makes itself. */
export function toRecord(entry: GeneratedEntry): EntryRecord {
  const owner = { uid: entry.uid ?? 0, gid: entry.gid ?? 0 };
  switch (entry.kind) {
    case "file": {
      const content = typeof entry.content === "string" ? Buffer.from(entry.content) : entry.content;
      return {
        path: entry.path,
        kind: "file",
        mode: entry.mode,
        ...owner,
        sizeBytes: content.length,
        sha256: sha256Hex(content),
      };
    }
    case "directory":
      return { path: entry.path, kind: "directory", mode: entry.mode, ...owner, sizeBytes: 0 };
    case "symlink":
      return { path: entry.path, kind: "symlink", mode: 0o777, ...owner, sizeBytes: 0, target: entry.target };
  }
}

function toTopEntry(generated: GeneratedEntry, mtimeSeconds: number): TopEntry {
  const { path, kind, mode, uid, gid, sizeBytes, target } = toRecord(generated);
  const common = { path, mode, uid, gid, mtimeSeconds: kind === "directory" ? 0 : mtimeSeconds };
  if (generated.kind === "file") return { entry: { kind: "file", ...common, sizeBytes }, content: generated.content };
  if (generated.kind === "directory") return { entry: { kind: "directory", ...common }, content: "" };
  return { entry: { kind: "symlink", ...common, target: target ?? "" }, content: "" };
}

function whiteout(path: string, mtimeSeconds: number): TopEntry {
  return { entry: { kind: "file", path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds, sizeBytes: 0 }, content: "" };
}

function whiteoutPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}${WHITEOUT_PREFIX}${path.slice(slash + 1)}`;
}
