// SPDX-License-Identifier: Apache-2.0
import type { Dependency } from "../../formats/debian/dependency.js";
import { Candidates, type SolveRequest } from "./candidates.js";
import { ClauseStore, type Clause } from "./clauses.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";

/** Packages that go together by name; `none` where there are none, `limit` where that was not found out. */
export type Found = ReadonlyMap<string, OfferedPackage> | "none" | "limit";

export interface SearchLimits {
  /** Contradictions that are learned from. */
  readonly maxContradictions: number;
  /** Literals of all clauses together, those that were learned as well. */
  readonly maxLiterals: number;
}

/** Chosen: real indexes need a few dozen contradictions; these bounds are reached in seconds (search.test.ts). */
export const SEARCH_LIMITS: SearchLimits = { maxContradictions: 20_000, maxLiterals: 10_000_000 };

/**
 * Looks for packages that go together, completely: with an answer if there is one. What stands first is tried first: versions and
 * alternatives in the order of `Candidates.allMeeting`. No clock and no randomness: the same packages give the same answer.
 */
export function searchPackages(
  request: SolveRequest,
  universe: PackageUniverse,
  limits: SearchLimits = SEARCH_LIMITS,
): Found {
  return new Search(request, universe, limits).run();
}

/** Something that one of several packages must meet, best first: by their variables. */
type Requirement = readonly number[];

/** Where a walk through the dependencies stands; never changed, so that it can be taken up again. */
interface Place {
  readonly requirements: readonly Requirement[];
  readonly index: number;
  readonly parent: Place | undefined;
}

class Search {
  readonly #candidates: Candidates;
  readonly #limits: SearchLimits;
  readonly #roots: readonly string[];
  /** Masks of the request without what it asks for. */
  readonly #masks: ReadonlySet<string>;
  readonly #clauses = new ClauseStore();
  readonly #variables = new Map<OfferedPackage, number>();
  readonly #packages: (OfferedPackage | undefined)[] = [undefined];
  /** Of packages that were true at some time, by variable. */
  readonly #requirements = new Map<number, readonly Requirement[]>();
  #rootRequirements: readonly Requirement[] = [];
  #place: Place | undefined;
  /** Where the walk stood at each decision. */
  readonly #places: (Place | undefined)[] = [];
  readonly #walked = new Map<number, number>();
  #literals = 0;

  constructor(request: SolveRequest, universe: PackageUniverse, limits: SearchLimits) {
    this.#candidates = new Candidates(request, universe);
    this.#limits = limits;
    this.#roots = request.packages.map(({ name }) => name);
    this.#masks = new Set(request.masks.filter((mask) => !this.#roots.includes(mask)));
  }

