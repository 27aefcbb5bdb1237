// SPDX-License-Identifier: Apache-2.0
import { basename, dirname, join, posix, relative, resolve, sep } from "node:path";
import type { BuildInputs, DefinitionFile } from "../formats/build-inputs.js";
import { writeFileAtomic } from "../host/files.js";
import type { Definition } from "./model.js";
import { loadDefinition } from "./parse.js";

/**
 * All files that decide what a definition means, at places from which they find each other: those that are included where they stand,
 * what `paths` copy beside the definition. Nothing is said of the folders above them.
 */
export function definitionFiles({ file, text, includes, sources }: Definition): BuildInputs["definition"] {
  const own = dirname(resolve(file));
  const from = (path: string): readonly string[] => relative(own, resolve(path)).split(sep);
  const levels = Math.max(0, ...includes.map(({ folder }) => from(folder).filter((part) => part === "..").length));
  const folders = levels === 0 ? [] : own.split(sep).slice(-levels);
  const path = [...folders, basename(file)].join("/");
  const beside = (...parts: readonly string[]): string =>
    [...folders, ...parts.filter((part) => part !== "")].join("/");
  const files: readonly DefinitionFile[] = [
    { path, text },
    ...includes.map((each) => ({
      path: posix.join(...folders, ...from(each.file)),
      text: each.text,
    })),
    ...[...sources].flatMap(([name, copied]) =>
      copied.map((each) => ({
        path: beside(...name.split("/").filter((part) => part !== "."), each.path),
        text: each.text,
        ...(each.isProgram ? { isProgram: true as const } : {}),
      })),
    ),
  ];
  return { path, files: [...new Map(files.map((each) => [each.path, each])).values()] };
}

/** Writes such files below a folder, and reads the definition. @throws BasaltError `DEFINITION_INVALID` */
export async function restoreDefinition(
  { path, files }: BuildInputs["definition"],
  folder: string,
): Promise<Definition> {
  for (const file of files)
    await writeFileAtomic(join(folder, file.path), file.text, { mode: file.isProgram === true ? 0o755 : 0o644 });
  return loadDefinition(join(folder, path));
}
