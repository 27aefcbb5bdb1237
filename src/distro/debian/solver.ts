// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { formatDependency, type Dependency } from "../../formats/debian/dependency.js";
import type { DroppedDependency } from "../../formats/lock.js";
import { Candidates, type Decision, type SolveRequest } from "./candidates.js";
import {
  conflictProblem,
  requestProblem,
  throwProblems,
  unmetProblem,
  type Conflict,
  type SolveProblem,
} from "./failure.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";
import { searchPackages } from "./search.js";

export interface Solution {
  readonly packages: readonly OfferedPackage[];
  readonly dropped: readonly DroppedDependency[];
  /** Every dependency of every package, in the order in which they were decided: the graph of the image. */
  readonly decisions: readonly Decision[];
  /** What stood to choose from, with the choice that was made. */
  readonly candidates: Candidates;
}

/**
 * Chooses packages as `apt-get --no-install-recommends install` does on an empty system: the highest version of each name,
 * the first alternative that can be had, a real package before one that provides the name. Where these do not go together, others
 * are searched for: there is an answer if the packages have one. Masked names cannot be chosen; a dependency that only they could
 * meet is dropped and reported. What cannot be had is told in full, not only the first of it.
 * @throws BasaltError `PACKAGE_UNKNOWN`, `PACKAGE_UNSATISFIABLE`, `PACKAGE_CONFLICT`, `PACKAGE_SEARCH_LIMIT`
 */
export function solve(request: SolveRequest, universe: PackageUniverse): Solution {
  try {
    return new Solver(request, universe).run();
  } catch (error) {
    if (!(error instanceof BasaltError) || !/^PACKAGE_(?:UNSATISFIABLE|CONFLICT)$/.test(error.code)) throw error;
    const found = searchPackages(request, universe);
    if (found === "none") throw error;
    if (found === "limit")
      throw new BasaltError(
        "PACKAGE_SEARCH_LIMIT",
        `too many choices to look at all of them; the first fails: ${error.message}`,
      );
    return new Solver(request, universe, found).run();
  }
}

class Solver {
  readonly #request: SolveRequest;
  readonly #candidates: Candidates;
  readonly #isLimited: boolean;
  readonly #decisions: Decision[] = [];
  /** The dependency by which each package came in first; requested ones have none. */
  readonly #broughtBy = new Map<string, Decision>();
  readonly #problems: SolveProblem[] = [];

  /** @param only packages that go together, by name: chosen from these alone */
  constructor(request: SolveRequest, universe: PackageUniverse, only?: ReadonlyMap<string, OfferedPackage>) {
    this.#request = request;
    this.#candidates = new Candidates(request, universe);
    this.#candidates.limitTo(only);
    this.#isLimited = only !== undefined;
  }

  run(): Solution {
    const { chosen } = this.#candidates;
    // All requested packages stand before any dependency is looked at: they decide between alternatives.
    const requested = this.#request.packages.flatMap(({ name }) => this.#requested(name));
    throwProblems(this.#problems);
    for (const offered of requested) chosen.set(offered.name, offered);
    for (const offered of requested) this.#addDependencies(offered);
    throwProblems(this.#problems);
    this.#requireNoConflicts();
    this.#candidates.limitTo(undefined);
    const dropped = this.#decisions.flatMap(({ owner, dependency, metBy }) =>
      metBy === undefined ? [{ package: owner.name, dependency: formatDependency(dependency) }] : [],
    );
    return {
      packages: [...chosen.values()],
      dropped,
      decisions: this.#decisions,
      candidates: this.#candidates,
    };
  }

  #requested(name: string): readonly OfferedPackage[] {
    const candidate = this.#candidates.find(name);
    if (candidate !== undefined) return [candidate];
    this.#problems.push(requestProblem(name, this.#candidates));
    return [];
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
      const choice = this.#decide(frame.owner, dependency);
      if (choice !== undefined) stack.push({ owner: choice, rest: [...choice.preDepends, ...choice.depends] });
    }
  }

  /** Meets a dependency by what is in, else by a package that it brings in, which is answered. */
  #decide(owner: OfferedPackage, dependency: Dependency): OfferedPackage | undefined {
    const { bare, chosen, masks } = this.#candidates;
    const present = this.#candidates.firstMeeting(dependency, ({ name }) => chosen.has(name));
    if (present !== undefined) {
      this.#decisions.push({ owner, dependency, metBy: present, isFirst: false });
      return undefined;
    }
    if (bare.has(owner.name)) {
      this.#decisions.push({ owner, dependency, isFirst: false });
      return undefined;
    }
    const choice = this.#candidates.firstMeeting(dependency, ({ name }) => !masks.has(name));
    if (choice !== undefined) {
      const decision = { owner, dependency, metBy: choice, isFirst: true };
      this.#decisions.push(decision);
      this.#broughtBy.set(choice.name, decision);
      chosen.set(choice.name, choice);
      return choice;
    }
    // Only masked ones are left: what they would meet is dropped. A search leaves out nothing else.
    if (this.#isLimited || this.#candidates.firstMeeting(dependency, () => true) !== undefined)
      this.#decisions.push({ owner, dependency, isFirst: false });
    else this.#problems.push(unmetProblem(owner, dependency, this.#failureContext()));
    return undefined;
  }

  #requireNoConflicts(): void {
    const chosen = [...this.#candidates.chosen.values()];
    const seen = new Set<string>();
    for (const conflict of chosen.flatMap((offered) => this.#conflictsOf(offered))) {
      // Two packages often refuse each other, and by more than one field; that is one problem.
      const pair = [conflict.by.name, conflict.with.name].toSorted().join(" ");
      if (!seen.has(pair)) this.#problems.push(conflictProblem(conflict, this.#failureContext()));
      seen.add(pair);
    }
    throwProblems(this.#problems);
  }

  #failureContext(): { readonly candidates: Candidates; readonly broughtBy: ReadonlyMap<string, Decision> } {
    return { candidates: this.#candidates, broughtBy: this.#broughtBy };
  }

  #conflictsOf(by: OfferedPackage): readonly Conflict[] {
    return (["conflicts", "breaks"] as const).flatMap((field) =>
      by[field].flatMap((dependency) => {
        const hit = this.#candidates.hitBy(dependency, by, (name) => this.#candidates.chosen.get(name) ?? []);
        return hit.map((other) => ({ by, field, dependency, with: other }));
      }),
    );
  }
}
