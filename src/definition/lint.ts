// SPDX-License-Identifier: Apache-2.0
import { basename } from "node:path";
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { statIfAny } from "../host/files.js";
import { findFiles } from "./catalogue-files.js";
import { CHECKS } from "./checks/index.js";
import { readDefinitionText } from "./definition-text.js";
import { isOfPackageOrChart, isOtherYaml } from "./document-kind.js";
import { readDefinition } from "./expand.js";
import { lintInfo } from "./info.js";
import type { Definition } from "./model.js";
import { parseDefinition } from "./parse.js";
import { parseLocatedYaml, type LocatedYaml } from "./located-yaml.js";
import { formatProblem, orderedProblems, problemsOf, type Problem } from "./problem.js";
import { reportInto } from "./report.js";
import { validateSchema } from "./schema.js";

export interface LintResult {
  readonly files: number;
  /** YAML files of the folders that are of another kind. */
  readonly passedOver: number;
  /** File after file, in each by place. */
  readonly problems: readonly Problem[];
}

export interface LintOptions {
  /** Day in UTC, `2026-11-24`. */
  readonly today: string;
  /** Looks for more in a definition that has no errors. */
  readonly check?: (definition: Definition) => Promise<readonly Problem[]>;
}

const LINTED_FILES = { maxDepth: 12, isWanted: (name: string): boolean => /\.ya?ml$/.test(name) };

/** Checks definitions and `info.yaml` files; folders are searched for both. @throws BasaltError `FILE_NOT_FOUND` */
export async function lintFiles(paths: readonly string[], options: LintOptions): Promise<LintResult> {
  const owners = createTagOwners();
  const problems: Problem[] = [];
  const known = new Set<string>();
  let files = 0;
  let passedOver = 0;
  for await (const { file, isNamed } of filesOf(paths)) {
    const found = await lintFile(file, isNamed, owners, options);
    if (found === undefined) passedOver += 1;
    else files += 1;
    // What is wrong in a file that many include is one problem.
    const isNew = (problem: Problem): boolean => !known.has(formatProblem(problem));
    const own = bounded(orderedProblems(found ?? []).filter(isNew));
    for (const problem of own) known.add(formatProblem(problem));
    problems.push(...own);
  }
  return { files, passedOver, problems };
}

const MAX_PROBLEMS = 200; // of one file

/** Nobody reads thousands of problems of one file, and what is wrong in them all is one thing. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const last = problems[MAX_PROBLEMS - 1];
  if (last === undefined || problems.length === MAX_PROBLEMS) return problems;
  const { hint: _hint, ...place } = last;
  const more = problems.length - MAX_PROBLEMS + 1;
  const rest: Problem = { ...place, code: "DEFINITION_PROBLEMS", message: `from here on there are ${more} problems` };
  return [...problems.slice(0, MAX_PROBLEMS - 1), rest];
}

async function* filesOf(
  paths: readonly string[],
): AsyncGenerator<{ readonly file: string; readonly isNamed: boolean }> {
  for (const path of paths) {
    if ((await statIfAny(path))?.kind === "directory")
      for await (const file of findFiles(path, LINTED_FILES)) yield { file, isNamed: false };
    else yield { file: path, isNamed: true };
  }
}

/** Problems of one file, alone and beside those before it; undefined for a file that nobody named and that is of another kind. */
async function lintFile(
  file: string,
  isNamed: boolean,
  owners: TagOwners,
  { today, check }: LintOptions,
): Promise<readonly Problem[] | undefined> {
  try {
    const text = await readDefinitionText(file);
    if (basename(file) === "info.yaml") return await lintInfo(text, file);
    if (FRAGMENT.test(file)) return await checkFragment(parseLocatedYaml(text, file));
    if (!isNamed && isOtherYaml(text, file)) return undefined;
    if (MAYBE_PART.test(text)) {
      const yaml = parseLocatedYaml(text, file);
      if (isOfPackageOrChart(yaml.value)) return await checkFragment(yaml);
    }
    const definition = await parseDefinition(text, file);
    const problems = lintDefinition(definition, { today });
    const isSound = problems.every((problem) => problem.severity !== "error");
    const more = isSound && check !== undefined ? await check(definition) : [];
    return [...problems, ...more, ...owners.add(definition)];
  } catch (error) {
    if (!(error instanceof BasaltError) || (isNamed && error.code === "FILE_NOT_FOUND")) throw error;
    return problemsOf(error, file);
  }
}

/** Problems of one definition by itself. */
export function lintDefinition(definition: Definition, { today }: LintOptions): readonly Problem[] {
  const found: Problem[] = [];
  for (const platform of definition.platforms) {
    // Variables make other words of the same problem on the next platform.
    const known = new Set(found.map(placeAndCode));
    found.push(...problemsOn(platform, definition, today).filter((problem) => !known.has(placeAndCode(problem))));
  }
  return orderedProblems(found);
}

function placeOf({ file, line, column }: Problem): string {
  return `${file}:${line}:${column}`;
}

function placeAndCode(problem: Problem): string {
  return `${placeOf(problem)}:${problem.code}`;
}

function problemsOn(platform: Platform, definition: Definition, today: string): readonly Problem[] {
  const { raw, variables, problems } = readDefinition(definition, platform);
  if (raw === undefined) return problems;
  const found: Problem[] = [...problems];
  const report = reportInto(found, definition);
  for (const check of CHECKS) check({ definition, raw, variables: variables ?? new Map(), report, today });
  return withoutFollowing(found);
}

/** Whatever else is wrong where a variable is not replaced follows from that. */
function withoutFollowing(problems: readonly Problem[]): readonly Problem[] {
  const open = new Set(problems.filter(({ code }) => code === "DEFINITION_VARIABLE").map(placeOf));
  return problems.filter((problem) => problem.code === "DEFINITION_VARIABLE" || !open.has(placeOf(problem)));
}

/** A part that definitions include: keys that it does not have come from elsewhere. */
const FRAGMENT = /\.inc\.ya?ml$/;
/** Spares a second look at every other file. */
const MAYBE_PART = /pkg-|helm/;

async function checkFragment(yaml: LocatedYaml): Promise<readonly Problem[]> {
  return yaml.problems.length > 0 ? yaml.problems : validateSchema(yaml, "definition", { isFragment: true });
}

interface TagOwners {
  /** Problems of the definition's tags with those of definitions before it. */
  readonly add: (definition: Definition) => readonly Problem[];
}

/** Which definition has which tag of which image: a tag can only be one of them. */
function createTagOwners(): TagOwners {
  const owners = new Map<string, string>();
  return {
    add: (definition) => {
      const found: Problem[] = [];
      const report = reportInto(found, definition);
      const [platform] = definition.platforms;
      const tags = (platform === undefined ? undefined : readDefinition(definition, platform).image?.tags) ?? [];
      for (const [index, tag] of tags.entries()) {
        const name = `${definition.image}:${tag}`;
        const owner = owners.get(name);
        if (owner === undefined) owners.set(name, definition.file);
        else report(["tags", index], "DEFINITION_TAG_TAKEN", `${name} belongs to ${owner}`);
      }
      return found;
    },
  };
}
