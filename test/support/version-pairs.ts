// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Two versions, and how a distribution's own tool orders them: `<`, `=`, `>`. */
export interface VersionPair {
  readonly a: string;
  readonly order: string;
  readonly b: string;
}

/** Files of ordered pairs, beside the repository; other machines do not have them. */
const FOLDER = join(import.meta.dirname, "../../../shared/feeds/version-order");
export const HAS_VERSION_PAIRS = existsSync(FOLDER);

/** Lines `a < b`, `a = b`, `a > b`. */
export function versionPairsOf(file: string): readonly VersionPair[] {
  return readFileSync(join(FOLDER, file), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, a, order, b] = /^(\S+) ([<=>]) (\S+)$/.exec(line.trim()) ?? [];
      return a === undefined || order === undefined || b === undefined ? [] : [{ a, order, b }];
    });
}

/** Pairs that `compare` orders otherwise. */
export function misorderedOf(
  pairs: readonly VersionPair[],
  compare: (a: string, b: string) => -1 | 0 | 1,
): readonly VersionPair[] {
  const signs = { "-1": "<", "0": "=", "1": ">" } as const;
  return pairs.filter(({ a, order, b }) => signs[`${compare(a, b)}`] !== order);
}
