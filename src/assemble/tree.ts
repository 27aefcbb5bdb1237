// SPDX-License-Identifier: Apache-2.0
import type { EntryRecord } from "./entry-record.js";

const MAX_LINKS = 40; // as Linux: more symbolic links on one path are a loop (path_resolution(7))

/** The file tree that layers make together; later entries replace earlier ones. */
export class FileTree {
  readonly #entries = new Map<string, EntryRecord>();

  get(path: string): EntryRecord | undefined {
    return this.#entries.get(path);
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  values(): Iterable<EntryRecord> {
    return this.#entries.values();
  }

  set(entry: EntryRecord): void {
    const before = this.#entries.get(entry.path);
    if (before?.kind === "directory" && entry.kind !== "directory") this.deleteBelow(entry.path);
    this.#entries.set(entry.path, entry);
  }

  /** Removes a path and all below it; answers whether there was something. */
  delete(path: string): boolean {
    const existed = this.#entries.delete(path);
    this.deleteBelow(path);
    return existed;
  }

  deleteBelow(path: string): void {
    const prefix = `${path}/`;
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  /** Where a path leads when links on the way to its last component are followed, as the kernel would. */
  resolveParent(path: string): string {
    const slash = path.lastIndexOf("/");
    if (slash === -1) return path;
    return `${this.resolve(path.slice(0, slash))}/${path.slice(slash + 1)}`.replace(/^\//, "");
  }

  /** Where a path leads when all links are followed. The result need not exist. */
  resolve(path: string): string {
    let rest = path.split("/").filter((part) => part !== "");
    let resolved: string[] = [];
    for (let links = 0; rest.length > 0;) {
      const [part = "", ...after] = rest;
      rest = after;
      if (part === "." || part === "..") {
        if (part === "..") resolved.pop();
        continue;
      }
      const here = [...resolved, part].join("/");
      const entry = this.#entries.get(here);
      if (entry?.kind !== "symlink" || links >= MAX_LINKS) {
        resolved = [...resolved, part];
        continue;
      }
      links += 1;
      const target = entry.target ?? "";
      if (target.startsWith("/")) resolved = [];
      rest = [...target.split("/").filter((step) => step !== ""), ...rest];
    }
    return resolved.join("/");
  }

  /** What a path leads to in the end. */
  find(path: string): EntryRecord | undefined {
    return this.#entries.get(this.resolve(path));
  }
}
