// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import { concurrently } from "../../formats/concurrently.js";
import type { LockedPackage } from "../../formats/lock.js";
import type { Host } from "../../host/host.js";
import type { OfferedVersion, PackageReasons, Resolution, ResolveRequest } from "../contract.js";
import { fetchPackage } from "./fetch-package.js";
import { openIndex } from "./open-index.js";
import { explainPackage } from "./reasons.js";
import { alpineMirror, apkArchitecture, branchOf, OWN, repositoriesOf } from "./repositories.js";
import { solve } from "./solver.js";
import { fetchKeys, ownKeys } from "./trust.js";
import { joinUniverse, untagged, type ApkUniverse, type OfferedPackage } from "./universe.js";

type ReleaseRequest = Pick<ResolveRequest, "release" | "architecture" | "repositories" | "keyring" | "signal">;

const PARALLEL_DOWNLOADS = 8; // as for the packages of a lock

/** Resolves against Alpine's own repositories, or those that the request lists, and gets the packages to know their hashes. */
export async function resolveAlpine(request: ResolveRequest, host: Host): Promise<Resolution> {
  const universe = await openUniverse(request, host);
  const solution = solve(request, universe);
  const sorted = solution.packages.toSorted((a, b) => compareText(a.name, b.name));
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const packages = await concurrently(sorted, PARALLEL_DOWNLOADS, async (offered): Promise<LockedPackage> => {
    const place = placeOf(offered);
    const { sha256 } = await fetchPackage(offered, urlOf(place, host), host, options);
    const { name, version, architecture, origin, sizeBytes } = offered;
    return { name, version, architecture, source: origin, sourceVersion: version, ...place, sizeBytes, sha256 };
  });
  return { packages, dropped: solution.dropped, indexes: universe.evidence };
}

/** Why a package is in what `resolveAlpine` finds, or is not. */
export async function explainAlpine(request: ResolveRequest, name: string, host: Host): Promise<PackageReasons> {
  return explainPackage(name, request, await openUniverse(request, host));
}

/** All versions of a package in a release. */
export async function alpineVersionsOf(
  name: string,
  request: ReleaseRequest,
  host: Host,
): Promise<readonly OfferedVersion[]> {
  const universe = await openUniverse(request, host);
  return untagged(universe.versionsOf(name)).map(({ version, place }) => ({ version, suite: place.suite }));
}

/** Addresses of a package. */
export async function alpinePackageUrls(locked: LockedPackage, host: Host): Promise<readonly URL[]> {
  return [urlOf(locked, host)];
}

async function openUniverse(request: ReleaseRequest, host: Host): Promise<ApkUniverse> {
  const repositories = repositoriesOf(request.release, request.repositories ?? [], alpineMirror(host));
  const signal = request.signal === undefined ? {} : { signal: request.signal };
  const own = await ownKeys(host);
  const isAllOwn = repositories.every(({ isOwn }) => isOwn);
  const others = isAllOwn ? [] : await fetchKeys(request.keyring ?? [], host, signal);
  const architecture = apkArchitecture(request.architecture);
  const parts = await Promise.all(
    repositories.map((repository) =>
      openIndex(repository, { architecture, keys: repository.isOwn ? own : others, host, ...signal }),
    ),
  );
  return joinUniverse(branchOf(request.release), parts);
}

type Place = Pick<LockedPackage, "repository" | "suite" | "path">;

function placeOf({ name, version, place }: OfferedPackage): Place {
  return { repository: place.repository, suite: place.suite, path: `${place.folder}${name}-${version}.apk` };
}

function urlOf({ repository, path }: Place, host: Host): URL {
  return new URL(path, repository === OWN ? alpineMirror(host) : `${repository}/`);
}
