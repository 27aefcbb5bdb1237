// SPDX-License-Identifier: Apache-2.0
import type { Effect } from "./effects.js";
import { isSelfContained, nodeFilesOf, withoutNested, type Artifact } from "./artifacts.js";
import { VENV } from "./build-stage.js";
import type { ChosenTarget, FinalFacts } from "./final-plan.js";
import type { BuildContext, MigrateOptions } from "./model.js";
import { copiesOf, originOf, type CopyFacts } from "./origins.js";
import { joinPath } from "./stages.js";

/** What goes from the build stage into the image, and how sure that is. */
export interface ChosenArtifacts {
  readonly artifacts: readonly Artifact[];
  /** Folders that the program writes to, which are copied with it as their owner. */
  readonly writable: readonly string[];
  /** Why no less is copied; absent when it is known what the program needs. */
  readonly unknown?: string;
}

/** Folders that only the build needs, and those that the image has itself. */
const NEVER =
  /^\/(?:(?:usr\/(?:local\/)?)?bin\/(?:composer|uvx?|pnpm|npm|yarn)$|uvx?$|tmp|var\/tmp|root|proc|sys|dev|etc\/apt|var\/lib\/apt|var\/cache|usr\/src\/(?:linux|php))(?:\/|$)/;

export function chooseArtifacts(
  facts: FinalFacts,
  chosen: ChosenTarget,
  options: MigrateOptions,
  needsVenv: boolean,
): ChosenArtifacts {
  const { workdir } = facts.state;
  const copies = copiesOf(facts.staged.final, facts.staged);
  const program = programArtifacts(facts, chosen, options, copies);
  const outside = program.isComplete ? [] : outsideOf(facts, copies, workdir);
  const venv: readonly Artifact[] = needsVenv || usesOptVenv(facts) ? [{ from: VENV, to: VENV }] : [];
  const gems: readonly Artifact[] =
    chosen.target.name === "ruby" && installsGems(facts) ? [{ from: GEMS, to: GEMS }] : [];
  const writable = writableOf(facts);
  const own = program.artifacts.filter(({ from }) => !writable.includes(from));
  return {
    artifacts: withoutNested([...venv, ...gems, ...own, ...outside.filter(({ from }) => !writable.includes(from))]),
    writable,
    ...(program.unknown === undefined ? {} : { unknown: program.unknown }),
  };
}

function usesOptVenv({ instructions }: FinalFacts): boolean {
  return instructions.some(({ source }) => source.includes(`venv ${VENV}`));
}

/** Where the ordinary image and ours keep gems. */
const GEMS = "/usr/local/bundle";

