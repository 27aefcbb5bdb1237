// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareText } from "../../formats/canonical-json.js";
import { formatDependency } from "../../formats/debian/dependency.js";
import type { DroppedDependency } from "../../formats/lock.js";
import { nearNames } from "../../formats/near-names.js";
import type {
  AbsenceReason,
  AbsentReasons,
  AlternativeCause,
  DependencyStep,
  IfRequested,
  PackageReasons,
  PresentReasons,
} from "../contract.js";
import { firstOfEachVersion, type Decision, type SolveRequest } from "./candidates.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";
import { solve, type Solution } from "./solver.js";

/** Why a package is in what is solved for `request`, or is not, read off the solver's decisions. @throws as `solve` does */
export function explainPackage(name: string, request: SolveRequest, universe: PackageUniverse): PackageReasons {
  const solution = solve(request, universe);
  const present = solution.candidates.chosen.get(name);
  return present === undefined
    ? explainAbsent(name, request, solution)
    : explainPresent(present, request, solution.decisions);
}

function explainPresent(
  { name, version, suite }: OfferedPackage,
  request: SolveRequest,
  decisions: readonly Decision[],
): PresentReasons {
  const requested = new Set(request.packages.map((item) => item.name));
  const paths = pathsTo(name, requested, decisions.flatMap(toStep));
  return { kind: "present", name, version, suite, isRequested: requested.has(name), paths };
}

function toStep({ owner, dependency, metBy }: Decision): readonly DependencyStep[] {
  if (metBy === undefined) return [];
  return [{ package: owner.name, dependency: formatDependency(dependency), metBy: metBy.name }];
}

function toDropped({ owner, dependency, metBy }: Decision): readonly DroppedDependency[] {
  return metBy === undefined ? [{ package: owner.name, dependency: formatDependency(dependency) }] : [];
}

/**
 * The shortest way to `name` by each package that needs it directly. Found breadth first from all requested packages at once,
 * never through `name` itself: what is in only because of it does not explain it.
 */
export function pathsTo(
  name: string,
  requested: ReadonlySet<string>,
  steps: readonly DependencyStep[],
): readonly (readonly DependencyStep[])[] {
  const stepsOf = new Map<string, DependencyStep[]>();
  for (const step of steps) {
    const known = stepsOf.get(step.package);
    if (known === undefined) stepsOf.set(step.package, [step]);
    else known.push(step);
  }
  const cameBy = new Map<string, DependencyStep | undefined>();
  const queue = [...requested].filter((root) => root !== name).toSorted(compareText);
  for (const root of queue) cameBy.set(root, undefined);
  for (const current of queue) {
    for (const step of stepsOf.get(current) ?? []) {
      if (step.metBy === name || cameBy.has(step.metBy)) continue;
      cameBy.set(step.metBy, step);
      queue.push(step.metBy);
    }
  }
  // One that needs it in several ways is told once, with the first of them.
  const direct = steps.filter((step) => step.metBy === name).toReversed();
  const last = new Map(direct.map((step) => [step.package, step]));
  return [...last.values()]
    .filter((step) => cameBy.has(step.package))
    .map((step) => [...wayTo(step.package, cameBy), step])
    .toSorted((a, b) => a.length - b.length || compareText(startOf(a), startOf(b)));
}

function wayTo(name: string, cameBy: ReadonlyMap<string, DependencyStep | undefined>): readonly DependencyStep[] {
  const way: DependencyStep[] = [];
  for (let step = cameBy.get(name); step !== undefined; step = cameBy.get(step.package)) way.push(step);
  return way.toReversed();
}

function startOf(path: readonly DependencyStep[]): string {
  return path.map((step) => step.package).join(" ");
}

