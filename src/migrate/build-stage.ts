// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { effectsOf, type Effect } from "./effects.js";
import type { Manager, Mappings, Target } from "./mappings.js";
import { isOwnLanguage, isPhpExtensionCommand, knownPackage } from "./needed-packages.js";
import type { Notes } from "./notes.js";
import { readRun, type Run, type RunCommand } from "./run-commands.js";

/** Where a virtual environment is made when the Dockerfile made none. */
export const VENV = "/opt/venv";

export interface DevStage {
  readonly target: Target;
  readonly mappings: Mappings;
  readonly notes: Notes;
  /** Python packages went beside those of the ordinary image; they go into VENV. */
  readonly needsVenv: boolean;
}

/** A build stage's instructions as they run on the -dev variant; those that are gone are undefined. */
export function onDevVariant(instructions: readonly Instruction[], stage: DevStage): readonly (string | undefined)[] {
  let hasVenv = !stage.needsVenv;
  return instructions.map((instruction) => {
    const { keyword, source, flags } = instruction;
    if (keyword === "USER") {
      stage.notes.change("user-create", instruction, {
        reason:
          "the build stage runs as root: accounts of the ordinary image are not there, and none is needed to build",
      });
      return undefined;
    }
    if (
      (keyword === "COPY" || keyword === "ADD") &&
      flags.some(([name, value]) => name === "chown" && !/^[0-9:]+$/.test(value))
    )
      return withoutFlag(source, "chown");
    if (keyword !== "RUN") return source;
    const run = readRun(instruction);
    const text = rewriteRun(run, stage);
    if (text === undefined || hasVenv || !installsPython(run)) return text;
    hasVenv = true;
    stage.notes.change("venv", instruction, {
      before: "",
      after: `RUN python3 -m venv ${VENV}`,
      reason: "what pip installs goes into one folder, which the runtime image gets as it is",
    });
    return `RUN python3 -m venv ${VENV}\nENV PATH="${VENV}/bin:$PATH"\n${text}`;
  });
}

/** Whether a RUN installs packages of Python with pip, pipenv, poetry or uv. */
export function installsPython(run: Run): boolean {
  return run.commands.some(isPythonInstall);
}

function isPythonInstall({ program, texts }: RunCommand): boolean {
  const words = texts.join(" ");
  if (/^pip[0-9.]*$/.test(program) || program === "pipenv" || program === "poetry" || program === "uv")
    return /\b(?:install|sync|wheel)\b/.test(words);
  return /^python[0-9.]*$/.test(program) && /-m pip\b.*\binstall\b/.test(words);
}

function rewriteRun(run: Run, stage: DevStage): string | undefined {
  const effects = effectsOf(run);
  const edits = effects.map((effect) => editOf(effect, stage, run.instruction));
  if (edits.every((edit) => edit === undefined)) return run.instruction.source;
  if (
    effects.every(
      (effect, index) =>
        edits[index] === "" || effect.kind === "nothing" || (edits[index] === undefined && isTidying(effect)),
    )
  ) {
    if (!edits.some((edit) => edit !== undefined && edit !== "")) {
      stage.notes.change(ruleOf(effects, edits), run.instruction, {
        reason: "nothing of it is left to do on the -dev variant",
      });
      return undefined;
    }
  }
  const text = applyEdits(run, effects, edits);
  if (text === undefined) {
    stage.notes.find(
      "impossible",
      "packages-names",
      run.instruction,
      "this command could not be rewritten for the -dev variant: do it by hand",
    );
    return run.instruction.source;
  }
  if (text !== run.instruction.source) stage.notes.change(ruleOf(effects, edits), run.instruction, { after: text });
  return text;
}

function ruleOf(
  effects: readonly Effect[],
  edits: readonly (string | undefined)[],
): "packages-names" | "user-create" | "venv" | "packages-run" {
  const changed = effects.filter((_effect, index) => edits[index] !== undefined);
  if (changed.some(({ kind }) => kind === "packages")) return "packages-names";
  if (changed.some(({ kind }) => kind === "account" || kind === "owner")) return "user-create";
  return changed.some((effect) => isPhpExtensionCommand(effect)) ? "packages-run" : "venv";
}

function isTidying(effect: Effect): boolean {
  return effect.kind === "packages" && effect.packages.action !== "install";
}

/** What a command becomes: undefined stays, "" is gone. */
function editOf(effect: Effect, stage: DevStage, instruction: Instruction): string | undefined {
  if (effect.kind === "account") return "";
  if (effect.kind === "owner")
    return effect.command.texts.some((text) => /^[A-Za-z_]/.test(text) && !text.startsWith("root")) ? "" : undefined;
  if (isPhpExtensionCommand(effect)) return "";
  if (effect.kind === "packages") return editPackages(effect.packages, stage, instruction);
  if (effect.kind !== "work") return undefined;
  const pip = isPythonInstall(effect.command) ? editPip(effect.command) : undefined;
  return pip ?? withoutVersion(effect.command, stage.target);
}

