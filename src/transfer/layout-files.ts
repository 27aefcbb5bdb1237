// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { gunzip } from "../formats/archive/gzip.js";
import type { TarEntry } from "../formats/archive/tar-entry.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { collect, type ByteStream } from "../formats/bytes.js";
import { createTemporaryFile, removeTree, statIfAny, streamFile, writeAll } from "../host/files.js";
import type { Host } from "../host/host.js";

/** Files of an image layout, by path: a folder, or a tar archive that is not unpacked. */
export interface LayoutFiles {
  readonly name: string;
  readonly sizeOf: (path: string) => Promise<number | undefined>;
  /** @throws BasaltError `FILE_NOT_FOUND` */
  readonly read: (path: string) => ByteStream;
  readonly close: () => Promise<void>;
}

const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024; // index.json and manifest.json of an archive with thousands of images
const MAX_ENTRIES = 200_000;
const MAX_LINKS = 10;

export function openFolder(folder: string): LayoutFiles {
  return {
    name: folder,
    sizeOf: async (path) => {
      const facts = await statIfAny(join(folder, path));
      return facts?.kind === "file" ? facts.sizeBytes : undefined;
    },
    read: (path) => streamFile(join(folder, path)),
    close: () => Promise.resolve(),
  };
}

/** A tar archive, or a gzip-compressed one. The contents stay where they are. @throws BasaltError `FILE_NOT_FOUND`, `TAR_INVALID` */
export async function openArchive(file: string, host: Host): Promise<LayoutFiles> {
  const magic = await collect(streamFile(file, { sizeBytes: 2 }), { maxBytes: 2, name: file });
  if (magic.toString("hex") !== "1f8b") return indexArchive(file, file, () => Promise.resolve());
  const unpacked = await createTemporaryFile(host.home.temporary);
  try {
    await writeAll(unpacked, gunzip(streamFile(file), file));
    await unpacked.close();
    return await indexArchive(unpacked.path, file, () => removeTree(unpacked.path));
  } catch (error) {
    await unpacked.discard();
    throw error;
  }
}

/** A small JSON document of a layout; undefined where there is none. */
export async function readDocument(files: LayoutFiles, path: string): Promise<unknown> {
  if ((await files.sizeOf(path)) === undefined) return undefined;
  const name = `${files.name} (${path})`;
  const bytes = await collect(files.read(path), { maxBytes: MAX_DOCUMENT_BYTES, name });
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (cause) {
    throw new BasaltError("IMAGE_UNREADABLE", `${name} is not JSON`, { cause });
  }
}

interface FilePlace {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Where a path's content is: here, where a link leads, or nowhere. */
type Place = FilePlace | { readonly target: string | undefined };

async function indexArchive(file: string, name: string, close: () => Promise<void>): Promise<LayoutFiles> {
  const places = new Map<string, Place>();
  for await (const { entry, offset } of readTar(streamFile(file), { name })) {
    places.set(entry.path, placeOf(entry, offset, places));
    if (places.size > MAX_ENTRIES)
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} has more than ${MAX_ENTRIES} entries`);
  }
  const find = (path: string): FilePlace | undefined => {
    let place = places.get(path);
    // Older engines save a layer once and link to it.
    for (let links = 0; place !== undefined && "target" in place && links < MAX_LINKS; links += 1)
      place = place.target === undefined ? undefined : places.get(place.target);
    return place === undefined || "target" in place ? undefined : place;
  };
  return {
    name,
    sizeOf: async (path) => find(path)?.sizeBytes,
    read: (path) => {
      const place = find(path);
      if (place === undefined) throw new BasaltError("IMAGE_UNREADABLE", `${name} lacks ${path}`);
      return streamFile(file, place);
    },
    close,
  };
}

function placeOf(entry: TarEntry, offset: number, before: ReadonlyMap<string, Place>): Place {
  if (entry.kind === "file") return { offset, sizeBytes: entry.sizeBytes };
  if (entry.kind === "symlink") return { target: linkTarget(entry.path, entry.target) };
  // A hard link is another name for what stands before it in the archive.
  return (entry.kind === "hardlink" ? before.get(entry.target) : undefined) ?? { target: undefined };
}

/** Where a symbolic link in an archive leads; one that leaves the archive leads nowhere. */
function linkTarget(path: string, target: string): string | undefined {
  const parts = target.startsWith("/") ? [] : path.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
