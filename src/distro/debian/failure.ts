// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../../errors.js";
import {
  formatAlternative,
  formatDependency,
  satisfiesVersion,
  type Alternative,
  type Dependency,
} from "../../formats/debian/dependency.js";
import { compareDebianVersions } from "../../formats/debian/version.js";
import { isPinned, type PinMode } from "../../formats/input-mapping.js";
import { nearNames } from "../../formats/near-names.js";
import { firstOfEachVersion, meetsByName, type Candidates, type Decision } from "./candidates.js";
import type { OfferedPackage } from "./package-index.js";

/** One reason why a request cannot be met, as a sentence; `hint` is what would help. */
export interface SolveProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** Packages that may not come in together, with the field of the one that says so. */
export interface Conflict {
  readonly by: OfferedPackage;
  readonly field: "conflicts" | "breaks";
  readonly dependency: Dependency;
  readonly with: OfferedPackage;
}

/** How far the solver had come. */
export interface FailureContext {
  readonly candidates: Candidates;
  /** The dependency by which each package came in first; requested ones have none. */
  readonly broughtBy: ReadonlyMap<string, Decision>;
}

const MAX_PROBLEMS = 10; // more have one cause, and a person mends one at a time
const MAX_VERSIONS = 5; // of a package in one sentence
const MAX_STEPS = 8; // of a chain of dependencies in one sentence

/** Ends solving if there are problems: with the code of the first, a line for each. */
export function throwProblems(problems: readonly SolveProblem[]): void {
  const told = [...new Map(problems.map((problem) => [problem.message, problem])).values()];
  const [first] = told;
  if (first === undefined) return;
  if (told.length === 1)
    throw new BasaltError(first.code, first.message, first.hint === undefined ? {} : { action: first.hint });
  const lines = told
    .slice(0, MAX_PROBLEMS)
    .map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
  const rest = told.length > MAX_PROBLEMS ? [`and ${told.length - MAX_PROBLEMS} problems more of this kind`] : [];
  throw new BasaltError(first.code, [...lines, ...rest].join("\n"));
}

/** Why a package that was asked for by name cannot be had. */
export function requestProblem(name: string, { pins, pinMode, universe }: Candidates): SolveProblem {
  const pin = pins.get(name);
  const versions = universe.versionsOf(name);
  if (pin !== undefined && versions.length > 0) {
    const message = `the definition pins ${name}=${pin}; ${placesOf(versions, "")}`;
    return { code: "PACKAGE_UNSATISFIABLE", message, hint: pinHint(name, pin, versions, pinMode) };
  }
  const providers = universe.providersOf(name);
  if (providers.length > 0)
    return {
      code: "PACKAGE_UNKNOWN",
      message: `${name} is a virtual package, provided by ${listText(providers, "and")}`,
      hint: `ask for ${providers.length === 1 ? "that" : "one of those"} instead`,
    };
  const near = nearNames(name, universe.names());
  return {
    code: "PACKAGE_UNKNOWN",
    message: `${universe.release} has no package ${name}`,
    ...(near.length === 0 ? {} : { hint: `did you mean ${listText(near, "or")}?` }),
  };
}

function pinHint(name: string, pin: string, versions: readonly OfferedPackage[], mode: PinMode): string {
  const highest = versions.reduce((a, b) => (compareDebianVersions(b.version, a.version) > 0 ? b : a));
  const isNear = mode === "exact" && versions.some(({ version }) => isPinned(version, pin, "ignore-suffix"));
  const near = isNear ? "give --pins ignore-suffix" : `write ${name} without a version`;
  // 3,919 of trixie's packages have another +bN on arm64 than on amd64: an exact pin then fits one of the two.
  if (versions.some(({ version }) => withoutRebuild(version) === withoutRebuild(pin)))
    return `+bN counts rebuilds, which differ between platforms: ${mode === "exact" ? "give --pins ignore-rebuild" : near}`;
  return `pin ${name}=${highest.version}, or ${near}`;
}

function withoutRebuild(version: string): string {
  return version.replace(/\+b[0-9]+$/, "");
}

