// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";

/** What stands where in an index. */
export interface IndexOffsets {
  /** Package name → `[offset, length, …]` of its stanzas in bytes, one pair a version. */
  readonly packages: ReadonlyMap<string, readonly number[]>;
  /** Virtual package name → names of the packages that provide it, in index order. */
  readonly provides: ReadonlyMap<string, readonly string[]>;
  /** Every name → its place in the order in which the index names them first, in whatever field. */
  readonly mentions: ReadonlyMap<string, number>;
}

/**
 * Fields that name other packages, in the order in which apt reads them, whatever their order in the stanza. Source: apt,
 * `debListParser::NewVersion` in deblistparser.cc; the order of 2.6.1 and 3.0.4 was measured with an index that names packages
 * in all of them.
 */
const NAMING = [
  "Pre-Depends",
  "Depends",
  "Conflicts",
  "Breaks",
  "Recommends",
  "Suggests",
  "Replaces",
  "Enhances",
  "Provides",
];

const MANY_PROVIDERS = 32;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
const BAR = 0x7c;
const LONGEST_FIELD = Math.max(...NAMING.map((field) => field.length));
const INITIALS: ReadonlySet<number> = new Set(NAMING.map((field) => field.charCodeAt(0)));

/**
 * Finds the stanzas of a decompressed Packages file without parsing them: one pass over the bytes (bench/index.mjs has time and
 * memory). @throws BasaltError `CONTROL_INVALID`
 */
export function scanPackagesIndex(bytes: Buffer, name: string): IndexOffsets {
  const packages = new Map<string, number[]>();
  const providers = new Providers();
  const mentions = new Map<string, number>();
  const mention = (one: string): void => {
    if (!mentions.has(one)) mentions.set(one, mentions.size);
  };
  for (let offset = 0; offset < bytes.length;) {
    const blank = bytes.indexOf("\n\n", offset, "latin1");
    const end = blank === -1 ? bytes.length : blank + 1;
    const packageName = packageAt(bytes, offset);
    if (packageName === "")
      throw new BasaltError("CONTROL_INVALID", `${name} has a stanza without Package at byte ${offset}`);
    const offsets = packages.get(packageName);
    if (offsets === undefined) packages.set(packageName, [offset, end - offset]);
    else offsets.push(offset, end - offset);
    mention(packageName);
    const fields = namingFields(bytes, offset, end);
    for (const field of fields) if (field !== undefined) namesIn(field, mention);
    const provided = fields.at(-1);
    if (provided !== undefined) namesIn(provided, (virtual) => providers.add(virtual, packageName));
    offset = end;
    while (bytes[offset] === NEWLINE) offset += 1;
  }
  return { packages, provides: providers.byName, mentions };
}

function packageAt(bytes: Buffer, start: number): string {
  const prefix = "Package: ";
  if (bytes.toString("latin1", start, start + prefix.length) !== prefix) return "";
  const newline = bytes.indexOf(NEWLINE, start);
  return bytes.toString("latin1", start + prefix.length, newline === -1 ? bytes.length : newline);
}

/** The values of the fields in `NAMING`, in that order. */
function namingFields(bytes: Buffer, start: number, end: number): readonly (string | undefined)[] {
  const values: (string | undefined)[] = NAMING.map(() => undefined);
  for (let line = start; line < end;) {
    let next = lineAfter(bytes, line, end);
    while (next < end && bytes[next] === SPACE) next = lineAfter(bytes, next, end);
    const index = namingAt(bytes, line);
    if (index !== -1) values[index] = bytes.toString("latin1", line + (NAMING[index]?.length ?? 0) + 1, next);
    line = next;
  }
  return values;
}

function lineAfter(bytes: Buffer, start: number, end: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 ? end : newline + 1;
}

/** Which field of `NAMING` begins here. */
function namingAt(bytes: Buffer, start: number): number {
  if (!INITIALS.has(bytes[start] ?? 0)) return -1;
  const text = bytes.toString("latin1", start, start + LONGEST_FIELD + 1);
  const colon = text.indexOf(":");
  return colon === -1 ? -1 : NAMING.indexOf(text.slice(0, colon));
}

/** Tells the names of a field: each is followed by a bound or a qualifier, or by nothing, before the next comma or bar. */
function namesIn(field: string, tell: (name: string) => void): void {
  let start = -1; // of the name that is being read
  let isRead = false; // the name of this part was told
  for (let at = 0; at <= field.length; at += 1) {
    const code = field.charCodeAt(at); // NaN at the end
    if (isNameCode(code)) {
      if (start === -1) start = at;
      continue;
    }
    if (start !== -1 && !isRead) {
      tell(field.slice(start, at));
      isRead = true;
    }
    start = -1;
    if (code === COMMA || code === BAR) isRead = false;
  }
}

/** Letters, digits, and `+`, `-` and `.`. Source: Debian Policy, 5.6.7. */
function isNameCode(code: number): boolean {
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return isLetter || (code >= 48 && code <= 57) || code === 0x2b || code === 0x2d || code === 0x2e;
}

/** Providers of names, each once, in index order. */
class Providers {
  readonly byName = new Map<string, string[]>();
  /** Of names with many providers, for which looking through the list would take long; a set for each name would take memory. */
  readonly #sets = new Map<string, Set<string>>();

  add(name: string, provider: string): void {
    const list = this.byName.get(name);
    if (list === undefined) this.byName.set(name, [provider]);
    else if (list.at(-1) !== provider && !this.#has(name, list, provider)) list.push(provider);
  }

  #has(name: string, list: readonly string[], provider: string): boolean {
    if (list.length < MANY_PROVIDERS) return list.includes(provider);
    const set = this.#sets.get(name) ?? new Set(list);
    this.#sets.set(name, set);
    const isKnown = set.has(provider);
    set.add(provider);
    return isKnown;
  }
}
