// SPDX-License-Identifier: Apache-2.0
import type { EventEmitter } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { packageRoot } from "../host/paths.js";

interface Ended {
  readonly code: string | number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

let runs = 0;

/** Loads the program once more, with this command line and environment, as `node` would. */
async function basalt(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onLoaded: (listener: (error: Error) => void) => void = () => undefined,
): Promise<Ended> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const writes = [
    vi.spyOn(process.stdout, "write").mockImplementation((text) => stdout.push(String(text)) > 0),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0),
  ];
  vi.stubEnv("BASALT_HOME", temporaryFolder());
  vi.stubEnv("NO_COLOR", "1");
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const before = { argv: process.argv, exitCode: process.exitCode };
  const listeners = keepListeners();
  process.argv = [process.execPath, "basalt", ...argv];
  runs += 1;
  try {
    await import(/* @vite-ignore */ `${join(import.meta.dirname, "main.ts")}?run=${runs}`);
    for (const listener of listeners.added()) onLoaded(listener);
    return { code: process.exitCode, stdout: stdout.join(""), stderr: stderr.join("") };
  } finally {
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    listeners.restore();
    writes.forEach((spy) => spy.mockRestore());
  }
}

/** A program listens until it ends; this process goes on. */
function keepListeners(): {
  /** On errors of stdout. */
  readonly added: () => readonly ((error: Error) => void)[];
  readonly restore: () => void;
} {
  const known = [
    [process.stdout, "error"],
    [process, "SIGINT"],
    [process, "SIGTERM"],
  ] as const satisfies readonly (readonly [EventEmitter, string])[];
  const before = known.map(([emitter, event]) => (emitter as EventEmitter).listeners(event));
  return {
    added: () => process.stdout.listeners("error").filter((item) => before[0]?.includes(item) !== true) as never,
    restore: () => {
      for (const [index, [emitter, event]] of known.entries())
        for (const listener of (emitter as EventEmitter).listeners(event))
          if (before[index]?.includes(listener) !== true)
            (emitter as EventEmitter).removeListener(event, listener as (...parts: unknown[]) => void);
    },
  };
}

function fileWith(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("how the program ends", () => {
  it("with 0 when all is done", async () => {
    expect(await basalt(["db", "status"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("with 1 when it failed, and one line that says what, where and what to do", async () => {
    const path = join(temporaryFolder(), "none.json");
    const ended = await basalt(["db", "import", path]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toBe(`error: FILE_NOT_FOUND: there is no file ${path}; check the path\n`);
  });

  it("with 1 when lint found errors, each on a line of stdout", async () => {
    const path = fileWith("bad.yaml", definitionText({ variant: "other" }));
    const ended = await basalt(["lint", path]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^\S+:[0-9]+:[0-9]+: SCHEMA_[A-Z]+: .+\n$/);
    expect(ended.stdout.startsWith(`${path}:`)).toBe(true);
  });

  it("with one line, though a definition has several errors", async () => {
    const path = fileWith("bad.yaml", definitionText({ variant: "other", tags: 5, image: 7 }));
    const ended = await basalt(["resolve", path]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^error: DEFINITION_INVALID: /m);
    expect(ended.stderr.split("\n").filter((line) => line.startsWith("error: "))).toHaveLength(1);
    expect(ended.stderr.trimEnd().split("\n").at(-1)).toMatch(/^error: DEFINITION_INVALID: .+; .+$/);
  });

  const USAGE = [
    { summary: "an unknown command", argv: ["frobnicate"], says: /unknown command 'frobnicate'/ },
    { summary: "a command that is nearly one", argv: ["bulid"], says: /Did you mean build\?/ },
    { summary: "an unknown command of a group", argv: ["db", "improt", "x"], says: /Did you mean import\?/ },
    {
      summary: "an unknown flag",
      argv: ["lint", ".", "--jsno"],
      says: /unknown option '--jsno'.*Did you mean --json\?/,
    },
    { summary: "a missing argument", argv: ["lint"], says: /missing required argument 'path'/ },
    { summary: "a missing flag", argv: ["compare", "a"], says: /required option '--to <image>'/ },
    { summary: "an argument too many", argv: ["keys", "list", "x"], says: /too many arguments/ },
    { summary: "a flag without its value", argv: ["compare", "a", "--to"], says: /argument missing/ },
    {
      summary: "a database that this version cannot use",
      argv: ["db", "status", "--database", "postgres://x"],
      says: /sqlite:PATH/,
    },
    { summary: "a date that is none", argv: ["db", "import", "x", "--as-of", "soon"], says: /--as-of takes a date/ },
    { summary: "help on what does not exist", argv: ["help", "bulid"], says: /bulid/ },
  ];

  it.each(USAGE)("with 64 and one line for wrong usage: $summary", async ({ argv, says }) => {
    const ended = await basalt(argv);
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).toMatch(/^error: USAGE: [^\n]+\n$/);
    expect(ended.stderr).toMatch(says);
  });
});

describe("help", () => {
  it("is on stdout, and good", async () => {
    for (const argv of [["--help"], ["help"], ["help", "build"], ["db", "--help"], ["db", "help", "import"]]) {
      const ended = await basalt(argv);
      expect([ended.code, ended.stderr], argv.join(" ")).toEqual([0, ""]);
      expect(ended.stdout, argv.join(" ")).toMatch(/^Usage: basalt /);
    }
  });

  const WITHOUT = [
    { summary: "without a command", argv: [] },
    { summary: "with a group only", argv: ["db"] },
    { summary: "with another group only", argv: ["user"] },
  ];

  it.each(WITHOUT)("is shown $summary, which is wrong usage all the same", async ({ argv }) => {
    const ended = await basalt(argv);
    expect(ended.code).toBe(64);
    expect(ended.stdout + ended.stderr).toMatch(/Usage: basalt/);
    expect(ended.stderr).not.toContain("(outputHelp)");
  });
});

it("says its version", async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string };
  expect(await basalt(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("flags that every command has", () => {
  it("go before the environment, wherever they stand", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "other.db");
    for (const argv of [
      ["--database", `sqlite:${path}`, "user", "list", "--json"],
      ["user", "list", "--json", "--database", `sqlite:${path}`],
    ]) {
      const ended = await basalt(argv, { BASALT_DATABASE_URL: `sqlite:${join(folder, "not-this.db")}` });
      expect(ended).toMatchObject({ code: 0, stdout: '{\n  "users": []\n}\n' });
    }
    expect(readFileSync(path).length).toBeGreaterThan(0);
    expect(() => readFileSync(join(folder, "not-this.db"))).toThrow();
  });
});

it("a reader that went away is no failure", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  await basalt(["--version"], {}, (added) => added.call(process.stdout, gone));
  expect(exit.mock.calls).toEqual([[0]]);
});
