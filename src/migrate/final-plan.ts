// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { parseImageReference } from "../formats/image-reference.js";
import { effectsOf, type Effect } from "./effects.js";
import { chooseTag, mapBase, type MappedBase, type Mappings, type Target } from "./mappings.js";
import type { MigrateOptions } from "./model.js";
import type { RunEffects } from "./needed-packages.js";
import { originOf, stateOfStage } from "./origins.js";
import { readPackageJson, type PackageJson } from "./package-scripts.js";
import { readRun } from "./run-commands.js";
import { joinPath, lineageOf, type Stage, type StagedFile, type StageState } from "./stages.js";
import { planStart, type StartPlan } from "./start.js";

/** A FROM of an image that is no stage. */
export interface Base {
  readonly written: string;
  /** Absent when a variable is not known, or the name is no image's. */
  readonly name?: string;
  readonly tag: string;
  readonly hasDigest: boolean;
  /** It comes from the registry that images are migrated to. */
  readonly isOurs: boolean;
  readonly mapped?: MappedBase;
}

/** What the stage's lowest FROM names. */
export function baseOf(stage: Stage, mappings: Mappings, registry: string): Base {
  const root = lineageOf(stage)[0] as Stage;
  const written = root.writtenBase;
  const text = root.base;
  if (text === undefined) return { written, tag: "", hasDigest: false, isOurs: false };
  const isOurs = text.startsWith(`${registry}/`);
  const [name, tag, hasDigest] = splitReference(isOurs ? text.slice(registry.length + 1) : text);
  const mapped = mapBase(name, tag, mappings);
  return { written, name, tag, hasDigest, isOurs, ...(mapped === undefined ? {} : { mapped }) };
}

function splitReference(text: string): readonly [name: string, tag: string, hasDigest: boolean] {
  try {
    const { host, repository, tag, digest } = parseImageReference(text);
    return [host === undefined ? repository : `${host}/${repository}`, tag ?? "", digest !== undefined];
  } catch {
    // A digest that is none, as in an example: the name is still one
    const [, name = text, tag = "", digest] = /^([^@:]+(?::[0-9]+\/[^@:]+)?)(?::([^@]*))?(@.*)?$/.exec(text) ?? [];
    return [name, tag, digest !== undefined];
  }
}

/** What is known of the last stage before anything is decided. */
export interface FinalFacts {
  readonly staged: StagedFile;
  /** Instructions of the stages that the last one stands on, and its own. */
  readonly instructions: readonly Instruction[];
  readonly state: StageState;
  readonly base: Base;
  readonly runs: readonly RunEffects[];
  readonly start: StartPlan;
  readonly packageJson?: PackageJson;
}

export function readFinal(staged: StagedFile, mappings: Mappings, options: MigrateOptions): FinalFacts {
  const { final } = staged;
  const instructions = lineageOf(final).flatMap((stage) => stage.instructions);
  const state = stateOfStage(final, staged);
  const base = baseOf(final, mappings, options.registry);
  const runs = instructions
    .filter(({ keyword }) => keyword === "RUN")
    .map((instruction) => ({ instruction, effects: effectsOf(readRun(instruction)) }));
  const packageJson = packageJsonOf(staged, state.workdir, options);
  const isShellScript = (path: string) => shellScriptAt(joinPath(state.workdir, path), path, staged, options);
  const start = planStart({
    state,
    isShellScript,
    ...(base.mapped === undefined ? {} : { source: base.mapped.source }),
    ...(packageJson === undefined ? {} : { packageJson }),
  });
  return { staged, instructions, state, base, runs, start, ...(packageJson === undefined ? {} : { packageJson }) };
}

function packageJsonOf(staged: StagedFile, workdir: string, { context }: MigrateOptions): PackageJson | undefined {
  if (context === undefined) return undefined;
  const origin = originOf(joinPath(workdir, "package.json"), staged.final, staged, context.paths);
  const text = context.read(origin.kind === "context" ? origin.path : "package.json");
  return text === undefined ? undefined : readPackageJson(text);
}

/** Whether a program of the image is a script for a shell. Programs without a path are taken for what PATH has. */
function shellScriptAt(
  path: string,
  written: string,
  staged: StagedFile,
  { context }: MigrateOptions,
): boolean | undefined {
  const origin = originOf(
    written.includes("/") ? path : joinPath("/usr/local/bin", written),
    staged.final,
    staged,
    context?.paths,
  );
  if (origin.kind === "context") {
    const text = context?.read(origin.path);
    if (text !== undefined)
      return /^#!.*\b(?:ba|da|a|z|k)?sh\b/.test(text) || (path.endsWith(".sh") && !text.startsWith("#!"));
    return /\.(?:sh|bash)$|entrypoint/.test(path) ? true : undefined;
  }
  const isOfficial = /^\/(?:usr\/local\/bin\/|docker-entrypoint)/.test(path);
  return written.includes("/") && !isOfficial && /\.(?:sh|bash)$|entrypoint/.test(path) ? true : undefined;
}

const PROGRAMS: readonly (readonly [program: RegExp, target: string])[] = [
  [/^node(?:js)?$/, "node"],
  [
    /^(?:python[0-9.]*|gunicorn|uvicorn|hypercorn|flask|celery|django-admin|streamlit|daphne|waitress-serve|fastapi)$/,
    "python",
  ],
  [/^java$/, "openjdk"],
  [/^(?:ruby|bundle|rails|puma|rackup|irb|unicorn|sidekiq)$/, "ruby"],
  [/^php[0-9.]*(?:-fpm[0-9.]*)?$/, "php"],
  [/^nginx$/, "nginx"],
  [/^(?:go|cargo)$/, "golang"],
];