/** Why a dependency cannot be met, with the way that leads to it. */
export function unmetProblem(owner: OfferedPackage, dependency: Dependency, context: FailureContext): SolveProblem {
  const { steps, hint: stepHint } = stepsTo(owner.name, context);
  const root = steps[0]?.owner ?? owner;
  const pin = context.candidates.pins.get(root.name);
  const whole = [...steps.map(({ text }) => text), formatDependency(dependency)];
  const owners = [...steps.map((step) => step.owner.name), owner.name];
  const clauses = whole.map((text, index) =>
    index === 0
      ? `${pin === undefined ? "it" : `${root.name}=${pin}, which the definition pins,`} depends on ${text}`
      : `${owners[index]} depends on ${text}`,
  );
  const reasons = dependency.map((alternative) => unmetReason(alternative, context.candidates));
  const hint = stepHint ?? reasons.find((reason) => reason.hint !== undefined)?.hint;
  return {
    code: "PACKAGE_UNSATISFIABLE",
    message: `${root.name} cannot be installed: ${[...shortened(clauses), ...reasons.map(({ text }) => text)].join("; ")}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Why two packages cannot come in together, and what brings each of them. */
export function conflictProblem(
  { by, field, dependency, with: other }: Conflict,
  context: FailureContext,
): SolveProblem {
  const provided = dependency.some(({ name }) => name === other.name) ? "" : `, which ${other.name} provides`;
  const origins = [by, other].map(({ name }) => originOf(name, context));
  const isBoth = !context.broughtBy.has(by.name) && !context.broughtBy.has(other.name);
  const hint = origins.find((origin) => origin.hint !== undefined)?.hint;
  const clauses = [
    `${by.name} ${field === "breaks" ? "breaks" : "conflicts with"} ${formatDependency(dependency)}${provided}`,
    ...(isBoth ? ["the definition asks for both"] : origins.map(({ text }) => text)),
  ];
  return {
    code: "PACKAGE_CONFLICT",
    message: `${by.name} ${by.version} and ${other.name} ${other.version} cannot be installed together: ${clauses.join("; ")}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

interface Step {
  readonly owner: OfferedPackage;
  /** What the owner depends on, and which package is in for it where the name does not say so. */
  readonly text: string;
}

/** What brings a package in, as a path: `aa -> bb (>= 2) -> cc`. */
function originOf(name: string, context: FailureContext): { readonly text: string; readonly hint?: string } {
  const { steps, hint } = stepsTo(name, context);
  const [first] = steps;
  if (first === undefined) return { text: `the definition asks for ${name}` };
  const path = shortened([first.owner.name, ...steps.map(({ text }) => text)]);
  return { text: `${name} comes in by ${path.join(" -> ")}`, ...(hint === undefined ? {} : { hint }) };
}

/** The dependencies that lead from a requested package to `name`. */
function stepsTo(name: string, context: FailureContext): { readonly steps: readonly Step[]; readonly hint?: string } {
  const decisions: Decision[] = [];
  for (let decision = context.broughtBy.get(name); decision !== undefined;) {
    decisions.unshift(decision);
    decision = context.broughtBy.get(decision.owner.name);
  }
  const masked = decisions.map((decision) => maskedBefore(decision, context.candidates));
  const steps = decisions.map(({ owner, dependency, metBy }, index) => {
    const because = masked[index] === undefined ? "" : `, since the definition masks ${masked[index]}`;
    const isPlain = dependency[0]?.name === metBy?.name;
    return { owner, text: `${formatDependency(dependency)}${isPlain ? "" : ` (here ${metBy?.name}${because})`}` };
  });
  const mask = masked.find((found) => found !== undefined);
  return { steps, ...(mask === undefined ? {} : { hint: `take !${mask} out of the definition` }) };
}

/** The masked package that would have met a dependency before the one that did. */
function maskedBefore({ dependency, metBy }: Decision, candidates: Candidates): string | undefined {
  const first = candidates.firstMeeting(
    dependency,
    (offered) => offered === metBy || candidates.masks.has(offered.name),
  );
  return first === undefined || first === metBy ? undefined : first.name;
}

function unmetReason(
  alternative: Alternative,
  candidates: Candidates,
): { readonly text: string; readonly hint?: string } {
  const { universe, pins } = candidates;
  const { name } = alternative;
  const versions = universe.versionsOf(name);
  if (versions.length === 0) return { text: unprovidedReason(alternative, candidates) };
  const fitting = versions.filter(({ version }) => satisfiesVersion(version, alternative));
  const [would] = fitting;
  if (would === undefined) return { text: `${placesOf(versions, name)} only` };
  if (!fitting.some((offered) => meetsByName(offered, alternative, universe.architecture))) {
    const lack = alternative.qualifier === "any" ? "without Multi-Arch: allowed" : `for ${universe.architecture} only`;
    return { text: `${placesOf(fitting, name)} ${lack}` };
  }
  const pin = pins.get(name);
  if (pin !== undefined)
    return {
      text: `the definition pins ${name}=${pin}; ${placesOf(fitting, name)}, which would do`,
      hint: `pin ${name}=${would.version}, or write ${name} without a version`,
    };
  return { text: `${placesOf(fitting, name)}, which does not go together with the rest` };
}

/** Why a name that only others provide, or nobody, does not do. */
function unprovidedReason(alternative: Alternative, candidates: Candidates): string {
  const { universe } = candidates;
  const { name } = alternative;
  const providers = universe.providersOf(name);
  if (providers.length === 0) return `${universe.release} has no package ${name}`;
  const told = providers.slice(0, MAX_VERSIONS).map((provider) => {
    const offered = candidates.find(provider);
    const provided = offered?.provides.find((one) => one.name === name);
    if (offered === undefined || provided === undefined)
      return `${provider} ${offered?.version ?? ""} does not provide ${name}`;
    return provided.version === undefined
      ? `${provider} provides ${name} without a version`
      : `${provider} provides ${formatAlternative(provided)} only`;
  });
  return told.join("; ");
}

/** Where the versions of a package are: `trixie has curl 8-1 and trixie-security 8-1+deb13u1`. */
function placesOf(versions: readonly OfferedPackage[], name: string): string {
  const places = firstOfEachVersion(versions)
    .slice(0, MAX_VERSIONS)
    .map(({ suite, version }, index) => {
      const what = name === "" || index > 0 ? version : `${name} ${version}`;
      return `${suite}${index === 0 ? " has" : ""} ${what}`;
    });
  return listText(places, "and");
}

function shortened(clauses: readonly string[]): readonly string[] {
  if (clauses.length <= MAX_STEPS) return clauses;
  const half = MAX_STEPS / 2;
  return [...clauses.slice(0, half), `${clauses.length - MAX_STEPS} steps later`, ...clauses.slice(-half)];
}

function listText(items: readonly string[], word: "and" | "or"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}
