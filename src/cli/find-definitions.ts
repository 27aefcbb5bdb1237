// SPDX-License-Identifier: Apache-2.0
import { findDefinitions, type Definition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { packageRoot } from "../host/paths.js";

/** Definitions that all arguments name, each once. */
export async function findAll(targets: readonly string[]): Promise<readonly Definition[]> {
  const found = new Map<string, Definition>();
  for (const target of targets) {
    for (const definition of await findDefinitions(target, catalogRoots())) found.set(definition.file, definition);
  }
  return [...found.values()];
}

/** The one definition that an argument names. @throws BasaltError `USAGE` with `why`, if there are several */
export async function findOne(target: string, why: string): Promise<Definition> {
  const [definition, second] = await findAll([target]);
  if (definition === undefined || second !== undefined)
    throw new BasaltError("USAGE", `${target} names several definitions, and ${why}; give a file or a tag`);
  return definition;
}

/** Where names are looked up: the working folder first, then Basalt's own catalogue. */
function catalogRoots(): readonly string[] {
  return [...new Set([".", packageRoot()])];
}
