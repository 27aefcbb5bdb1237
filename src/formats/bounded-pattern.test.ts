// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isQuickPattern } from "./bounded-pattern.js";

const MIB = 1024 * 1024;

describe("an expression is quick", () => {
  const cases: readonly { regex: string; maxText: number; expected: boolean }[] = [
    { regex: "^v22", maxText: 100 * MIB, expected: true },
    { regex: "v22", maxText: MIB, expected: true },
    { regex: "a.*b", maxText: 10_000, expected: true },
    { regex: "a.*b", maxText: MIB, expected: false },
    { regex: "^a.*b", maxText: MIB, expected: true },
    { regex: "^a.*b|c", maxText: MIB, expected: false },
    { regex: "a*b*c*d", maxText: 100, expected: true },
    { regex: "a*b*c*d", maxText: 1000, expected: false },
    { regex: "(a+)+$", maxText: 1, expected: false },
    { regex: "(?=a)b", maxText: 1, expected: false },
    { regex: String.raw`(a)\1`, maxText: 1, expected: false },
    { regex: "a".repeat(201), maxText: 1, expected: false },
  ];
  it.each(cases)("$regex on $maxText characters: $expected", ({ regex, maxText, expected }) => {
    expect(isQuickPattern(regex, maxText)).toBe(expected);
  });
});
