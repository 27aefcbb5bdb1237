// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareText } from "../../formats/canonical-json.js";
import type { DroppedDependency } from "../../formats/lock.js";
import { nearNames } from "../../formats/near-names.js";
import type { AbsenceReason, AbsentReasons, DependencyStep, IfRequested, PackageReasons } from "../contract.js";
import { pathsTo } from "../debian/reasons.js";
import { solve, type Decision, type Solution } from "./solver.js";
import { isMetBy, type ApkUniverse, type SolveRequest } from "./universe.js";

/** Why a package is in what is solved for `request`, or is not, read off the solver's decisions. @throws as `solve` does */
export function explainPackage(name: string, request: SolveRequest, universe: ApkUniverse): PackageReasons {
  const solution = solve(request, universe);
  const present = solution.packages.find((offered) => offered.name === name);
  if (present === undefined) return explainAbsent(name, request, { solution, universe });
  const requested = new Set(request.packages.map((item) => item.name));
  const steps = [...solution.decisions.flatMap(toStep), ...triggerSteps(solution)];
  const { version, place } = present;
  const roots = requestedPackages(requested, solution);
  return {
    kind: "present",
    name,
    version,
    suite: place.suite,
    isRequested: roots.has(name),
    paths: pathsTo(name, roots, steps),
  };
}

/** A name that is asked for may be one that another package provides. */
function requestedPackages(requested: ReadonlySet<string>, { packages }: Solution): ReadonlySet<string> {
  const names = packages.map((offered) => offered.name);
  const provided = packages.filter((offered) =>
    offered.provides.some((item) => requested.has(item.name) && !names.includes(item.name)),
  );
  return new Set([...requested].filter((name) => names.includes(name)).concat(provided.map((offered) => offered.name)));
}

function toStep({ owner, dependency, metBy }: Decision): readonly DependencyStep[] {
  return metBy === undefined ? [] : [{ package: owner.name, dependency: dependency.text, metBy: metBy.name }];
}

function toDropped({ owner, dependency, metBy }: Decision): readonly DroppedDependency[] {
  return metBy === undefined ? [{ package: owner.name, dependency: dependency.text }] : [];
}

function triggerSteps({ triggered }: Solution): readonly DependencyStep[] {
  return [...triggered].flatMap(([name, causes]) =>
    causes.map((cause) => ({ package: cause, dependency: `install_if of ${name}`, metBy: name })),
  );
}

interface Context {
  readonly solution: Solution;
  readonly universe: ApkUniverse;
}

function explainAbsent(name: string, request: SolveRequest, context: Context): AbsentReasons {
  const { universe } = context;
  const versions = universe.versionsOf(name).map(({ version, place }) => ({ version, suite: place.suite }));
  const reasons = [
    ...unnamedReasons(name, context),
    ...lostReasons(name, request, context),
    ...context.solution.decisions.flatMap((decision) => alternativeReason(name, decision, request, universe)),
  ];
  return {
    kind: "absent",
    name,
    versions,
    reasons: reasons.length > 0 ? reasons : [{ kind: "unneeded" }],
    ...(versions.length === 0 ? {} : { ifRequested: ifRequested(name, request, context) }),
  };
}

function unnamedReasons(name: string, { solution, universe }: Context): readonly AbsenceReason[] {
  if (universe.versionsOf(name).length > 0) return [];
  const providers = universe.providersOf(name);
  if (providers.length === 0)
    return [{ kind: "unknown", release: universe.release, near: nearNames(name, universe.names()) }];
  const present = solution.packages.filter((offered) => offered.provides.some((provided) => provided.name === name));
  const naming = solution.decisions.filter(({ dependency }) => dependency.name === name);
  return [
    {
      kind: "virtual",
      providers,
      present: present.map((offered) => offered.name),
      neededBy: naming.flatMap(toStep),
      dropped: naming.flatMap(toDropped),
    },
  ];
}

/** What was dropped that the package would have met: since it is masked, or since the owner comes bare. */
function lostReasons(
  name: string,
  { masks, packages }: SolveRequest,
  { solution, universe }: Context,
): readonly AbsenceReason[] {
  const versions = universe.versionsOf(name);
  const lost = solution.decisions
    .filter(({ dependency }) => versions.some((offered) => isMetBy(offered, dependency)))
    .flatMap(toDropped);
  const bare = new Set(packages.flatMap((item) => (item.isBare === true ? [item.name] : [])));
  const byBare = lost.filter((item) => bare.has(item.package));
  const isMasked = masks.includes(name) && versions.length > 0;
  return [
    ...(isMasked ? [{ kind: "masked", dropped: lost.filter((item) => !bare.has(item.package)) } as const] : []),
    ...(byBare.length > 0 ? [{ kind: "bare", dropped: byBare } as const] : []),
  ];
}

/** A dependency that the package would meet, or that names it, and that another one is in for. */
function alternativeReason(
  name: string,
  decision: Decision,
  { masks }: SolveRequest,
  universe: ApkUniverse,
): readonly AbsenceReason[] {
  const [step] = toStep(decision);
  const versions = universe.versionsOf(name);
  if (step === undefined || versions.length === 0) return [];
  const wouldMeet = versions.some((offered) => isMetBy(offered, decision.dependency));
  if (!wouldMeet && decision.dependency.name !== name) return [];
  if (!wouldMeet) return [{ kind: "alternative", ...step, because: "version" }];
  return [{ kind: "alternative", ...step, because: masks.includes(name) ? "masked" : "preferred" }];
}

/** Solves once more, with the package asked for. */
function ifRequested(name: string, request: SolveRequest, { solution, universe }: Context): IfRequested {
  const masks = request.masks.filter((mask) => mask !== name);
  try {
    const { packages } = solve({ ...request, packages: [...request.packages, { name }], masks }, universe);
    const present = new Set(solution.packages.map((offered) => offered.name));
    const more = packages.map((offered) => offered.name).filter((other) => !present.has(other));
    return { kind: "possible", packages: more.toSorted(compareText) };
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return { kind: "impossible", reason: error.message };
  }
}
