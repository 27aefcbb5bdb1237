// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import { parseApkDependency, type ApkDependency } from "../../formats/apk/dependency.js";
import { isPinned } from "../../formats/input-mapping.js";
import type { DroppedDependency } from "../../formats/lock.js";
import { requireKnown, throwImpossible, type Origin } from "./failure.js";
import { SatSolver, type SatResult } from "./sat.js";
import { isMetBy, meeting, untagged, type ApkUniverse, type OfferedPackage, type SolveRequest } from "./universe.js";

/** A dependency of a package that is in, and what is in for it. */
export interface Decision {
  readonly owner: OfferedPackage;
  readonly dependency: ApkDependency;
  /** Absent where only masked packages could have met it, or its owner comes bare. */
  readonly metBy?: OfferedPackage;
}

export interface Solution {
  readonly packages: readonly OfferedPackage[];
  readonly dropped: readonly DroppedDependency[];
  readonly decisions: readonly Decision[];
  /** Packages that came in by themselves, with the names of those that they came in for. */
  readonly triggered: ReadonlyMap<string, readonly string[]>;
}

/**
 * Chooses packages as `apk add` does on an empty system: the highest versions, and of those that provide a name the one of the highest
 * priority; only one package may have a name that it provides with a version. Finds a solution wherever there is one. Then packages
 * come in by themselves whose `install_if` is met, unless they are masked or stand against another. Masked packages meet nothing; a
 * dependency that only they could meet is dropped and told.
 * @throws BasaltError `PACKAGE_UNKNOWN`, `PACKAGE_UNSATISFIABLE`, `PACKAGE_CONFLICT`
 */
export function solve(request: SolveRequest, universe: ApkUniverse): Solution {
  requireKnown(request, universe);
  const masks = new Set(request.masks);
  const triggered = new Map<string, readonly string[]>();
  const refused = new Set<string>();
  const attempt = new Problem(request, universe, []);
  const result = attempt.solve();
  if (result.kind === "impossible") throwImpossible(result.core, universe);
  for (let solution = attempt.solution(); ;) {
    const names = triggeredBy(solution, universe).filter((name) => !refused.has(name) && !masks.has(name));
    if (names.length === 0) return { ...solution, triggered };
    // All at once, else each by itself: what cannot come in stays out.
    for (const more of names.length === 1 ? [names] : [names, ...names.map((name) => [name])]) {
      const next = new Problem(request, universe, [...triggered.keys(), ...more]);
      if (next.solve().kind === "solved") {
        solution = next.solution();
        const holders = holdersOf(solution.packages);
        for (const name of more) triggered.set(name, conditionsOf(name, holders));
        break;
      }
      if (more.length === 1) refused.add(more[0] ?? "");
    }
  }
}

/** Names of packages that are not in and whose conditions are met. Source: apk-package(5), "install_if". */
function triggeredBy({ packages }: Pick<Solution, "packages">, universe: ApkUniverse): readonly string[] {
  const holders = holdersOf(packages);
  const names = new Set([...holders.keys()].flatMap((name) => universe.installedWith(name)));
  const isMet = ({ installIf }: OfferedPackage): boolean =>
    installIf.every((item) => (holders.get(item.name) ?? []).some((other) => isMetBy(other, item)) !== item.isConflict);
  return [...names]
    .filter((name) => {
      const [highest] = untagged(universe.versionsOf(name));
      const isIn = holders.get(name)?.some((offered) => offered.name === name) === true;
      return !isIn && highest !== undefined && highest.installIf.length > 0 && isMet(highest);
    })
    .toSorted(compareText);
}

/** Packages by the names that they have. */
function holdersOf(packages: readonly OfferedPackage[]): ReadonlyMap<string, readonly OfferedPackage[]> {
  const holders = new Map<string, OfferedPackage[]>();
  for (const offered of packages) {
    for (const name of new Set([offered.name, ...offered.provides.map((item) => item.name)])) {
      const known = holders.get(name);
      if (known === undefined) holders.set(name, [offered]);
      else known.push(offered);
    }
  }
  return holders;
}

/** Names of what meets the conditions of a package. */
function conditionsOf(name: string, holders: ReadonlyMap<string, readonly OfferedPackage[]>): readonly string[] {
  const offered = holders.get(name)?.find((item) => item.name === name);
  const met = (offered?.installIf ?? []).flatMap(
    (item) => holders.get(item.name)?.find((other) => isMetBy(other, item))?.name ?? [],
  );
  return [...new Set(met)].filter((other) => other !== name);
}