/** What the runtime image has to be; a text when nothing in the catalogue fits, saying why. */
export interface ChosenTarget {
  readonly target: Target;
  /** Tag of the runtime variant. */
  readonly tag: string;
  readonly why?: string;
}

/** Chooses the image that the last stage runs on. */
export function chooseTarget(facts: FinalFacts, mappings: Mappings, options: MigrateOptions): ChosenTarget | string {
  const { base, start } = facts;
  const { mapped } = base;
  if (mapped === undefined)
    return base.name === undefined
      ? `${base.written}: which image that is depends on a variable without a value`
      : `${base.written}: Basalt has nothing that stands for this image`;
  if (mapped.flavour === "apache")
    return `${base.written}: the catalogue has PHP for the command line and with FPM, not with Apache; use php:fpm behind a web server`;
  const program = programName(start.argv[0] ?? "");
  const byProgram = PROGRAMS.find(([pattern]) => pattern.test(program))?.[1];
  if (mapped.target !== undefined) {
    const compiled = ["golang", "rust", "static-glibc", "static"].includes(mapped.target.name);
    if (!compiled) return taggedOf(mapped.target, mapped, base.written);
    if (byProgram === undefined || byProgram === mapped.target.name)
      return compiledTarget(facts, mappings, options, mapped.target.name);
  }
  if (byProgram !== undefined) return newestOf(byProgram, mappings, `it starts ${program}`, start, facts.runs);
  if (start.argv.length === 0 && start.needsShell === undefined)
    return newestOf("debian-base", mappings, "it says nothing about what it starts", start);
  if (start.needsShell !== undefined || start.argv.length === 0 || /^(?:ba|da|a)?sh$/.test(program))
    return newestOf("debian-base", mappings, "it starts a shell", start);
  return compiledTarget(facts, mappings, options, undefined);
}

function taggedOf(target: Target, mapped: MappedBase, written: string): ChosenTarget | string {
  if (mapped.tag === undefined)
    return `${written}: the catalogue has ${target.name} up to ${target.tags.at(-1) ?? ""}, and a program for a newer one may not run there`;
  return { target, tag: mapped.tag };
}

/** Versions that packages and set-up scripts of plain distributions have in their names. */
const VERSIONS: Readonly<Record<string, RegExp>> = {
  node: /\b(?:setup_|nodejs-?|node_)([0-9]{2})(?:\.x)?\b/,
  openjdk: /\b(?:java-|openjdk-?|temurin-|jdk-?)([0-9]{2})\b/,
};

function newestOf(
  name: string,
  mappings: Mappings,
  why: string,
  start: StartPlan,
  runs: FinalFacts["runs"] = [],
): ChosenTarget {
  const target = mappings.targets.get(name) as Target;
  const text = runs.map(({ instruction }) => instruction.source).join("\n");
  const asked = VERSIONS[name]?.exec(text)?.[1];
  const tag = chooseTag(target.tags, asked) ?? target.tags.at(-1) ?? "";
  const isFpm = name === "php" && /fpm/.test(start.argv[0] ?? "");
  return { target, tag: isFpm ? `${tag}-fpm` : tag, why };
}

function programName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A compiled program runs on nothing but itself, or on the C library. */
function compiledTarget(
  facts: FinalFacts,
  mappings: Mappings,
  options: MigrateOptions,
  language: string | undefined,
): ChosenTarget {
  const { start, state, staged, base } = facts;
  const path = joinPath(state.workdir, start.argv[0] ?? "");
  const origin = originOf(path, staged.final, staged, options.context?.paths);
  const stage = origin.kind === "stage" ? origin.stage : staged.final;
  const commands = lineageOf(stage).flatMap(({ instructions }) => instructions);
  if (language === "static") return newestOf("static", mappings, "the program is linked statically", start);
  if (origin.kind === "context" && staged.stages.length === 1 && base.mapped?.source.kind !== "scratch")
    return newestOf(
      "static-glibc",
      mappings,
      "the program comes from the context; that it needs no more than the C library has to be looked at",
      start,
    );
  const builder = baseOf(stage, mappings, options.registry).mapped;
  const isStatic = isStaticBuild(commands, builder) || base.mapped?.source.kind === "scratch";
  const needsLibraries = facts.runs.some(({ effects }) => effects.some((effect) => isLibraryInstall(effect)));
  return isStatic && !needsLibraries
    ? newestOf("static", mappings, "the program is linked statically", start)
    : newestOf("static-glibc", mappings, "the program needs the C library", start);
}

function isLibraryInstall(effect: Effect): boolean {
  return (
    effect.kind === "packages" &&
    effect.packages.action === "install" &&
    effect.packages.packages.some((name) => /^(?:lib|libc6|gcompat|musl|libstdc)/.test(name) && !name.endsWith("-dev"))
  );
}

function isStaticBuild(instructions: readonly Instruction[], builder: MappedBase | undefined): boolean {
  const text = instructions.map(({ source }) => source).join("\n");
  if (
    /CGO_ENABLED[= ]"?0|-extldflags[= ]["']?-static|-linkmode[= ]external.*-static|-unknown-linux-musl|\+crt-static|(?:^|\s)-static(?:\s|$)/m.test(
      text,
    )
  )
    return true;
  // Without a C compiler Go makes static programs, and Rust on Alpine does so unless told otherwise
  if (builder?.manager !== "apk") return false;
  if (builder.target?.name === "rust") return true;
  return builder.target?.name === "golang" && !/\b(?:gcc|build-base|musl-dev|g\+\+|clang)\b/.test(text);
}
