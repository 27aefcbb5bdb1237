// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { formatTarHeader, TAR_END, tarPaddingBytes, type WritableEntry } from "../formats/archive/tar-writer.js";
import { collect } from "../formats/bytes.js";
import { compareText } from "../formats/canonical-json.js";
import { GitBlobReader, parseGitTree, type GitEntry } from "../formats/git-tree.js";
import type { CachedFile } from "./content-cache.js";
import { streamGit, type Git } from "./git-process.js";
import {
  commitTime,
  fetchCommit,
  readSubmodules,
  requireReference,
  withGitObjects,
  type GitCommit,
  type GitOptions,
} from "./git-repository.js";
import { submoduleUrl } from "./git-url.js";
import type { Host } from "./host.js";
import { OFFLINE_CLIENT, redactUrl } from "./http.js";

/** Other numbers make all archives anew; a lock then has other hashes, so the rule `files` must change with it. */
const ARCHIVE_VERSION = 1;

const MAX_DEPTH = 8; // of submodules in submodules; real ones have up to 4
const MAX_SUBMODULES = 400; // Boost has 160
const MAX_ENTRIES = 1_000_000; // the largest open repositories have half of that
const MAX_TOTAL_BYTES = 8 * 1024 ** 3; // as for what archives unpack to
const MAX_LINK_BYTES = 4096; // PATH_MAX of Linux
const MAX_SUBMODULES_FILE_BYTES = 1024 * 1024;
const IDS_IN_CHUNK = 1000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface GitSource extends GitCommit {
  /** What must lead to the commit; absent where a lock already says so. */
  readonly reference?: string;
}

/**
 * The files of a commit, submodules included, as a tar archive in the cache. It is made of git's objects, without checking them out, so
 * that no filter, line ending, attribute or hook changes anything; equal commits are equal bytes on every machine: paths sorted, all of it
 * root's, with the modes 0644 and 0755 and the time of the commit.
 * @throws BasaltError `GIT_REFERENCE_MOVED`, `GIT_REFERENCE_UNKNOWN`, `GIT_CONTENT`, `GIT_UNAVAILABLE`, `NETWORK_UNREACHABLE`,
 * `NETWORK_OFFLINE`, `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED`, `CANCELLED`
 */
export async function fetchGitArchive(source: GitSource, host: Host, options: GitOptions = {}): Promise<CachedFile> {
  const { commit } = source;
  const reference = source.reference === commit ? undefined : source.reference;
  const key = `git-tar-${ARCHIVE_VERSION}-${commit}`;
  const known = await host.cache.recall(key);
  // Without a network nobody can say where the reference leads today; the commit is what counts.
  if (known !== undefined && (reference === undefined || host.http === OFFLINE_CLIENT)) return known;
  return withGitObjects(
    source,
    async (git) => {
      if (reference !== undefined) await requireReference(git, source, reference);
      if (known !== undefined) return known;
      await fetchCommit(git, source);
      const entries = await collectEntries(git, source);
      const file = await host.cache.store(writeArchive(git, entries, await commitTime(git, commit)));
      await host.cache.remember(key, file);
      return file;
    },
    host,
    options,
  );
}

/** All entries of a commit and of its submodules, sorted by path; each folder stands before what is in it. */
async function collectEntries(git: Git, root: GitCommit): Promise<readonly GitEntry[]> {
  const found = new Map<string, GitEntry>();
  const waiting: { readonly source: GitCommit; readonly prefix: string; readonly depth: number }[] = [
    { source: root, prefix: "", depth: 0 },
  ];
  for (let count = 0; waiting.length > 0; count += 1) {
    const { source, prefix, depth } = waiting.pop() ?? { source: root, prefix: "", depth: 0 };
    const name = redactUrl(source.repository);
    if (count > MAX_SUBMODULES)
      throw new BasaltError("GIT_CONTENT", `${name} has more than ${MAX_SUBMODULES} submodules`);
    if (depth > MAX_DEPTH) throw new BasaltError("GIT_CONTENT", `${name} has submodules ${depth} deep`);
    await fetchCommit(git, source);
    const own = await readTree(git, source.commit, name);
    for (const entry of own) {
      const path = `${prefix}${entry.path}`;
      if (found.has(path)) throw new BasaltError("GIT_CONTENT", `${name} has ${JSON.stringify(path)} twice`);
      found.set(path, { ...entry, path });
      if (found.size > MAX_ENTRIES)
        throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} has more than ${MAX_ENTRIES} files`);
    }
    for (const { path, source: inner } of await submodulesOf(git, source, own))
      waiting.push({ source: inner, prefix: `${prefix}${path}/`, depth: depth + 1 });
  }
  return [...found.values()].toSorted((a, b) => compareText(a.path, b.path));
}

async function readTree(git: Git, commit: string, name: string): Promise<readonly GitEntry[]> {
  const entries: GitEntry[] = [];
  const listing = streamGit(git, ["ls-tree", "-r", "-t", "-z", "--full-tree", commit], nothing());
  for await (const entry of parseGitTree(listing, name)) {
    entries.push(entry);
    if (entries.length > MAX_ENTRIES)
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} has more than ${MAX_ENTRIES} files`);
  }
  return entries;
}

