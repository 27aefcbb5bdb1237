// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import type { BasaltError } from "../errors.js";
import { isInside } from "../host/files.js";
import { findAbove } from "./catalogue-files.js";
import { readDefinitionText } from "./definition-text.js";
import { parseLocatedYaml, type LocatedYaml } from "./located-yaml.js";
import { definitionError, type Problem } from "./problem.js";

/** A file that a definition is laid over. */
export interface IncludedFile {
  readonly text: string;
  /** What its path was resolved against. */
  readonly folder: string;
  readonly yaml: LocatedYaml;
}

const MAX_INCLUDES = 50; // files of one definition
const MAX_LENGTH = 1024 * 1024; // characters of all of them

/**
 * Reads what a definition includes, the files that come first in front, each before what includes it and once. A path is looked for
 * beside the including file, then in each folder above it, the root of the catalogue among them. @throws BasaltError `DEFINITION_INVALID`
 */
export async function readIncludes(definition: LocatedYaml): Promise<readonly IncludedFile[]> {
  const found = new Map<string, IncludedFile>();
  await collect(definition, [resolve(definition.file)], found);
  return [...found.values()];
}

async function collect(yaml: LocatedYaml, chain: readonly string[], found: Map<string, IncludedFile>): Promise<void> {
  for (const [index, path] of includesOf(yaml).entries()) {
    const fail = (code: string, message: string): BasaltError => {
      const place = yaml.locate(["includes", index]);
      return definitionError([{ file: yaml.file, ...place, severity: "error", code, message } satisfies Problem]);
    };
    const { file, text, folder } = await find(path, yaml.file, fail);
    const absolute = resolve(file);
    if (chain.includes(absolute)) throw fail("DEFINITION_INCLUDE", `${path} includes itself by way of ${yaml.file}`);
    if (found.has(absolute)) continue;
    if (found.size >= MAX_INCLUDES) throw fail("DEFINITION_INCLUDE", `more than ${MAX_INCLUDES} files are included`);
    const length = [...found.values()].reduce((sum, other) => sum + other.text.length, text.length);
    if (length > MAX_LENGTH)
      throw fail("DEFINITION_INCLUDE", `what is included has more than ${MAX_LENGTH} characters`);
    const included = parseLocatedYaml(text, file);
    if (included.problems.length > 0) throw definitionError(included.problems);
    await collect(included, [...chain, absolute], found);
    found.set(absolute, { text, folder, yaml: included });
  }
}

function includesOf({ value }: LocatedYaml): readonly string[] {
  const includes = typeof value === "object" && value !== null && "includes" in value ? value.includes : undefined;
  return Array.isArray(includes) ? includes.filter((item) => typeof item === "string") : [];
}

async function find(
  path: string,
  from: string,
  fail: (code: string, message: string) => BasaltError,
): Promise<{ readonly file: string; readonly folder: string; readonly text: string }> {
  if (path.startsWith("/") || path.split("/").includes("..") || !/\.ya?ml$/.test(path) || path.includes("\0"))
    throw fail("DEFINITION_INCLUDE", `${JSON.stringify(path)} is not the path of a YAML file below the catalogue`);
  const found = await findAbove(path, from);
  if (found === undefined)
    throw fail("DEFINITION_INCLUDE", `${path} is neither beside ${from} nor in a folder above it`);
  if (!(await isInside(found.folder, found.path)))
    throw fail("DEFINITION_INCLUDE", `${path} leads out of the catalogue`);
  return { file: found.path, folder: found.folder, text: await readDefinitionText(found.path) };
}
