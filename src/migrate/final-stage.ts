// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Artifact } from "./artifacts.js";
import { VENV } from "./build-stage.js";
import { copyText, removesDefaultConf } from "./copy-text.js";
import type { Composition } from "./compose.js";
import type { ChosenTarget, FinalFacts } from "./final-plan.js";
import { formatHealthcheck, planHealth } from "./health.js";
import type { Notes } from "./notes.js";
import { usesVariable } from "./variables.js";
import { copiesOf } from "./origins.js";
import type { PortChange } from "./ports.js";
import { formatList, formatWords } from "./start.js";

export interface FinalStage {
  readonly facts: FinalFacts;
  readonly chosen: ChosenTarget;
  readonly notes: Notes;
  readonly out: Composition;
  /** The whole FROM. */
  readonly from: string;
  /** Absent: nothing needs a build stage, and COPY stays. */
  readonly copied?: {
    readonly stage: string;
    readonly artifacts: readonly Artifact[];
    readonly writable: readonly string[];
  };
  /** Instructions whose comments went with the build stage. */
  readonly elsewhere: ReadonlySet<Instruction>;
  /** `RUN chown` and the like say that the program writes to its files. */
  readonly ownsFiles: boolean;
  /** COPY instructions of the last stage so far. */
  readonly written: Set<string>;
  /** Build stages with Python packages in a virtual environment that the Dockerfile did not make. */
  readonly venvStages: ReadonlySet<string>;
  readonly port?: PortChange;
  readonly environment: readonly (readonly [name: string, value: string])[];
}

/** Variables that only matter while something is built. */
const BUILD_VARIABLES =
  /^(?:DEBIAN_FRONTEND|CGO_ENABLED|GOOS|GOARCH|GOARM|GO111MODULE|GOPROXY|GOFLAGS|GOSUMDB|CARGO_[A-Z_]+|RUSTFLAGS|PIP_[A-Z_]+|POETRY_[A-Z_]+|UV_(?:COMPILE_BYTECODE|LINK_MODE|PYTHON_DOWNLOADS|CACHE_DIR)|NPM_CONFIG_[A-Z_]+|npm_config_[a-z_]+|YARN_[A-Z_]+|PNPM_HOME|MAVEN_[A-Z_]+|GRADLE_[A-Z_]+|COMPOSER_[A-Z_]+|HOMEBREW_[A-Z_]+)$/;

/** Writes the last stage. */
export function writeFinal(stage: FinalStage): void {
  const { facts, out } = stage;
  const { instructions } = facts;
  const lastCopy = instructions.findLastIndex(({ keyword }) => ["RUN", "COPY", "ADD"].includes(keyword));
  out.add(stage.from);
  for (const [index, instruction] of instructions.entries()) {
    writeInstruction(instruction, stage);
    if (index === lastCopy) writeAdded(stage);
  }
  if (lastCopy === -1) writeAdded(stage);
  if (facts.state.cmd === undefined) writeInheritedStart(stage);
}

/** What the build stage made, and the variables that the program needs because of it. */
function writeAdded(stage: FinalStage): void {
  if (stage.copied !== undefined) writeCopied(stage);
  for (const [name, value] of stage.environment) stage.out.add(`ENV ${name}=${quoteValue(value)}`);
}

