// SPDX-License-Identifier: Apache-2.0

/** A version as tags write it: a name or `v` in front, numbers, and what follows. */
interface TagVersion {
  readonly numbers: readonly string[];
  readonly rest: string;
}

const VERSION = /^[^0-9]*([0-9]+(?:[._][0-9]+)*)(.*)$/s;
/** Words of versions before a release; `a1`, `b2`, `c3` are Python's. */
const BEFORE_RELEASE =
  /(?:^|[^a-z])(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|test|draft|[abc](?=[0-9]))(?![a-z])/i;

/** Whether a tag names a version before a release: `v1.0-rc.1`, `3.12.0b4`. */
export function isBeforeRelease(tag: string): boolean {
  const { rest } = parseTagVersion(tag);
  return BEFORE_RELEASE.test(rest.replace(/\+.*$/s, ""));
}

/**
 * Orders tags by their versions: number by number, missing ones as 0; versions before a release come before it, other suffixes
 * behind what has none, in the order of their letters and numbers. Agrees with semver.org 2.0.0, item 11, where both are such.
 */
export function compareTagVersions(a: string, b: string): -1 | 0 | 1 {
  const left = parseTagVersion(a);
  const right = parseTagVersion(b);
  for (let index = 0; index < Math.max(left.numbers.length, right.numbers.length); index += 1) {
    const difference = compareNumbers(left.numbers[index] ?? "0", right.numbers[index] ?? "0");
    if (difference !== 0) return difference;
  }
  const weight = weightOf(left.rest, a) - weightOf(right.rest, b);
  if (weight !== 0) return weight < 0 ? -1 : 1;
  return comparePieces(left.rest.replace(/\+.*$/s, ""), right.rest.replace(/\+.*$/s, ""));
}

function parseTagVersion(tag: string): TagVersion {
  const [, numbers, rest] = VERSION.exec(tag) ?? [];
  return { numbers: numbers?.split(/[._]/) ?? [], rest: numbers === undefined ? tag : (rest ?? "") };
}

function weightOf(rest: string, tag: string): number {
  if (isBeforeRelease(tag)) return -1;
  return rest.replace(/\+.*$/s, "") === "" ? 0 : 1;
}

/** Of any length. */
function compareNumbers(a: string, b: string): -1 | 0 | 1 {
  const left = a.replace(/^0+(?=.)/, "");
  const right = b.replace(/^0+(?=.)/, "");
  if (left.length !== right.length) return left.length < right.length ? -1 : 1;
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Letters by their code, numbers by their value, numbers before letters, the shorter first. */
function comparePieces(a: string, b: string): -1 | 0 | 1 {
  const left = a.match(/[0-9]+|[A-Za-z]+/g) ?? [];
  const right = b.match(/[0-9]+|[A-Za-z]+/g) ?? [];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index], right[index]];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    const areNumbers = [/^[0-9]/.test(one), /^[0-9]/.test(other)];
    if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] === true ? -1 : 1;
    const difference = areNumbers[0] === true ? compareNumbers(one, other) : one === other ? 0 : one < other ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
}
