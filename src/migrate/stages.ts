// SPDX-License-Identifier: Apache-2.0
import { wordsOf } from "../formats/dockerfile/grammar.js";
import type { Dockerfile, Instruction } from "../formats/dockerfile/instruction.js";
import { expandVariables, type Variables } from "./variables.js";

/** A stage of a Dockerfile. */
export interface Stage {
  readonly index: number;
  /** In small letters, as BuildKit compares it. */
  readonly name?: string;
  readonly from: Instruction;
  /** As FROM writes it. */
  readonly writtenBase: string;
  /** With the values of ARG put in; absent when one is not known. */
  readonly base?: string;
  /** The stage that this one stands on. */
  readonly parent?: Stage;
  /** What follows FROM. */
  readonly instructions: readonly Instruction[];
}

export interface StagedFile {
  readonly file: Dockerfile;
  /** ARG before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** The last one: what the image is. */
  readonly final: Stage;
}

/** BuildKit fills these in by itself. */
const PLATFORM_VARIABLES: Variables = new Map([
  ["TARGETARCH", "amd64"],
  ["TARGETOS", "linux"],
  ["TARGETPLATFORM", "linux/amd64"],
  ["BUILDPLATFORM", "linux/amd64"],
  ["BUILDARCH", "amd64"],
  ["BUILDOS", "linux"],
]);

/** Cuts a Dockerfile into its stages. */
export function readStages(file: Dockerfile): StagedFile {
  const firstFrom = file.instructions.findIndex(({ keyword }) => keyword === "FROM");
  const globals = file.instructions.slice(0, firstFrom);
  const variables = new Map(PLATFORM_VARIABLES);
  for (const { pairs } of globals)
    for (const [name, value] of pairs)
      variables.set(name, value === undefined ? variables.get(name) : expandVariables(value, variables));
  const stages: Stage[] = [];
  for (const instruction of file.instructions.slice(firstFrom)) {
    const last = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push(toStage(instruction, stages, variables));
    else if (last !== undefined)
      stages[stages.length - 1] = { ...last, instructions: [...last.instructions, instruction] };
  }
  return { file, globals, stages, final: stages.at(-1) as Stage };
}

function toStage(from: Instruction, before: readonly Stage[], variables: Variables): Stage {
  const [writtenBase = "", , name] = wordsOf(from);
  const base = expandVariables(writtenBase, variables);
  const parent = before.findLast((stage) => stage.name === base?.toLowerCase());
  return {
    index: before.length,
    from,
    writtenBase,
    instructions: [],
    ...(name === undefined ? {} : { name: name.toLowerCase() }),
    ...(base === undefined ? {} : { base }),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** The stages that one stands on and itself, the lowest first. */
export function lineageOf(stage: Stage): readonly Stage[] {
  return stage.parent === undefined ? [stage] : [...lineageOf(stage.parent), stage];
}

/** The stage that `COPY --from` or `--mount=from=` names, by name or by number. */
export function stageNamed(name: string, stages: readonly Stage[]): Stage | undefined {
  const found = stages.findLast((stage) => stage.name === name.toLowerCase());
  return found ?? (/^[0-9]+$/.test(name) ? stages[Number(name)] : undefined);
}

/** What holds at the end of a stage. */
export interface StageState {
  /** Values of ENV and ARG. */
  readonly variables: Variables;
  readonly workdir: string;
  /** The last WORKDIR, USER and so on that counts; absent when the base image decides. */
  readonly user?: Instruction;
  readonly entrypoint?: Instruction;
  readonly cmd?: Instruction;
  readonly shell?: readonly string[];
}

/** What the instructions of a lineage come to, where `workdir` is what the base image has. */
export function stateAfter(
  instructions: readonly Instruction[],
  globals: readonly Instruction[] = [],
  start: string = "/",
): StageState {
  const variables = new Map<string, string | undefined>(PLATFORM_VARIABLES);
  const defaults = new Map(globals.flatMap(({ pairs }) => pairs));
  let workdir = start;
  let last: Partial<Record<"USER" | "ENTRYPOINT" | "CMD", Instruction>> = {};
  let shell: readonly string[] | undefined;
  for (const instruction of instructions) {
    const { keyword, pairs, args, json } = instruction;
    if (keyword === "ARG") for (const [name, value] of pairs) variables.set(name, expand(value ?? defaults.get(name)));
    else if (keyword === "ENV") for (const [name, value] of pairs) variables.set(name, expand(value ?? ""));
    else if (keyword === "WORKDIR") workdir = joinPath(workdir, expand(stripQuotes(args)) ?? args);
    else if (keyword === "SHELL") shell = json;
    else if (keyword === "USER" || keyword === "CMD" || keyword === "ENTRYPOINT")
      last = { ...last, [keyword]: instruction };
  }
  function expand(value: string | undefined): string | undefined {
    return value === undefined ? undefined : expandVariables(value, variables);
  }
  const { USER: user, ENTRYPOINT: entrypoint, CMD: cmd } = last;
  return {
    variables,
    workdir,
    ...(user === undefined ? {} : { user }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(cmd === undefined ? {} : { cmd }),
    ...(shell === undefined ? {} : { shell }),
  };
}

export function stripQuotes(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}

/** A path of a container: absolute, or below the working folder; without `.` and `..`. */
export function joinPath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
