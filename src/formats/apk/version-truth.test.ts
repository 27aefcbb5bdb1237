// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { HAS_VERSION_PAIRS, misorderedOf, versionPairsOf } from "../../../test/support/version-pairs.js";
import { compareApkVersions, isApkVersion } from "./version.js";

/** What is no version: the file says itself that apk's own releases differ about such ones. */
const OTHER = ["1 1-ruff", "0.r1 0r2", "0.8.21.r2 0.8.21r2", "1-ruff2 1--ruff1"];

function isOther({ a, b }: { readonly a: string; readonly b: string }): boolean {
  return OTHER.includes(`${a} ${b}`) && !(isApkVersion(a) && isApkVersion(b));
}

describe.runIf(HAS_VERSION_PAIRS)("versions are ordered as in", () => {
  it.each([
    { file: "alpine-versions.txt", pairs: 600 },
    { file: "alpine-versions-generated.txt", pairs: 13_000 },
  ])("$file", ({ file, pairs }) => {
    const found = versionPairsOf(file);
    expect(found.length).toBeGreaterThan(pairs);
    expect(misorderedOf(found, compareApkVersions).filter((pair) => !isOther(pair))).toEqual([]);
  });
});
