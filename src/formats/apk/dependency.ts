// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../../errors.js";
import { compareApkVersions, matchesApkVersion } from "./version.js";

/** How a version must stand to the one that a dependency names; `~` means that it begins with it, `><` names a checksum. */
export type ApkRelation = "<" | "<=" | "=" | ">=" | ">" | "~" | "<~" | ">~" | "><";

/** One dependency: `so:libc.musl-x86_64.so.1`, `busybox>=1.36`, `!uclibc`. Source: apk-world(5), apk-package(5). */
export interface ApkDependency {
  /** As it is written. */
  readonly text: string;
  readonly name: string;
  /** Whether what it describes must not be there. */
  readonly isConflict: boolean;
  readonly relation?: ApkRelation;
  readonly version?: string;
  /** Name of the only tagged repository that the package may come from, without `@`. */
  readonly tag?: string;
}

/** A name that a package provides; with a version it is the only one that has the name. */
export interface ApkProvision {
  readonly name: string;
  readonly version?: string;
}

const RELATIONS: ReadonlyMap<string, ApkRelation> = new Map([
  ["<", "<"],
  ["<=", "<="],
  ["=", "="],
  [">=", ">="],
  [">", ">"],
  ["~", "~"],
  ["~=", "~"],
  ["=~", "~"],
  ["<~", "<~"],
  [">~", ">~"],
  ["><", "><"],
]);

const DEPENDENCY =
  /^(?<conflict>!?)(?<name>[^\s!<>=~@][^\s<>=~@]*)(?:(?<relation>[<>=~]+)(?<version>[^\s<>=@]+))?(?:@(?<tag>[^\s@]+))?$/;
const MAX_LENGTH = 1024; // real ones stay below 150

/** @throws BasaltError with `code` */
export function parseApkDependency(text: string, label: string, code: ErrorCode = "APKINDEX_INVALID"): ApkDependency {
  const groups = text.length > MAX_LENGTH ? undefined : DEPENDENCY.exec(text)?.groups;
  const { conflict, name, relation, version, tag } = groups ?? {};
  const known = relation === undefined ? undefined : RELATIONS.get(relation);
  if (name === undefined || (relation !== undefined && known === undefined))
    throw new BasaltError(code, `${label} has the dependency ${JSON.stringify(text.slice(0, 100))}`);
  return {
    text,
    name,
    isConflict: conflict === "!",
    ...(known === undefined || version === undefined ? {} : { relation: known, version }),
    ...(tag === undefined ? {} : { tag }),
  };
}

/** Dependencies of a field, which spaces separate. */
export function parseApkDependencies(
  text: string | undefined,
  label: string,
  code?: ErrorCode,
): readonly ApkDependency[] {
  return words(text).map((word) => parseApkDependency(word, label, code));
}

/** Names that a field says a package provides. @throws BasaltError with `code` */
export function parseApkProvisions(
  text: string | undefined,
  label: string,
  code: ErrorCode = "APKINDEX_INVALID",
): readonly ApkProvision[] {
  return words(text).map((word) => {
    const { name, relation, version, isConflict } = parseApkDependency(word, label, code);
    if (isConflict || (relation !== undefined && relation !== "="))
      throw new BasaltError(code, `${label} provides ${JSON.stringify(word.slice(0, 100))}`);
    return { name, ...(version === undefined ? {} : { version }) };
  });
}

/**
 * Whether something that has the name of a dependency meets what it says of the version. What is provided without a version meets only
 * dependencies without one. Source: apk-tools, src/package.c, apk_dep_is_provided. `!` is not looked at.
 */
export function meetsVersion(version: string | undefined, { relation, version: wanted }: ApkDependency): boolean {
  if (relation === undefined || wanted === undefined) return true;
  if (version === undefined) return false;
  if (relation === "><") return true; // names the bytes of a local file; among versions any will do
  if (relation.endsWith("~") && matchesApkVersion(version, wanted)) return true;
  const order = compareApkVersions(version, wanted);
  switch (relation) {
    case "<":
    case "<~":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">":
    case ">~":
      return order > 0;
    case "~":
      return false;
  }
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}
