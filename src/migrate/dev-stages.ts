// SPDX-License-Identifier: Apache-2.0
import { installsPython } from "./build-stage.js";
import { baseOf } from "./final-plan.js";
import type { Target } from "./mappings.js";
import { readRun } from "./run-commands.js";
import { lineageOf, type Stage, type StagedFile } from "./stages.js";
import type { Rewriting } from "./rewriting.js";

/** The -dev variant that a build stage has to run on; undefined when it stays where it is. */
export function devTargetOf(stage: Stage, { mappings, options, chosen, staged }: Rewriting): Target | undefined {
  const base = baseOf(stage, mappings, options.registry);
  const { mapped } = base;
  if (mapped === undefined || base.isOurs || options.buildOn === "ordinary") return undefined;
  const { target, manager, source } = mapped;
  if (options.buildOn === "dev" && target !== undefined && target.planned !== true && source.kind !== "build")
    return target;
  if (source.kind === "build") return undefined;
  const needsLibc = manager === "apk" && chosen.target.name === "static-glibc";
  if (target === undefined && manager === "apk" && chosen.target.name === "node" && installsNode(stage))
    return chosen.target;
  if (target === undefined)
    return usesLanguage(stage, chosen.target, staged) || (needsLibc && stage !== staged.final)
      ? chosen.target
      : undefined;
  if (target.name === chosen.target.name) {
    if (target.build === "dev") return target;
    // Native modules are for one C library and one version of Node.js
    const isOther = manager === "apk" || (mapped.asked !== undefined && !isSameVersion(mapped.asked, mapped.tag ?? ""));
    return target.name === "node" && isOther ? target : undefined;
  }
  return needsLibc && (target.name === "golang" || target.name === "rust") ? target : undefined;
}

function installsNode(stage: Stage): boolean {
  return stage.instructions.some(
    ({ keyword, source }) => keyword === "RUN" && /\b(?:npm|yarn|pnpm)\s+(?:ci|i|install|run|build)\b/.test(source),
  );
}

/** Whether a stage on a plain distribution installs things for an interpreter that lies elsewhere in the hardened image. */
function usesLanguage(stage: Stage, target: Target, staged: StagedFile): boolean {
  if (target.build !== "dev" || target.name === "debian-base")
    return target.name === "debian-base" && stage === staged.final;
  const text = lineageOf(stage)
    .flatMap(({ instructions }) => instructions.map(({ source }) => source))
    .join("\n");
  const words: Readonly<Record<string, RegExp>> = {
    python: /\b(?:pip[0-9.]*|venv|poetry|pipenv|uv)\b/,
    ruby: /\b(?:gem|bundle)\b/,
    php: /\b(?:composer|php)\b/,
  };
  return words[target.name]?.test(text) ?? false;
}

/** Whether pip puts packages beside those of the interpreter, where nothing could copy them from. */
export function needsVenv(stage: Stage): boolean {
  const instructions = lineageOf(stage).flatMap((each) => each.instructions);
  const text = instructions.map(({ source }) => source).join("\n");
  if (/-m\s+venv|\bvirtualenv\b|uv\s+venv|uv\s+sync|VIRTUAL_ENV|\.venv/.test(text)) return false;
  return instructions.some((instruction) => instruction.keyword === "RUN" && installsPython(readRun(instruction)));
}

/** Whether a tag is of the version asked for, as far as both say. */
export function isSameVersion(asked: string, tag: string): boolean {
  const wanted = asked.split(".");
  return (tag.split("-")[0] ?? "").split(".").every((part, index) => (wanted[index] ?? part) === part);
}
