// SPDX-License-Identifier: Apache-2.0
import { createWriteStream } from "node:fs";
import { chmod, lchown, link, lstat, lutimes, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { BasaltError } from "../errors.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import type { ByteStream } from "../formats/bytes.js";
import { fileError, hasErrno, makeDirectory } from "./files.js";
import { hasManyIds, type Ids } from "./user-namespace.js";

/** Something in a tree of files on the disk. */
export interface RootEntry {
  /** Without a leading slash. */
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly mode: number;
  /** As seen from inside; 0 where owners cannot be kept. */
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly target?: string;
  /** Changes whenever the entry does. */
  readonly stamp: string;
}

const MAX_LINKS = 40; // of one path; source: path_resolution(7)
const READ_WRITE = 0o600;
const ENTER = 0o700;
const OPEN = 0o755;

/**
 * A folder that is the root of a sandbox. Links in it are followed as from inside: none leads out. Owners are kept where this process
 * may give files away, see `hasManyIds`; set-user-ID bits are not.
 */
export class RootFolder {
  readonly path: string;
  /** Folders that were found to be real ones: path inside → path on the disk. */
  readonly #folders = new Map<string, string>();
  readonly #keepsOwners = hasManyIds();

  constructor(path: string) {
    this.path = path;
    this.#folders.set("", path);
  }

  /** Makes a root that every user of the sandbox may enter, in a folder that no other user of the machine may. */
  static async open(folder: string): Promise<RootFolder> {
    await makeDirectory(folder, 0o700);
    const path = join(folder, "root");
    await makeDirectory(path);
    await chmod(path, OPEN); // whatever this process's umask is
    return new RootFolder(path);
  }

  /** What was known of the tree does not count any more: a program ran in it, which may have put a link where a folder was. */
  forget(): void {
    this.#folders.clear();
    this.#folders.set("", this.path);
  }

  /** Puts an entry of an image layer in its place. @throws BasaltError `DISK_FULL`, `TAR_PATH_UNSAFE` */
  async write(entry: WritableEntry, content: ByteStream): Promise<void> {
    try {
      await this.#write(entry, content);
    } catch (error) {
      throw fileError(error, join(this.path, entry.path));
    }
  }

  async #write(entry: WritableEntry, content: ByteStream): Promise<void> {
    const path = await this.locate(entry.path);
    const permissions = entry.mode & 0o1777;
    if (entry.kind === "directory") {
      await this.#makeFolder(path, permissions | ENTER, entry);
      return;
    }
    await rm(path, { recursive: true, force: true });
    switch (entry.kind) {
      case "file":
        await pipeline(content, createWriteStream(path, { flags: "wx", mode: READ_WRITE }));
        await chmod(path, permissions | READ_WRITE);
        break;
      case "symlink":
        await symlink(entry.target, path);
        break;
      case "hardlink":
        await link(await this.locate(entry.target), path);
    }
    if (this.#keepsOwners && entry.kind !== "hardlink") await lchown(path, entry.uid, entry.gid);
    await lutimes(path, entry.mtimeSeconds, entry.mtimeSeconds);
  }

  async #makeFolder(path: string, mode: number, { uid, gid }: Ids): Promise<void> {
    try {
      await mkdir(path);
    } catch (error) {
      if (!hasErrno(error, "EEXIST")) throw error;
      if (!(await lstat(path)).isDirectory()) return; // a link to a folder stays, as dpkg has it
    }
    await chmod(path, mode);
    if (this.#keepsOwners) await lchown(path, uid, gid);
  }

  /** Where a path of the inside lies on the disk; folders above it are made. The last name is not followed. @throws BasaltError `TAR_PATH_UNSAFE` */
  async locate(path: string): Promise<string> {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    const name = parts.pop();
    if (name === undefined) return this.path;
    return join(await this.#enter(parts.join("/"), 0), name);
  }

  async #enter(folder: string, links: number): Promise<string> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    if (links > MAX_LINKS) throw new BasaltError("TAR_PATH_UNSAFE", `${folder} follows more than ${MAX_LINKS} links`);
    const above = folder.includes("/") ? dirname(folder) : "";
    const name = folder.slice(above === "" ? 0 : above.length + 1);
    const place = join(await this.#enter(above, links), name);
    const found = await lstat(place).catch(() => undefined);
    if (found === undefined) {
      await mkdir(place);
      await chmod(place, OPEN);
    }
    if (found?.isSymbolicLink() !== true) {
      this.#folders.set(folder, place);
      return place;
    }
    return this.#enter(resolveInside(above, await readlink(place)), links + 1);
  }

  /**
   * Where a path of the inside leads on the disk, all links followed, as they are now; undefined where there is nothing. Unlike
   * `locate` it makes nothing, and what is there may be read. @throws BasaltError `TAR_PATH_UNSAFE`
   */
  async find(path: string): Promise<string | undefined> {
    let names = path.split("/");
    let done: readonly string[] = [];
    for (let links = 0; names.length > 0;) {
      const [name = "", ...rest] = names;
      names = rest;
      if (name === "" || name === ".") continue;
      const next = name === ".." ? done.slice(0, -1) : [...done, name];
      const place = join(this.path, ...next);
      const facts = await lstat(place).catch(() => undefined);
      if (facts === undefined) return undefined;
      if (!facts.isSymbolicLink()) {
        done = next;
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) throw new BasaltError("TAR_PATH_UNSAFE", `${path} follows more than ${MAX_LINKS} links`);
      const target = await readlink(place);
      if (target.startsWith("/")) done = [];
      names = [...target.split("/"), ...names];
    }
    return join(this.path, ...done);
  }

  /** Removes a path and all below it, if it is there. Links on the way are followed, the last name is not. */
  async delete(path: string): Promise<void> {
    const place = await this.locate(path);
    await rm(place, { recursive: true, force: true });
    for (const [known, folder] of this.#folders)
      if (folder === place || folder.startsWith(`${place}/`)) this.#folders.delete(known);
  }

  /** Everything below a path, in an order that does not depend on the disk; what is not there has nothing below it. */
  async *list(path: string): AsyncGenerator<RootEntry> {
    const place = path === "" ? this.path : await this.locate(path);
    const facts = await lstat(place).catch(() => undefined);
    if (facts === undefined) return;
    yield {
      path,
      kind: facts.isFile() ? "file" : facts.isDirectory() ? "directory" : facts.isSymbolicLink() ? "symlink" : "other",
      mode: facts.mode & 0o7777,
      uid: this.#keepsOwners ? facts.uid : 0,
      gid: this.#keepsOwners ? facts.gid : 0,
      sizeBytes: facts.size,
      ...(facts.isSymbolicLink() ? { target: await readlink(place) } : {}),
      // The time of a folder is that of its newest name.
      stamp: (facts.isDirectory()
        ? [facts.mode, facts.uid, facts.gid, facts.ino]
        : [facts.mode, facts.uid, facts.gid, facts.size, facts.mtimeMs, facts.ctimeMs, facts.ino]
      ).join(" "),
    };
    if (!facts.isDirectory()) return;
    for (const name of (await readdir(place)).toSorted()) yield* this.list(path === "" ? name : `${path}/${name}`);
  }
}

/** A link's target as a path from the root; `..` at the root stays there. */
function resolveInside(folder: string, target: string): string {
  const parts = target.startsWith("/") ? [] : folder.split("/").filter((part) => part !== "");
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
