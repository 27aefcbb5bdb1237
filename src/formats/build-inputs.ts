// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { prettyJson } from "./canonical-json.js";
import { formatLock, parseLock, type Lock } from "./lock.js";
import { parsePlatform, type Platform } from "./platform.js";

/** A file of a definition, at its place relative to the others. */
export interface DefinitionFile {
  readonly path: string;
  readonly text: string;
  readonly isProgram?: true;
}

/** Everything that a build of an image is a function of, so that anybody can build it again: predicate of the lock's statement. */
export interface BuildInputs {
  readonly lock: Lock;
  /** The definition, what it includes, and what it copies. */
  readonly definition: {
    /** Which of the files is the definition itself. */
    readonly path: string;
    readonly files: readonly DefinitionFile[];
  };
  /** In the order of the index. */
  readonly platforms: readonly Platform[];
  /** `SOURCE_DATE_EPOCH` of the build, if it was set. */
  readonly sourceDateEpoch?: string;
}

const MAX_FILES = 4_000; // twice what a definition may copy and include
const MAX_TEXT = 32 * 1024 * 1024; // characters of all files

/** As the predicate of a statement: keys and lists sorted. */
export function formatBuildInputs({ lock, ...rest }: BuildInputs): object {
  return { ...rest, lock: JSON.parse(formatLock(lock)) as object };
}

/** Reads what somebody attested. Paths stay below the folder that the files are written to. @throws BasaltError `EVIDENCE_INVALID`, `LOCK_INVALID` */
export function parseBuildInputs(predicate: unknown, name: string): BuildInputs {
  const { lock, definition, platforms, sourceDateEpoch } = fieldsOf(predicate, name);
  const { path, files } = fieldsOf(definition, name);
  if (!Array.isArray(files) || files.length > MAX_FILES) throw invalid(name, "does not list the definition's files");
  const read = files.map((file: unknown) => toFile(file, name));
  const length = read.reduce((sum, file) => sum + file.text.length, 0);
  if (length > MAX_TEXT) throw invalid(name, `has files of more than ${MAX_TEXT} characters`);
  if (new Set(read.map((file) => file.path)).size !== read.length) throw invalid(name, "names a file twice");
  if (typeof path !== "string" || !read.some((file) => file.path === path))
    throw invalid(name, "does not have the definition itself");
  if (!Array.isArray(platforms) || platforms.length === 0) throw invalid(name, "names no platform");
  if (sourceDateEpoch !== undefined && !(typeof sourceDateEpoch === "string" && /^[0-9]{1,12}$/.test(sourceDateEpoch)))
    throw invalid(name, "has a SOURCE_DATE_EPOCH that is no number of seconds");
  return {
    lock: parseLock(prettyJson(fieldsOf(lock, name)), `the lock in ${name}`),
    definition: { path, files: read },
    platforms: platforms.map((platform: unknown) => toPlatform(platform, name)),
    ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
  };
}

function toFile(value: unknown, name: string): DefinitionFile {
  const { path, text, isProgram } = fieldsOf(value, name);
  if (typeof path !== "string" || !isBelow(path))
    throw invalid(name, `has a file at ${JSON.stringify(typeof path === "string" ? path.slice(0, 100) : path)}`);
  if (typeof text !== "string") throw invalid(name, `has no text for ${path}`);
  return { path, text, ...(isProgram === true ? { isProgram } : {}) };
}

/** Whether a path leads to something below the folder that it is resolved against, on any system. */
function isBelow(path: string): boolean {
  const parts = path.split("/");
  return path.length <= 1_024 && !/[\\\0:]/.test(path) && !parts.some((part) => ["", ".", ".."].includes(part));
}

function toPlatform(value: unknown, name: string): Platform {
  try {
    return parsePlatform(String(value));
  } catch (cause) {
    throw new BasaltError("EVIDENCE_INVALID", `${name} names an unknown platform`, { cause });
  }
}

function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw invalid(name, "has not the shape that it should have");
}

function invalid(name: string, what: string): BasaltError {
  return new BasaltError("EVIDENCE_INVALID", `${name} ${what}`);
}
