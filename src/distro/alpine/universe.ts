// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import { meetsVersion, type ApkDependency } from "../../formats/apk/dependency.js";
import type { ApkIndex, ApkPackage } from "../../formats/apk/packages-index.js";
import { compareApkVersions } from "../../formats/apk/version.js";
import type { IndexEvidence } from "../../formats/lock.js";
import type { ResolveRequest } from "../contract.js";

export type SolveRequest = Pick<ResolveRequest, "packages" | "masks" | "pins">;

/** A repository as the lock names it. */
export interface RepositoryPlace {
  /** `alpine`, or the URL of another one. */
  readonly repository: string;
  readonly suite: string;
  /** For people: `v3.24/main`, or the URL. */
  readonly title: string;
  /** Folder of the packages, below the repository's root; ends in a slash. */
  readonly folder: string;
  /** Order among the repositories. */
  readonly rank: number;
  /** Without `@`. Only packages that are asked for with it, and what these depend on, come from there. */
  readonly tag?: string;
}

/** A package and the repository that offers it. */
export interface OfferedPackage extends ApkPackage {
  readonly place: RepositoryPlace;
}

/** The packages of several repositories as one. */
export interface ApkUniverse {
  /** For messages: `v3.24`. */
  readonly release: string;
  readonly names: () => Iterable<string>;
  /** All versions of a package, the highest first; what several repositories have is that of the first. */
  readonly versionsOf: (name: string) => readonly OfferedPackage[];
  readonly providersOf: (name: string) => readonly string[];
  readonly installedWith: (name: string) => readonly string[];
  readonly evidence: readonly IndexEvidence[];
}

export interface UniversePart {
  readonly place: RepositoryPlace;
  readonly index: ApkIndex;
  readonly evidence: IndexEvidence;
}

export function joinUniverse(release: string, parts: readonly UniversePart[]): ApkUniverse {
  const versions = new Map<string, readonly OfferedPackage[]>();
  const all = (ask: (index: ApkIndex) => Iterable<string>): readonly string[] => [
    ...new Set(parts.flatMap(({ index }) => [...ask(index)])),
  ];
  return {
    release,
    names: () => all((index) => index.names()),
    versionsOf: (name) => {
      const known = versions.get(name) ?? offersOf(name, parts);
      versions.set(name, known);
      return known;
    },
    providersOf: (name) => all((index) => index.providersOf(name)),
    installedWith: (name) => all((index) => index.installedWith(name)),
    evidence: parts.map(({ evidence }) => evidence),
  };
}

function offersOf(name: string, parts: readonly UniversePart[]): readonly OfferedPackage[] {
  const offered = parts.flatMap(({ place, index }) => index.versionsOf(name).map((item) => ({ ...item, place })));
  const sorted = offered.toSorted((a, b) => compareApkVersions(b.version, a.version) || a.place.rank - b.place.rank);
  const isSame = (a: OfferedPackage, b: OfferedPackage): boolean =>
    a.version === b.version && a.place.tag === b.place.tag;
  return sorted.filter((item, index) => sorted.findIndex((other) => isSame(other, item)) === index);
}

/** The version under which a package has a name; undefined where it has not, null where it has it without a version. */
export function versionAs(offered: ApkPackage, name: string): string | null | undefined {
  if (offered.name === name) return offered.version;
  const provided = offered.provides.filter((provision) => provision.name === name);
  return provided.find(({ version }) => version !== undefined)?.version ?? (provided.length > 0 ? null : undefined);
}

/** The versions that may come in without a tag. */
export function untagged(offered: readonly OfferedPackage[]): readonly OfferedPackage[] {
  return offered.filter(({ place }) => place.tag === undefined);
}

/** Whether a package is what a dependency describes; `!` is not looked at. */
export function isMetBy(offered: ApkPackage, dependency: ApkDependency): boolean {
  const version = versionAs(offered, dependency.name);
  return version !== undefined && meetsVersion(version ?? undefined, dependency);
}

/**
 * Every package that meets a dependency, the best first: the highest version of the name, the highest priority, the first repository,
 * the package of that name. Source: apk-tools, src/solver.c, compare_providers; the last step, which apk leaves open, by name.
 */
export function meeting(dependency: ApkDependency, universe: ApkUniverse): readonly OfferedPackage[] {
  const { name } = dependency;
  const names = new Set([name, ...universe.providersOf(name)]);
  const found = [...names].flatMap((each) => universe.versionsOf(each)).filter((each) => isMetBy(each, dependency));
  return found.toSorted(
    (a, b) =>
      compareProvided(versionAs(b, name) ?? null, versionAs(a, name) ?? null) ||
      b.providerPriority - a.providerPriority ||
      a.place.rank - b.place.rank ||
      Number(b.name === name) - Number(a.name === name) ||
      compareText(a.name, b.name) ||
      compareApkVersions(b.version, a.version),
  );
}

function compareProvided(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compareApkVersions(a, b);
}
