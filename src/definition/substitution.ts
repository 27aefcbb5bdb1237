// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { MAX_ATTEMPTS, parseBoundedPattern } from "../formats/bounded-pattern.js";
import { evaluateExpression } from "./expression.js";

/** Values for `${NAME}`, by name. */
export type Variables = ReadonlyMap<string, string>;

/** Whatever finds a value by its name. */
type Values = Pick<Variables, "get">;

/** Braces inside the regular expression must come in pairs; so no text is looked through twice, and time is linear. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_.+-]*)(?::([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}/g;
const EXPRESSION = /#\{([^}]*)\}/g;
const MAX_TEXT = 256 * 1024; // characters

const MAX_MATCHED = 100; // characters

/**
 * Replaces `${NAME}` and `${NAME:regex}` (the regex's first group, or the whole match) once. Names that are not known stay:
 * they belong to the shell. @throws BasaltError `SUBSTITUTION_INVALID`
 */
export function substitute(text: string, variables: Values): string {
  return replaceBounded(text, REFERENCE, (whole, name, regex) => {
    const value = variables.get(name);
    if (value === undefined) return whole;
    return regex === undefined ? value : matchFirst(value, regex, whole);
  });
}

/**
 * Resolves variables that refer to each other, by reference or in an expression. `builtIns` are dotted names such as
 * `target.arch`; they are part of the result. @throws BasaltError `SUBSTITUTION_INVALID`, `EXPRESSION_INVALID`
 */
export function resolveVariables(declared: Variables, builtIns: Variables): Variables {
  const texts = new Map([...builtIns, ...declared]);
  const resolved = new Map<string, string>();
  const open = new Set<string>();
  const get = (name: string): string | undefined => {
    const text = texts.get(name);
    if (text === undefined || resolved.has(name)) return resolved.get(name);
    if (open.has(name)) throw new VariableError(name, circleError([...open, name]));
    open.add(name);
    const value = inVariable(name, () => evaluateAll(substitute(text, { get }), get));
    open.delete(name);
    resolved.set(name, value);
    return value;
  };
  try {
    return new Map([...texts.keys()].map((name) => [name, get(name) ?? ""]));
  } catch (error) {
    // Hundreds of variables that refer to each other in a row exhaust the stack.
    if (!(error instanceof RangeError)) throw error;
    throw new BasaltError("SUBSTITUTION_INVALID", "too many variables refer to each other in a row", { cause: error });
  }
}

/** What is wrong with the value of one variable. */
export class VariableError extends BasaltError {
  readonly variable: string;

  constructor(variable: string, { code, message, action, cause }: BasaltError) {
    super(code, message, { action, cause });
    this.variable = variable;
  }
}

/** The innermost variable is the one that is wrong. */
function inVariable(name: string, work: () => string): string {
  try {
    return work();
  } catch (error) {
    throw error instanceof BasaltError && !(error instanceof VariableError) ? new VariableError(name, error) : error;
  }
}

function circleError(chain: readonly string[]): BasaltError {
  const circle = chain.slice(chain.indexOf(chain.at(-1) ?? "")).join(" → ");
  return new BasaltError("SUBSTITUTION_INVALID", `variables refer to each other in a circle: ${circle}`);
}

/** Replaces the references of every string inside a value. */
export function substituteDeep(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") return substitute(value, variables);
  if (Array.isArray(value)) return value.map((item) => substituteDeep(item, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substituteDeep(item, variables)]));
}

function evaluateAll(text: string, get: (name: string) => string | undefined): string {
  // Behind the last brace no expression can end: looking for one from every beginning would take quadratic time.
  const end = text.lastIndexOf("}") + 1;
  const evaluated = replaceBounded(text.slice(0, end), EXPRESSION, (_whole, expression) =>
    String(evaluateExpression(expression, (name) => get(name.replace(/^definition\.vars\./, "")))),
  );
  return evaluated + text.slice(end);
}

/** As `replaceAll`, while the result does not grow without bound. @throws BasaltError `SUBSTITUTION_INVALID` */
function replaceBounded(
  text: string,
  pattern: RegExp,
  replace: (whole: string, first: string, second: string | undefined) => string,
): string {
  let length = text.length;
  return text.replaceAll(pattern, (whole: string, first: string, second: string | undefined) => {
    const value = replace(whole, first, second);
    length += value.length - whole.length;
    if (length > MAX_TEXT)
      throw new BasaltError("SUBSTITUTION_INVALID", `a value grows beyond ${MAX_TEXT} characters by substitution`);
    return value;
  });
}

function matchFirst(value: string, regex: string, whole: string): string {
  const fault = (why: string, cause?: unknown): BasaltError =>
    new BasaltError("SUBSTITUTION_INVALID", `the regular expression in ${whole} is ${why}`, { cause });
  const pattern = parseBoundedPattern(regex, fault);
  if (pattern.attempts(MAX_MATCHED) > MAX_ATTEMPTS) throw fault("too complex");
  if (value.length > MAX_MATCHED)
    throw new BasaltError(
      "SUBSTITUTION_INVALID",
      `${whole} cannot match a value of ${value.length} characters, only one of up to ${MAX_MATCHED}`,
    );
  const match = pattern.match(value);
  if (match === undefined)
    throw new BasaltError("SUBSTITUTION_INVALID", `${whole} does not match ${JSON.stringify(value)}`);
  return match;
}