function explainAbsent(name: string, request: SolveRequest, solution: Solution): AbsentReasons {
  const { universe } = solution.candidates;
  const versions = firstOfEachVersion(universe.versionsOf(name)).map(({ version, suite }) => ({ version, suite }));
  const reasons = [
    ...unnamedReasons(name, solution),
    ...maskReasons(name, solution),
    ...bareReasons(name, solution),
    ...solution.decisions.flatMap((decision) => alternativeReason(name, decision, solution)),
  ];
  const weak = reasons.length > 0 ? [] : unneededReasons(name, solution);
  return {
    kind: "absent",
    name,
    versions,
    reasons: [...reasons, ...weak],
    ...(versions.length === 0 ? {} : { ifRequested: ifRequested(name, request, solution) }),
  };
}

function unnamedReasons(name: string, { candidates, decisions }: Solution): readonly AbsenceReason[] {
  const { universe, chosen } = candidates;
  if (universe.versionsOf(name).length > 0) return [];
  const providers = universe.providersOf(name);
  if (providers.length === 0)
    return [{ kind: "unknown", release: universe.release, near: nearNames(name, universe.names()) }];
  const present = providers.filter((provider) =>
    chosen.get(provider)?.provides.some((provided) => provided.name === name),
  );
  const naming = decisions.filter(({ dependency }) => dependency.some((alternative) => alternative.name === name));
  return [
    { kind: "virtual", providers, present, neededBy: naming.flatMap(toStep), dropped: naming.flatMap(toDropped) },
  ];
}

function maskReasons(name: string, solution: Solution): readonly AbsenceReason[] {
  const { candidates } = solution;
  const lost = droppedFor(name, solution);
  if (!candidates.masks.has(name) || candidates.universe.versionsOf(name).length === 0) return [];
  return [{ kind: "masked", dropped: lost.filter((item) => !candidates.bare.has(item.package)) }];
}

function bareReasons(name: string, solution: Solution): readonly AbsenceReason[] {
  const dropped = droppedFor(name, solution).filter((item) => solution.candidates.bare.has(item.package));
  return dropped.length === 0 ? [] : [{ kind: "bare", dropped }];
}

/** Dropped dependencies that a package would have met. */
function droppedFor(name: string, { candidates, decisions }: Solution): readonly DroppedDependency[] {
  return decisions
    .filter(({ dependency }) => candidates.firstMeeting(dependency, (offered) => offered.name === name) !== undefined)
    .flatMap(toDropped);
}

/** A dependency that names a package, or that it would meet, and that another package is in for. */
function alternativeReason(name: string, decision: Decision, { candidates }: Solution): readonly AbsenceReason[] {
  const { dependency, isFirst } = decision;
  const [step] = toStep(decision);
  if (step === undefined) return [];
  const wouldMeet = candidates.firstMeeting(dependency, (offered) => offered.name === name) !== undefined;
  if (!wouldMeet && !dependency.some((alternative) => alternative.name === name)) return [];
  // A name that only others provide is met by them, not passed over.
  if (!wouldMeet && candidates.universe.versionsOf(name).length === 0) return [];
  let because: AlternativeCause = "already";
  if (isFirst) because = candidates.masks.has(name) ? "masked" : "preferred";
  if (!wouldMeet) because = "version";
  return [{ kind: "alternative", ...step, because }];
}

function unneededReasons(name: string, { packages }: Solution): readonly AbsenceReason[] {
  const by = packages
    .filter(({ recommends }) => recommends.flat().some((alternative) => alternative.name === name))
    .map((offered) => offered.name)
    .toSorted(compareText);
  return by.length === 0 ? [{ kind: "unneeded" }] : [{ kind: "recommended", by }];
}

/** Solves once more, with the package asked for. */
function ifRequested(name: string, request: SolveRequest, { packages, candidates }: Solution): IfRequested {
  const wanted = {
    ...request,
    packages: [...request.packages, { name }],
    // What is asked for is not masked: an entry of the one kind takes back one of the other.
    masks: request.masks.filter((mask) => mask !== name),
  };
  try {
    const present = new Set(packages.map((offered) => offered.name));
    const more = solve(wanted, candidates.universe).packages.map((offered) => offered.name);
    return { kind: "possible", packages: more.filter((other) => !present.has(other)).toSorted(compareText) };
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return { kind: "impossible", reason: error.message };
  }
}
