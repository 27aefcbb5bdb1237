// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { editDistance, nearNames } from "./near-names.js";

const NAMES = [
  "nginx",
  "nginx-core",
  "libssl3t64",
  "libssl-dev",
  "python3.13",
  "nodejs",
  "curl",
  "cut",
  "tar",
  "zlib1g",
];

const near: readonly {
  readonly summary: string;
  readonly name: string;
  readonly expected: readonly string[];
}[] = [
  { summary: "a letter that is wrong", name: "ngimx", expected: ["nginx"] },
  { summary: "letters that are swapped", name: "crul", expected: ["curl"] },
  { summary: "a letter that is missing at the end goes before others", name: "cur", expected: ["curl", "cut"] },
  { summary: "a letter too many", name: "nginxx", expected: ["nginx"] },
  { summary: "another version of the name", name: "python3.11", expected: ["python3.13"] },
  { summary: "a library whose name has t64 now", name: "libssl3", expected: ["libssl3t64"] },
  { summary: "another version goes before two letters that are wrong", name: "zlib2g", expected: ["zlib1g"] },
  { summary: "a version that Debian does not write", name: "nodejs-22", expected: ["nodejs"] },
  { summary: "the beginning of names, shorter ones first", name: "libssl", expected: ["libssl3t64", "libssl-dev"] },
  { summary: "a short name of other letters is nobody's typing error", name: "awk", expected: [] },
  { summary: "a name like nothing", name: "frobnicator", expected: [] },
];
it.each(near)("near names: $summary", ({ name, expected }) => {
  expect(nearNames(name, NAMES)).toEqual(expected);
});

it("no more are told than asked for", () => {
  const names = Array.from({ length: 20 }, (_, index) => `name${index}`);
  expect(nearNames("name", names)).toHaveLength(3);
  expect(nearNames("name", names, 5)).toHaveLength(5);
});

const distances = [
  ["", "", 0],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
] as const;
it.each(distances)("from %j to %j it is %i steps, and back", (a, b, expected) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([expected, expected]);
});
