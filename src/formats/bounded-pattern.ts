// SPDX-License-Identifier: Apache-2.0

/** A regular expression of somebody else, whose matching ends soon. */
export interface BoundedPattern {
  /** The first group, or the whole match; undefined where nothing matches. */
  readonly match: (text: string) => string | undefined;
  /** In how many ways matching a text of `length` characters may begin anew in the worst case. */
  readonly attempts: (length: number) => number;
}

/** Why a regular expression is not used. */
export type PatternFault = "too complex" | "malformed";

/** How often matching may begin anew in the worst case: a fraction of a second. */
export const MAX_ATTEMPTS = 100_000_000;

const MAX_REGEX = 200; // characters
/** Groups that are repeated, what looks around, and references back: the forms that make backtracking explode. */
const EXPLOSIVE_REGEX = /\)[+*{]|\(\?[=!<]|\\[1-9]/;

/**
 * Reads a regular expression that comes with a definition. Texts that are matched must be bounded by `attempts`.
 * @throws what `fail` makes of the reason
 */
export function parseBoundedPattern(
  regex: string,
  fail: (why: PatternFault, cause?: unknown) => Error,
): BoundedPattern {
  if (isExplosive(regex)) throw fail("too complex");
  let compiled: RegExp;
  try {
    compiled = new RegExp(regex, "u");
  } catch (cause) {
    throw fail("malformed", cause);
  }
  return {
    match: (text) => {
      const match = compiled.exec(text);
      return match === null ? undefined : (match[1] ?? match[0]);
    },
    attempts: (length) => attemptsOf(regex, length),
  };
}

/** Whether a regular expression of a definition ends soon on any text of up to `length` characters. */
export function isQuickPattern(regex: string, length: number): boolean {
  return !isExplosive(regex) && attemptsOf(regex, length) <= MAX_ATTEMPTS;
}

function isExplosive(regex: string): boolean {
  return regex.length > MAX_REGEX || EXPLOSIVE_REGEX.test(regex);
}

/** In how many ways repetitions can share out a value, times in how many ways choices can be made. */
function attemptsOf(regex: string, length: number): number {
  const count = (pattern: RegExp): number => regex.match(pattern)?.length ?? 0;
  // Without an anchor the engine begins anew at every character, which is as good as a repetition.
  const isAnchored = regex.startsWith("^") && !regex.includes("|");
  const repetitions = count(/[+*{]/g) + (isAnchored ? 0 : 1);
  let attempts = 2 ** count(/(?<!\()\?|\|/g);
  for (let n = 1; n <= repetitions; n += 1) attempts *= (length + n) / n;
  return attempts;
}
