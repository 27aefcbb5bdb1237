// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { parseImageReference } from "../formats/image-reference.js";
import { readText, statIfAny } from "../host/files.js";
import { findFiles } from "./catalogue-files.js";
import { expandDefinition } from "./expand.js";
import type { Definition } from "./model.js";
import { loadDefinition } from "./parse.js";

/** Folders of the built-in catalogue, below the working folder or below Basalt itself. */
export const CATALOG_FOLDERS = ["images", "reference"] as const;

const DEFINITION_FILES = {
  maxDepth: 4,
  isWanted: (name: string): boolean => name.endsWith(".yaml") && name !== "info.yaml",
};

/**
 * The definitions that `what` names: a file, or `NAME[:TAG]` looked up below `roots`; a name without a tag means all
 * definitions of that image. @throws BasaltError `DEFINITION_NOT_FOUND`, `DEFINITION_INVALID`
 */
export async function findDefinitions(what: string, roots: readonly string[]): Promise<readonly Definition[]> {
  if (what.endsWith(".yaml") || what.endsWith(".yml") || (await statIfAny(what))?.kind === "file")
    return [await loadDefinition(what)];
  const reference = parseImageReference(what);
  for (const root of roots) {
    const found = (await listDefinitions(root)).filter((definition) => definition.image === reference.repository);
    const wanted =
      reference.tag === undefined ? found : found.filter((definition) => hasTag(definition, reference.tag ?? ""));
    if (wanted.length > 0) return wanted;
  }
  throw new BasaltError("DEFINITION_NOT_FOUND", `no definition of ${what} below ${roots.join(", ")}`);
}

/** Every definition of the catalogue folders below `root`, in path order. */
export async function listDefinitions(root: string): Promise<readonly Definition[]> {
  const definitions: Definition[] = [];
  for (const file of await listDefinitionFiles(root)) definitions.push(await loadDefinition(file));
  return definitions;
}

/** Their files. Those that are no image definitions are passed over. */
export async function listDefinitionFiles(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const folder of CATALOG_FOLDERS) {
    for await (const file of findFiles(join(root, folder), DEFINITION_FILES))
      if (/^image:/m.test(await readText(file))) files.push(file);
  }
  return files;
}

/** Tags may be written with variables; those that only the lock decides cannot be asked for. */
function hasTag(definition: Definition, tag: string): boolean {
  const [platform] = definition.platforms;
  return platform !== undefined && expandDefinition(definition, platform).tags.includes(tag);
}
