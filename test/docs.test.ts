// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Command } from "commander";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RULES } from "../src/migrate/rules.js";
import { createProgram } from "../src/cli/program.js";
import { ACTIONS } from "../src/definition/actions/index.js";
import { ERRORS } from "../src/errors.js";
import { ASSEMBLY_RULES } from "../src/formats/assembly-rules.js";

/** `npm run docs:update` writes what is generated; without it the files must already say that. */
const isUpdate = process.env["UPDATE_DOCS"] === "1";
const root = join(import.meta.dirname, "..");
const program = createProgram("0", () => undefined);

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files below some folders, by the end of their names. */
function filesBelow(folders: readonly string[], ending: RegExp): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== ".", encoding: "utf8" })
      .filter((name) => ending.test(name) && !name.includes("node_modules"))
      .map((name) => join(folder, name)),
  );
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { meaning, action }]) => `| \`${code}\` | ${meaning} | ${action} |`);
  return [
    "# Errors",
    "",
    "Every error that a command or the server reports has one of these codes. A command that fails prints one line,",
    "`error: CODE: what and where; what to do`, and ends with 1 (64 for `USAGE`).",
    "",
    "<!-- Made from src/errors.ts by `npm run docs:update`. -->",
    "",
    "| code | what it says | what to do |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function commandsPage(): string {
  const parts = leafCommands(program).map(({ name, command }) => {
    const help = command.createHelp();
    const rows = [
      ...help.visibleArguments(command).map((one) => `| \`${help.argumentTerm(one)}\` | ${one.description} |`),
      ...help
        .visibleOptions(command)
        .filter((one) => one.long !== "--help")
        .map((one) => `| \`${one.flags}\` | ${help.optionDescription(one)} |`),
    ];
    const usage = `basalt ${name} ${command.usage().replace("[options] ", "").replace("[options]", "")}`.trim();
    const table = rows.length === 0 ? [] : ["", "| argument or option | meaning |", "| --- | --- |", ...rows];
    return [`## \`${usage}\``, "", command.description() || command.summary(), ...table, ""].join("\n");
  });
  const common = program.options
    .filter((one) => one.long !== "--version")
    .map((one) => `- \`${one.flags}\`: ${one.description}`);
  return [
    "# Commands",
    "",
    "Progress and notes go to standard error, results to standard output; `--json` prints one JSON document and nothing else.",
    "A command ends with 0 when it is done, 1 when it failed (docs/errors.md), 2 when a condition that was asked about holds,",
    "and 64 when it was called wrongly. Every command takes:",
    "",
    ...common,
    "",
    "<!-- Made from src/cli/program.ts by `npm run docs:update`. -->",
    "",
    parts.join("\n"),
  ].join("\n");
}

interface NamedCommand {
  readonly name: string;
  readonly command: Command;
}

function leafCommands(command: Command, prefix = ""): readonly NamedCommand[] {
  return command.commands.flatMap((child) => {
    const name = `${prefix}${child.name()}`;
    return child.commands.length > 0 ? leafCommands(child, `${name} `) : [{ name, command: child }];
  });
}

const generated = [
  { path: "docs/errors.md", make: errorsPage },
  { path: "docs/cli.md", make: commandsPage },
];
it.each(generated)("$path says what the code says", ({ path, make }) => {
  const text = make();
  if (isUpdate) writeFileSync(join(root, path), text);
  expect(read(path)).toBe(text);
});

it("docs/assembly-rules.md describes every rule in its version", () => {
  const described = [...read("docs/assembly-rules.md").matchAll(/^## `([a-z-]+)`, version ([0-9]+)$/gm)];
  expect(Object.fromEntries(described.map(([, name, version]) => [name, Number(version)]))).toEqual(ASSEMBLY_RULES);
});

/** `NAME INPUTS NETWORK` of each action. */
function sortedLines(actions: readonly (readonly [string, readonly string[], boolean])[]): readonly string[] {
  return actions.map(([name, words, network]) => `${name} ${[...words].toSorted().join(" ")} ${network}`).toSorted();
}

it("docs/actions.md has every action with its inputs", () => {
  const rows = read("docs/actions.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const described = rows.flatMap((row) => {
    const [, names = "", inputs = "", , network = ""] = row.split("|");
    const words = [...inputs.replaceAll(/\(`[^`]*`\)/g, "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
    return [...names.matchAll(/`([^`]+)`/g)].map(
      ([, name = ""]) => [name, words, network.trim() === "network"] as const,
    );
  });
  const known = Object.entries(ACTIONS).map(
    ([name, { inputs, hasNetwork = false }]) => [name, Object.keys(inputs), hasNetwork] as const,
  );
  expect(sortedLines(described)).toEqual(sortedLines(known));
});

it("docs/environment.md has every variable that the code reads", () => {
  const found = filesBelow(["src"], /(?<!\.test)\.ts$/).flatMap((path) => [
    ...read(path).matchAll(/env\["([A-Z_]+)"\]/g),
  ]);
  const described = read("docs/environment.md").matchAll(/^\| +`([^|]+)`/gm);
  const names = [...described].flatMap(([, cell = ""]) => cell.split("`, `"));
  expect(new Set(names)).toEqual(new Set(found.map(([, name]) => name)));
});

it("every dependency that a user installs is justified, and nothing else is", () => {
  const manifest = JSON.parse(read("package.json")) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const installed = [
    ...Object.keys(manifest["dependencies"] ?? {}),
    ...Object.keys(manifest["optionalDependencies"] ?? {}),
  ];
  const justified = [...read("docs/decisions/0001-dependencies.md").matchAll(/^\| `([^`]+)` +\|/gm)];
  expect(new Set(justified.map(([, name]) => name))).toEqual(new Set(installed));
});

it("every dependency is one exact version that is used", () => {
  const manifest = JSON.parse(read("package.json")) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const sources = filesBelow(["src", "web"], /\.tsx?$/)
    .map(read)
    .join("\n");
  for (const kind of ["dependencies", "optionalDependencies", "devDependencies"]) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      expect(version, name).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+$/);
      if (kind !== "devDependencies") expect(sources.includes(`"${name}`), `${name} is imported`).toBe(true);
    }
  }
});

it("errors name only commands that exist", () => {
  const names = leafCommands(program).map(({ name }) => name);
  const actions = Object.values(ERRORS).map(({ action }) => action);
  for (const action of actions) {
    for (const [, words = ""] of action.matchAll(/\bbasalt ((?:[a-z]+ ?)+)/g)) {
      const isCommand = words.startsWith("help") || names.some((name) => `${words} `.startsWith(`${name} `));
      expect(isCommand, `basalt ${words}`).toBe(true);
    }
  }
});

const pages = filesBelow([".", "docs", "examples"], /\.md$/);
it.each(pages)("links of %s lead somewhere", (page) => {
  for (const [, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(?:https?:|#|mailto:)/.test(target)) continue;
    expect(existsSync(join(root, dirname(page), target.replace(/#.*$/, ""))), target).toBe(true);
  }
});

it("ARCHITECTURE.md stays one page, CONTRIBUTING.md a short read", () => {
  expect(read("ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(150);
  expect(read("CONTRIBUTING.md").split("\n").length).toBeLessThanOrEqual(80);
});

it("docs/migrate.md has every rule", () => {
  const rows = [...read("docs/migrate.md").matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)].map(([, rule, text]) => [
    rule,
    text,
  ]);
  expect(rows).toEqual(Object.entries(RULES));
});
