// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { HAS_VERSION_PAIRS, misorderedOf, versionPairsOf } from "../../../test/support/version-pairs.js";
import { compareDebianVersions } from "./version.js";

describe.runIf(HAS_VERSION_PAIRS)("versions are ordered as in", () => {
  it.each([
    { file: "debian-versions.txt", pairs: 20 },
    { file: "debian-versions-generated.txt", pairs: 10_000 },
  ])("$file", ({ file, pairs }) => {
    const found = versionPairsOf(file);
    expect(found.length).toBeGreaterThan(pairs);
    expect(misorderedOf(found, compareDebianVersions)).toEqual([]);
  });
});
