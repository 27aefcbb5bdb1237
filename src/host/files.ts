// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  type FileHandle,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { BasaltError } from "../errors.js";
import type { ByteStream } from "../formats/bytes.js";

/** A name that is too long for the file system is absent, too. */
const ABSENT = ["ENOENT", "ENOTDIR", "ENAMETOOLONG"] as const;
const CHUNK_BYTES = 512 * 1024; // fewer, larger reads than the default 64 KiB: hashing and tar run on these chunks

/** The content of a file. @throws BasaltError `FILE_NOT_FOUND`, `FILE_UNREADABLE` */
export async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
}

export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString("utf8");
}

/** The content of a file, or undefined where there is none. */
export async function readBytesIfAny(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((cause: unknown) => {
    if (hasErrno(cause, ...ABSENT)) return undefined;
    throw fileError(cause, path);
  });
}

export async function readTextIfAny(path: string): Promise<string | undefined> {
  return (await readBytesIfAny(path))?.toString("utf8");
}

/** Streams a file, or `sizeBytes` of it from `offset`. */
export async function* streamFile(
  path: string,
  range: { readonly offset?: number; readonly sizeBytes?: number } = {},
): AsyncGenerator<Buffer> {
  if (range.sizeBytes === 0) return;
  const start = range.offset ?? 0;
  const end = range.sizeBytes === undefined ? {} : { end: start + range.sizeBytes - 1 };
  const stream = createReadStream(path, { start, ...end, highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    stream.destroy();
  }
}

export interface FileFacts {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Whether its owner may run it. */
  readonly isProgram: boolean;
}

/** Whether a path, links followed, lies in a folder. Both have to exist. */
export async function isInside(folder: string, path: string): Promise<boolean> {
  const [outer, inner] = await Promise.all([realpath(folder), realpath(path)]);
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}

/** What lies at a path; absence is an answer. */
export async function statIfAny(path: string): Promise<FileFacts | undefined> {
  return factsOf(path, stat);
}

/** As `statIfAny`, of a link itself. */
export async function lstatIfAny(path: string): Promise<FileFacts | undefined> {
  return factsOf(path, lstat);
}

async function factsOf(path: string, look: (path: string) => Promise<Stats>): Promise<FileFacts | undefined> {
  try {
    const facts = await look(path);
    const kind = facts.isFile() ? "file" : facts.isDirectory() ? "directory" : "other";
    return { kind, sizeBytes: facts.size, modifiedAt: facts.mtime, isProgram: (facts.mode & 0o100) !== 0 };
  } catch (cause) {
    if (hasErrno(cause, ...ABSENT)) return undefined;
    throw fileError(cause, path);
  }
}

/** Names in a folder, sorted; none where there is no folder. */
export async function listNames(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (cause) {
    if (hasErrno(cause, ...ABSENT)) return [];
    throw fileError(cause, path);
  }
}

/** Size of everything below a folder, in bytes; links count themselves, and what disappears meanwhile as nothing. */
export async function folderBytes(path: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) sizeBytes += await folderBytes(child);
    else sizeBytes += (await lstat(child).catch(() => undefined))?.size ?? 0;
  }
  return sizeBytes;
}

export async function makeDirectory(path: string, mode?: number): Promise<void> {
  await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
}

export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Writes a file so that readers see the old content or the new, never a part. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await makeDirectory(dirname(path));
  try {
    const handle = await open(temporary, "wx", options.mode ?? 0o666);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined); // what went wrong first is what to tell
    throw fileError(cause, path);
  }
}

/** As `writeFileAtomic`, for contents that do not fit into memory. */
export async function writeStreamAtomic(path: string, source: ByteStream): Promise<void> {
  const file = await createTemporaryFile(dirname(path));
  try {
    await writeAll(file, source);
    await file.close();
    await moveFile(file.path, path);
  } finally {
    await file.discard();
  }
}

