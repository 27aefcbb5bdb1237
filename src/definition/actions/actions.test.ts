// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isShell, plan, scriptOf } from "../../../test/support/actions.js";
import { ACTIONS } from "./index.js";

type Inputs = Readonly<Record<string, unknown>>;

const scripts: readonly [summary: string, uses: string, inputs: Inputs, lines: readonly string[]][] = [
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
  expect(scriptOf(uses, inputs)).toBe(`set -eu\n${lines.map((line) => `${line}\n`).join("")}`);
});

it("strips what is below a folder", () => {
  expect(scriptOf("strip@v1")).toContain("find '/target' -type f");
  expect(scriptOf("strip@v1", { dir: "/opt/x y" })).toContain("find '/opt/x y' -type f");
});

it("those that ask the network by themselves are these, and only these", () => {
  const names = Object.entries(ACTIONS).flatMap(([name, { hasNetwork }]) => (hasNetwork === true ? [name] : []));
  expect(names.toSorted()).toEqual([
    "go/bump@v1",
    "go/bump@v2",
    "go/hermetic@v1",
    "npm/bump@v1",
    "yarn/bump@v1",
    "yarn/bump@v2",
  ]);
  const step = { uses: "go/build@v1", with: { packages: "." } };
  expect(plan(step).planned?.hasNetwork).toBe(false);
  expect(plan(step, { hasNetwork: true }).planned?.hasNetwork).toBe(true);
});

describe("what Basalt does itself", () => {
  it("a signature, with paths of the stage", () => {
    const inputs = { file: "a.tar", signature: "/k/a.asc", keys: ["k.asc"], "key-filter": "0x0123 4567 89ab cdef" };
    expect(plan({ uses: "gpg/verify@v1", with: inputs }, { workDir: "/src/x" }).planned?.work).toEqual({
      kind: "verify",
      file: "/src/x/a.tar",
      signature: "/k/a.asc",
      keys: ["/src/x/k.asc"],
      signers: ["0123456789ABCDEF"],
    });
  });

  it("a scan", () => {
    const inputs = { prefix: "web", source: "ui/node_modules", "extra-scanners": "a, b" };
    const expected = { kind: "scan", prefix: "web", source: "/src/ui/node_modules", scanners: ["a", "b"] };
    expect(plan({ uses: "sbom@v1", with: inputs }).planned?.work).toEqual(expected);
  });

  it("versions of a Maven project", () => {
    const inputs = { "mvn-root": "app", properties: "p.json", "dependencies-key": "dependencies", downgrade: true };
    expect(plan({ uses: "mvn/patch@v1", with: inputs }).planned?.work).toEqual({
      kind: "pom",
      file: "/src/app/pom.xml",
      properties: "/src/p.json",
      list: ["dependencies"],
      mayLower: true,
    });
  });

  it("nothing for declared software", () => {
    expect(plan({ uses: "spdx@v1", with: { name: "a" } })).toEqual({ planned: undefined, reported: [] });
  });
});

describe("reported is", () => {
  const cases: readonly (readonly [summary: string, uses: string, inputs: Inputs, reported: string])[] = [
    ["an unknown action", "patches@v1", {}, "DEFINITION_ACTION uses: there is no action patches@v1"],
    ["a name of JavaScript", "constructor", {}, "DEFINITION_ACTION uses: there is no action constructor"],
    [
      "one for packages",
      "abuild/build@v1",
      { anything: {} },
      "DEFINITION_UNSUPPORTED uses: abuild/build@v1 is for definitions of packages, which Basalt does not build",
    ],
    ["a missing input", "sbom@v1", {}, "DEFINITION_ACTION_INPUT uses: sbom@v1 needs with.prefix"],
    [
      "an empty list",
      "patch@v1",
      { patches: [] },
      "DEFINITION_ACTION_INPUT uses: patch@v1 needs with.patch or with.patches",
    ],
    ["an unknown input", "strip@v1", { dri: "a" }, "DEFINITION_ACTION_INPUT with.dri: strip@v1 has no input dri"],
    [
      "a list for a text",
      "strip@v1",
      { dir: ["a"] },
      "DEFINITION_ACTION_INPUT with.dir: with.dir of strip@v1 must be text",
    ],
    [
      "a map for a list",
      "patch@v1",
      { patches: { a: "b" } },
      "DEFINITION_ACTION_INPUT with.patches: with.patches of patch@v1 must be a list of texts",
    ],
    [
      "a word for a yes or no",
      "go/bump@v2",
      { tidy: "maybe" },
      "DEFINITION_ACTION_INPUT with.tidy: with.tidy of go/bump@v2 must be true or false",
    ],
    [
      "variables without a value",
      "go/build@v1",
      { output: "a", "extra-env": ["A"] },
      "DEFINITION_ACTION_INPUT with.extra-env: with.extra-env of go/build@v1 must be a map of texts, or a list of NAME=VALUE",
    ],
    [
      "a module without a version",
      "go/bump@v2",
      { deps: ["a.test/b"] },
      'DEFINITION_ACTION_INPUT with.deps: with.deps of go/bump@v2: "a.test/b" is not MODULE@VERSION',
    ],
    [
      "a short key id, which anybody can make a key for",
      "gpg/verify@v1",
      { file: "a", keys: "k", "key-filter": ["01234567"] },
      'DEFINITION_ACTION_INPUT with.key-filter: with.key-filter of gpg/verify@v1: "01234567" is neither a fingerprint nor a key id of 16 digits',
    ],
    [
      "an expansion without its end",
      "go/build@v1",
      { output: "a", ldflags: ["-X a=$(date"] },
      'DEFINITION_ACTION_INPUT with.ldflags: with.ldflags of go/build@v1: "-X a=$(date" has a quote or an expansion without its end',
    ],
  ];
  it.each(cases)("%s", (_summary, uses, inputs, expected) => {
    expect(plan({ uses, with: inputs }).reported).toEqual([expected]);
  });
});

/** One of each input, with what shells and quotes are sensitive to. */
const HOSTILE = `a'b"c\`d\\e $HOME $(printf '%s' "x)") \${HOME:-'}'} !*?[~#&|;<>()`;
const WITH_SCRIPTS = Object.entries(ACTIONS).filter(([name]) => !/^(?:spdx|gpg|sbom|mvn\/patch)/.test(name));
it.each(WITH_SCRIPTS.map(([name]) => name))("a shell reads the script of %s whatever the inputs are", (uses) => {
  const { inputs = {} } = ACTIONS[uses] ?? {};
  const values: Readonly<Record<string, unknown>> = {
    text: HOSTILE,
    list: [HOSTILE],
    flag: true,
    pairs: { A: HOSTILE },
  };
  const given = Object.fromEntries(Object.entries(inputs).map(([name, kind]) => [name, values[kind]]));
  const script = scriptOf(uses, {
    ...given,
    ...("deps" in given ? { deps: ["a@b'"], replaces: ["a'=b"], upgrade: [] } : {}),
  });
  expect(isShell(script)).toBe(true);
});
