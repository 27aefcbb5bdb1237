// SPDX-License-Identifier: Apache-2.0
import type { FileRequest } from "../definition/index.js";
import type { ContentItem } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import type { TarEntry } from "../formats/archive/tar-entry.js";
import { readTar } from "../formats/archive/tar-reader.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { collect, limited, type ByteStream } from "../formats/bytes.js";
import { isWhiteout } from "../formats/oci/whiteout.js";
import { compileSelection } from "../formats/glob.js";
import { decompress, type Compression } from "../host/decompress.js";

/** A fetched file; it may be read several times. */
export interface Download {
  readonly sizeBytes: number;
  readonly open: () => AsyncGenerator<Buffer>;
}

const MAX_UNPACKED_BYTES = 8 * 1024 ** 3; // bounds decompression bombs; the largest toolchains unpack to 2 GiB
const MAX_PACKAGE_JSON_BYTES = 4 * 1024 * 1024;
const ARCHIVE = /\.(?:tar|tar\.gz|tgz|tar\.xz|txz|tar\.zst)$/;

/**
 * What a download puts into the image (rule `files`): the wanted entries of an archive below `path`, or the file itself at
 * `path`. An npm package loses its top folder, and the programs that its package.json names become executable, as npm does it. Of
 * git it is the archive that `fetchGitArchive` makes.
 */
export async function* readFileRequest(file: Download, request: FileRequest): AsyncGenerator<ContentItem> {
  const isNpm = request.url.startsWith("npm:");
  const name = request.url;
  if (request.pin.kind !== "commit" && !isNpm && (!ARCHIVE.test(request.url) || ARCHIVE.test(request.path))) {
    yield wholeFile(file, request);
    return;
  }
  // Files that are named one by one keep the archive's modes, which saves a pass over it.
  const isListed = request.includes.length > 0 && request.includes.every((include) => !/[*?]/.test(include));
  const programs =
    isNpm && !isListed && request.mode === undefined ? await npmPrograms(file, request) : new Set<string>();
  const isWanted = compileSelection(request.includes, request.excludes);
  const innerPath = isNpm ? withoutTop : (path: string): string => path;
  const missing = new Set(isListed ? request.includes : []);
  let found = false;
  for await (const { entry, content } of readTar(openArchive(file, request), { name })) {
    const inner = innerPath(entry.path);
    if (inner === "" || !isWanted(inner)) continue;
    yield { entry: placed(entry, { request, inner, innerPath, isProgram: programs.has(inner) }), content };
    if (entry.kind === "directory") continue;
    found = true;
    if (missing.delete(inner) && missing.size === 0) return;
  }
  if (found) return;
  const wanted = request.includes.join(", ") || "the definition";
  throw new BasaltError("ARTIFACT_EMPTY", `${name} has nothing that matches ${wanted}`);
}

function wholeFile(file: Download, { path, uid, gid, mode = 0o644 }: FileRequest): ContentItem {
  const entry = { kind: "file", path, mode, uid, gid, mtimeSeconds: 0, sizeBytes: file.sizeBytes } as const;
  return { entry, content: file.open() };
}

interface Placement {
  readonly request: FileRequest;
  /** Path within the download. */
  readonly inner: string;
  readonly innerPath: (path: string) => string;
  readonly isProgram: boolean;
}

/** An entry of a download as the image has it. */
function placed(entry: TarEntry, { request, inner, innerPath, isProgram }: Placement): WritableEntry {
  const { url, path, uid, gid } = request;
  if (isWhiteout(inner))
    throw new BasaltError("PACKAGE_CONTENT", `${url} has ${JSON.stringify(inner)}, which would remove a file`);
  const common = { path: below(path, inner), uid, gid, mtimeSeconds: Math.max(0, entry.mtimeSeconds) };
  const mode = request.mode ?? (url.startsWith("npm:") ? npmMode(entry.mode, isProgram) : entry.mode & 0o777);
  switch (entry.kind) {
    case "file":
      return { kind: "file", ...common, mode, sizeBytes: entry.sizeBytes };
    case "directory":
      return { kind: "directory", ...common, mode: 0o755, mtimeSeconds: 0 };
    case "symlink":
      return { kind: "symlink", ...common, mode: 0o777, target: safeTarget(entry.target, inner, url) };
    case "hardlink":
      return { kind: "hardlink", ...common, mode, target: below(path, innerPath(entry.target)) };
    case "device":
      throw new BasaltError("PACKAGE_CONTENT", `${url} has the device or pipe ${JSON.stringify(entry.path)}`);
  }
}

/** Everybody may read, nobody but the owner may write. Source: npm, pacote's `fmode` and `umask` (lib/fetcher.js). */
function npmMode(mode: number, isProgram: boolean): number {
  return ((mode | 0o666) & 0o777 & ~0o022) | (isProgram ? 0o111 : 0);
}

function openArchive(file: Download, { url, pin }: FileRequest): ByteStream {
  const compression = pin.kind === "commit" ? "none" : compressionOf(url);
  return limited(decompress(file.open(), compression, url), { maxBytes: MAX_UNPACKED_BYTES, name: url });
}

function compressionOf(url: string): Compression {
  if (/\.(?:xz|txz)$/.test(url)) return "xz";
  if (url.endsWith(".zst")) return "zstd";
  return url.endsWith(".tar") ? "none" : "gzip";
}

/** Paths that package.json's `bin` names. Source: npm documentation, package.json, "bin". */
async function npmPrograms(file: Download, request: FileRequest): Promise<ReadonlySet<string>> {
  const name = request.url;
  for await (const { entry, content } of readTar(openArchive(file, request), { name })) {
    if (withoutTop(entry.path) !== "package.json" || entry.kind !== "file") continue;
    const text = (await collect(content, { maxBytes: MAX_PACKAGE_JSON_BYTES, name })).toString("utf8");
    const bin = (JSON.parse(text) as { readonly bin?: string | Readonly<Record<string, string>> }).bin ?? {};
    return new Set((typeof bin === "string" ? [bin] : Object.values(bin)).map((path) => path.replace(/^\.\//, "")));
  }
  return new Set();
}

/** npm packs everything below one folder, usually `package`. */
function withoutTop(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? "" : path.slice(slash + 1);
}

function below(folder: string, path: string): string {
  return folder === "" ? path : `${folder}/${path}`;
}

/** A link in a download must not lead out of what was downloaded. */
function safeTarget(target: string, path: string, name: string): string {
  let depth = path.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) break;
  }
  if (target.startsWith("/") || depth < 0)
    throw new BasaltError("TAR_PATH_UNSAFE", `${name} links ${path} to ${JSON.stringify(target)}, outside of itself`);
  return target;
}
