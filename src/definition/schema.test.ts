// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../host/paths.js";
import { parseLocatedYaml } from "./located-yaml.js";
import { validateSchema, type SchemaName } from "./schema.js";

const GOOD = `name: Test
image: test
tags: ["1"]
contents:
  packages: [base-files]
accounts:
  run-as: nonroot
os-release:
  id: debian
  version-id: "13"
`;

/** `line:column code` of each violation, in the order of their places. */
async function violations(text: string, schema: SchemaName = "definition"): Promise<readonly string[]> {
  const document = parseLocatedYaml(text, "some.yaml");
  expect(document.problems).toEqual([]);
  const problems = await validateSchema(document, schema);
  expect(problems.every(({ file, severity }) => file === "some.yaml" && severity === "error")).toBe(true);
  return problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe("definitions", () => {
  it("a small definition has no violation", async () => {
    expect(await violations(GOOD)).toEqual([]);
  });

  const wholes = [
    { summary: "an empty file is not a map", text: "", expected: ["1:1 SCHEMA_TYPE"] },
    { summary: "a text is not a map", text: "hello\n", expected: ["1:1 SCHEMA_TYPE"] },
    { summary: "a list is not a map", text: "# comment\n- a\n", expected: ["2:1 SCHEMA_TYPE"] },
    {
      summary: "every key that is missing is reported",
      text: "name: x\n",
      expected: Array(5).fill("1:1 SCHEMA_REQUIRED"),
    },
  ];
  it.each(wholes)("$summary", async ({ text, expected }) => {
    expect(await violations(text)).toEqual(expected);
  });

  const replaced = [
    { summary: "a number as tag", from: 'tags: ["1"]', to: "tags: [a, 22]", expected: ["3:11 SCHEMA_TYPE"] },
    { summary: "no tag at all", from: 'tags: ["1"]', to: "tags: []", expected: ["3:1 SCHEMA_MIN_ITEMS"] },
    { summary: "an empty tag", from: 'tags: ["1"]', to: 'tags: ["1", ""]', expected: ["3:13 SCHEMA_MIN_LENGTH"] },
    { summary: "a text for a list", from: 'tags: ["1"]', to: "tags: one", expected: ["3:1 SCHEMA_TYPE"] },
    { summary: "nothing for a list", from: 'tags: ["1"]', to: "tags:", expected: ["3:1 SCHEMA_TYPE"] },
    { summary: "an empty name", from: "name: Test", to: 'name: ""', expected: ["1:1 SCHEMA_MIN_LENGTH"] },
    { summary: "a list as name", from: "name: Test", to: "name: [a]", expected: ["1:1 SCHEMA_TYPE"] },
    { summary: "an unknown distribution", from: "id: debian", to: "id: ubuntu", expected: ["9:3 SCHEMA_ENUM"] },
    { summary: "a number as release", from: 'version-id: "13"', to: "version-id: 13", expected: ["10:3 SCHEMA_TYPE"] },
    { summary: "a list as user", from: "run-as: nonroot", to: "run-as: [a]", expected: ["7:3 SCHEMA_TYPE"] },
    { summary: "a fraction as user", from: "run-as: nonroot", to: "run-as: 1.5", expected: ["7:3 SCHEMA_TYPE"] },
    {
      summary: "a package with a blank",
      from: "[base-files]",
      to: "[base-files, a b]",
      expected: ["5:26 SCHEMA_PATTERN"],
    },
    { summary: "a package that is a path", from: "[base-files]", to: "[./a.deb]", expected: ["5:14 SCHEMA_PATTERN"] },
    {
      summary: "a package that is an option",
      from: "[base-files]",
      to: "[--force]",
      expected: ["5:14 SCHEMA_PATTERN"],
    },
    { summary: "an empty pin", from: "[base-files]", to: "[a=]", expected: ["5:14 SCHEMA_PATTERN"] },
    {
      summary: "an unknown key of contents",
      from: "packages:",
      to: "package:",
      expected: ["5:3 SCHEMA_ADDITIONAL_PROPERTIES"],
    },
  ];
  it.each(replaced)("$summary", async ({ from, to, expected }) => {
    expect(GOOD).toContain(from);
    expect(await violations(GOOD.replace(from, to))).toEqual(expected);
  });

  const added = [
    {
      summary: "an unknown key, where it stands",
      lines: "entry-point: [a]",
      expected: ["11:1 SCHEMA_ADDITIONAL_PROPERTIES"],
    },
    {
      summary: "two unknown keys, each where it stands",
      lines: "one: 1\ntwo: 2",
      expected: ["11:1 SCHEMA_ADDITIONAL_PROPERTIES", "12:1 SCHEMA_ADDITIONAL_PROPERTIES"],
    },
    { summary: "an unknown variant", lines: "variant: prod", expected: ["11:1 SCHEMA_ENUM"] },
    {
      summary: "an unknown platform",
      lines: "platforms: [linux/amd64, linux/arm/v7]",
      expected: ["11:26 SCHEMA_ENUM"],
    },
    {
      summary: "a platform twice",
      lines: "platforms: [linux/amd64, linux/amd64]",
      expected: ["11:26 SCHEMA_UNIQUE_ITEMS"],
    },
    { summary: "no platform", lines: "platforms: []", expected: ["11:1 SCHEMA_MIN_ITEMS"] },
    { summary: "a day that is none", lines: "dates:\n  release: 24.11.2026", expected: ["12:3 SCHEMA_PATTERN"] },
    { summary: "a number as variable", lines: "vars:\n  A: 1", expected: ["12:3 SCHEMA_TYPE"] },
    { summary: "a truth as environment", lines: "environment:\n  A: x\n  B: true", expected: ["13:3 SCHEMA_TYPE"] },
    { summary: "a relative folder", lines: "work-dir: app", expected: ["11:1 SCHEMA_PATTERN"] },
    { summary: "a signal that is none", lines: "stop-signal: quit", expected: ["11:1 SCHEMA_PATTERN"] },
    { summary: "a command that is no list", lines: "cmd: node app.js", expected: ["11:1 SCHEMA_TYPE"] },
    { summary: "a port that is a number", lines: "ports: [80]", expected: ["11:9 SCHEMA_TYPE"] },
    { summary: "a port of an unknown protocol", lines: "ports: ['80/http']", expected: ["11:9 SCHEMA_PATTERN"] },
    { summary: "a port of too many digits", lines: "ports: ['123456']", expected: ["11:9 SCHEMA_PATTERN"] },
    { summary: "a relative volume", lines: "volumes: [/a, data]", expected: ["11:15 SCHEMA_PATTERN"] },
    {
      summary: "a path of an unknown kind",
      lines: "paths:\n  - type: folder\n    path: /a",
      expected: ["12:5 SCHEMA_ENUM"],
    },
    {
      summary: "a path without its kind, in the second item",
      lines: "paths:\n  - type: delete\n    path: /a\n  - path: /b",
      expected: ["14:5 SCHEMA_REQUIRED"],
    },
    {
      summary: "a mode that is a number",
      lines: "paths:\n  - type: directory\n    path: /a\n    mode: 0755",
      expected: ["14:5 SCHEMA_TYPE"],
    },
    {
      summary: "a mode that is not octal",
      lines: "paths:\n  - type: directory\n    path: /a\n    mode: '0789'",
      expected: ["14:5 SCHEMA_PATTERN"],
    },
    {
      summary: "a negative user of a path",
      lines: "paths:\n  - type: directory\n    path: /a\n    uid: -1",
      expected: ["14:5 SCHEMA_MINIMUM"],
    },
    {
      summary: "a user of a path that is too large",
      lines: "paths:\n  - type: directory\n    path: /a\n    gid: 4294967295",
      expected: ["14:5 SCHEMA_MAXIMUM"],
    },
    {
      summary: "a key of all objects is unknown as well",
      lines: "constructor: 1",
      expected: ["11:1 SCHEMA_ADDITIONAL_PROPERTIES"],
    },
  ];
  it.each(added)("$summary", async ({ lines, expected }) => {
    expect(await violations(`${GOOD}${lines}\n`)).toEqual(expected);
  });

  it("all violations of a file are reported at once", async () => {
    const text = `${GOOD.replace("image: test", "image: 5")}variant: prod\nunknown: 1\nports: [80]\n`;
    expect(await violations(text)).toEqual([
      "2:1 SCHEMA_TYPE",
      "11:1 SCHEMA_ENUM",
      "12:1 SCHEMA_ADDITIONAL_PROPERTIES",
      "13:9 SCHEMA_TYPE",
    ]);
  });

  it("documents that are checked at once do not mix their violations", async () => {
    const texts = [GOOD, `${GOOD}variant: prod\n`, GOOD, `${GOOD}unknown: 1\n`];
    expect(await Promise.all(texts.map((text) => violations(text)))).toEqual([
      [],
      ["11:1 SCHEMA_ENUM"],
      [],
      ["11:1 SCHEMA_ADDITIONAL_PROPERTIES"],
    ]);
  });
});

describe("catalogue entries", () => {
  const info = "metadata:\n  display-name: Test\n  short-description: A test\n";
  const cases = [
    { summary: "a small entry has no violation", text: info, expected: [] },
    { summary: "an empty file is not a map", text: "", expected: ["1:1 SCHEMA_TYPE"] },
    { summary: "an entry without metadata", text: "advisories: []\n", expected: ["1:1 SCHEMA_REQUIRED"] },
    {
      summary: "metadata without names",
      text: "metadata:\n  featured: true\n",
      expected: ["1:1 SCHEMA_REQUIRED", "1:1 SCHEMA_REQUIRED"],
    },
    {
      summary: "an unknown category",
      text: `${info}  categories: [security, games]\n`,
      expected: ["4:26 SCHEMA_ENUM"],
    },
    { summary: "an unknown key", text: `${info}  icon: x\n`, expected: ["4:3 SCHEMA_ADDITIONAL_PROPERTIES"] },
    { summary: "a text as truth", text: `${info}  featured: yes\n`, expected: ["4:3 SCHEMA_TYPE"] },
    {
      summary: "a tool without a name",
      text: `${info}  included-tools:\n    - description: x\n`,
      expected: ["5:7 SCHEMA_REQUIRED"],
    },
    {
      summary: "a short description that is long",
      text: info.replace("A test", "x".repeat(401)),
      expected: ["3:3 SCHEMA_MAX_LENGTH"],
    },
  ];
  it.each(cases)("$summary", async ({ text, expected }) => {
    expect(await violations(text, "info")).toEqual(expected);
  });
});

/** Where a property has no description: editors show it beside the key. */
function undescribed(schema: unknown, at = ""): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const properties = key === "properties" ? Object.entries(value as Readonly<Record<string, object>>) : [];
    const own = properties.filter(([, property]) => !("description" in property)).map(([name]) => `${at}/${name}`);
    return [...own, ...undescribed(value, `${at}/${key}`)];
  });
}

it.each(["definition", "info"])("every key of the schema %s says what it is", (name) => {
  const text = readFileSync(join(packageRoot(), "schema", `${name}.schema.json`), "utf8");
  expect(undescribed(JSON.parse(text))).toEqual([]);
});