/** One requirement: one of `candidates` must be in. */
interface Requirement {
  readonly dependency: ApkDependency;
  readonly candidates: readonly OfferedPackage[];
  /** Whether only masked packages, or nobody since the owner comes bare, may meet it. */
  readonly isDropped: boolean;
}

/** A request as clauses: a variable for each package that may come in. */
class Problem {
  readonly #universe: ApkUniverse;
  readonly #masks: ReadonlySet<string>;
  readonly #pins: ReadonlyMap<string, string>;
  readonly #bare: ReadonlySet<string>;
  readonly #request: SolveRequest;
  readonly #sat = new SatSolver<Origin>();
  readonly #variables = new Map<OfferedPackage, number>();
  readonly #requirements = new Map<OfferedPackage, readonly Requirement[]>();
  readonly #roots: readonly (readonly OfferedPackage[])[];
  readonly #candidates = new Map<string, readonly OfferedPackage[]>();
  #walk: Generator<number> | undefined;
  #walkConflicts = 0;

  constructor(request: SolveRequest, universe: ApkUniverse, extras: readonly string[]) {
    this.#universe = universe;
    this.#request = request;
    this.#masks = new Set(request.masks);
    this.#bare = new Set(request.packages.flatMap((item) => (item.isBare === true ? [item.name] : [])));
    this.#pins = new Map(
      request.packages.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]])),
    );
    const tags = new Map(request.packages.map(({ name, suite }) => [name, suite] as const));
    const wanted = [...tags.keys()].toSorted(compareText);
    this.#roots = [
      ...wanted.map((name) => this.#find(name, tags.get(name))),
      ...extras.map((name) => untagged(this.#universe.versionsOf(name)).slice(0, 1)),
    ];
    for (const [index, candidates] of this.#roots.entries()) {
      const name = wanted[index] ?? extras[index - wanted.length] ?? "";
      this.#sat.addClause(
        candidates.map((item) => this.#variable(item)),
        { kind: "request", name },
      );
    }
    this.#addPackages();
  }

  solve(): SatResult<Origin> {
    return this.#sat.solve(() => this.#next());
  }

  /** What is in, once it is solved: all that is reached from the request. */
  solution(): Omit<Solution, "triggered"> {
    const chosen = new Set<OfferedPackage>();
    const decisions: Decision[] = [];
    const queue = this.#roots.flatMap((candidates) => candidates.filter((item) => this.#isIn(item)).slice(0, 1));
    for (const owner of queue) {
      if (chosen.has(owner)) continue;
      chosen.add(owner);
      for (const { dependency, candidates } of this.#requirements.get(owner) ?? []) {
        const metBy = candidates.find((item) => this.#isIn(item));
        decisions.push({ owner, dependency, ...(metBy === undefined ? {} : { metBy }) });
        if (metBy !== undefined && !this.#bare.has(owner.name)) queue.push(metBy);
      }
    }
    // What a bare package needs counts only if it is in for another reason.
    const final = decisions.map(({ owner, dependency, metBy }) =>
      metBy !== undefined && chosen.has(metBy) ? { owner, dependency, metBy } : { owner, dependency },
    );
    const dropped = final.flatMap((decision) =>
      decision.metBy === undefined ? [{ package: decision.owner.name, dependency: decision.dependency.text }] : [],
    );
    return { packages: [...chosen], dropped, decisions: final };
  }

  /** What to try next. The walk over what is in goes on where it was, unless something was taken back. */
  #next(): number | undefined {
    if (this.#walk === undefined || this.#walkConflicts !== this.#sat.conflicts) {
      this.#walk = this.#unmet();
      this.#walkConflicts = this.#sat.conflicts;
    }
    const step = this.#walk.next();
    return step.done === true ? undefined : step.value;
  }

  /** For each requirement that is not met, in the order of the request, the best package that still can meet it. */
  *#unmet(): Generator<number> {
    const seen = new Set<OfferedPackage>();
    const isIn = (item: OfferedPackage): boolean => this.#isIn(item);
    for (const candidates of this.#roots) if (!candidates.some(isIn)) yield this.#best(candidates);
    const stack = this.#roots.flatMap((candidates) => candidates.find(isIn) ?? []).toReversed();
    for (let owner = stack.pop(); owner !== undefined; owner = stack.pop()) {
      if (seen.has(owner)) continue;
      seen.add(owner);
      const found: OfferedPackage[] = [];
      for (const { candidates, isDropped } of this.#requirements.get(owner) ?? []) {
        if (!isDropped && !candidates.some(isIn)) yield this.#best(candidates);
        const met = candidates.find(isIn);
        if (met !== undefined) found.push(met);
      }
      if (!this.#bare.has(owner.name)) stack.push(...found.toReversed());
    }
  }

  #best(candidates: readonly OfferedPackage[]): number {
    const open = candidates
      .map((item) => this.#variable(item))
      .find((literal) => this.#sat.value(literal) === undefined);
    if (open === undefined) throw new Error("internal: a requirement without candidates was not seen as a conflict");
    return open;
  }

  #isIn(offered: OfferedPackage): boolean {
    return this.#sat.value(this.#variable(offered)) === true;
  }

  #variable(offered: OfferedPackage): number {
    const known = this.#variables.get(offered) ?? this.#variables.size + 1;
    this.#variables.set(offered, known);
    return known;
  }

  /** Packages that may be in for a name that is asked for; with a tag, of its repositories alone. */
  #find(name: string, tag: string | undefined): readonly OfferedPackage[] {
    const found = meeting(parseApkDependency(name, "the request"), this.#universe);
    return this.#allowed(found, new Set()).filter(({ place }) => place.tag === tag);
  }

  /** What may meet a dependency: what has no tag first, then what has the tag of its owner. Source: Alpine wiki, "Repository pinning". */
  #candidatesOf(dependency: ApkDependency, tag: string | undefined): readonly OfferedPackage[] {
    const key = `${dependency.text}@${tag ?? ""}`;
    const known = this.#candidates.get(key);
    if (known !== undefined) return known;
    const found = this.#allowed(meeting(dependency, this.#universe), new Set());
    const own = tag === undefined ? [] : found.filter(({ place }) => place.tag === tag);
    const candidates = [...untagged(found), ...own];
    this.#candidates.set(key, candidates);
    return candidates;
  }

  #allowed(found: readonly OfferedPackage[], masks: ReadonlySet<string>): readonly OfferedPackage[] {
    return found.filter(({ name, version }) => {
      const pin = this.#pins.get(name);
      return !masks.has(name) && (pin === undefined || isPinned(version, pin, this.#request.pins ?? "exact"));
    });
  }

  /** Clauses of all packages that can be reached, breadth first. */
  #addPackages(): void {
    for (const offered of this.#variables.keys()) {
      const requirements = offered.depends
        .filter((item) => !item.isConflict)
        .map((item) => this.#requirement(offered, item));
      this.#requirements.set(offered, requirements);
      for (const { dependency, candidates, isDropped } of requirements) {
        if (isDropped) continue;
        const literals = candidates.map((item) => this.#variable(item));
        this.#sat.addClause([-this.#variable(offered), ...literals], { kind: "depends", owner: offered, dependency });
      }
    }
    // A Map gives what is added while it is walked, so here all packages are known.
    const claims = new Map<string, OfferedPackage[]>();
    for (const offered of this.#variables.keys())
      for (const name of new Set([
        offered.name,
        ...offered.provides.flatMap((item) => (item.version === undefined ? [] : [item.name])),
      ]))
        claims.set(name, [...(claims.get(name) ?? []), offered]);
    for (const [name, owners] of claims)
      for (const [index, a] of owners.entries())
        for (const b of owners.slice(index + 1))
          this.#sat.addClause([-this.#variable(a), -this.#variable(b)], { kind: "claims", name, owners: [a, b] });
    this.#addConflicts();
  }

  #addConflicts(): void {
    for (const owner of this.#variables.keys()) {
      if (this.#bare.has(owner.name)) continue;
      for (const dependency of owner.depends.filter((item) => item.isConflict))
        for (const other of meeting(dependency, this.#universe)) {
          const literal = this.#variables.get(other);
          if (literal === undefined || other.name === owner.name) continue;
          this.#sat.addClause([-this.#variable(owner), -literal], { kind: "conflicts", owner, dependency, other });
        }
    }
  }

  #requirement(owner: OfferedPackage, dependency: ApkDependency): Requirement {
    const all = this.#candidatesOf(dependency, owner.place.tag);
    const candidates = all.filter(({ name }) => !this.#masks.has(name));
    return {
      dependency,
      candidates,
      isDropped: this.#bare.has(owner.name) || (candidates.length === 0 && all.length > 0),
    };
  }
}
