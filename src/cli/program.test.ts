// SPDX-License-Identifier: Apache-2.0
import { CommanderError, type Command } from "commander";
import { describe, expect, it } from "vitest";
import { allCommands, parseRequest } from "../../test/support/commands.js";
import { createProgram } from "./program.js";

const PROGRAM = createProgram("1.2.3", () => undefined);

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

const COMMANDS = allCommands(PROGRAM).map((command) => ({ path: pathOf(command), command }));

describe("every command", () => {
  it.each(COMMANDS)("explains itself: $path", ({ path, command }) => {
    const help = command.helpInformation();
    expect(help).toMatch(new RegExp(`^Usage: ${path}\\b`));
    expect(help).toContain("-h, --help");
  });

  it.each(COMMANDS)("ends --help well and asks for nothing: $path", ({ path }) => {
    const argv = [...path.split(" ").slice(1), "--help"];
    let thrown: unknown;
    try {
      parseRequest(argv);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CommanderError);
    expect(thrown).toMatchObject({ exitCode: 0 });
  });

  it.each(COMMANDS)("says what each of its flags is for: $path", ({ command }) => {
    for (const option of command.options) expect(option.description, option.flags).toBeTruthy();
  });

  it("of the first level has a summary, for the list of commands", () => {
    for (const command of PROGRAM.commands)
      expect(command.summary() || command.description(), command.name()).toBeTruthy();
  });

  it("has flags whose names no other flag of it has", () => {
    for (const { command, path } of COMMANDS) {
      const names = command.options
        .flatMap((option) => [option.short, option.long])
        .filter((name) => name !== undefined);
      expect(new Set(names).size, path).toBe(names.length);
    }
  });
});

describe("what can be asked for", () => {
  const LINES = [
    "build node:22 static --platform linux/amd64,linux/arm64 --output oci-dir:out --load --push host/repo --json --offline",
    "build x.yaml --lock x.lock",
    "resolve node:22 --platform linux/arm64 -o x.lock --offline",
    "explain node:22 --platform linux/amd64 --json",
    "why node:22 libc6 --platform linux/amd64 --map-repository a=b --map-package c=d --pins ignore --offline --json",
    "lint images reference --json",
    "serve --host 0.0.0.0 --port 0 --public-url https://x.test --tls-cert a --tls-key b --no-anonymous-pull",
    "serve --anonymous-pull",
    "worker --drain",
    "user add jane --admin --password-stdin",
    "user list --json",
    "user remove jane",
    "token create --user jane --scope pull --repository team/* --expires 90d --json",
    "token list",
    "token revoke abc",
    "push node:22 host/node:22",
    "pull host/node:22 node",
    "copy node:22 archive://x.tar --referrers",
    "catalog list --search node --json",
    "catalog get node",
    "quickview node:22 --platform linux/amd64 --json",
    "qv node:22",
    "cves node:22 --format json --only-severity critical,high --only-fixed --only-cve-id CVE-1 --only-package a,b --show-suppressed --exit-code",
    "cves node:22 -e --explain CVE-2026-0001",
    "compare node:22 --to reference/node:22 --format markdown --ignore-unchanged --exit-on vulnerability,package",
    "compare node:22 --to x -x package",
    "db update",
    "db status --json",
    "db import a b --complete --as-of 2026-01-01",
    "db export file",
    "keys list",
    "gc --dry-run --json",
    "update",
    "update a.yaml node:22 --dry-run --exit-code --json",
    "demo --reference node:22 --feeds dir --once --port 0",
  ];

  it.each(LINES)("%s", (line) => {
    expect(parseRequest(line.split(" ")).work).toBeTypeOf("function");
  });

  it("--offline switches the network off, and only it does", () => {
    expect(parseRequest(["build", "x", "--offline"]).isOffline).toBe(true);
    expect(parseRequest(["build", "x"]).isOffline).toBe(false);
    expect(parseRequest(["serve"]).isOffline).toBe(false);
  });

  it("--database and --blobs hold for every command, before and after it", () => {
    const env = { BASALT_DATABASE_URL: "sqlite:a", BASALT_BLOBS_URL: "file:b" };
    expect(parseRequest(["--database", "sqlite:a", "--blobs", "file:b", "gc"]).env).toEqual(env);
    expect(parseRequest(["gc", "--database", "sqlite:a", "--blobs", "file:b"]).env).toEqual(env);
    expect(parseRequest(["gc"]).env).toEqual({});
  });

  const WRONG = [
    { line: "frobnicate", says: /unknown command/ },
    { line: "buil x", says: /Did you mean build\?/ },
    { line: "token create", says: /--user/ },
    { line: "compare a", says: /--to/ },
    { line: "build", says: /definition/ },
    { line: "push a", says: /target/ },
    { line: "cves a b", says: /too many arguments/ },
    { line: "lint x --frobnicate", says: /unknown option/ },
  ];

  it.each(WRONG)("is refused: $line", ({ line, says }) => {
    expect(() => parseRequest(line.split(" "))).toThrow(says);
  });
});