/** Whether gems go there, and not into a folder of the program. */
function installsGems({ staged }: FinalFacts): boolean {
  const text = staged.file.instructions.map(({ source }) => source).join("\n");
  return (
    /\b(?:bundle\s+install|gem\s+install|bundle\s*(?:&&|$))/m.test(text) &&
    !/BUNDLE_(?:PATH|DEPLOYMENT)|--path|--deployment|vendor\/bundle|deployment['" ]+true/.test(text)
  );
}

interface ProgramArtifacts {
  readonly artifacts: readonly Artifact[];
  /** Whether nothing else of what was copied is needed. */
  readonly isComplete: boolean;
  readonly unknown?: string;
}

function programArtifacts(
  facts: FinalFacts,
  { target }: ChosenTarget,
  options: MigrateOptions,
  copies: readonly CopyFacts[],
): ProgramArtifacts {
  switch (target.name) {
    case "node":
      return nodeArtifacts(facts, options);
    case "openjdk":
      return javaArtifacts(facts);
    case "static":
    case "static-glibc":
      return compiledArtifacts(facts, options);
    case "nginx":
      return { artifacts: [], isComplete: false };
    default:
      return everything(facts, "what the program reads is only known when it runs", copies);
  }
}

function everything(
  { state: { workdir } }: FinalFacts,
  unknown: string,
  copies: readonly CopyFacts[] = [],
): ProgramArtifacts {
  // Nothing was put into the root folder but what COPY names
  if (workdir === "/") return { artifacts: [], isComplete: false, unknown };
  const isUsed =
    copies.length === 0 || copies.some(({ target }) => target === workdir || target.startsWith(`${workdir}/`));
  return { artifacts: isUsed ? [{ from: workdir, to: workdir }] : [], isComplete: false, unknown };
}

function nodeArtifacts(facts: FinalFacts, { context }: MigrateOptions): ProgramArtifacts {
  const { state, start } = facts;
  const { workdir } = state;
  const instructions = facts.staged.file.instructions;
  const [program, ...rest] = start.argv;
  const entry = rest.find((word) => !word.startsWith("-"));
  const folder = start.folder === undefined ? workdir : joinPath(workdir, start.folder);
  const installs = instructions.some(
    ({ keyword, source }) => keyword === "RUN" && /\b(?:npm|yarn|pnpm|bun)\b/.test(source),
  );
  if (program !== "node" || entry === undefined || folder !== workdir)
    return everything(facts, "what node starts is not known");
  const common = ["node_modules", "package*.json"].map((name) => ({
    from: joinPath(workdir, name),
    to: joinPath(workdir, name),
  }));
  const kept = installs ? common : common.slice(1);
  if (/^node_modules\/(?:\.bin\/next|next\/dist\/bin\/next)$/.test(entry)) return nextArtifacts(facts, kept, context);
  if (context === undefined)
    return /^[\w-]+\.[cm]?js$/.test(entry) && start.remarks.length > 0
      ? {
          artifacts: [...kept, fileIn(workdir, entry)],
          isComplete: true,
          unknown: `without the context only ${entry} is known to be needed`,
        }
      : everything(facts, "the context is not known");
  const origin = originOf(joinPath(workdir, entry), facts.staged.final, facts.staged, context.paths);
  const isSource =
    origin.kind === "context" &&
    context.paths.some(
      (path) => path === origin.path || path.startsWith(`${origin.path}.`) || path.startsWith(`${origin.path}/`),
    );
  if (!isSource) return everything(facts, `${entry} is made by the build`);
  const found = nodeFilesOf(origin.path, context);
  if (found === undefined) return everything(facts, "it reads files in ways that only show when it runs");
  const base = origin.path.slice(0, origin.path.length - entry.replace(/^\.\//, "").length);
  const files = found.files.map((file) => (file.startsWith(base) ? file.slice(base.length) : file));
  return {
    artifacts: [
      ...kept,
      ...files.filter((file) => !/^package(?:-lock)?\.json$/.test(file)).map((file) => fileIn(workdir, file)),
    ],
    isComplete: true,
  };
}

function nextArtifacts(
  { state: { workdir } }: FinalFacts,
  kept: readonly Artifact[],
  context: BuildContext | undefined,
): ProgramArtifacts {
  const has = (name: string) =>
    context === undefined || context.paths.some((path) => path === name || path.startsWith(`${name}/`));
  const names = [".next", ...["public"].filter(has)];
  const config = context?.paths.filter((path) => /^next\.config\.[cm]?[jt]s$/.test(path)) ?? [];
  return { artifacts: [...kept, ...[...names, ...config].map((name) => fileIn(workdir, name))], isComplete: true };
}

/** Files below the working folder go with the folder that they are in. */
function fileIn(workdir: string, file: string): Artifact {
  const top = file.replace(/^\.\//, "").split("/")[0] ?? file;
  const path = joinPath(workdir, top);
  return { from: path, to: path };
}

function javaArtifacts(facts: FinalFacts): ProgramArtifacts {
  const { argv } = facts.start;
  const jar = argv[argv.indexOf("-jar") + 1];
  if (!argv.includes("-jar") || jar === undefined) return everything(facts, "its classes are not in one jar");
  const path = joinPath(facts.state.workdir, jar);
  const manifest = facts.instructions.some(({ source }) =>
    /dependency:copy-dependencies|Class-Path|quarkus-app/.test(source),
  );
  return manifest
    ? everything(facts, "the jar names others beside it")
    : { artifacts: [{ from: path, to: path }], isComplete: true };
}

function compiledArtifacts(facts: FinalFacts, { context }: MigrateOptions): ProgramArtifacts {
  const { start, state, staged } = facts;
  const first = start.argv[0];
  if (first === undefined) return everything(facts, "what starts is not known");
  const found = first.includes("/") ? joinPath(state.workdir, first) : outputNamed(first, facts);
  const path = found ?? joinPath("/usr/local/bin", first);
  // A program that is named without its folder has to be where PATH finds it
  const artifact = { from: path, to: first.includes("/") ? path : joinPath("/usr/local/bin", first) };
  const contained = context === undefined ? undefined : isSelfContained(context);
  const isOwn = originOf(path, staged.final, staged, context?.paths).kind === "stage";
  if (contained === true && isOwn) return { artifacts: [artifact], isComplete: true };
  const all = everything(facts, contained === false ? "its source reads files" : "its sources are not known");
  return { ...all, artifacts: [...all.artifacts, artifact] };
}

/** Where `go build -o /usr/bin/x` and the like put a program that is named without its folder. */
function outputNamed(name: string, { runs }: FinalFacts): string | undefined {
  for (const { effects } of runs)
    for (const { command } of effects) {
      if (command.program === "cargo" && command.texts[0] === "install") return `/usr/local/cargo/bin/${name}`;
      if (command.program === "go" && command.texts[0] === "install") return `/go/bin/${name}`;
    }
  for (const { effects } of runs)
    for (const { command } of effects)
      for (const text of command.texts) if (text.startsWith("/") && text.endsWith(`/${name}`)) return text;
  return undefined;
}

/** What COPY, and commands that name a place, put beside the working folder. */
function outsideOf({ runs }: FinalFacts, copies: readonly CopyFacts[], workdir: string): readonly Artifact[] {
  const isOutside = (path: string) =>
    path !== "/" && !NEVER.test(path) && (workdir === "/" || !(path === workdir || path.startsWith(`${workdir}/`)));
  const copied = copies.flatMap(({ target, sources, isInto }) => {
    const isFiles =
      sources.every((source) => /(?:^|\/)[^/.*?[]+\.[^/*?[]+$/.test(source)) ||
      (sources.length > 1 && !sources.some((source) => /[*?[]/.test(source)));
    return isInto && isFiles
      ? sources.map((source) => joinPath(target, source.slice(source.lastIndexOf("/") + 1)))
      : [target];
  });
  const named = runs.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === "work" ? placesOf(effect) : [])),
  );
  return [...copied, ...named].filter(isOutside).map((path) => ({ from: path, to: path }));
}

function placesOf({ command }: Effect): readonly string[] {
  if (command.program === "make" && command.texts.includes("install")) return ["/usr/local"];
  return command.texts.flatMap((text, at) => {
    const value = text.replace(/^(?:-o|--output=|-C|--prefix=)(?=\/)/, "");
    if (!/^\/(?:usr\/local\/(?:bin|lib|share)\/[\w.-]+|opt\/[\w.-]+|srv\/[\w.-]+)/.test(value)) return [];
    const isTarget =
      value !== text ||
      at === command.texts.length - 1 ||
      /^(?:-o|-O|-C|-d|--output|--directory|--target|-t)$/.test(command.texts[at - 1] ?? "");
    return isTarget && !value.includes(VENV) ? [value.replace(/^(\/opt\/[\w.-]+|\/srv\/[\w.-]+).*/, "$1")] : [];
  });
}

/**
 * Folders that are made to be written to: VOLUME, and what mkdir makes outside of the program's own folder, or inside when its owner
 * is changed.
 */
function writableOf({ instructions, runs, state }: FinalFacts): readonly string[] {
  const { workdir } = state;
  const volumes = instructions.flatMap(({ keyword, json, args }) =>
    keyword === "VOLUME" ? (json ?? args.split(/\s+/)) : [],
  );
  const effects = runs.flatMap((run) => run.effects);
  const owned = pathsOf(effects, "owner", workdir);
  const isInside = (path: string) => path === workdir || path.startsWith(workdir === "/" ? "//" : `${workdir}/`);
  const made = pathsOf(effects, "folder", workdir).filter((path) => !isInside(path) || owned.includes(path));
  const changed = owned.filter((path) => isInside(path) && path !== workdir);
  const paths = [...volumes.filter(isPlainPath).map((path) => joinPath(workdir, path)), ...made, ...changed];
  const usable = paths.filter((path) => path !== "/" && path !== workdir && !NEVER.test(path) && !SYSTEM.test(path));
  return [...new Set(usable)]
    .filter((path, _index, all) => !all.some((other) => path.startsWith(`${other}/`)))
    .toSorted();
}

/** Folders that programs come in, not their data. */
const SYSTEM = /^\/(?:etc|usr|run|var\/run|home\/[^/]+)(?:$|\/(?!local\/var|lib\/))/;

function isPlainPath(path: string): boolean {
  return /^[\w ./@+:,-]+$/.test(path);
}

function pathsOf(effects: readonly Effect[], kind: "owner" | "folder", workdir: string): readonly string[] {
  const paths = effects.flatMap((effect) => (effect.kind === kind ? effect.paths : []));
  return paths.filter(isPlainPath).map((path) => joinPath(workdir, path));
}
