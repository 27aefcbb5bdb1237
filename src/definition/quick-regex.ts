// SPDX-License-Identifier: Apache-2.0

const MAX_REGEX = 200; // characters
/** How often matching may begin anew in the worst case: a fraction of a second. */
const MAX_ATTEMPTS = 100_000_000;
/** Groups that are repeated, what looks around, and references back: the forms that make backtracking explode. */
const EXPLOSIVE_REGEX = /\)[+*{]|\(\?[=!<]|\\[1-9]/;

/** Whether a regular expression of a definition ends soon on any text of up to `maxText` characters. */
export function isQuickRegex(regex: string, maxText: number): boolean {
  return regex.length <= MAX_REGEX && !EXPLOSIVE_REGEX.test(regex) && attemptsOf(regex, maxText) <= MAX_ATTEMPTS;
}

/** In how many ways repetitions can share out a text, times in how many ways choices can be made. */
function attemptsOf(regex: string, maxText: number): number {
  const count = (pattern: RegExp): number => regex.match(pattern)?.length ?? 0;
  // Without an anchor the engine begins anew at every character, which is as good as a repetition.
  const isAnchored = regex.startsWith("^") && !regex.includes("|");
  const repetitions = count(/[+*{]/g) + (isAnchored ? 0 : 1);
  let attempts = 2 ** count(/(?<!\()\?|\|/g);
  for (let n = 1; n <= repetitions; n += 1) attempts *= (maxText + n) / n;
  return attempts;
}
