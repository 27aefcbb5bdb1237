// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { MAX_ATTEMPTS, parseBoundedPattern } from "../formats/bounded-pattern.js";
import { invalid } from "./finding.js";

/** A text that a regular expression takes, and what of it: the first group, or the whole match. */
export interface Matched {
  readonly text: string;
  readonly part: string;
}

const MAX_NAME = 100; // characters of a version or tag; longer ones are passed over
const MAX_LINE = 1_000; // characters of a line of a file; as above

/** The versions or tags that match; all of them where there is no expression. @throws BasaltError `TRACK_INVALID` */
export function matchNames(names: readonly string[], regex: string | undefined): readonly Matched[] {
  const short = names.filter((name) => name.length <= MAX_NAME);
  return regex === undefined ? short.map((text) => ({ text, part: text })) : [...matching(short, regex)];
}

/** The first line of a text that matches, as what the expression takes of it. @throws BasaltError `TRACK_INVALID` */
export function matchLine(text: string, regex: string): string | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.length <= MAX_LINE);
  return matching(lines, regex).next().value?.part;
}

function* matching(texts: readonly string[], regex: string): Generator<Matched, undefined> {
  const fault = (why: string, cause?: unknown): BasaltError =>
    invalid(`the regular expression ${JSON.stringify(regex)} is ${why}`, cause);
  const pattern = parseBoundedPattern(regex, fault);
  let attempts = 0;
  for (const text of texts) {
    attempts += pattern.attempts(text.length);
    if (attempts > MAX_ATTEMPTS) throw fault(`too complex for ${texts.length} texts; begin it with ^`);
    const part = pattern.match(text);
    if (part !== undefined) yield { text, part };
  }
}

/** What a variable gets: a part of what was found, where it has an expression of its own. @throws BasaltError `TRACK_NOTHING` */
export function partOf(value: string, { variable, match }: Target<string>): string {
  if (match === undefined) return value;
  const [matched] = matchNames([value], match);
  if (matched !== undefined) return matched.part;
  throw new BasaltError("TRACK_NOTHING", `${variable}: ${JSON.stringify(match)} does not match ${value}`);
}

/** A variable, and what of the finding it gets. */
export interface Target<V extends string> {
  readonly variable: string;
  readonly value: V;
  readonly match?: string;
}

/** `set` in its long form. */
export function targetsOf<V extends string>(
  set: string | readonly { readonly var: string; readonly value: V; readonly match?: string }[],
  usual: V,
): readonly Target<V>[] {
  if (typeof set === "string") return [{ variable: set, value: usual }];
  return set.map(({ var: variable, value, match }) => ({
    variable,
    value,
    ...(match === undefined ? {} : { match }),
  }));
}

/** `set` as a map of variables to texts. @throws BasaltError `TRACK_INVALID` */
export function textsOf({
  type,
  set,
}: Extract<RawTracker, { readonly set: object }>): readonly (readonly [string, string])[] {
  return Object.entries(set as Readonly<Record<string, unknown>>).map(([variable, text]) => {
    if (typeof text !== "string") throw invalid(`${type}: set.${variable} must be text`);
    return [variable, text] as const;
  });
}