  run(): Found {
    this.#rootRequirements = this.#roots.map((name) =>
      this.#candidates.versionsOf(name).map((offered) => this.#variableOf(offered)),
    );
    for (const requirement of this.#rootRequirements) if (this.#add(requirement) !== undefined) return "none";
    this.#place = { requirements: this.#rootRequirements, index: 0, parent: undefined };
    for (let contradictions = 0; contradictions <= this.#limits.maxContradictions;) {
      const broken = this.#propagate();
      if (this.#literals > this.#limits.maxLiterals) return "limit";
      if (broken !== undefined) {
        contradictions += 1;
        if (!this.#clauses.learnFrom(broken)) return "none";
        this.#literals += broken.length;
        this.#returnTo(this.#clauses.level);
        continue;
      }
      const variable = this.#nextChoice();
      if (variable === undefined) return this.#found();
      this.#places.push(this.#place);
      this.#clauses.decide(variable);
    }
    return "limit";
  }

  #propagate(): Clause | undefined {
    for (let literal = this.#clauses.takeAssigned(); literal !== undefined; literal = this.#clauses.takeAssigned()) {
      const broken = literal > 0 ? this.#open(literal) : undefined;
      const other = this.#clauses.propagate(literal);
      if (broken !== undefined || other !== undefined) return broken ?? other;
    }
    return undefined;
  }

  /** Adds what a package asks for, the first time that it is in. All of it is added, whatever it contradicts. */
  #open(variable: number): Clause | undefined {
    const offered = this.#packages[variable];
    if (offered === undefined || this.#requirements.has(variable)) return undefined;
    let broken: Clause | undefined;
    const add = (clause: Clause): void => {
      const contradiction = this.#add(clause);
      broken ??= contradiction;
    };
    const requirements = [...offered.preDepends, ...offered.depends].flatMap((dependency) => {
      const requirement = this.#requirementOf(offered, dependency);
      return requirement === undefined ? [] : [requirement];
    });
    this.#requirements.set(variable, requirements);
    for (const requirement of requirements) add([-variable, ...requirement]);
    for (const other of this.#candidates.versionsOf(offered.name))
      if (other !== offered) add([-variable, -this.#variableOf(other)]);
    for (const dependency of [...offered.conflicts, ...offered.breaks])
      for (const other of this.#candidates.hitBy(dependency, offered, (name) => this.#versionsOf(name)))
        add([-variable, -this.#variableOf(other)]);
    return broken;
  }

  /** What must be in for a dependency; nothing is asked for where only masked packages would do. */
  #requirementOf(owner: OfferedPackage, dependency: Dependency): Requirement | undefined {
    if (this.#candidates.bare.has(owner.name)) return undefined;
    const meeting = this.#candidates.allMeeting(dependency);
    const allowed = meeting.filter(({ name }) => !this.#masks.has(name));
    return allowed.length === 0 && meeting.length > 0 ? undefined : allowed.map((one) => this.#variableOf(one));
  }

  /** Versions that can be in. */
  #versionsOf(name: string): readonly OfferedPackage[] {
    return this.#masks.has(name) ? [] : this.#candidates.versionsOf(name);
  }

  #add(clause: Clause): Clause | undefined {
    this.#literals += clause.length;
    return this.#clauses.add(clause);
  }

  /** The best package for the first requirement that is not met: all that was asked for, then depth first, as the solver goes. */
  #nextChoice(): number | undefined {
    const root = this.#rootRequirements.find((requirement) => this.#metBy(requirement) === undefined);
    if (root !== undefined) return root.find((variable) => this.#clauses.valueOf(variable) === 0);
    while (this.#place !== undefined) {
      const { requirements, index, parent }: Place = this.#place;
      const requirement = requirements[index];
      if (requirement === undefined) {
        this.#place = parent;
        continue;
      }
      const variable = this.#metBy(requirement);
      if (variable === undefined) return requirement.find((one) => this.#clauses.valueOf(one) === 0);
      this.#place = { requirements, index: index + 1, parent };
      if (this.#walked.has(variable)) continue;
      this.#walked.set(variable, this.#clauses.level);
      this.#place = { requirements: this.#requirements.get(variable) ?? [], index: 0, parent: this.#place };
    }
    return undefined;
  }

  #metBy(requirement: Requirement): number | undefined {
    return requirement.find((variable) => this.#clauses.valueOf(variable) === 1);
  }

  /** Takes the walk back to where it stood at a level. */
  #returnTo(level: number): void {
    this.#place = this.#places[level];
    this.#places.length = level;
    for (const [variable, walkedAt] of [...this.#walked].toReversed()) {
      if (walkedAt <= level) break;
      this.#walked.delete(variable);
    }
  }

  /** What the walk met; what else was found true is not needed. */
  #found(): Found {
    const packages = [...this.#walked.keys()].flatMap((variable) => this.#packages[variable] ?? []);
    return new Map(packages.map((offered) => [offered.name, offered]));
  }

  #variableOf(offered: OfferedPackage): number {
    const known = this.#variables.get(offered);
    if (known !== undefined) return known;
    const variable = this.#clauses.addVariable();
    this.#variables.set(offered, variable);
    this.#packages[variable] = offered;
    return variable;
  }
}