function quoteValue(value: string): string {
  return /[\s"'\\]/.test(value) || value.includes("$PATH") ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : value;
}

function writeInstruction(instruction: Instruction, stage: FinalStage): void {
  const { out, facts, copied } = stage;
  switch (instruction.keyword) {
    case "RUN":
    case "SHELL":
      if (copied === undefined) dropRun(instruction, stage);
      return;
    case "COPY":
    case "ADD":
      if (copied === undefined) writeCopy(instruction, stage);
      return;
    case "WORKDIR":
      // With a build stage it stands before what is copied
      if (copied === undefined) out.keep(instruction);
      return;
    case "USER":
      if (instruction === facts.state.user) write(instruction, userText(instruction, stage), stage);
      return;
    case "ENV":
      writeEnvironment(instruction, stage);
      return;
    case "ARG":
      // What only commands use stays in the build stage
      if (copied === undefined || isUsedLater(instruction, stage)) write(instruction, instruction.source, stage);
      return;
    case "EXPOSE":
      write(instruction, stage.port?.expose(instruction) ?? instruction.source, stage);
      return;
    case "HEALTHCHECK":
      writeHealth(instruction, stage);
      return;
    case "ENTRYPOINT":
    case "CMD":
      writeStart(instruction, stage);
      return;
    default:
      write(instruction, instruction.source, stage);
  }
}

function writeCopy(instruction: Instruction, stage: FinalStage): void {
  const { facts, chosen, notes, ownsFiles, venvStages, out, written } = stage;
  const replacesDefaultConf = facts.runs.some(({ effects }) => effects.some(removesDefaultConf));
  const copy = copiesOf(facts.staged.final, facts.staged).find((each) => each.instruction === instruction);
  const text = copyText(instruction, copy, {
    target: chosen.target,
    notes,
    ownsFiles,
    venvStages,
    replacesDefaultConf,
  });
  // Several folders of the ordinary interpreter become one
  const isRepeated = text !== instruction.source && written.has(text);
  written.add(text);
  if (isRepeated) out.keepComments(instruction);
  else write(instruction, text, stage);
}

/** With its comments, unless these went with the build stage. */
function write(instruction: Instruction, text: string, { out, elsewhere }: FinalStage): void {
  if (elsewhere.has(instruction)) out.add(text);
  else out.keep(instruction, text);
}

function isUsedLater(instruction: Instruction, { facts }: FinalStage): boolean {
  const names = instruction.pairs.map(([name]) => name);
  const rest = facts.instructions.slice(facts.instructions.indexOf(instruction) + 1);
  return rest.some(
    ({ keyword, source }) =>
      ["ENV", "LABEL", "EXPOSE", "WORKDIR", "USER", "VOLUME", "STOPSIGNAL"].includes(keyword) &&
      names.some((name) => usesVariable(source, name)),
  );
}

function writeEnvironment(instruction: Instruction, stage: FinalStage): void {
  const { out, elsewhere, notes, facts } = stage;
  if (!isForBuilding(instruction, facts)) {
    const text = withVenv(stage.port?.environment(instruction) ?? instruction.source, stage);
    if (text !== instruction.source)
      notes.change(text.includes(VENV) ? "venv" : "port-low", instruction, { after: text });
    write(instruction, text, stage);
    return;
  }
  if (elsewhere.has(instruction)) return;
  notes.change("environment", instruction, {});
  out.keepComments(instruction);
}

function isForBuilding({ pairs }: Instruction, { instructions, start }: FinalFacts): boolean {
  const isBuildName = (name: string) => BUILD_VARIABLES.test(name) && !start.argv.some((word) => word.includes(name));
  const dropped = instructions
    .flatMap(({ keyword, pairs: all }) => (keyword === "ENV" ? all.map(([name]) => name) : []))
    .filter(isBuildName);
  return pairs.every(([name, value = ""]) => isBuildName(name) || dropped.some((other) => usesVariable(value, other)));
}

/** PATH of what `pip install --user` had made. */
function withVenv(text: string, { venvStages }: FinalStage): string {
  return venvStages.size === 0
    ? text
    : text.replaceAll(/(?:\/root|\/home\/[\w.-]+|\$HOME|~)\/\.local\/bin/g, `${VENV}/bin`);
}

/** A RUN that leaves nothing to do, or a SHELL that nothing uses. */
function dropRun(instruction: Instruction, { out, notes, facts }: FinalStage): void {
  const effects = facts.runs.find((run) => run.instruction === instruction)?.effects ?? [];
  const kinds = new Set(effects.map(({ kind }) => kind));
  if (kinds.has("packages") || kinds.has("work"))
    notes.change("packages-provided", instruction, {
      reason:
        "the image has no package manager, and needs none: what the program needs at run time is in it already, or in its customization",
    });
  else if (kinds.has("account")) notes.change("user-create", instruction, {});
  else if (kinds.has("owner"))
    notes.change("owner", instruction, { reason: "the owner is said where files are copied: the image has no chown" });
  else
    notes.change("packages-provided", instruction, {
      reason: instruction.keyword === "SHELL" ? "the image has no shell" : "it leaves nothing in the image that runs",
    });
  out.keepComments(instruction);
}

function userOf({ chosen }: FinalStage): string {
  return chosen.target.user;
}

function userText(instruction: Instruction, stage: FinalStage): string {
  const asked = instruction.args.trim();
  const [uid = ""] = userOf(stage).split(":");
  if (asked === uid || asked === userOf(stage)) return instruction.source;
  const text = `USER ${uid}`;
  const isRoot = /^(?:root|0)(?::|$)/.test(asked);
  stage.notes.change(isRoot ? "user-root" : "user-numeric", instruction, {
    after: text,
    reason: isRoot
      ? `the program ran as root; the image's user is ${uid}`
      : `${asked} is not in the image; ${uid} is its user, and a number shows an orchestrator that it is not root`,
  });
  if (isRoot)
    stage.notes.find(
      "check",
      "user-root",
      instruction,
      "the program ran as root: look whether it writes to places that only root may write to",
    );
  return text;
}

function writeHealth(instruction: Instruction, stage: FinalStage): void {
  const { notes, out, chosen, facts } = stage;
  const plan = planHealth(instruction, chosen.target, facts.state.variables);
  if (plan.kind === "same") {
    write(instruction, instruction.source, stage);
    return;
  }
  if (plan.kind === "text") {
    const text = formatHealthcheck(instruction, stage.port?.health(plan.command) ?? plan.command);
    if (text !== instruction.source) notes.change("health-check", instruction, { after: text });
    write(instruction, text, stage);
    return;
  }
  notes.change("health-check", instruction, { reason: `the check cannot run in the image: ${plan.why}` });
  notes.find("check", "health-check", instruction, `there is no health check any more: ${plan.why}`);
  out.keepComments(instruction);
}

function writeStart(instruction: Instruction, stage: FinalStage): void {
  const { facts, notes, out } = stage;
  const isEntrypoint = instruction.keyword === "ENTRYPOINT";
  if (instruction === facts.state.cmd) writeInheritedStart(stage);
  if (instruction !== (isEntrypoint ? facts.state.entrypoint : facts.state.cmd)) return;
  const list = isEntrypoint ? facts.start.entrypoint : facts.start.cmd;
  if (list === undefined) {
    notes.change("start-wrapper", instruction, {
      reason: facts.start.reasons[0]?.text ?? "it starts nothing by itself",
    });
    out.keepComments(instruction);
    return;
  }
  const changed = stage.port?.start(list) ?? list;
  const text = `${instruction.keyword} ${formatList(changed)}`;
  const isSame = instruction.json !== undefined && formatList(instruction.json) === formatList(changed);
  const isKept = facts.start.needsShell !== undefined && instruction.json === undefined;
  if (isSame || isKept) {
    write(instruction, instruction.source, stage);
    return;
  }
  for (const { rule, text: reason } of facts.start.reasons) notes.change(rule, instruction, { after: text, reason });
  if (facts.start.reasons.length === 0)
    notes.change(stage.port === undefined ? "start-script" : "port-low", instruction, { after: text });
  write(instruction, text, stage);
}

/** What the ordinary image started by itself, and ours does not. */
function writeInheritedStart(stage: FinalStage): void {
  const { facts, out, notes } = stage;
  const { state, start, base } = facts;
  const inherited = base.mapped?.source.entrypoint;
  if (state.entrypoint !== undefined || inherited === undefined || start.argv.length === 0) return;
  const text = `ENTRYPOINT ${formatList(start.entrypoint ?? inherited)}`;
  if (start.entrypoint === undefined) return;
  notes.change("start-inherited", state.cmd ?? facts.staged.final.from, {
    before: "",
    after: text,
    reason: `${base.written} starts ${inherited.join(" ")} by itself; the hardened image starts only what is written down`,
  });
  out.add(text);
}

function writeCopied(stage: FinalStage): void {
  const { copied, out, facts } = stage;
  if (copied === undefined) return;
  const { workdir } = facts.state;
  const user = userOf(stage);
  // A folder that WORKDIR makes is root's; copied with an owner it is the owner's
  const isOwned = stage.ownsFiles && copied.artifacts.some(({ to }) => to === workdir);
  const setsFolder = workdir !== "/";
  if (setsFolder && !isOwned) out.add(`WORKDIR ${workdir}`);
  const flag = stage.ownsFiles ? ` --chown=${user}` : "";
  for (const words of copyWords(copied.artifacts, isOwned ? "/" : workdir))
    out.add(`COPY --from=${copied.stage}${flag} ${formatWords(words)}`);
  for (const path of copied.writable)
    out.add(`COPY --from=${copied.stage} --chown=${user} ${formatWords([path, path])}`);
  if (setsFolder && isOwned) out.add(`WORKDIR ${workdir}`);
}

/** Sources and target of each COPY: files that go into one folder together, all else by itself. */
function copyWords(artifacts: readonly Artifact[], workdir: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  const files = new Map<string, string[]>();
  for (const { from, to } of artifacts) {
    const isFile = /^[^.].*\.[A-Za-z0-9]+$/.test(posix.basename(from)) || from.includes("*");
    if (!isFile) lines.push([from, relativeTo(to, workdir)]);
    else files.set(posix.dirname(to), [...(files.get(posix.dirname(to)) ?? []), from]);
  }
  for (const [folder, sources] of files) {
    const patterns = sources.filter((source) => source.includes("*"));
    const plain = sources.filter((source) => !source.includes("*"));
    const target = `${relativeTo(folder, workdir).replace(/\/$/, "")}/`;
    for (const group of [patterns, plain]) if (group.length > 0) lines.push([...group, target]);
  }
  return lines;
}

function relativeTo(path: string, workdir: string): string {
  if (workdir === "/") return path;
  if (path === workdir) return "./";
  return path.startsWith(`${workdir}/`) ? `./${path.slice(workdir.length + 1)}` : path;
}