/** `python3.9` and `pip3.9` are python3 and pip3 on the -dev variant, whatever their version. */
function withoutVersion({ program, texts, assignments }: RunCommand, target: Target): string | undefined {
  if (target.name !== "python" || !/^(?:python|pip)3?\.[0-9]+$/.test(program)) return undefined;
  const set = assignments.map(([name, value]) => `${name}=${value} `).join("");
  return `${set}${program.startsWith("pip") ? "pip3" : "python3"} ${texts.join(" ")}`.trim();
}

/** Options of pip that put packages elsewhere than into the virtual environment. */
function editPip({ program, texts, assignments }: RunCommand): string | undefined {
  const kept: string[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? "";
    if (
      text === "--user" ||
      text === "--break-system-packages" ||
      (text === "--system" && program !== "poetry") ||
      /^--(?:prefix|root|target)=/.test(text)
    )
      continue;
    if (text === "--prefix" || text === "--root" || text === "--target" || (text === "-t" && program !== "uv")) at += 1;
    else kept.push(text);
  }
  if (kept.length === texts.length) return undefined;
  const set = assignments.map(([name, value]) => `${name}=${value} `).join("");
  return `${set}${program.replace(/(?<=^(?:python|pip)3?)\.[0-9]+$/, "")} ${kept.join(" ")}`;
}

function editPackages(
  packages: Extract<Effect, { kind: "packages" }>["packages"],
  stage: DevStage,
  instruction: Instruction,
): string | undefined {
  const { manager, action, hasUnknown } = packages;
  if (action === "repository" || action === "upgrade") return "";
  if (action !== "install") return manager === "apt" && action !== "remove" ? undefined : "";
  const names = [...new Set(packages.packages.flatMap((name) => debianNames(name, manager, stage, instruction)))];
  if (hasUnknown)
    stage.notes.find("check", "packages-unknown", instruction, "some of the packages are only known when it runs");
  if (names.length === 0) return "";
  if (manager === "apt" && !hasUnknown && names.join(" ") === packages.packages.join(" ")) return undefined;
  const update = manager === "apt" ? "" : "apt-get update && ";
  return `${update}apt-get install -y --no-install-recommends ${names.join(" ")}`;
}

/** Names in Debian; none for what the -dev variant has, and for what nobody needs. */
function debianNames(
  name: string,
  manager: Manager,
  { target, mappings, notes }: DevStage,
  instruction: Instruction,
): readonly string[] {
  if (name.startsWith(".")) return [];
  const known = knownPackage(name, manager, mappings);
  if (known === undefined) {
    if (name.startsWith("@")) return ["build-essential"];
    if (isOwnLanguage(name, target)) return [];
    if (manager !== "apt")
      notes.find(
        "check",
        "packages-names",
        instruction,
        `${name}: its name in Debian is not known; it is kept as it is`,
      );
    return [name];
  }
  if (known.use === "never" || known.use === "provided-by-base") return [];
  return isOwnLanguage(known.debian, target) ? [] : [known.debian];
}

/** Puts edits into the script; undefined when a command has no place of its own in it. */
function applyEdits(
  { instruction, script }: Run,
  effects: readonly Effect[],
  edits: readonly (string | undefined)[],
): string | undefined {
  const places = edits.flatMap((edit, index) =>
    edit === undefined
      ? []
      : [{ edit, span: effects[index]?.command.span, isPlain: effects[index]?.command.isPlain === true }],
  );
  if (instruction.json !== undefined) {
    const only = places.length === 1 && effects.length === 1 ? places[0]?.edit : undefined;
    return only === undefined ? undefined : only === "" ? `RUN true` : `RUN ${only}`;
  }
  if (script === undefined || places.some(({ span }) => span === undefined)) return undefined;
  const pieces: string[] = [];
  let done = 0;
  for (const { edit = "", span, isPlain } of places) {
    const [start, end] = span as readonly [number, number];
    const from = (script.offsets[start] as number) - instruction.start;
    if (from < done) return undefined;
    pieces.push(instruction.source.slice(done, from));
    pieces.push(edit === "" ? (isPlain ? GONE : "true") : edit);
    done = (script.offsets[end - 1] as number) - instruction.start + 1;
  }
  return tidy(pieces.join("") + instruction.source.slice(done));
}

/** Stands for a command that is gone, until what joined it to others is gone as well. */
const GONE = "\uE000";

/** Takes away what is gone with the && or ; behind it, or the && before it. */
function tidy(text: string): string {
  return text
    .replaceAll(/\uE000[ \t]*(?:\\[ \t]*\r?\n[ \t]*)?(?:&&|;)[ \t]*(?:\\[ \t]*\r?\n[ \t]*)?/g, "")
    .replaceAll(/(?<![ \t])[ \t]*(?:\\[ \t]*\r?\n[ \t]*)?&&[ \t]*(?:\\[ \t]*\r?\n[ \t]*)?\uE000/g, "")
    .replaceAll(GONE, "true");
}

function withoutFlag(source: string, name: string): string {
  return source.replace(new RegExp(String.raw`--${name}=\S+[ \t]*`), "");
}
