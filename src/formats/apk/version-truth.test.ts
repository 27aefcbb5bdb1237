// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareApkVersions, isApkVersion } from "./version.js";

/** Pairs that apk has ordered, beside the repository; other machines do not have them. */
const FOLDER = join(import.meta.dirname, "../../../../shared/feeds/version-order");

/** What is no version: the file says itself that apk's own releases differ about such ones. */
const OTHER = ["1 1-ruff", "0.r1 0r2", "0.8.21.r2 0.8.21r2", "1-ruff2 1--ruff1"];

/** Lines `a < b`, `a = b`, `a > b`. */
function pairsOf(file: string): readonly { readonly a: string; readonly order: string; readonly b: string }[] {
  return readFileSync(join(FOLDER, file), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, a, order, b] = /^(\S+) ([<=>]) (\S+)$/.exec(line.trim()) ?? [];
      return a === undefined || order === undefined || b === undefined ? [] : [{ a, order, b }];
    });
}

function isOther({ a, b }: { readonly a: string; readonly b: string }): boolean {
  return OTHER.includes(`${a} ${b}`) && !(isApkVersion(a) && isApkVersion(b));
}

describe.runIf(existsSync(FOLDER))("versions are ordered as in", () => {
  it.each([
    { file: "alpine-versions.txt", pairs: 600 },
    { file: "alpine-versions-generated.txt", pairs: 13_000 },
  ])("$file", ({ file, pairs }) => {
    const found = pairsOf(file);
    expect(found.length).toBeGreaterThan(pairs);
    const signs = { "-1": "<", "0": "=", "1": ">" } as const;
    const wrong = found.filter(
      (pair) => !isOther(pair) && signs[`${compareApkVersions(pair.a, pair.b)}`] !== pair.order,
    );
    expect(wrong).toEqual([]);
  });
});
