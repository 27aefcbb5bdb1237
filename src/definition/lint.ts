// SPDX-License-Identifier: Apache-2.0
import { basename, join } from "node:path";
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { listNames, readText, statIfAny } from "../host/files.js";
import { expandDefinition } from "./expand.js";
import { checkInfo } from "./info.js";
import type { Definition } from "./model.js";
import { parseDefinition } from "./parse.js";
import { orderedProblems, problemsOf, type Problem } from "./problem.js";

export interface LintResult {
  readonly files: number;
  /** File after file, in each by place. */
  readonly problems: readonly Problem[];
}

const MAX_DEPTH = 12;

/** Checks definitions and `info.yaml` files; folders are searched for both. @throws BasaltError `FILE_NOT_FOUND` */
export async function lintFiles(paths: readonly string[]): Promise<LintResult> {
  const files: string[] = [];
  for (const path of paths) {
    if ((await statIfAny(path))?.kind === "directory") for await (const file of yamlFiles(path, 0)) files.push(file);
    else files.push(path);
  }
  const problems: Problem[] = [];
  for (const file of files) problems.push(...(await lintFile(file)));
  return { files: files.length, problems };
}

async function lintFile(file: string): Promise<readonly Problem[]> {
  const text = await readText(file);
  try {
    if (basename(file) === "info.yaml") return orderedProblems(await checkInfo(text, file));
    const definition = await parseDefinition(text, file);
    return orderedProblems(definition.platforms.flatMap((platform) => problemsOn(platform, definition)));
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return problemsOf(error, file);
  }
}

function problemsOn(platform: Platform, definition: Definition): readonly Problem[] {
  try {
    expandDefinition(definition, platform);
    return [];
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return problemsOf(error, definition.file);
  }
}

async function* yamlFiles(folder: string, depth: number): AsyncGenerator<string> {
  if (depth > MAX_DEPTH) return;
  for (const name of await listNames(folder)) {
    const path = join(folder, name);
    if (/\.ya?ml$/.test(name)) yield path;
    else if ((await statIfAny(path))?.kind === "directory") yield* yamlFiles(path, depth + 1);
  }
}
