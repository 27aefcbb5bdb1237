// SPDX-License-Identifier: Apache-2.0
import { parseDocument } from "yaml";
import { BasaltError } from "../errors.js";
import { DEADLINES, type Deadlines } from "./deadlines.js";
import type { ImageFacts } from "./facts.js";
import { HARDENING_RULES, type Outcome, type PolicyRule, type RuleSettings } from "./rules.js";

/** The rules that an image is judged by. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly settings: RuleSettings;
}

export const HARDENING_POLICY: Policy = {
  rules: HARDENING_RULES,
  settings: { deadlines: DEADLINES, allowedSecretPaths: [] },
};

type Fields = Readonly<Record<string, unknown>>;
const MAX_LENGTH = 256 * 1024; // characters; a policy of a thousand rules has half of that

/**
 * Adds what a file says to a policy: rules that are off, other deadlines, places where secrets are known, and rules of its own.
 * Source: docs/policy.md. @throws BasaltError `POLICY_INVALID`
 */
export function addPolicyFile(policy: Policy, text: string, file: string): Policy {
  const { rules = {}, own = [], ...others } = parse(text, file);
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw invalid(file, `there is no ${unknown}; known: rules, own`);
  const set = Object.entries(fieldsOf(rules, file, "rules")).reduce(
    (before, [id, value]) => applySetting(before, id, value, file),
    policy,
  );
  if (!Array.isArray(own)) throw invalid(file, "own is no list of rules");
  return own.reduce<Policy>((before, rule: unknown) => {
    const added = ownRule(rule, file);
    if (before.rules.some(({ id }) => id === added.id)) throw invalid(file, `there is a rule ${added.id} already`);
    return { ...before, rules: [...before.rules, added] };
  }, set);
}

function parse(text: string, file: string): Fields {
  if (text.length > MAX_LENGTH) throw invalid(file, `it has more than ${MAX_LENGTH} characters`);
  const document = parseDocument(text, { uniqueKeys: true, maxAliasCount: 0, schema: "core" } as object);
  const [error] = document.errors;
  if (error !== undefined) throw invalid(file, error.message.split("\n", 1)[0] ?? "it is no YAML");
  try {
    return fieldsOf(document.toJS({ maxAliasCount: 0 }) ?? {}, file, "the file");
  } catch (cause) {
    if (cause instanceof BasaltError) throw cause;
    throw invalid(file, cause instanceof Error ? cause.message : String(cause));
  }
}

function applySetting(policy: Policy, id: string, value: unknown, file: string): Policy {
  if (!policy.rules.some((rule) => rule.id === id))
    throw invalid(file, `there is no rule ${id}; known: ${policy.rules.map((rule) => rule.id).join(", ")}`);
  // YAML 1.1 reads off as false; both are meant.
  if (value === "off" || value === false) return { ...policy, rules: policy.rules.filter((rule) => rule.id !== id) };
  if (value === "on" || value === true) return policy;
  const fields = fieldsOf(value, file, id);
  if (id === "fixable-vulnerabilities") {
    const deadlines = { ...policy.settings.deadlines, ...readDeadlines(fields, file) };
    return { ...policy, settings: { ...policy.settings, deadlines } };
  }
  if (id === "no-secrets") {
    const { allow, ...others } = fields;
    if (Object.keys(others).length > 0) throw invalid(file, `${id} takes allow, a list of paths`);
    const allowedSecretPaths = [...policy.settings.allowedSecretPaths, ...textsOf(allow, file, `${id}.allow`)];
    return { ...policy, settings: { ...policy.settings, allowedSecretPaths } };
  }
  throw invalid(file, `${id} is on or off`);
}

function readDeadlines(fields: Fields, file: string): Partial<Deadlines> {
  for (const [name, days] of Object.entries(fields)) {
    if (!(name in DEADLINES))
      throw invalid(file, `fixable-vulnerabilities has no ${name}; known: ${Object.keys(DEADLINES).join(", ")}`);
    if (!Number.isSafeInteger(days) || (days as number) < 0)
      throw invalid(file, `fixable-vulnerabilities.${name} is a number of days, not ${JSON.stringify(days)}`);
  }
  return fields;
}

/** A rule that somebody wrote: packages that must not be in, labels that must be there. */
function ownRule(value: unknown, file: string): PolicyRule {
  const {
    id,
    title,
    "forbid-packages": forbidden = [],
    "require-labels": required = {},
    ...others
  } = fieldsOf(value, file, "a rule of its own");
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw invalid(file, `a rule has no ${unknown}; known: id, title, forbid-packages, require-labels`);
  if (typeof id !== "string" || !/^[a-z0-9][a-z0-9-]{0,99}$/.test(id))
    throw invalid(file, `the id of a rule is letters, digits and dashes, not ${JSON.stringify(id)}`);
  if (title !== undefined && typeof title !== "string") throw invalid(file, `the title of ${id} is no text`);
  const packages = textsOf(forbidden, file, `${id}.forbid-packages`);
  const labels = Object.entries(fieldsOf(required, file, `${id}.require-labels`)).map(
    ([name, pattern]) => [name, patternOf(pattern, file, `${id}.require-labels.${name}`)] as const,
  );
  if (packages.length === 0 && labels.length === 0) throw invalid(file, `the rule ${id} asks for nothing`);
  return { id, title: title ?? id, cis: [], judge: (facts) => judgeOwn(facts, packages, labels) };
}

function judgeOwn(
  facts: ImageFacts,
  packages: readonly string[],
  labels: readonly (readonly [string, RegExp])[],
): Outcome {
  const faults = [
    ...packages.filter((name) => facts.packages.includes(name)).map((name) => `it has the package ${name}`),
    ...labels.flatMap(([name, pattern]) => {
      const label = facts.labels[name];
      if (label === undefined) return [`it has no label ${name}`];
      return pattern.test(label) ? [] : [`its label ${name} is ${JSON.stringify(label.slice(0, 100))}`];
    }),
  ];
  return faults.length === 0 ? { kind: "passed", why: "as it asks" } : { kind: "violated", why: faults.join(", ") };
}

function patternOf(value: unknown, file: string, at: string): RegExp {
  if (typeof value !== "string") throw invalid(file, `${at} is a regular expression, not ${JSON.stringify(value)}`);
  try {
    return new RegExp(value, "u");
  } catch {
    throw invalid(file, `${at} is no regular expression: ${value}`);
  }
}

function textsOf(value: unknown, file: string, at: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw invalid(file, `${at} is a list of texts`);
}

function fieldsOf(value: unknown, file: string, at: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(file, `${at} is a mapping, not ${Array.isArray(value) ? "a list" : JSON.stringify(value)}`);
}

function invalid(file: string, why: string): BasaltError {
  return new BasaltError("POLICY_INVALID", `${file}: ${why}`);
}
