// SPDX-License-Identifier: Apache-2.0
import { satisfiesVersion, type Alternative, type Dependency } from "../../formats/debian/dependency.js";
import { isPinned, type PinMode } from "../../formats/input-mapping.js";
import type { Architecture } from "../../formats/platform.js";
import type { ResolveRequest } from "../contract.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";
import { isPreferred, preferredOf } from "./suite-choice.js";

export type SolveRequest = Pick<ResolveRequest, "packages" | "masks" | "pins">;

/** A dependency that was looked at while solving, and what became of it. */
export interface Decision {
  readonly owner: OfferedPackage;
  readonly dependency: Dependency;
  /** The package that is in for it; absent where it was dropped: only masked packages could have met it, or its owner comes bare. */
  readonly metBy?: OfferedPackage;
  /** Whether `metBy` came in by this dependency; otherwise it was in already. */
  readonly isFirst: boolean;
}

/** What stands to choose from at any time while solving: the chosen packages, else what pins and versions leave. */
export class Candidates {
  readonly universe: PackageUniverse;
  readonly masks: ReadonlySet<string>;
  /** Package name → the version that the request pins. */
  readonly pins: ReadonlyMap<string, string>;
  /** Package name → the suite that the request names for it. */
  readonly suites: ReadonlyMap<string, string>;
  /** Requested packages that come without what they depend on. */
  readonly bare: ReadonlySet<string>;
  readonly pinMode: PinMode;
  readonly chosen = new Map<string, OfferedPackage>();
  readonly #versions = new Map<string, readonly OfferedPackage[]>();
  /** While it is set, no other packages can be had. */
  #only: ReadonlyMap<string, OfferedPackage> | undefined;

  constructor(request: SolveRequest, universe: PackageUniverse) {
    this.universe = universe;
    this.masks = new Set(request.masks);
    this.pinMode = request.pins ?? "exact";
    this.bare = new Set(request.packages.flatMap((item) => (item.isBare === true ? [item.name] : [])));
    this.suites = new Map(
      request.packages.flatMap((item) => (item.suite === undefined ? [] : [[item.name, item.suite] as const])),
    );
    this.pins = new Map(
      request.packages.flatMap((item) => (item.version === undefined ? [] : [[item.name, item.version] as const])),
    );
  }

  /** Leaves these packages only, by name; all again without them. */
  limitTo(only: ReadonlyMap<string, OfferedPackage> | undefined): void {
    this.#only = only;
  }

  /** The version that would be installed: the chosen one, else the pinned one, else the highest of the suites that count most. */
  find(name: string): OfferedPackage | undefined {
    const chosen = this.chosen.get(name);
    if (chosen !== undefined) return chosen;
    if (this.#only !== undefined) return this.#only.get(name);
    const pin = this.pins.get(name);
    const suite = this.suites.get(name);
    const versions = this.universe
      .versionsOf(name)
      .filter((offered) => suite === undefined || offered.suite === suite)
      .filter((offered) => pin === undefined || isPinned(offered.version, pin, this.pinMode));
    return preferredOf(versions);
  }

  /** As `find`; where that version does not meet `alternative`, one of a suite that the request names. Source: apt-get(8), `pkg/release`. */
  #real(alternative: Alternative): OfferedPackage | undefined {
    const found = this.find(alternative.name);
    if (found === undefined || satisfiesVersion(found.version, alternative)) return found;
    const { name } = alternative;
    if (this.suites.size === 0 || this.chosen.has(name) || this.pins.has(name) || this.suites.has(name))
      return undefined;
    const suites = new Set(this.suites.values());
    const others = this.universe.versionsOf(name).filter((offered) => suites.has(offered.suite));
    return preferredOf(others.filter(({ version }) => satisfiesVersion(version, alternative)));
  }

  /**
   * Versions that pins leave, those first that `find` prefers; one that several suites have is told of the first. What suites have that
   * apt takes nothing from by itself is left to requests that name them.
   */
  versionsOf(name: string): readonly OfferedPackage[] {
    const known = this.#versions.get(name);
    if (known !== undefined) return known;
    const pin = this.pins.get(name);
    const suite = this.suites.get(name);
    const pinned = this.universe
      .versionsOf(name)
      .filter((offered) => suite === undefined || offered.suite === suite)
      .filter(({ version }) => pin === undefined || isPinned(version, pin, this.pinMode));
    const priority = preferredOf(pinned)?.suitePriority;
    const suites = new Set(this.suites.values());
    const allowed = pinned.filter((offered) => offered.suitePriority === priority || suites.has(offered.suite));
    const versions = firstOfEachVersion(allowed).toSorted((a, b) =>
      isPreferred(a, b) ? -1 : isPreferred(b, a) ? 1 : 0,
    );
    this.#versions.set(name, versions);
    return versions;
  }

