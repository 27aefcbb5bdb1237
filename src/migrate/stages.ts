// SPDX-License-Identifier: Apache-2.0
import { DockerfileFault } from "../formats/dockerfile/fault.js";
import { wordsOf } from "../formats/dockerfile/grammar.js";
import type { Dockerfile, Instruction } from "../formats/dockerfile/instruction.js";
import { expandVariables, type Variables } from "./variables.js";

const PATH_MAX = 4096; // bytes. Source: limits.h of Linux

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
  const stages: GrowingStage[] = [];
  for (const instruction of file.instructions.slice(firstFrom)) {
    const last = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push(toStage(instruction, stages, variables));
    else if (last !== undefined) last.instructions.push(instruction);
  }
  return { file, globals, stages, final: stages.at(-1) as Stage };
}

/** A stage while its instructions are collected. */
type GrowingStage = Omit<Stage, "instructions"> & { readonly instructions: Instruction[] };

function toStage(from: Instruction, before: readonly Stage[], variables: Variables): GrowingStage {
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

/** Goes through instructions, and knows what holds behind each. */
export class StateWalk {
  readonly #variables = new Map<string, string | undefined>(PLATFORM_VARIABLES);
  readonly #defaults: ReadonlyMap<string, string | undefined>;
  #workdir = "/";
  readonly #last = new Map<string, Instruction>();

  constructor(globals: readonly Instruction[]) {
    this.#defaults = new Map(globals.flatMap(({ pairs }) => pairs));
  }

  take(instruction: Instruction): void {
    const { keyword, pairs, args } = instruction;
    if (keyword === "ARG" || keyword === "ENV")
      for (const [name, value = keyword === "ARG" ? this.#defaults.get(name) : ""] of pairs)
        this.#variables.set(name, value === undefined ? undefined : expandVariables(value, this.#variables));
    else if (keyword === "WORKDIR") {
      if (args.length > PATH_MAX)
        throw new DockerfileFault(instruction.line, `WORKDIR has more than ${PATH_MAX} characters, and no path has`);
      this.#workdir = joinPath(this.#workdir, expandVariables(stripQuotes(args), this.#variables) ?? args);
    } else if (["USER", "CMD", "ENTRYPOINT", "SHELL"].includes(keyword)) this.#last.set(keyword, instruction);
  }

  get state(): StageState {
    const user = this.#last.get("USER");
    const entrypoint = this.#last.get("ENTRYPOINT");
    const cmd = this.#last.get("CMD");
    const shell = this.#last.get("SHELL")?.json;
    return {
      variables: this.#variables,
      workdir: this.#workdir,
      ...(user === undefined ? {} : { user }),
      ...(entrypoint === undefined ? {} : { entrypoint }),
      ...(cmd === undefined ? {} : { cmd }),
      ...(shell === undefined ? {} : { shell }),
    };
  }
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