async function submodulesOf(
  git: Git,
  { repository }: GitCommit,
  entries: readonly GitEntry[],
): Promise<readonly { readonly path: string; readonly source: GitCommit }[]> {
  const links = entries.filter((entry) => entry.kind === "submodule");
  if (links.length === 0) return [];
  const name = redactUrl(repository);
  const file = entries.find((entry) => entry.path === ".gitmodules" && entry.kind === "file");
  const urls = file === undefined ? new Map<string, string>() : await readModulesFile(git, file, name);
  return links.map(({ path, id }) => {
    const url = urls.get(path);
    if (url === undefined)
      throw new BasaltError("GIT_CONTENT", `${name} does not say where its submodule ${JSON.stringify(path)} is`);
    return { path, source: { repository: submoduleUrl(url, repository), commit: id } };
  });
}

async function readModulesFile(git: Git, { id }: GitEntry, name: string): Promise<ReadonlyMap<string, string>> {
  const blobs = new GitBlobReader(readBlobs(git, [id]), name);
  try {
    const { content } = await blobs.next(id);
    await collect(content, { maxBytes: MAX_SUBMODULES_FILE_BYTES, name: `.gitmodules of ${name}` });
  } finally {
    await blobs.close();
  }
  return readSubmodules(git, id);
}

/** The archive, as its bytes are made; contents are not kept in memory. */
async function* writeArchive(git: Git, entries: readonly GitEntry[], mtimeSeconds: number): AsyncGenerator<Buffer> {
  const ids = entries.flatMap(({ kind, id }) => (kind === "directory" || kind === "submodule" ? [] : [id]));
  const blobs = new GitBlobReader(readBlobs(git, ids), "the repository");
  let totalBytes = 0;
  try {
    for (const { kind, path, id } of entries) {
      const common = { path, uid: 0, gid: 0, mtimeSeconds };
      if (kind === "directory" || kind === "submodule") {
        yield formatTarHeader({ kind: "directory", ...common, mode: 0o755 });
        continue;
      }
      const { sizeBytes, content } = await blobs.next(id);
      totalBytes += sizeBytes;
      if (totalBytes > MAX_TOTAL_BYTES)
        throw new BasaltError("SIZE_LIMIT_EXCEEDED", `a commit has more than ${MAX_TOTAL_BYTES} bytes of files`);
      if (kind === "symlink") {
        const link = { kind, ...common, mode: 0o777, target: await readTarget(content, path) } satisfies WritableEntry;
        yield formatTarHeader(link);
        continue;
      }
      const mode = kind === "program" ? 0o755 : 0o644;
      yield formatTarHeader({ kind: "file", ...common, mode, sizeBytes });
      yield* content;
      yield tarPaddingBytes(sizeBytes);
    }
    yield TAR_END;
  } finally {
    await blobs.close();
  }
}

function readBlobs(git: Git, ids: readonly string[]): AsyncGenerator<Buffer> {
  const input = async function* (): AsyncGenerator<Buffer> {
    for (let start = 0; start < ids.length; start += IDS_IN_CHUNK)
      yield Buffer.from(`${ids.slice(start, start + IDS_IN_CHUNK).join("\n")}\n`);
  };
  return streamGit(git, ["cat-file", "--batch", "--buffer"], input());
}

async function readTarget(content: AsyncGenerator<Buffer>, path: string): Promise<string> {
  const bytes = await collect(content, { maxBytes: MAX_LINK_BYTES, name: `the link ${path}` });
  try {
    const target = utf8.decode(bytes);
    if (target !== "" && !target.includes("\0")) return target;
  } catch {
    // said below
  }
  throw new BasaltError(
    "GIT_CONTENT",
    `the link ${JSON.stringify(path)} leads to ${JSON.stringify(bytes.toString("latin1"))}`,
  );
}

async function* nothing(): AsyncGenerator<Buffer> {
  // no input
}
