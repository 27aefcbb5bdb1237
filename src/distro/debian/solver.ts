// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import {
  formatDependency,
  satisfiesVersion,
  type Alternative,
  type Dependency,
} from "../../formats/debian/dependency.js";
import { compareDebianVersions } from "../../formats/debian/version.js";
import type { DroppedDependency } from "../../formats/lock.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";

export interface SolveRequest {
  readonly packages: readonly { readonly name: string; readonly version?: string }[];
  readonly masks: readonly string[];
}

export interface Solution {
  readonly packages: readonly OfferedPackage[];
  readonly dropped: readonly DroppedDependency[];
}

/** Which packages may not come in together, each with the one that says so. */
interface Conflict {
  readonly by: OfferedPackage;
  readonly field: "Conflicts" | "Breaks";
  readonly dependency: Dependency;
  readonly with: OfferedPackage;
}

/**
 * Chooses packages as `apt-get --no-install-recommends install` does on an empty system: the highest version of each name,
 * the first alternative that can be had, a real package before one that provides the name. Masked names cannot be chosen; a
 * dependency that only they could meet is dropped and reported.
 * @throws BasaltError `PACKAGE_UNKNOWN`, `PACKAGE_UNSATISFIABLE`, `PACKAGE_CONFLICT`
 */
export function solve(request: SolveRequest, universe: PackageUniverse): Solution {
  const solver = new Solver(request, universe);
  return solver.run();
}

class Solver {
  readonly #request: SolveRequest;
  readonly #universe: PackageUniverse;
  readonly #masks: ReadonlySet<string>;
  readonly #pins: ReadonlyMap<string, string>;
  readonly #chosen = new Map<string, OfferedPackage>();
  /** Why each package is in: the package that needed it first. */
  readonly #neededBy = new Map<string, string>();
  readonly #dropped: DroppedDependency[] = [];

