// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "examples", "migrate");
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Probe {
  readonly port?: number;
  readonly path?: string;
  readonly status?: number;
  readonly command?: readonly string[];
  readonly expect: string;
}

it("are a dozen and more, each in the table of the README", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| \[([a-z-]+)\]\(\1\)/gm)].map(([, name = ""]) => name);
  expect(new Set(rows)).toEqual(new Set(names));
  expect(rows).toHaveLength(names.length);
  expect(names.length).toBeGreaterThanOrEqual(12);
});

describe.each(names)("%s", (name) => {
  const dockerfile = readFileSync(join(root, name, "Dockerfile"), "utf8");
  const probe = JSON.parse(readFileSync(join(root, name, "probe.json"), "utf8")) as Probe;

  it("says how to tell that it works, on a port that it exposes", () => {
    expect(probe.expect).not.toBe("");
    if (probe.command !== undefined) return expect(Object.keys(probe)).toEqual(["command", "expect"]);
    expect(probe).toMatchObject({ path: expect.stringMatching(/^\//), status: 200 });
    const defaults = new Map([...dockerfile.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, key, value]) => [key, value]));
    const exposed = [...dockerfile.matchAll(/^EXPOSE (?:\$\{(\w+)\}|(\d+))/gm)].map(
      ([, variable, port]) => port ?? defaults.get(variable),
    );
    return expect(exposed).toContain(String(probe.port));
  });

  it("stands on official images, and keeps its own files out of them", () => {
    const stages = new Set([...dockerfile.matchAll(/^FROM .+ as (\w+)$/gim)].map(([, stage]) => stage));
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].flatMap(([, base = ""]) =>
      stages.has(base) ? [] : [base],
    );
    expect(bases).not.toEqual([]);
    for (const base of bases) expect(base).toMatch(/^[a-z]+:\d[\d.]*(?:-[a-z]+)?$/);
    expect(readFileSync(join(root, name, ".dockerignore"), "utf8").split("\n")).toContain("probe.json");
  });

  it("has locks that do not say where packages come from", () => {
    for (const lock of ["package-lock.json", "pnpm-lock.yaml", "Gemfile.lock", "Cargo.lock"]) {
      const path = join(root, name, lock);
      if (!existsSync(path)) continue;
      const text = readFileSync(path, "utf8");
      expect(text, lock).not.toMatch(/"resolved"|tarball:|^ +remote: http/m);
    }
  });
});
