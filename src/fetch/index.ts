// SPDX-License-Identifier: Apache-2.0
import { distroOf } from "../distro/index.js";
import { concurrently } from "../formats/concurrently.js";
import { parseIntegrity } from "../formats/integrity.js";
import type { IndexEvidence, LockedInputs, LockedPackage } from "../formats/lock.js";
import type { CachedFile } from "../host/content-cache.js";
import { download } from "../host/download.js";
import type { Host } from "../host/host.js";
import { fetchArtifact, type EventSink } from "../resolve/index.js";

/** Everything that a platform's lock names, as verified files on this machine. */
export interface FetchedFiles {
  /** By package name. */
  readonly packages: ReadonlyMap<string, CachedFile>;
  /** By URL as the definition writes it. */
  readonly artifacts: ReadonlyMap<string, CachedFile>;
}

export interface FetchOptions {
  /** `ID` of os-release. */
  readonly distro: string;
  /** What the lock knows of the indexes that packages were found in. */
  readonly indexes?: readonly IndexEvidence[];
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

const PARALLEL_DOWNLOADS = 8; // enough to fill a line of 1 Gbit/s with packages of 100 KiB; mirrors allow about 10

/** Downloads what is missing, in parallel. */
export async function fetchLocked(locked: LockedInputs, options: FetchOptions, host: Host): Promise<FetchedFiles> {
  const distro = distroOf(options.distro);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const total = [...locked.packages, ...locked.artifacts].reduce((sum, item) => sum + item.sizeBytes, 0);
  let done = 0;
  const count = (sizeBytes: number): void => {
    done += sizeBytes;
    options.onEvent({ kind: "progress", stage: "fetch", done, total, unit: "bytes" });
  };
  const fetchPackage = async (item: LockedPackage): Promise<CachedFile> => {
    const integrity = parseIntegrity(`sha256:${item.sha256}`);
    const known = await host.cache.find(item.sha256);
    const isKnown = known?.sizeBytes === item.sizeBytes;
    const file = isKnown
      ? known
      : await download(
          {
            urls: await distro.packageUrls(item, host, options.indexes),
            integrity,
            sizeBytes: item.sizeBytes,
            name: `${item.name} ${item.version}`,
          },
          { http: host.http, cache: host.cache, retry: host.retry, ...signal },
        );
    count(item.sizeBytes);
    return file;
  };
  const packages = await concurrently(locked.packages, PARALLEL_DOWNLOADS, fetchPackage);
  const artifacts = await concurrently(locked.artifacts, PARALLEL_DOWNLOADS, async (item) => {
    const file = await fetchArtifact(item, host, signal);
    count(item.sizeBytes);
    return file;
  });
  return {
    packages: new Map(locked.packages.map((item, index) => [item.name, packages[index] as CachedFile])),
    artifacts: new Map(locked.artifacts.map((item, index) => [item.url, artifacts[index] as CachedFile])),
  };
}