  /** Packages that would meet an alternative: the real one first, then those that provide its name. Masks do not count. */
  *meeting(alternative: Alternative): Generator<OfferedPackage> {
    yield* this.#meetingOf(alternative, (name) => {
      const found = name === alternative.name ? this.#real(alternative) : this.find(name);
      return found === undefined ? [] : [found];
    });
  }

  /** Packages that would meet a dependency, best first: of each name what `meeting` has, then all other versions. */
  allMeeting(dependency: Dependency): readonly OfferedPackage[] {
    const best = dependency.flatMap((alternative) => [...this.meeting(alternative)]);
    const all = dependency.flatMap((alternative) => [...this.#meetingOf(alternative, (name) => this.versionsOf(name))]);
    return [...new Set([...best, ...all])];
  }

  *#meetingOf(
    alternative: Alternative,
    versionsOf: (name: string) => readonly OfferedPackage[],
  ): Generator<OfferedPackage> {
    const { architecture } = this.universe;
    for (const real of versionsOf(alternative.name)) if (meetsByName(real, alternative, architecture)) yield real;
    const providers = this.universe
      .providersOf(alternative.name)
      .flatMap((name) => (name === alternative.name ? [] : versionsOf(name)));
    const meeting = providers.filter((provider) => meetsByProviding(provider, alternative, architecture));
    yield* meeting.toSorted((a, b) => providerRank(a) - providerRank(b));
  }

  /** Packages, among those that `versionsOf` gives, that `by` refuses in a field of its own. It may refuse a name that it provides. */
  hitBy(
    dependency: Dependency,
    by: OfferedPackage,
    versionsOf: (name: string) => OfferedPackage | readonly OfferedPackage[],
  ): readonly OfferedPackage[] {
    const { architecture } = this.universe;
    const names = dependency.flatMap(({ name }) => [name, ...this.universe.providersOf(name)]);
    return [...new Set(names)]
      .filter((name) => name !== by.name)
      .flatMap(versionsOf)
      .filter((other) => dependency.some((refused) => isRefused(other, refused, architecture)));
  }

  /** The first package among those that would meet a dependency for which `condition` holds. */
  firstMeeting(dependency: Dependency, condition: (offered: OfferedPackage) => boolean): OfferedPackage | undefined {
    for (const alternative of dependency)
      for (const offered of this.meeting(alternative)) if (condition(offered)) return offered;
    return undefined;
  }
}

/** For people: a version that several suites have is told of the first. */
export function firstOfEachVersion(versions: readonly OfferedPackage[]): readonly OfferedPackage[] {
  const first = new Map<string, OfferedPackage>();
  for (const offered of versions) if (!first.has(offered.version)) first.set(offered.version, offered);
  return [...first.values()];
}

/** Whether a package of the wanted name has a version and an architecture that do. */
export function meetsByName(offered: OfferedPackage, wanted: Alternative, architecture: Architecture): boolean {
  return isQualified(offered, wanted.qualifier, architecture) && satisfiesVersion(offered.version, wanted);
}

/** A provided name without a version meets only dependencies without one. Source: Debian Policy, 7.5. */
export function meetsByProviding(provider: OfferedPackage, wanted: Alternative, architecture: Architecture): boolean {
  return provider.provides.some((provided) => {
    if (provided.name !== wanted.name) return false;
    // A name provided as `x:any` meets `x:any` alone.
    if (provided.qualifier !== wanted.qualifier)
      if (provided.qualifier !== undefined || !isQualified(provider, wanted.qualifier, architecture)) return false;
    if (wanted.relation === undefined) return true;
    return provided.version !== undefined && satisfiesVersion(provided.version, wanted);
  });
}

/** A refusal with `:any` is one of all architectures. Source: dpkg, `deparchsatisfied` in depcon.c. */
function isRefused(other: OfferedPackage, refused: Alternative, architecture: Architecture): boolean {
  const { qualifier, ...anywhere } = refused;
  const wanted = qualifier === "any" ? anywhere : refused;
  return other.name === wanted.name
    ? meetsByName(other, wanted, architecture)
    : meetsByProviding(other, wanted, architecture);
}

/**
 * `:any` is met by packages with `Multi-Arch: allowed`, a name of an architecture by packages of that one; `all` counts as the
 * architecture of the image. Source: Debian wiki, "Multiarch/Spec"; deb-control(5), Multi-Arch.
 */
function isQualified(
  { architecture, multiArch }: OfferedPackage,
  qualifier: string | undefined,
  native: Architecture,
): boolean {
  if (qualifier === undefined || qualifier === "native") return true;
  if (qualifier === "any") return multiArch === "allowed";
  return qualifier === architecture || (architecture === "all" && qualifier === native);
}

/**
 * apt prefers, among packages that provide a name, essential ones, then important ones, then those of higher priority. Source: apt,
 * `CompareProviders` in depcache.cc.
 */
function providerRank({ isEssential, isImportant, priority }: OfferedPackage): number {
  if (isEssential) return -2;
  if (isImportant) return -1;
  const rank = ["required", "important", "standard", "optional", "extra"].indexOf(priority);
  return rank === -1 ? 3 : rank;
}
