// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { RawDefinition } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** As in references; see `substitution.ts`. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.+-]*$/;
/** Programs know dots and dashes besides what POSIX.1-2017, XBD 8.1 has. */
const ENVIRONMENT = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Source: OCI image specification, annotations; its keys are reverse domain names. */
const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;

/** Names of variables, of what is in the environment, and of labels and annotations. */
export function checkNames({ raw, definition, report }: CheckContext): void {
  const { vars = {} } = definition.yaml.value as RawDefinition;
  checkKeys(vars, ["vars"], { pattern: VARIABLE, code: "DEFINITION_VARS", what: "a variable" }, report);
  for (const [key, what] of [
    ["labels", "a label"],
    ["annotations", "an annotation"],
  ] as const)
    checkKeys(raw[key] ?? {}, [key], { pattern: KEY, code: "DEFINITION_LABEL", what }, report);
  checkEnvironment(raw.environment, ["environment"], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    checkEnvironment(stage.environment, [...at, "environment"], report);
    for (const [position, step] of stage.pipeline.entries()) {
      const place = [...at, "pipeline", position];
      checkEnvironment(step.environment, [...place, "environment"], report);
      for (const [which, { env }] of (step.secrets ?? []).entries())
        checkName(env, [...place, "secrets", which, "env"], ENVIRONMENT_RULE, report);
    }
  }
}

interface NameRule {
  readonly pattern: RegExp;
  readonly code: string;
  readonly what: string;
}

const ENVIRONMENT_RULE = { pattern: ENVIRONMENT, code: "DEFINITION_ENVIRONMENT", what: "an environment variable" };

function checkKeys(map: Readonly<Record<string, string>>, at: YamlPath, rule: NameRule, report: Report): void {
  for (const key of Object.keys(map)) checkName(key, [...at, key], rule, report);
}

function checkName(name: string, at: YamlPath, { pattern, code, what }: NameRule, report: Report): void {
  if (!pattern.test(name)) report(at, code, `not the name of ${what}: ${JSON.stringify(name)}`);
}

function checkEnvironment(map: Readonly<Record<string, string>> = {}, at: YamlPath, report: Report): void {
  checkKeys(map, at, ENVIRONMENT_RULE, report);
  for (const [key, value] of Object.entries(map))
    if (value.includes("\0")) report([...at, key], "DEFINITION_ENVIRONMENT", `the value of ${key} has a NUL in it`);
}
