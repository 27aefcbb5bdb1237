// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { onDevVariant } from "./build-stage.js";
import type { Composition } from "./compose.js";
import { needsVenv } from "./dev-stages.js";
import { baseOf } from "./final-plan.js";
import type { Target } from "./mappings.js";
import type { Rewriting } from "./rewriting.js";
import type { Stage, StagedFile } from "./stages.js";
import { formatWords } from "./start.js";

/** A name for the new build stage that no other has. */
export function builderName({ stages, final }: StagedFile): string {
  const taken = new Set(stages.filter((stage) => stage !== final).map(({ name }) => name));
  let name = "builder";
  for (let count = 2; taken.has(name); count += 1) name = `builder-${count}`;
  return name;
}

/** What makes something of a build stage. */
export const BUILDS = new Set(["RUN", "COPY", "ADD"]);
const ONLY_FINAL = new Set([
  "EXPOSE",
  "CMD",
  "ENTRYPOINT",
  "HEALTHCHECK",
  "VOLUME",
  "STOPSIGNAL",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
]);

/** What of the last stage goes into the build stage: all up to the last command or copy, without what only says how to run. */
export function buildPart({ instructions }: Stage): readonly Instruction[] {
  const last = instructions.findLastIndex(({ keyword }) => BUILDS.has(keyword));
  return instructions.slice(0, last + 1).filter(({ keyword }) => !ONLY_FINAL.has(keyword));
}

interface BuildStage {
  readonly work: Rewriting;
  readonly out: Composition;
  readonly isBuilder: boolean;
  readonly dev: Target | undefined;
  readonly name: string | undefined;
}

export function writeBuildStage(stage: Stage, { work, out, isBuilder, dev, name }: BuildStage): void {
  const { notes, mappings, options, chosen } = work;
  const base = baseOf(stage, mappings, options.registry);
  const instructions = isBuilder ? buildPart(stage) : stage.instructions;
  let { source } = stage.from;
  if (dev !== undefined && stage.parent === undefined) {
    const tag =
      base.mapped?.target === dev
        ? (base.mapped.tag ?? dev.tags.at(-1) ?? "")
        : dev === chosen.target
          ? chosen.tag
          : (dev.tags.at(-1) ?? "");
    source = fromLine(stage, `${options.registry}/${dev.name}:${tag}-dev`);
    notes.change("stage-build", stage.from, {
      after: source,
      reason: `what is built here runs on ${dev.name}:${tag}: the same interpreter and libraries build it`,
    });
  }
  if (isBuilder && name !== undefined) {
    const renamed = withName(source, stage, name);
    notes.change("stage-split", stage.from, { after: renamed });
    source = renamed;
  }
  out.keep(stage.from, source);
  const texts =
    dev === undefined
      ? instructions.map((each) => each.source)
      : onDevVariant(instructions, {
          target: dev,
          mappings,
          notes,
          needsVenv: dev.name === "python" && needsVenv(stage),
        });
  for (const [index, instruction] of instructions.entries()) {
    const text = texts[index];
    if (text === undefined) out.keepComments(instruction);
    else out.keep(instruction, text);
  }
}

/** FROM with another image: flags and name stay. */
export function fromLine({ from, writtenBase }: Stage, image: string): string {
  const name = from.source.search(/\sAS\s+\S+\s*$/i);
  const at = from.source.lastIndexOf(writtenBase, name === -1 ? undefined : name);
  return at === -1 ? `FROM ${image}` : from.source.slice(0, at) + image + from.source.slice(at + writtenBase.length);
}

function withName(source: string, stage: Stage, name: string): string {
  return stage.name === undefined
    ? `${source.trimEnd()} AS ${name}`
    : source.replace(/(\sAS\s+)\S+(\s*)$/i, `$1${name}$2`);
}

export function writeFolders(out: Composition, folders: readonly string[]): void {
  if (folders.length > 0) out.add(`RUN ${formatWords(["mkdir", "-p", ...folders])}`);
}
