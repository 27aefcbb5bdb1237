// SPDX-License-Identifier: Apache-2.0
import type { Integrity } from "../formats/integrity.js";
import type { LockedArtifact } from "../formats/lock.js";
import type { CachedFile } from "../host/content-cache.js";
import { download, type DownloadOptions } from "../host/download.js";
import type { Host } from "../host/host.js";
import { npmTarballUrl, parseNpmUrl } from "../host/npm-registry.js";

const MAX_ARTIFACT_BYTES = 2 * 1024 ** 3; // the largest we know, a JDK with sources, has 0.4 GiB

export interface ArtifactRequest {
  readonly url: string;
  readonly integrity: Integrity;
  readonly sizeBytes?: number;
}

/** Finds a pinned download in the cache or fetches it; its other hash and its size become known that way. */
export async function fetchArtifact(
  request: ArtifactRequest,
  host: Host,
  options: Pick<DownloadOptions, "signal" | "onProgress"> = {},
): Promise<CachedFile> {
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

export function lockedArtifact(request: ArtifactRequest, file: CachedFile): LockedArtifact {
  return { url: request.url, integrity: request.integrity, sha256: file.sha256, sizeBytes: file.sizeBytes };
}
