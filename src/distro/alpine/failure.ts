// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../../errors.js";
import type { ApkDependency } from "../../formats/apk/dependency.js";
import { compareText } from "../../formats/canonical-json.js";
import { isPinned } from "../../formats/input-mapping.js";
import { nearNames } from "../../formats/near-names.js";
import { versionAs, type ApkUniverse, type OfferedPackage, type SolveRequest } from "./universe.js";

/** Why a clause stands. */
export type Origin =
  | { readonly kind: "request"; readonly name: string }
  | { readonly kind: "depends"; readonly owner: OfferedPackage; readonly dependency: ApkDependency }
  | {
      readonly kind: "conflicts";
      readonly owner: OfferedPackage;
      readonly dependency: ApkDependency;
      readonly other: OfferedPackage;
    }
  /** Both have the name, with a version. */
  | { readonly kind: "claims"; readonly name: string; readonly owners: readonly [OfferedPackage, OfferedPackage] };

interface RequestProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

const MAX_CLAUSES = 10; // in one message
const MAX_VERSIONS = 5;

/** Whether every name that is asked for is there, in the version that is asked for. */
export function requireKnown({ packages, pins = "exact" }: SolveRequest, universe: ApkUniverse): void {
  const problems = packages.flatMap(({ name, version, suite: tag }): readonly RequestProblem[] => {
    const offered = universe.versionsOf(name);
    const versions = offered.filter(({ place }) => place.tag === tag);
    if (versions.length === 0 && offered.length > 0) return [otherTag(name, tag, offered)];
    const isProvided = version === undefined && universe.providersOf(name).length > 0;
    if (versions.length === 0) return isProvided ? [] : [unknownName(name, universe)];
    if (version === undefined || versions.some((offered) => isPinned(offered.version, version, pins))) return [];
    const hint = `write ${name} without a version, or pin ${name}=${versions[0]?.version ?? ""}`;
    const message = `the definition pins ${name}=${version}; ${placesOf(versions)}`;
    return [{ code: "PACKAGE_UNSATISFIABLE", message, hint }];
  });
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1)
    throw new BasaltError(first.code, first.message, first.hint === undefined ? {} : { action: first.hint });
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
  throw new BasaltError(first.code, lines.join("\n"));
}

function otherTag(name: string, tag: string | undefined, offered: readonly OfferedPackage[]): RequestProblem {
  const forms = [...new Set(offered.map(({ place }) => (place.tag === undefined ? name : `${name}@${place.tag}`)))];
  const message = `${tag === undefined ? "no repository without a tag" : `no repository with the tag @${tag}`} has ${name}`;
  return { code: "PACKAGE_UNKNOWN", message, hint: `write ${forms.join(" or ")}` };
}

function unknownName(name: string, universe: ApkUniverse): RequestProblem {
  const near = nearNames(name, universe.names());
  const hint = near.length === 0 ? {} : { hint: `did you mean ${near.join(" or ")}?` };
  return { code: "PACKAGE_UNKNOWN", message: `${universe.release} has no package ${name}`, ...hint };
}

/** Tells why clauses cannot hold together: what was asked for, what leads from there, and what stands against it. */
export function throwImpossible(core: ReadonlySet<Origin>, universe: ApkUniverse): never {
  const ordered = inOrder([...core]);
  const isConflict = ordered.some(({ kind }) => kind === "conflicts" || kind === "claims");
  const clauses = ordered.map((origin) => clauseOf(origin, universe));
  const half = MAX_CLAUSES / 2;
  const told =
    clauses.length <= MAX_CLAUSES
      ? clauses
      : [...clauses.slice(0, half), `${clauses.length - MAX_CLAUSES} steps later`, ...clauses.slice(-half)];
  const names = ordered.flatMap((origin) => (origin.kind === "request" ? [origin.name] : []));
  const head =
    names.length > 1 && isConflict
      ? `${names.join(" and ")} cannot be installed together`
      : `${names.join(", ") || "the packages"} cannot be installed`;
  throw new BasaltError(isConflict ? "PACKAGE_CONFLICT" : "PACKAGE_UNSATISFIABLE", `${head}: ${told.join("; ")}`);
}

/** Requests first, then what follows from what was told, at last what stands against it. */
function inOrder(core: readonly Origin[]): readonly Origin[] {
  const requests = core.filter((origin) => origin.kind === "request").toSorted((a, b) => compareText(a.name, b.name));
  const reached = new Set(requests.map(({ name }) => name));
  const rest = core.filter((origin) => origin.kind === "depends");
  const steps: (typeof rest)[number][] = [];
  while (rest.length > 0) {
    const at = rest.findIndex(
      ({ owner }) => reached.has(owner.name) || owner.provides.some(({ name }) => reached.has(name)),
    );
    const [step] = rest.splice(Math.max(0, at), 1);
    if (step === undefined) break;
    steps.push(step);
    reached.add(step.dependency.name);
  }
  return [...requests, ...steps, ...core.filter(({ kind }) => kind === "conflicts" || kind === "claims")];
}

function clauseOf(origin: Origin, universe: ApkUniverse): string {
  switch (origin.kind) {
    case "request":
      return `the definition asks for ${origin.name}`;
    case "depends": {
      const { owner, dependency } = origin;
      return `${owner.name} ${owner.version} depends on ${dependency.text}${offersFor(dependency, universe)}`;
    }
    case "conflicts":
      return `${origin.owner.name} ${origin.owner.version} refuses ${origin.dependency.text.slice(1)}, which is ${origin.other.name} ${origin.other.version}`;
    case "claims": {
      const [a, b] = origin.owners;
      const both = `${a.name} ${a.version} and ${b.name} ${b.version}`;
      return a.name === b.name
        ? `only one version of ${a.name} can be in`
        : `only one of ${both} can be ${origin.name}`;
    }
  }
}

/** What there is of a name, where nothing of it is what a dependency wants. */
function offersFor({ name, relation }: ApkDependency, universe: ApkUniverse): string {
  const versions = universe.versionsOf(name);
  const providers = universe.providersOf(name).flatMap((provider) => universe.versionsOf(provider));
  if (versions.length === 0 && providers.length === 0) return `, and nothing in ${universe.release} is ${name}`;
  if (relation === undefined) return "";
  if (versions.length > 0) return ` (${placesOf(versions)})`;
  const told = providers
    .slice(0, MAX_VERSIONS)
    .map((item) => `${item.name} provides ${versionAs(item, name) ?? "it without a version"}`);
  return ` (${told.join(", ")})`;
}

/** Where the versions of a package are: `v3.24/main has 8.1-r0`. */
export function placesOf(versions: readonly OfferedPackage[]): string {
  return versions
    .slice(0, MAX_VERSIONS)
    .map(({ place, version }) => `${place.title} has ${version}`)
    .join(", ");
}
