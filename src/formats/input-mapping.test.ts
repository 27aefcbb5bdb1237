// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { isNoMapping, isPinned, NO_MAPPING, PIN_MODES, type PinMode } from "./input-mapping.js";

const pins: readonly [summary: string, version: string, pin: string, modes: readonly PinMode[]][] = [
  ["the same version", "1.2-3", "1.2-3", ["exact", "ignore-rebuild", "ignore-suffix", "ignore"]],
  ["a rebuild of it", "1.2-3+b5", "1.2-3", ["ignore-rebuild", "ignore-suffix", "ignore"]],
  ["another rebuild of it", "1.2-3+b5", "1.2-3+b1", ["ignore-rebuild", "ignore-suffix", "ignore"]],
  [
    "a rebuild of a stable update of it",
    "1-1+deb13u1+b2",
    "1-1+deb13u1",
    ["ignore-rebuild", "ignore-suffix", "ignore"],
  ],
  ["a stable update of it", "8.14.1-2+deb13u7", "8.14.1-2+deb13u4", ["ignore-suffix", "ignore"]],
  ["a stable update before it", "20250419~deb12u2", "20250419~deb12u1", ["ignore-suffix", "ignore"]],
  ["what others made of it", "5.2.37-2+b5", "5.2.37-2+dhi1", ["ignore-suffix", "ignore"]],
  ["several suffixes", "1-1+deb13u1+b2", "1-1", ["ignore-suffix", "ignore"]],
  ["another Debian revision", "1.2-4", "1.2-3", ["ignore"]],
  ["another upstream version", "1.3-3+b5", "1.2-3+b5", ["ignore"]],
  ["a version that begins like it", "1.2-3.1", "1.2-3", ["ignore"]],
  ["another epoch", "1:1.2-3", "1.2-3", ["ignore"]],
  ["a suffix of upstream's", "1.2+beta1-3", "1.2-3", ["ignore"]],
];
it.each(pins)("%s", (_summary, version, pin, modes) => {
  expect(PIN_MODES.filter((mode) => isPinned(version, pin, mode))).toEqual(modes);
});

it("a mapping that maps nothing is none", () => {
  expect(isNoMapping(NO_MAPPING)).toBe(true);
  expect(isNoMapping({ ...NO_MAPPING, pins: "ignore" })).toBe(false);
  expect(isNoMapping({ ...NO_MAPPING, packages: { a: "b" } })).toBe(false);
  expect(isNoMapping({ ...NO_MAPPING, repositories: { a: "b" } })).toBe(false);
});
