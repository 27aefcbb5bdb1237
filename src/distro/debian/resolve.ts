// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareText } from "../../formats/canonical-json.js";
import type { IndexEvidence, LockedKeyring, LockedPackage } from "../../formats/lock.js";
import type { Host } from "../../host/host.js";
import type { OfferedVersion, PackageReasons, Resolution, ResolveRequest } from "../contract.js";
import { debianMirrors } from "./mirrors.js";
import { openUniverse, type OfferedPackage, type PackageUniverse } from "./package-index.js";
import { explainPackage } from "./reasons.js";
import { isDebianId, suitesOf } from "./repositories.js";
import { snapshotUrls } from "./snapshot.js";
import { solve } from "./solver.js";
import { loadSuite } from "./suite.js";
import { explained, foreignSources } from "./third-party.js";

/** Resolves against a Debian release with its updates and security suites, and the repositories that the definition adds. */
export async function resolveDebian(request: ResolveRequest, host: Host): Promise<Resolution> {
  return withUniverse(request, host, (universe, keyrings) => {
    const solution = solve(request, universe);
    const packages = solution.packages.map(toLocked).toSorted((a, b) => compareText(a.name, b.name));
    return { packages, dropped: solution.dropped, indexes: universe.evidence, keyrings };
  });
}

/** Why a package is in what `resolveDebian` finds, or is not. */
export async function explainDebian(request: ResolveRequest, name: string, host: Host): Promise<PackageReasons> {
  return withUniverse(request, host, (universe) => explainPackage(name, request, universe));
}

/** All versions of a package in a release. */
export async function debianVersionsOf(
  name: string,
  request: ReleaseRequest,
  host: Host,
): Promise<readonly OfferedVersion[]> {
  return withUniverse(request, host, (universe) =>
    universe.versionsOf(name).map(({ version, suite }) => ({ version, suite })),
  );
}

type ReleaseRequest = Pick<ResolveRequest, "release" | "architecture" | "repositories" | "repositoryKeys" | "signal">;

async function withUniverse<T>(
  request: ReleaseRequest,
  host: Host,
  work: (universe: PackageUniverse, keyrings: readonly LockedKeyring[]) => T,
): Promise<T> {
  const mirrors = await debianMirrors(host);
  const own = suitesOf(request.release, host.trust, request.repositories);
  const foreign = await foreignSources(request, host);
  const suites = await Promise.all([
    ...own.map((source) => loadSuite(source, mirrors[source.repository], host, request.signal)),
    ...foreign.sources.map((source) => {
      const root = new URL(source.repository);
      return explained(root, () => loadSuite(source, root, host, request.signal));
    }),
  ]);
  const universe = await openUniverse(suites, request.architecture, host, request.signal);
  try {
    return work(universe, foreign.keyrings);
  } finally {
    universe.close();
  }
}

/**
 * Addresses of a package: on the machine's mirror, then in the snapshot archive; of other repositories where they are.
 * @throws BasaltError `MIRROR_INVALID`, `LOCK_MISMATCH`
 */
export async function debianPackageUrls(
  locked: LockedPackage,
  host: Host,
  indexes: readonly IndexEvidence[] = [],
): Promise<readonly URL[]> {
  const { repository, path } = locked;
  if (isDebianId(repository)) {
    const mirrors = await debianMirrors(host);
    return [new URL(path, mirrors[repository]), ...snapshotUrls(locked, indexes, host)];
  }
  if (!URL.canParse(repository) || !/^https?:\/\/[^?#]*\/$/.test(repository))
    throw new BasaltError("LOCK_MISMATCH", `the lock has ${locked.name} of an unknown repository ${repository}`);
  return [new URL(path, repository)];
}

function toLocked(offered: OfferedPackage): LockedPackage {
  const { name, version, architecture, source, sourceVersion, repository, suite, path, sizeBytes, sha256 } = offered;
  return { name, version, architecture, source, sourceVersion, repository, suite, path, sizeBytes, sha256 };
}
