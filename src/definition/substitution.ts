// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { evaluateExpression, type ExpressionValue } from "./expression.js";

/** Values for `${NAME}`, by name. */
export type Variables = ReadonlyMap<string, string>;

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_.+-]*)(?::([^}]*(?:\{[^}]*\}[^}]*)*))?\}/g;
const EXPRESSION = /#\{([^}]*)\}/g;
const MAX_ROUNDS = 20;
const MAX_TEXT = 256 * 1024;
/** A repeated group that is itself repeated, or two quantifiers in a row: the forms that make backtracking explode. */
const EXPLOSIVE_REGEX = /[+*}]\)[+*{]|\(\?[=!<]|\\[1-9]/;
const MAX_REGEX = 200;

/**
 * Replaces `${NAME}` and `${NAME:regex}` (the regex's first group, or the whole match) once. Names that are not known stay:
 * they belong to the shell. @throws BasaltError `SUBSTITUTION_INVALID`
 */
export function substitute(text: string, variables: Variables): string {
  if (!text.includes("${")) return text;
  const result = text.replaceAll(REFERENCE, (whole: string, name: string, regex: string | undefined) => {
    const value = variables.get(name);
    if (value === undefined) return whole;
    return regex === undefined ? value : matchFirst(value, regex, whole);
  });
  if (result.length > MAX_TEXT)
    throw new BasaltError("SUBSTITUTION_INVALID", `a value grows beyond ${MAX_TEXT} characters by substitution`);
  return result;
}

/**
 * Resolves variables that refer to each other, then their expressions. `builtIns` are dotted names such as `target.arch`;
 * they are part of the result. @throws BasaltError `SUBSTITUTION_INVALID`, `EXPRESSION_INVALID`
 */
export function resolveVariables(declared: Variables, builtIns: Variables): Variables {
  let current = new Map([...builtIns, ...declared]);
  for (let round = 0; ; round += 1) {
    const next = new Map([...current].map(([name, value]) => [name, substitute(value, withoutSelf(current, name))]));
    const isStable = [...next].every(([name, value]) => current.get(name) === value);
    current = next;
    if (isStable) break;
    if (round === MAX_ROUNDS)
      throw new BasaltError("SUBSTITUTION_INVALID", "variables refer to each other in a circle");
  }
  const lookup = (name: string): ExpressionValue | undefined => current.get(name.replace(/^definition\.vars\./, ""));
  return new Map([...current].map(([name, value]) => [name, evaluateAll(value, lookup)]));
}

/** Replaces the references of every string inside a value. */
export function substituteDeep(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") return substitute(value, variables);
  if (Array.isArray(value)) return value.map((item) => substituteDeep(item, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substituteDeep(item, variables)]));
}

function evaluateAll(text: string, lookup: (name: string) => ExpressionValue | undefined): string {
  return text.replaceAll(EXPRESSION, (_whole: string, expression: string) =>
    String(evaluateExpression(expression, lookup)),
  );
}

function withoutSelf(variables: ReadonlyMap<string, string>, name: string): Variables {
  const others = new Map(variables);
  others.delete(name);
  return others;
}

function matchFirst(value: string, regex: string, whole: string): string {
  if (regex.length > MAX_REGEX || EXPLOSIVE_REGEX.test(regex)) {
    throw new BasaltError("SUBSTITUTION_INVALID", `the regular expression in ${whole} is too complex`);
  }
  let compiled: RegExp;
  try {
    compiled = new RegExp(regex, "u");
  } catch (cause) {
    throw new BasaltError("SUBSTITUTION_INVALID", `the regular expression in ${whole} is malformed`, { cause });
  }
  const match = compiled.exec(value.slice(0, 1_000));
  if (match === null) throw new BasaltError("SUBSTITUTION_INVALID", `${whole} does not match ${JSON.stringify(value)}`);
  return match[1] ?? match[0];
}
