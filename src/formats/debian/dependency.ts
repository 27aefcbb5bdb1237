// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareDebianVersions } from "./version.js";

/** How a version must stand to another. Source: Debian Policy, 7.1. */
export type Relation = "<<" | "<=" | "=" | ">=" | ">>";

/** One package that would do. */
export interface Alternative {
  readonly name: string;
  /** `any`, `native` or an architecture, as in `python3:any`. */
  readonly qualifier?: string;
  readonly relation?: Relation;
  readonly version?: string;
}

/** A dependency, met by each of the alternatives, the first preferred. */
export type Dependency = readonly Alternative[];

const ALTERNATIVE =
  /^([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?(?:\s*\(\s*(<<|<=|=|>=|>>|<|>)\s*([a-z0-9.+~:-]+)\s*\))?(?:\s*\[[^\]]*\])?(?:\s*<[^>]*>)*$/i;

/** Parses a Depends, Provides or similar field of a binary package. Source: Debian Policy, 7.1. @throws BasaltError `CONTROL_INVALID` */
export function parseDependencies(text: string | undefined, name: string): readonly Dependency[] {
  if (text === undefined) return [];
  const parts = text.split(",").map((part) => part.trim());
  return parts
    .filter((part) => part !== "")
    .map((part) => part.split("|").map((alternative) => parseAlternative(alternative.trim(), name)));
}

function parseAlternative(text: string, name: string): Alternative {
  const match = ALTERNATIVE.exec(text);
  const packageName = match?.[1];
  if (match === null || packageName === undefined)
    throw new BasaltError("CONTROL_INVALID", `${name} has a broken dependency: ${JSON.stringify(text)}`);
  const [, , qualifier, relation, version] = match;
  return {
    name: packageName,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(relation === undefined || version === undefined ? {} : { relation: normalise(relation), version }),
  };
}

/** `<` and `>` are deprecated spellings of `<=` and `>=`. Source: Debian Policy, 7.1, footnote. */
function normalise(relation: string): Relation {
  if (relation === "<") return "<=";
  if (relation === ">") return ">=";
  return relation as Relation;
}

/** Whether `version` meets the bound of `alternative`; one without a bound is met by all. */
export function satisfiesVersion(version: string, alternative: Pick<Alternative, "relation" | "version">): boolean {
  if (alternative.relation === undefined || alternative.version === undefined) return true;
  const order = compareDebianVersions(version, alternative.version);
  switch (alternative.relation) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}

export function formatAlternative(alternative: Alternative): string {
  const qualifier = alternative.qualifier === undefined ? "" : `:${alternative.qualifier}`;
  const bound = alternative.relation === undefined ? "" : ` (${alternative.relation} ${alternative.version ?? ""})`;
  return `${alternative.name}${qualifier}${bound}`;
}

export function formatDependency(dependency: Dependency): string {
  return dependency.map(formatAlternative).join(" | ");
}
