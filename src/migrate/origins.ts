// SPDX-License-Identifier: Apache-2.0
import { extname } from "node:path/posix";
import { wordsOf } from "../formats/dockerfile/grammar.js";
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { expandVariables } from "./variables.js";
import {
  joinPath,
  lineageOf,
  stageNamed,
  StateWalk,
  stripQuotes,
  type Stage,
  type StagedFile,
  type StageState,
} from "./stages.js";

/** A COPY or ADD with its paths worked out. */
export interface CopyFacts {
  readonly instruction: Instruction;
  /** Where it stands among the instructions of its stage and of those below. */
  readonly index: number;
  /** Stage or image; absent: the build context. */
  readonly from?: string;
  /** As written, with variables put in; context paths without `./` in front. */
  readonly sources: readonly string[];
  /** Absolute path in the image. */
  readonly target: string;
  /** Whether the target is a folder into which sources go by their names: several sources, or a slash at the end. */
  readonly isInto: boolean;
}

const COPIES = new WeakMap<Stage, readonly CopyFacts[]>();

/** COPY and ADD of a stage and of those that it stands on, in order; without those whose content stands in the Dockerfile. */
export function copiesOf(stage: Stage, staged: StagedFile): readonly CopyFacts[] {
  const known = COPIES.get(stage);
  if (known !== undefined) return known;
  const walk = new StateWalk(staged.globals);
  const copies: CopyFacts[] = [];
  const instructions = lineageOf(stage).flatMap((each) => each.instructions);
  for (const [index, instruction] of instructions.entries()) {
    const copy =
      instruction.keyword === "COPY" || instruction.keyword === "ADD"
        ? readCopy(instruction, index, walk.state)
        : undefined;
    if (copy !== undefined) copies.push(copy);
    walk.take(instruction);
  }
  COPIES.set(stage, copies);
  return copies;
}

function readCopy(instruction: Instruction, index: number, { variables, workdir }: StageState): CopyFacts | undefined {
  const words = wordsOf(instruction).map((word) => expandVariables(stripQuotes(word), variables) ?? word);
  const target = words.at(-1);
  const sources = words.slice(0, -1);
  if (target === undefined || sources.some((source) => source.startsWith("<<"))) return undefined;
  const from = instruction.flags.find(([name]) => name === "from")?.[1];
  return {
    instruction,
    index,
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
  const instructions = lineageOf(stage).flatMap((each) => each.instructions);
  const lastRun = instructions.findLastIndex(({ keyword }) => keyword === "RUN");
  for (const copy of copiesOf(stage, staged).toReversed())
    for (const source of copy.sources) {
      const found = throughCopy(path, source, copy, paths);
      if (found === undefined) continue;
      // Without the context, what comes with a whole folder may as well be made by a command behind it
      const isNamed = source !== "" && path.endsWith(source.slice(source.lastIndexOf("/") + 1));
      if (paths === undefined && !isNamed && lastRun > copy.index) continue;
      if (copy.from === undefined) {
        const inContext = found.replace(/^\/+/, "");
        if (paths === undefined || hasPath(paths, inContext)) return { kind: "context", path: inContext };
        continue;
      }
      const other = stageNamed(copy.from, staged.stages);
      // A stage can only copy from one before it
      if (other === undefined || other.index >= stage.index) return { kind: "stage", stage };
      return originOf(joinPath(stateOfStage(other, staged).workdir, found), other, staged, paths);
    }
  return { kind: "stage", stage };
}

function hasPath(paths: readonly string[], path: string): boolean {
  return paths.includes(path) || paths.some((each) => each.startsWith(`${path}/`));
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
  return paths?.includes(source) ?? (!source.endsWith("/") && /^\.[A-Za-z0-9]{1,5}$/.test(extname(source)));
}

function below(path: string, folder: string): string | undefined {
  if (path === folder) return "";
  const prefix = folder === "/" ? "/" : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

function matchesGlob(name: string, pattern: string): boolean {
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

const STATES = new WeakMap<Stage, StageState>();

/** What holds at the end of a stage, with what it stands on. */
export function stateOfStage(stage: Stage, staged: StagedFile): StageState {
  const known = STATES.get(stage);
  if (known !== undefined) return known;
  const walk = new StateWalk(staged.globals);
  for (const each of lineageOf(stage)) for (const instruction of each.instructions) walk.take(instruction);
  STATES.set(stage, walk.state);
  return walk.state;
}
