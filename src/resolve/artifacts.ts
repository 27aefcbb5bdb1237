// SPDX-License-Identifier: Apache-2.0
import type { FileRequest } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import type { LockedArtifact } from "../formats/lock.js";
import type { CachedFile } from "../host/content-cache.js";
import { download, type DownloadOptions } from "../host/download.js";
import { parseGitUrl } from "../host/git-url.js";
import type { Host } from "../host/host.js";
import { npmTarballUrl, parseNpmUrl } from "../host/npm-registry.js";

const MAX_ARTIFACT_BYTES = 2 * 1024 ** 3; // the largest we know, a JDK with sources, has 0.4 GiB

export type FetchOptions = Pick<DownloadOptions, "signal" | "onProgress">;

interface PinnedDownload {
  readonly url: string;
  readonly integrity: Integrity;
  readonly sizeBytes?: number;
}

/**
 * Decides what a download of a definition is, and gets it: by the pin that the definition has, or by the hash that a file of
 * checksums or a signature vouches for. @throws BasaltError as `fetchGitArchive`, `download`, `findChecksum`, `fetchSigned` do
 */
export async function lockFile(file: FileRequest, host: Host, options: FetchOptions = {}): Promise<LockedArtifact> {
  const { url, pin } = file;
  switch (pin.kind) {
    case "integrity":
      return locked({ url, integrity: pin.integrity }, host, options);
    case "commit": {
      const { fetchGitArchive } = await import("../host/git-archive.js");
      const { reference, commit } = pin;
      const made = await fetchGitArchive({ repository: new URL(pin.repository), reference, commit }, host, options);
      return { ...madeOf(url, made), commit };
    }
    case "checksum-file": {
      const { fetchChecksum } = await import("./checksums.js");
      const integrity = await fetchChecksum(pin.url, url, host, options);
      return { ...(await locked({ url, integrity }, host, options)), checksumUrl: pin.url };
    }
    case "signature": {
      const { fetchSigned } = await import("./signatures.js");
      const { file: signed, integrity, signedBy } = await fetchSigned(url, pin, host, options);
      const signature = { url: pin.url, signedBy };
      if (signed !== undefined) return { ...madeOf(url, signed), signature };
      return { ...(await locked({ url, integrity }, host, options)), signature };
    }
    case "step": {
      const { fetchUnpinned } = await import("./signatures.js");
      return { ...madeOf(url, await fetchUnpinned(url, host, options)), verifiedBy: "step" };
    }
  }
}

/** Finds what a lock names in the cache or fetches it. @throws BasaltError `FETCH_DIGEST_MISMATCH` and what `lockFile` throws */
export async function fetchArtifact(
  artifact: LockedArtifact,
  host: Host,
  options: FetchOptions = {},
): Promise<CachedFile> {
  const { url, commit, sha256 } = artifact;
  if (commit === undefined) return fetchPinned(artifact, host, options);
  const cached = await host.cache.find(sha256);
  if (cached !== undefined) return cached;
  const { fetchGitArchive } = await import("../host/git-archive.js");
  const file = await fetchGitArchive({ repository: parseGitUrl(url).repository, commit }, host, options);
  if (file.sha256 === sha256) return file;
  throw new BasaltError(
    "FETCH_DIGEST_MISMATCH",
    `the files of ${url} at ${commit} make an archive with the sha256 ${file.sha256}, and the lock names ${sha256}`,
  );
}

async function fetchPinned(request: PinnedDownload, host: Host, options: FetchOptions): Promise<CachedFile> {
  const cached = await host.cache.findByIntegrity(request.integrity);
  if (cached !== undefined && (request.sizeBytes ?? cached.sizeBytes) === cached.sizeBytes) return cached;
  const url = request.url.startsWith("npm:")
    ? await npmTarballUrl(parseNpmUrl(request.url), host)
    : new URL(request.url);
  const size = request.sizeBytes === undefined ? { maxBytes: MAX_ARTIFACT_BYTES } : { sizeBytes: request.sizeBytes };
  return download(
    { urls: [url], integrity: request.integrity, name: request.url, ...size },
    { http: host.http, cache: host.cache, retry: host.retry, ...options },
  );
}

async function locked(request: PinnedDownload, host: Host, options: FetchOptions): Promise<LockedArtifact> {
  const { sha256, sizeBytes } = await fetchPinned(request, host, options);
  return { url: request.url, integrity: request.integrity, sha256, sizeBytes };
}

/** What is pinned by its own hash alone. */
function madeOf(url: string, { sha256, sizeBytes }: CachedFile): LockedArtifact {
  return { url, integrity: parseIntegrity(`sha256:${sha256}`), sha256, sizeBytes };
}