  constructor(request: SolveRequest, universe: PackageUniverse) {
    this.#request = request;
    this.#universe = universe;
    this.#masks = new Set(request.masks);
    this.#pins = new Map(
      request.packages.flatMap((item) => (item.version === undefined ? [] : [[item.name, item.version] as const])),
    );
  }

  run(): Solution {
    // All requested packages stand before any dependency is looked at: they decide between alternatives.
    const requested = this.#request.packages.map((item) => this.#requested(item.name));
    for (const offered of requested) this.#chosen.set(offered.name, offered);
    for (const offered of requested) this.#addDependencies(offered);
    this.#requireNoConflicts();
    return { packages: [...this.#chosen.values()], dropped: this.#dropped };
  }

  #requested(name: string): OfferedPackage {
    const candidate = this.#candidate(name);
    if (candidate !== undefined) return candidate;
    const pin = this.#pins.get(name);
    const versions = this.#universe.versionsOf(name).map((offered) => offered.version);
    if (pin !== undefined && versions.length > 0) {
      throw new BasaltError(
        "PACKAGE_UNSATISFIABLE",
        `${name}=${pin} does not exist; there is ${[...new Set(versions)].join(", ")}`,
      );
    }
    const providers = this.#universe.providersOf(name);
    if (providers.length > 0)
      throw new BasaltError(
        "PACKAGE_UNKNOWN",
        `${name} is a virtual package; name one that provides it: ${providers.join(", ")}`,
      );
    throw new BasaltError("PACKAGE_UNKNOWN", `there is no package ${name}`);
  }

  /** Depth first, with a stack of our own: dependency chains may be long. */
  #addDependencies(root: OfferedPackage): void {
    const stack: { readonly owner: OfferedPackage; readonly rest: Dependency[] }[] = [
      { owner: root, rest: [...root.preDepends, ...root.depends] },
    ];
    while (stack.length > 0) {
      const frame = stack.at(-1);
      const dependency = frame?.rest.shift();
      if (frame === undefined || dependency === undefined) {
        stack.pop();
        continue;
      }
      if (this.#isMet(dependency)) continue;
      const choice = this.#choose(frame.owner, dependency);
      if (choice === undefined) continue;
      this.#chosen.set(choice.name, choice);
      this.#neededBy.set(choice.name, frame.owner.name);
      stack.push({ owner: choice, rest: [...choice.preDepends, ...choice.depends] });
    }
  }

  #isMet(dependency: Dependency): boolean {
    return dependency.some((alternative) =>
      [...this.#meeting(alternative)].some((offered) => this.#chosen.get(offered.name) === offered),
    );
  }

  #choose(owner: OfferedPackage, dependency: Dependency): OfferedPackage | undefined {
    for (const alternative of dependency) {
      for (const offered of this.#meeting(alternative)) {
        const rival = this.#chosen.get(offered.name);
        if (rival === undefined && !this.#masks.has(offered.name)) return offered;
      }
    }
    if (dependency.some((alternative) => this.#couldMaskedMeet(alternative))) {
      this.#dropped.push({ package: owner.name, dependency: formatDependency(dependency) });
      return undefined;
    }
    throw new BasaltError("PACKAGE_UNSATISFIABLE", this.#explainUnmet(owner, dependency));
  }

  /** Packages that would meet an alternative: the real one first, then those that provide its name. */
  *#meeting(alternative: Alternative): Generator<OfferedPackage> {
    const real = this.#candidate(alternative.name);
    if (real !== undefined && satisfiesVersion(real.version, alternative)) yield real;
    const providers = this.#universe
      .providersOf(alternative.name)
      .flatMap((name) => (name === alternative.name ? [] : (this.#candidate(name) ?? [])));
    const meeting = providers.filter((provider) =>
      provider.provides.some((provided) => meetsByProviding(provided, alternative)),
    );
    yield* meeting.toSorted((a, b) => priorityRank(a) - priorityRank(b));
  }

  #couldMaskedMeet(alternative: Alternative): boolean {
    return [...this.#meeting(alternative)].some((offered) => this.#masks.has(offered.name));
  }

  /** The version that would be installed: the pinned one, else the highest. */
  #candidate(name: string): OfferedPackage | undefined {
    const chosen = this.#chosen.get(name);
    if (chosen !== undefined) return chosen;
    const pin = this.#pins.get(name);
    let best: OfferedPackage | undefined;
    for (const offered of this.#universe.versionsOf(name)) {
      if (pin !== undefined && offered.version !== pin) continue;
      if (best === undefined || compareDebianVersions(offered.version, best.version) > 0) best = offered;
    }
    return best;
  }

  #requireNoConflicts(): void {
    const conflicts = [...this.#chosen.values()].flatMap((offered) => this.#conflictsOf(offered));
    const first = conflicts[0];
    if (first === undefined) return;
    const { by, field, dependency, with: other } = first;
    throw new BasaltError(
      "PACKAGE_CONFLICT",
      `${by.name} ${by.version} (${this.#why(by.name)}) and ${other.name} ${other.version} (${this.#why(other.name)}) cannot be installed together: ${by.name} has ${field}: ${formatDependency(dependency)}`,
    );
  }

  #conflictsOf(by: OfferedPackage): readonly Conflict[] {
    const found: Conflict[] = [];
    for (const field of ["conflicts", "breaks"] as const) {
      for (const dependency of by[field]) {
        for (const other of this.#hitBy(dependency, by))
          found.push({ by, field: field === "conflicts" ? "Conflicts" : "Breaks", dependency, with: other });
      }
    }
    return found;
  }

  #hitBy(dependency: Dependency, by: OfferedPackage): readonly OfferedPackage[] {
    const names = dependency.flatMap((alternative) => [
      alternative.name,
      ...this.#universe.providersOf(alternative.name),
    ]);
    const others = [...new Set(names)]
      .flatMap((name) => this.#chosen.get(name) ?? [])
      .filter((other) => other.name !== by.name);
    return others.filter((other) =>
      dependency.some((alternative) =>
        other.name === alternative.name
          ? satisfiesVersion(other.version, alternative)
          : other.provides.some((provided) => meetsByProviding(provided, alternative)),
      ),
    );
  }

  #explainUnmet(owner: OfferedPackage, dependency: Dependency): string {
    const reasons = dependency.map((alternative) => {
      const versions = [...new Set(this.#universe.versionsOf(alternative.name).map((offered) => offered.version))];
      if (versions.length === 0) return `there is no ${alternative.name}`;
      return `${alternative.name} exists as ${versions.join(", ")}`;
    });
    return `${owner.name} ${owner.version} (${this.#why(owner.name)}) needs ${formatDependency(dependency)}, but ${reasons.join(", and ")}`;
  }

  /** The path from the request to a package, in words. */
  #why(name: string): string {
    const path = [name];
    for (
      let current = this.#neededBy.get(name);
      current !== undefined && path.length < 50;
      current = this.#neededBy.get(current)
    )
      path.push(current);
    return path.length === 1 ? "requested" : `needed by ${path.slice(1).join(", needed by ")}, which is requested`;
  }
}

/** apt prefers, among packages that provide a name, the one of higher priority. Source: apt, `CompareProviders` in depcache.cc. */
function priorityRank(offered: OfferedPackage): number {
  const rank = ["required", "important", "standard", "optional", "extra"].indexOf(offered.priority);
  return offered.isEssential ? -1 : rank === -1 ? 3 : rank;
}

/** A provided name without a version meets only dependencies without one. Source: Debian Policy, 7.5. */
function meetsByProviding(provided: Alternative, wanted: Alternative): boolean {
  if (provided.name !== wanted.name) return false;
  if (wanted.relation === undefined) return true;
  return provided.version !== undefined && satisfiesVersion(provided.version, wanted);
}
