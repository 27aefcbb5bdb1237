// SPDX-License-Identifier: Apache-2.0
import { checkAction } from "../actions/index.js";
import { createHolds } from "../condition.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawCache, RawStage, RawStep } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** Build stages: names, steps, actions, outputs. */
export function checkStages(context: CheckContext): void {
  const { raw, report } = context;
  checkConditions(context);
  const names = new Set<string>();
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    if (names.has(stage.name))
      report([...at, "name"], "DEFINITION_STAGE_TWICE", `there are two stages ${JSON.stringify(stage.name)}`);
    names.add(stage.name);
    for (const [position, step] of stage.pipeline.entries()) checkStep(step, [...at, "pipeline", position], report);
    checkCaches(stage.caches, [...at, "caches"], report);
    checkOutputs(stage, at, report);
  }
}

function checkStep(step: RawStep, at: YamlPath, report: Report): void {
  if (step.runs !== undefined && step.uses !== undefined)
    report(at, "DEFINITION_STEP", "a step has both runs and uses", { hint: "one of them" });
  if (step.runs === undefined || step.uses !== undefined) checkAction(step, at, report);
  checkCaches(step.caches, [...at, "caches"], report);
  if (step.uses === undefined && step.with !== undefined)
    report([...at, "with"], "DEFINITION_STEP", "a step that uses no action has no with");
}

/** A cache is a folder of the stage, from its root. */
function checkCaches(caches: readonly RawCache[] = [], at: YamlPath, report: Report): void {
  for (const [index, { path }] of caches.entries())
    if (!path.startsWith("/") || path.split("/").includes(".."))
      report([...at, index, "path"], "DEFINITION_PATH", `the cache ${JSON.stringify(path)} is no path from the root`);
}

function checkOutputs(stage: RawStage, at: YamlPath, report: Report): void {
  for (const [index, output] of (stage.outputs ?? []).entries()) {
    for (const key of ["source", "target"] as const) {
      const path = output[key];
      if (!path.startsWith("/"))
        report([...at, "outputs", index, key], "DEFINITION_PATH", `${JSON.stringify(path)} does not begin with /`);
      else if (path.split("/").includes(".."))
        report([...at, "outputs", index, key], "DEFINITION_PATH", `${JSON.stringify(path)} leaves the tree`);
    }
  }
}

/** Conditions of stages, of what is in them, and of artifacts. */
function checkConditions({ raw, variables, report }: CheckContext): void {
  const holds = createHolds((name) => variables.get(name), report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    holds(stage.if, at);
    for (const [position, step] of stage.pipeline.entries()) holds(step.if, [...at, "pipeline", position]);
    for (const [position, output] of (stage.outputs ?? []).entries()) holds(output.if, [...at, "outputs", position]);
    for (const [position, path] of (stage.paths ?? []).entries()) holds(path.if, [...at, "paths", position]);
    for (const [position, file] of (stage.contents?.files ?? []).entries())
      holds(file.if, [...at, "contents", "files", position]);
  }
  for (const [index, artifact] of (raw.contents.artifacts ?? []).entries())
    holds(artifact.if, ["contents", "artifacts", index]);
}
