// SPDX-License-Identifier: Apache-2.0
import { nearNames } from "../../formats/near-names.js";
import type { YamlPath } from "../located-yaml.js";
import type { StepWork } from "../model.js";
import type { RawStep } from "../raw.js";
import type { Report } from "../report.js";
import { inputValues, problemOfInput, type Action, type ActionStep, type ForeignAction } from "./action.js";
import { FOREIGN_ACTIONS } from "./foreign.js";
import { GO_ACTIONS } from "./go.js";
import { HOST_ACTIONS } from "./host.js";
import { JAVA_ACTIONS } from "./java.js";
import { NODE_ACTIONS } from "./node.js";
import { PATCH_ACTIONS } from "./patch.js";

/**
 * Built-in actions; the programs that their scripts call are those of the stage. Source: research into the public catalogue, whose
 * own implementation is closed: inputs and their meaning were read off the definitions that use them. docs/actions.md has all of them.
 */
export const ACTIONS: Readonly<Record<string, Action>> = {
  ...PATCH_ACTIONS,
  ...HOST_ACTIONS,
  ...GO_ACTIONS,
  ...NODE_ACTIONS,
  ...JAVA_ACTIONS,
};

function find(name: string): Action | ForeignAction | undefined {
  if (Object.hasOwn(ACTIONS, name)) return ACTIONS[name];
  return Object.hasOwn(FOREIGN_ACTIONS, name) ? FOREIGN_ACTIONS[name] : undefined;
}

/**
 * Reports what is wrong with a step that has no script: no action, one that does not exist, and inputs that it does not take,
 * lacks, or cannot read. Answers whether it is sound.
 */
export function checkAction({ uses, with: given = {} }: RawStep, at: YamlPath, report: Report): boolean {
  if (uses === undefined) {
    report(at, "DEFINITION_STEP", "a step has neither runs nor uses", { hint: "one of them" });
    return false;
  }
  const action = find(uses);
  if (action === undefined) {
    const near = nearNames(uses, [...Object.keys(ACTIONS), ...Object.keys(FOREIGN_ACTIONS)], 1);
    report([...at, "uses"], "DEFINITION_ACTION", `there is no action ${uses}`, hintOf(near));
    return false;
  }
  let isSound = true;
  const fault = (path: YamlPath, message: string, near: readonly string[] = []): void => {
    isSound = false;
    report([...at, ...path], "DEFINITION_ACTION_INPUT", message, hintOf(near));
  };
  if (!("why" in action)) {
    for (const [name, value] of Object.entries(given)) {
      const kind = Object.hasOwn(action.inputs, name) ? action.inputs[name] : undefined;
      const problem = kind === undefined ? undefined : problemOfInput(kind, value);
      if (kind === undefined)
        fault(["with", name], `${uses} has no input ${name}`, nearNames(name, Object.keys(action.inputs), 1));
      else if (problem !== undefined) fault(["with", name], `with.${name} of ${uses} ${problem}`);
    }
  }
  for (const choice of action.needs ?? [])
    if (!choice.some((name) => isGiven(given[name]))) fault(["uses"], `${uses} needs with.${choice.join(" or with.")}`);
  return isSound;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

function hintOf(near: readonly string[]): { readonly hint?: string } {
  return near[0] === undefined ? {} : { hint: `is ${near[0]} meant?` };
}

/** What a step with an action does, and whether it asks the network. */
export interface PlannedAction {
  readonly work: StepWork;
  readonly hasNetwork: boolean;
}

/**
 * Turns a step with an action into what is done; undefined where nothing is, or where that cannot be said. Reports what
 * `checkAction` does, and `DEFINITION_UNSUPPORTED`.
 */
export function planAction(
  step: RawStep,
  { at, ...where }: Pick<ActionStep, "workDir" | "hasNetwork"> & { readonly at: YamlPath },
  report: Report,
): PlannedAction | undefined {
  const { uses = "" } = step;
  const action = find(uses);
  if (!checkAction(step, at, report) || action === undefined) return undefined;
  if ("why" in action) {
    report([...at, "uses"], "DEFINITION_UNSUPPORTED", `${uses} ${action.why}`);
    return undefined;
  }
  const hasNetwork = where.hasNetwork || action.hasNetwork === true;
  const fault = (input: string, message: string): void =>
    void report([...at, "with", input], "DEFINITION_ACTION_INPUT", `with.${input} of ${uses}: ${message}`);
  const work = action.plan?.(inputValues(step.with ?? {}), { workDir: where.workDir, hasNetwork, fault });
  if (work === undefined) return undefined;
  return { work: work.kind === "run" ? { kind: "run", script: `set -eu\n${work.script}` } : work, hasNetwork };
}
