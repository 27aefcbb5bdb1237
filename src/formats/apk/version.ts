// SPDX-License-Identifier: Apache-2.0

/** What a part of a version is; later kinds may follow earlier ones. Source: apk-tools 2.14, src/version.c. */
const PART = {
  /** A number after a dot: one with a leading zero is compared as text, as a fraction would be. */
  fraction: 0,
  digit: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  commit: 5,
  revision: 6,
  end: 7,
  /** After all others, so that what is no version is below what is one. Source: apk-tools 3, src/version.c. */
  invalid: 8,
} as const;
type Part = (typeof PART)[keyof typeof PART];

/** Source: apk-package(5), "pkgver". */
const VERSION =
  /^[0-9]+(?:\.[0-9]+)*(?:[a-z][0-9]*)?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(?:~[0-9a-f]+)?(?:-r[0-9]+)?$/;

const BEFORE = ["alpha", "beta", "pre", "rc"] as const;
const AFTER = ["cvs", "svn", "git", "hg", "p"] as const;
const MAX_DIGITS = 17; // a 64-bit number, as in apk-tools

interface Token {
  readonly value: bigint | number;
  /** The digits of a number after a dot. */
  readonly fraction?: string;
  /** What follows. */
  readonly next: Part;
  readonly rest: string;
}

/** Orders two versions as apk does; what is no version is ordered by its valid beginning. Source: apk-package(5), "pkgver". */
export function compareApkVersions(a: string, b: string): -1 | 0 | 1 {
  return compare(a, b, false);
}

/** Whether `version` begins with all parts of `prefix`: `1.2.3-r0` with `1.2`. Source: apk-world(5), "~". */
export function matchesApkVersion(version: string, prefix: string): boolean {
  return compare(version, prefix, true) === 0;
}

/** Whether text is a version as apk wants it. */
export function isApkVersion(text: string): boolean {
  return VERSION.test(text);
}

function compare(a: string, b: string, isFuzzy: boolean): -1 | 0 | 1 {
  if (a === b) return 0;
  let left: Token = { value: 0, next: PART.digit, rest: a };
  let right: Token = { value: 0, next: PART.digit, rest: b };
  while (
    left.next === right.next &&
    left.next !== PART.end &&
    left.next !== PART.invalid &&
    compareTokens(left, right) === 0
  ) {
    left = readToken(left.next, left.rest);
    right = readToken(right.next, right.rest);
  }
  const order = compareTokens(left, right);
  if (order !== 0) return order;
  if (left.next === right.next || (isFuzzy && right.next === PART.end)) return 0;
  // One goes on where the other ends: that is more, unless it is a suffix of what comes before a release.
  if (left.next === PART.suffix && readToken(left.next, left.rest).value < 0) return -1;
  if (right.next === PART.suffix && readToken(right.next, right.rest).value < 0) return 1;
  return left.next > right.next ? -1 : 1;
}

function compareTokens(a: Token, b: Token): -1 | 0 | 1 {
  const [left, right] = [a.fraction, b.fraction];
  const isText = left !== undefined && right !== undefined && (left.startsWith("0") || right.startsWith("0"));
  const [x, y] = isText ? [left, right] : [BigInt(a.value), BigInt(b.value)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function readToken(kind: Part, text: string): Token {
  if (text === "") return { value: 0, next: PART.end, rest: "" };
  switch (kind) {
    case PART.fraction:
    case PART.digit:
    case PART.suffixNumber:
    case PART.revision:
      return numberToken(kind, text);
    case PART.letter:
      return after(text.charCodeAt(0), kind, text.slice(1));
    case PART.suffix: {
      const before = BEFORE.findIndex((suffix) => text.startsWith(suffix));
      if (before !== -1) return after(before - BEFORE.length, kind, text.slice(BEFORE[before]?.length));
      const later = AFTER.findIndex((suffix) => text.startsWith(suffix));
      return later === -1 ? INVALID : after(later, kind, text.slice(AFTER[later]?.length));
    }
    case PART.commit: {
      const hash = /^[0-9a-f]+/.exec(text)?.[0] ?? "";
      return hash === "" ? INVALID : after(BigInt(`0x${hash}`), kind, text.slice(hash.length));
    }
    default:
      return INVALID;
  }
}

const INVALID: Token = { value: -1, next: PART.invalid, rest: "" };

function numberToken(kind: Part, text: string): Token {
  const digits = /^[0-9]*/.exec(text)?.[0] ?? "";
  if (digits.length > MAX_DIGITS) return INVALID;
  const token = after(digits === "" ? 0 : BigInt(digits), kind, text.slice(digits.length));
  return kind === PART.fraction ? { ...token, fraction: digits } : token;
}

/** A token, with what its rest begins with. */
function after(value: bigint | number, kind: Part, rest: string): Token {
  return rest === "" ? { value, next: PART.end, rest } : { value, ...nextPart(kind, rest) };
}

function nextPart(kind: Part, text: string): Pick<Token, "next" | "rest"> {
  const isDigit = /^[0-9]/.test(text);
  if ((kind === PART.digit || kind === PART.fraction) && /^[a-z]/.test(text)) return { next: PART.letter, rest: text };
  if (kind === PART.letter && isDigit) return { next: PART.digit, rest: text };
  if (kind === PART.suffix && isDigit) return { next: PART.suffixNumber, rest: text };
  const [next, length] = separatorOf(text);
  const mayFollow =
    next >= kind ||
    (next === PART.fraction && kind === PART.digit) ||
    (next === PART.suffix && kind === PART.suffixNumber);
  return mayFollow ? { next, rest: text.slice(length) } : { next: PART.invalid, rest: text.slice(length) };
}

function separatorOf(text: string): readonly [Part, length: number] {
  if (text.startsWith(".")) return [PART.fraction, 1];
  if (text.startsWith("_")) return [PART.suffix, 1];
  if (text.startsWith("~")) return [PART.commit, 1];
  return text.startsWith("-r") ? [PART.revision, 2] : [PART.invalid, 1];
}