/** Moves a finished file to its name, replacing what is there. Both must lie on one file system. */
export async function moveFile(from: string, to: string): Promise<void> {
  await makeDirectory(dirname(to));
  await rename(from, to).catch((cause: unknown) => {
    throw fileError(cause, to);
  });
}

/**
 * As `moveFile`; returns when a power failure can no longer take the name away. Source: fsync(2): flushing a file does not flush the
 * entry in its folder.
 */
export async function moveFileDurably(from: string, to: string): Promise<void> {
  const isNewFolder = (await statIfAny(dirname(to))) === undefined;
  await moveFile(from, to);
  await syncFolder(dirname(to));
  if (isNewFolder) await syncFolder(dirname(dirname(to)));
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (cause) {
    // Some network and overlay file systems cannot flush a folder: then there is nothing more to be had.
    if (!hasErrno(cause, "EINVAL", "ENOTSUP", "EBADF")) throw fileError(cause, path);
  } finally {
    await handle.close();
  }
}

/** Copies a file; answers whether there was one. */
export async function copyFileIfAny(from: string, to: string): Promise<boolean> {
  await makeDirectory(dirname(to));
  try {
    await copyFile(from, to);
    return true;
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) return false;
    throw fileError(cause, to);
  }
}

/** A file being written, which nobody else sees until it is moved into place. */
export interface TemporaryFile {
  readonly path: string;
  write: (chunk: Uint8Array) => Promise<void>;
  /** Flushes to the disk and closes. */
  close: () => Promise<void>;
  /** Closes and removes it. Safe to call after `close` or a move. */
  discard: () => Promise<void>;
}

export async function createTemporaryFile(folder: string): Promise<TemporaryFile> {
  await makeDirectory(folder);
  const path = join(folder, `${process.pid}-${randomBytes(8).toString("hex")}.tmp`);
  return openForWriting(path, "wx");
}

/** Opens a file to add to its end, as a resumed download or upload does. */
export async function appendToFile(path: string): Promise<TemporaryFile> {
  await makeDirectory(dirname(path));
  return openForWriting(path, "a");
}

/** Writes a stream to the end of `file`. */
export async function writeAll(file: TemporaryFile, source: ByteStream): Promise<void> {
  for await (const chunk of source) await file.write(chunk);
}

async function openForWriting(path: string, flags: "wx" | "a"): Promise<TemporaryFile> {
  const guard = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw fileError(cause, path);
    });
  let handle: FileHandle | undefined = await guard(open(path, flags));
  const close = async (): Promise<void> => {
    const open = handle;
    handle = undefined;
    await open?.close();
  };
  return {
    path,
    write: async (chunk) => {
      if (handle === undefined) throw new Error(`internal: ${path} is closed`);
      for (let offset = 0; offset < chunk.byteLength;)
        offset += (await guard(handle.write(chunk, offset))).bytesWritten;
    },
    close: async () => {
      await guard(handle?.sync() ?? Promise.resolve());
      await close();
    },
    discard: async () => {
      await close();
      await rm(path, { force: true });
    },
  };
}

/** An operating system error as one of ours. Our own errors pass through unchanged. */
export function fileError(cause: unknown, path: string): unknown {
  if (cause instanceof BasaltError) return cause;
  if (hasErrno(cause, "ENOSPC", "EDQUOT"))
    return new BasaltError("DISK_FULL", `no space left while writing ${path}`, { cause });
  if (hasErrno(cause, "ENOENT", "ENOTDIR"))
    return new BasaltError("FILE_NOT_FOUND", `there is no file ${path}`, { cause });
  if (hasErrno(cause, "EACCES", "EPERM", "EROFS", "EISDIR", "EEXIST", "ELOOP", "ENAMETOOLONG")) {
    return new BasaltError("FILE_UNREADABLE", `cannot use ${path}: ${(cause as Error).message}`, { cause });
  }
  return cause;
}

export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
