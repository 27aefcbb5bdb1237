// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Change, Finding } from "./model.js";
import { RULES, type RuleId } from "./rules.js";

/** Collects what a migration did and found. */
export class Notes {
  readonly #changes: Change[] = [];
  readonly #findings: Finding[] = [];

  /** `reason` tells more than the rule does; without it the rule's own words are the reason. */
  change(
    rule: RuleId,
    at: Instruction | number,
    facts: { readonly before?: string; readonly after?: string; readonly reason?: string },
  ): void {
    const line = typeof at === "number" ? at : at.line;
    const before = facts.before ?? (typeof at === "number" ? "" : at.source);
    const change = { rule, reason: facts.reason ?? RULES[rule], line, before, after: facts.after ?? "" };
    if (!this.#changes.some((other) => other.rule === rule && other.line === line && other.before === before))
      this.#changes.push(change);
  }

  find(kind: Finding["kind"], rule: RuleId, at: Instruction | number, message: string): void {
    const line = typeof at === "number" ? at : at.line;
    if (!this.#findings.some((other) => other.rule === rule && other.message === message && other.line === line))
      this.#findings.push({ kind, rule, message, line });
  }

  /** In the order of the file's lines. */
  get changes(): readonly Change[] {
    return this.#changes.toSorted((a, b) => a.line - b.line);
  }

  get findings(): readonly Finding[] {
    return this.#findings.toSorted((a, b) => a.line - b.line);
  }
}
