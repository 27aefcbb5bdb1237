// SPDX-License-Identifier: Apache-2.0
import { wordsOf } from "../formats/dockerfile/grammar.js";
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { expandVariables } from "./variables.js";
import { joinPath, lineageOf, stageNamed, stateAfter, stripQuotes, type Stage, type StagedFile } from "./stages.js";

/** A COPY or ADD with its paths worked out. */
export interface CopyFacts {
  readonly instruction: Instruction;
  /** Stage or image; absent: the build context. */
  readonly from?: string;
  /** As written, with variables put in; context paths without `./` in front. */
  readonly sources: readonly string[];
  /** Absolute path in the image. */
  readonly target: string;
  /** Whether the target is a folder into which sources go by their names: several sources, or a slash at the end. */
  readonly isInto: boolean;
}

/** Reads COPY and ADD; undefined for those whose content stands in the Dockerfile. */
export function readCopy(
  instruction: Instruction,
  before: readonly Instruction[],
  staged: StagedFile,
): CopyFacts | undefined {
  if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") return undefined;
  const { variables, workdir } = stateAfter(before, staged.globals);
  const words = wordsOf(instruction).map((word) => expandVariables(stripQuotes(word), variables) ?? word);
  const target = words.at(-1);
  const sources = words.slice(0, -1);
  if (target === undefined || sources.some((source) => source.startsWith("<<"))) return undefined;
  const from = instruction.flags.find(([name]) => name === "from")?.[1];
  return {
    instruction,
    ...(from === undefined ? {} : { from: expandVariables(from, variables) ?? from }),
    sources: from === undefined ? sources.map(cleanSource) : sources,
    target: joinPath(workdir, target),
    isInto:
      sources.length > 1 || target.endsWith("/") || target === "." || sources.some((source) => /[*?[]/.test(source)),
  };
}

function cleanSource(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.join("/");
}

/** Where a file of an image comes from. */
export type Origin =
  | { readonly kind: "context"; readonly path: string }
  /** A command of this stage made it, or its base image had it. */
  | { readonly kind: "stage"; readonly stage: Stage };

/** Follows a path of a stage back through COPY. `paths` are the context's files, where they are known. */
export function originOf(path: string, stage: Stage, staged: StagedFile, paths?: readonly string[]): Origin {
  const lineage = lineageOf(stage);
  const instructions = lineage.flatMap((each) => each.instructions);
  for (let at = instructions.length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at] as Instruction;
    if (instruction.keyword !== "COPY" && instruction.keyword !== "ADD") continue;
    const copy = readCopy(instruction, instructions.slice(0, at), staged);
    if (copy === undefined) continue;
    for (const source of copy.sources) {
      const found = throughCopy(path, source, copy, paths);
      if (found === undefined) continue;
      // Without the context, what comes with a whole folder may as well be made by a command behind it
      const isNamed = source !== "" && path.endsWith(source.slice(source.lastIndexOf("/") + 1));
      if (paths === undefined && !isNamed && instructions.slice(at).some(({ keyword }) => keyword === "RUN")) continue;
      if (copy.from === undefined) {
        const inContext = found.replace(/^\/+/, "");
        if (paths === undefined || paths.includes(inContext) || paths.some((each) => each.startsWith(`${inContext}/`)))
          return { kind: "context", path: inContext };
        continue;
      }
      const other = stageNamed(copy.from, staged.stages);
      return other === undefined || other === stage
        ? { kind: "stage", stage }
        : originOf(joinPath(stateOfStage(other, staged).workdir, found), other, staged, paths);
    }
  }
  return { kind: "stage", stage };
}

/** What `path` was called at the source of a copy; undefined when this source does not bring it. */
function throughCopy(
  path: string,
  source: string,
  copy: CopyFacts,
  paths: readonly string[] | undefined,
): string | undefined {
  const { target } = copy;
  const name = source.slice(source.lastIndexOf("/") + 1);
  if (/[*?[]/.test(source)) {
    const folder = source.slice(0, Math.max(0, source.lastIndexOf("/")));
    const inside = below(path, target);
    if (inside === undefined || inside === "" || inside.includes("/") || !matchesGlob(inside, name)) return undefined;
    return folder === "" ? inside : `${folder}/${inside}`;
  }
  // A file goes into a folder by its name, or becomes the target; of a folder the content goes into the target
  if (copy.isInto && path === joinPath(target, name) && !isFolder(source, paths)) return source;
  if (path === target) return source;
  const inside = below(path, target);
  if (inside === undefined || inside === "") return undefined;
  if (isFile(source, paths)) return undefined;
  return source === "" ? inside : `${source.replace(/\/$/, "")}/${inside}`;
}

function isFolder(source: string, paths: readonly string[] | undefined): boolean {
  return source === "" || source.endsWith("/") || (paths?.some((path) => path.startsWith(`${source}/`)) ?? false);
}

/** Without the context a name with an ending is taken for a file. */
function isFile(source: string, paths: readonly string[] | undefined): boolean {
  return paths?.includes(source) ?? /[^/.][^/]*\.[A-Za-z0-9]{1,5}$/.test(source);
}

function below(path: string, folder: string): string | undefined {
  if (path === folder) return "";
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

export function matchesGlob(name: string, pattern: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  try {
    return new RegExp(`^${expression}$`).test(name);
  } catch {
    return false;
  }
}

/** What holds at the end of a stage, with what it stands on. */
export function stateOfStage(stage: Stage, staged: StagedFile) {
  return stateAfter(
    lineageOf(stage).flatMap(({ instructions }) => instructions),
    staged.globals,
  );
}
