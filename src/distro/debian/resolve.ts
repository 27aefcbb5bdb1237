// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import type { LockedPackage } from "../../formats/lock.js";
import type { Host } from "../../host/host.js";
import type { OfferedVersion, PackageReasons, Resolution, ResolveRequest } from "../contract.js";
import { debianMirrors } from "./mirrors.js";
import { openUniverse, type OfferedPackage, type PackageUniverse } from "./package-index.js";
import { explainPackage } from "./reasons.js";
import { suitesOf } from "./repositories.js";
import { solve } from "./solver.js";
import { loadSuite } from "./suite.js";

/** Resolves against a Debian release with its updates and security suites. */
export async function resolveDebian(request: ResolveRequest, host: Host): Promise<Resolution> {
  return withUniverse(request, host, (universe) => {
    const solution = solve(request, universe);
    const packages = solution.packages.map(toLocked).toSorted((a, b) => compareText(a.name, b.name));
    return { packages, dropped: solution.dropped, indexes: universe.evidence };
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

type ReleaseRequest = Pick<ResolveRequest, "release" | "architecture" | "signal">;

async function withUniverse<T>(
  request: ReleaseRequest,
  host: Host,
  work: (universe: PackageUniverse) => T,
): Promise<T> {
  const mirrors = await debianMirrors(host);
  const sources = suitesOf(request.release, host.trust);
  const suites = await Promise.all(
    sources.map((source) => loadSuite(source, mirrors[source.repository], host, request.signal)),
  );
  const universe = await openUniverse(suites, request.architecture, host, request.signal);
  try {
    return work(universe);
  } finally {
    universe.close();
  }
}

/** Addresses of a package of Debian's own repositories. */
export async function debianPackageUrls(locked: LockedPackage, host: Host): Promise<readonly URL[]> {
  const mirrors = await debianMirrors(host);
  return [new URL(locked.path, locked.repository === "debian-security" ? mirrors["debian-security"] : mirrors.debian)];
}

function toLocked(offered: OfferedPackage): LockedPackage {
  const { name, version, architecture, source, sourceVersion, repository, suite, path, sizeBytes, sha256 } = offered;
  return { name, version, architecture, source, sourceVersion, repository, suite, path, sizeBytes, sha256 };
}
