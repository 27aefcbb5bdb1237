// SPDX-License-Identifier: Apache-2.0

const BASE = "http://mirror.invalid/debian/";
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Whether a path stays below the URL that it is resolved against: printable ASCII, no `..` in any spelling, no other host. */
export function isPathBelow(path: string): boolean {
  const parts = path.split(/[/\\]/);
  if (!PRINTABLE.test(path) || parts.includes("..") || !URL.canParse(path, BASE)) return false;
  return new URL(path, BASE).href.startsWith(BASE);
}
