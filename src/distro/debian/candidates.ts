// SPDX-License-Identifier: Apache-2.0
import { satisfiesVersion, type Alternative, type Dependency } from "../../formats/debian/dependency.js";
import { isPinned, type PinMode } from "../../formats/input-mapping.js";
import type { ResolveRequest } from "../contract.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";
import { preferredOf } from "./suite-choice.js";

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

  /** The version that would be installed: the chosen one, else the pinned one, else the highest of the suites that count most. */
  find(name: string): OfferedPackage | undefined {
    const chosen = this.chosen.get(name);
    if (chosen !== undefined) return chosen;
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

  /** Packages that would meet an alternative: the real one first, then those that provide its name. Masks do not count. */
  *meeting(alternative: Alternative): Generator<OfferedPackage> {
    const real = this.#real(alternative);
    if (real !== undefined) yield real;
    const providers = this.universe
      .providersOf(alternative.name)
      .flatMap((name) => (name === alternative.name ? [] : (this.find(name) ?? [])));
    const meeting = providers.filter((provider) => meetsByProviding(provider, alternative));
    yield* meeting.toSorted((a, b) => priorityRank(a) - priorityRank(b));
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
  return versions.filter(({ version }, index) => versions.findIndex((other) => other.version === version) === index);
}

/** A provided name without a version meets only dependencies without one. Source: Debian Policy, 7.5. */
export function meetsByProviding(provider: OfferedPackage, wanted: Alternative): boolean {
  return provider.provides.some((provided) => {
    if (provided.name !== wanted.name) return false;
    if (wanted.relation === undefined) return true;
    return provided.version !== undefined && satisfiesVersion(provided.version, wanted);
  });
}

/** apt prefers, among packages that provide a name, the one of higher priority. Source: apt, `CompareProviders` in depcache.cc. */
function priorityRank(offered: OfferedPackage): number {
  const rank = ["required", "important", "standard", "optional", "extra"].indexOf(offered.priority);
  return offered.isEssential ? -1 : rank === -1 ? 3 : rank;
}
