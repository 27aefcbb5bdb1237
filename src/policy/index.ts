// SPDX-License-Identifier: Apache-2.0
import type { ImageFacts } from "./facts.js";
import type { Policy } from "./policy-file.js";
import type { Outcome } from "./rules.js";

export { toBuildFacts, toFacts, type ImageFacts } from "./facts.js";
export { addPolicyFile, HARDENING_POLICY, type Policy } from "./policy-file.js";
export { readSurface, type Surface } from "./surface.js";
export type { Outcome } from "./rules.js";

/** What each rule of a policy says of an image. */
export interface Judgement {
  readonly id: string;
  readonly title: string;
  readonly cis: readonly string[];
  readonly outcome: Outcome;
}

export function judge(facts: ImageFacts, { rules, settings }: Policy): readonly Judgement[] {
  return rules.map(({ id, title, cis, judge: apply }) => ({ id, title, cis, outcome: apply(facts, settings) }));
}

/** Rules that are violated, and those of which nobody can say that they are kept. */
export function violations(judgements: readonly Judgement[]): readonly Judgement[] {
  return judgements.filter(({ outcome }) => outcome.kind === "violated" || outcome.kind === "unknown");
}

/** What tells one policy from another: its rules, and what they are set to. */
export function policyId({ rules, settings }: Policy): object {
  return { rules: rules.map(({ id, title }) => ({ id, title })), settings };
}
