// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { changeDraft, viewDraft, type Change, type Draft } from "./draft.js";
import { invalid } from "./finding.js";
import type { Step } from "./run-tracker.js";

type IncrementTracker = Extract<RawTracker, { readonly type: "var_increment" }>;

const NUMBER = /^(?:0|[1-9][0-9]{0,8})$/;

/**
 * Counts what a definition calls a revision. Where one of the `reset` variables changed in this run it begins anew at 0; else, where
 * one of `increment` did, or any other variable if neither list is given, it grows by 1. The public schema names the keys and says
 * nothing about them: this rule is Basalt's. @throws BasaltError `TRACK_INVALID`
 */
export async function runIncrement(tracker: IncrementTracker, draft: Draft, before: readonly Change[]): Promise<Step> {
  const { set: name = "REL", increment, reset = [] } = tracker;
  const changed = new Set(before.map(({ variable }) => variable).filter((variable) => variable !== name));
  const isAny = increment === undefined && tracker.reset === undefined;
  const mover = (names: readonly string[]): string | undefined => names.find((variable) => changed.has(variable));
  const resetBy = mover(reset);
  const movedBy = resetBy ?? mover(isAny ? [...changed] : (increment ?? []));
  const unchanged = { draft, changes: [], notes: [] };
  if (movedBy === undefined) return unchanged;
  const { platforms } = draft.definition;
  const values = new Map(
    platforms.map((platform) => {
      const value = viewDraft(draft, platform).valueOf(name);
      if (!NUMBER.test(value)) throw invalid(`var_increment: ${name} is no number: ${JSON.stringify(value)}`);
      return [platform, resetBy === undefined ? String(Number(value) + 1) : "0"] as const;
    }),
  );
  const source = resetBy === undefined ? `${movedBy} changed` : `reset: ${resetBy} changed`;
  return { ...(await changeDraft(draft, new Map([[name, values]]), () => source)), notes: [] };
}
