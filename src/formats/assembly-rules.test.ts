// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { ASSEMBLY_RULES, ruleVersions } from "./assembly-rules.js";

it("the versions of some rules are those of the table", () => {
  expect(ruleVersions(["tar", "layers"])).toEqual({ tar: ASSEMBLY_RULES.tar, layers: ASSEMBLY_RULES.layers });
});

it("no rules have no versions", () => {
  expect(ruleVersions([])).toEqual({});
});

it("versions are whole numbers from 1, and rules stand in order", () => {
  expect(Object.values(ASSEMBLY_RULES).every((version) => Number.isInteger(version) && version >= 1)).toBe(true);
  expect(Object.keys(ASSEMBLY_RULES)).toEqual(Object.keys(ASSEMBLY_RULES).toSorted());
});
