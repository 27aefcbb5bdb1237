// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareDebianVersions } from "./version.js";

/** Pairs that dpkg has ordered, beside the repository; other machines do not have them. */
const FOLDER = join(import.meta.dirname, "../../../../shared/feeds/version-order");

/** Lines `a < b`, `a = b`, `a > b`. */
function pairsOf(file: string): readonly { readonly a: string; readonly order: string; readonly b: string }[] {
  return readFileSync(join(FOLDER, file), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, a, order, b] = /^(\S+) ([<=>]) (\S+)$/.exec(line.trim()) ?? [];
      return a === undefined || order === undefined || b === undefined ? [] : [{ a, order, b }];
    });
}

describe.runIf(existsSync(FOLDER))("versions are ordered as in", () => {
  it.each([
    { file: "debian-versions.txt", pairs: 20 },
    { file: "debian-versions-generated.txt", pairs: 10_000 },
  ])("$file", ({ file, pairs }) => {
    const found = pairsOf(file);
    expect(found.length).toBeGreaterThan(pairs);
    const signs = { "-1": "<", "0": "=", "1": ">" } as const;
    const wrong = found.filter(({ a, order, b }) => signs[`${compareDebianVersions(a, b)}`] !== order);
    expect(wrong).toEqual([]);
  });
});
