// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { actionScript } from "./actions.js";

const scripts: readonly [
  summary: string,
  uses: string,
  inputs: Readonly<Record<string, unknown>>,
  lines: readonly string[],
][] = [
  [
    "patches in order",
    "patch@v1",
    { patches: ["a.patch", "b.patch"] },
    ["patch -p1 -i 'a.patch'", "patch -p1 -i 'b.patch'"],
  ],
  ["one patch, elsewhere", "patch@v1", { patch: "a", dir: "/src/x" }, ["cd '/src/x'", "patch -p1 -i 'a'"]],
  [
    "options as words",
    "patch@v1",
    { patches: "a\nb", options: "-p0 -R" },
    ["patch '-p0' '-R' -i 'a'", "patch '-p0' '-R' -i 'b'"],
  ],
  ["a patch for git", "git/patch@v1", { patch: "a" }, ["git apply  'a'"]],
  [
    "a commit",
    "git/checkout@v1",
    { "expected-commit": "abc", dir: "d" },
    ["cd 'd'", "test \"$(git rev-parse HEAD)\" = 'abc'"],
  ],
  [
    "names that a shell would read",
    "patch@v1",
    { patch: "a'; rm -rf /; '" },
    [`patch -p1 -i 'a'\\''; rm -rf /; '\\'''`],
  ],
];
it.each(scripts)("%s", (_summary, uses, inputs, lines) => {
  expect(actionScript({ uses, with: inputs })).toBe(`set -eu\n${lines.map((line) => `${line}\n`).join("")}`);
});

it("strips what is below a folder", () => {
  expect(actionScript({ uses: "strip@v1" })).toContain("find '/target' -type f");
  expect(actionScript({ uses: "strip@v1", with: { dir: "/opt/x y" } })).toContain("find '/opt/x y' -type f");
});

it.each(["go/build@v1", "patch@v2", "constructor", ""])("there is no script for %s", (uses) => {
  expect(actionScript({ uses, with: {} })).toBeUndefined();
});

it("an action without what it needs has no script", () => {
  expect(actionScript({ uses: "patch@v1", with: { patches: [] } })).toBeUndefined();
  expect(actionScript({ uses: "git/checkout@v1" })).toBeUndefined();
});
