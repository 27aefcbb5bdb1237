// SPDX-License-Identifier: Apache-2.0

/** A Debian version in its parts. Source: deb-version(7). */
export interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  /** Empty where the version has none; such a version equals one with revision 0. */
  readonly revision: string;
}

const CODE_TILDE = "~".charCodeAt(0);

export function parseDebianVersion(text: string): DebianVersion {
  const colon = text.indexOf(":");
  const epochText = colon === -1 ? "" : text.slice(0, colon);
  const hasEpoch = /^[0-9]+$/.test(epochText);
  const rest = hasEpoch ? text.slice(colon + 1) : text;
  const dash = rest.lastIndexOf("-");
  return {
    epoch: hasEpoch ? Number(epochText) : 0,
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? "" : rest.slice(dash + 1),
  };
}

/** Orders two versions as dpkg does. Source: Debian Policy, 5.6.12; deb-version(7), "Sorting algorithm". */
export function compareDebianVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const left = parseDebianVersion(a);
  const right = parseDebianVersion(b);
  if (left.epoch !== right.epoch) return left.epoch < right.epoch ? -1 : 1;
  const upstream = comparePart(left.upstream, right.upstream);
  return upstream === 0 ? comparePart(left.revision, right.revision) : upstream;
}

/** Compares alternately the longest non-digit prefix, character by character, and the longest number. */
function comparePart(a: string, b: string): -1 | 0 | 1 {
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    while ((left < a.length && !isDigit(a, left)) || (right < b.length && !isDigit(b, right))) {
      const difference = weight(a, left) - weight(b, right);
      if (difference !== 0) return difference < 0 ? -1 : 1;
      left += 1;
      right += 1;
    }
    while (a[left] === "0") left += 1;
    while (b[right] === "0") right += 1;
    let firstDifference = 0;
    while (isDigit(a, left) && isDigit(b, right)) {
      if (firstDifference === 0) firstDifference = a.charCodeAt(left) - b.charCodeAt(right);
      left += 1;
      right += 1;
    }
    if (isDigit(a, left)) return 1;
    if (isDigit(b, right)) return -1;
    if (firstDifference !== 0) return firstDifference < 0 ? -1 : 1;
  }
  return 0;
}

/** Tilde before the end of the text, the end (and a digit) before letters, letters before all else. */
function weight(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0;
  const code = text.charCodeAt(index);
  if (code === CODE_TILDE) return -1;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code : code + 256;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index); // NaN beyond the end compares as false
  return code >= 48 && code <= 57;
}

/**
 * The version that upstream gave: without epoch, revision and the suffixes that Debian adds for repacked sources and for
 * updates of native packages. `1.3.dfsg+really1.3.1` is 1.3.1. Source: Debian Developer's Reference, 6.8.8.2; Policy 3.2.
 */
export function upstreamVersion(version: string): string {
  const upstream = parseDebianVersion(version).upstream;
  const really = /[+~]really(?<version>[0-9][^+~]*)/.exec(upstream)?.groups?.["version"];
  return (really ?? upstream).replace(/[+~.-](?:dfsg|ds|repack|deb[0-9]+u)[0-9]*.*$/, "");
}
