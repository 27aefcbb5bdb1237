// SPDX-License-Identifier: Apache-2.0
import {
  expandWithObstacles,
  lintDefinition,
  parseDefinition,
  readDefinition,
  setVariable,
  type Definition,
  type ImageDefinition,
  type PlatformValues,
  type RawTracker,
} from "../definition/index.js";
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { invalid } from "./finding.js";

/** A variable that has, or would have, another value. */
export interface Change {
  readonly variable: string;
  /** Absent where it is the same on all platforms. */
  readonly platform?: Platform;
  readonly from: string;
  readonly to: string;
  /** Where the new value was found. */
  readonly source: string;
}

/** A definition while it is being changed: nothing of it is on the disk. */
export interface Draft {
  readonly text: string;
  readonly definition: Definition;
}

/** A definition on one platform, as its trackers see it. */
export interface DraftView {
  readonly image: ImageDefinition;
  readonly trackers: readonly RawTracker[];
  /** Value of a variable. @throws BasaltError `TRACK_INVALID` where it is not declared */
  readonly valueOf: (variable: string) => string;
}

export async function parseDraft(text: string, file: string): Promise<Draft> {
  return { text, definition: await parseDefinition(text, file) };
}

/** @throws BasaltError `DEFINITION_INVALID` */
export function viewDraft({ definition }: Draft, platform: Platform): DraftView {
  const { image, raw, variables } = readDefinition(definition, platform);
  if (image === undefined || raw === undefined || variables === undefined) {
    expandWithObstacles(definition, platform);
    throw new Error(`internal: ${definition.file} has no image and no problem`);
  }
  return {
    image,
    trackers: raw.track ?? [],
    valueOf: (variable) => {
      const value = variables.get(variable);
      if (value === undefined || variable.includes(".")) throw invalid(`${variable} is not among the vars`);
      return value;
    },
  };
}

/** Where a platform's value was found, or those of all platforms. */
export type SourceOf = (platform?: Platform) => string;

/** A draft with other values, and what is different about them. @throws BasaltError `TRACK_UNSAFE`, `TRACK_INVALID` */
export async function changeDraft(
  draft: Draft,
  wanted: ReadonlyMap<string, PlatformValues>,
  sourceOf: SourceOf,
): Promise<{ readonly draft: Draft; readonly changes: readonly Change[] }> {
  let current = draft;
  const changes: Change[] = [];
  for (const [variable, values] of wanted) {
    const own = changesOf(draft, { variable, values, sourceOf });
    if (own.length === 0) continue;
    const text = await setVariable(current.text, current.definition, { name: variable, values });
    current = await parseDraft(text, draft.definition.file);
    changes.push(...own);
  }
  return { draft: current, changes };
}

function changesOf(
  draft: Draft,
  change: { readonly variable: string; readonly values: PlatformValues; readonly sourceOf: SourceOf },
): readonly Change[] {
  const { variable, values, sourceOf } = change;
  const all = [...values].map(([platform, to]) => {
    return { variable, platform, from: viewDraft(draft, platform).valueOf(variable), to, source: sourceOf(platform) };
  });
  const [first] = all;
  const isOne = all.every(({ from, to }) => from === first?.from && to === first.to);
  if (first !== undefined && isOne) {
    const { from, to } = first;
    return from === to ? [] : [{ variable, from, to, source: sourceOf() }];
  }
  return all.filter(({ from, to }) => from !== to);
}

/** That a changed definition has no problem that it did not have before, and no error. @throws BasaltError `DEFINITION_INVALID` */
export function requireClean(before: Draft, after: Draft, today: string): void {
  const known = new Set(lintDefinition(before.definition, { today }).map(({ code, message }) => `${code} ${message}`));
  const bad = lintDefinition(after.definition, { today }).filter(
    ({ severity, code, message }) => severity === "error" || !known.has(`${code} ${message}`),
  );
  const [first] = bad;
  if (first === undefined) return;
  throw new BasaltError(
    "DEFINITION_INVALID",
    `with what was found, line ${first.line} would have ${first.code}: ${first.message}`,
    { action: "mend what depends on the variable, and run the command again; nothing was written" },
  );
}
