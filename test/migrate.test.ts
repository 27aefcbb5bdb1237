// SPDX-License-Identifier: Apache-2.0
// Dockerfiles before and after, each a folder of test/migrate. UPDATE_MIGRATE=1 writes what is after: read every change of it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDockerfile } from "../src/formats/dockerfile/parse.js";
import {
  formatReport,
  loadMappings,
  migrateDockerfile,
  readContext,
  RULES,
  type Migration,
} from "../src/migrate/index.js";
import { readStages } from "../src/migrate/stages.js";

const FOLDER = join(import.meta.dirname, "migrate");
const REGISTRY = "registry.example";
/** Dockerfiles of others, beside the repository. */
const OTHERS = join(import.meta.dirname, "..", "..", "shared", "dockerfiles");

const mappings = await loadMappings();
const names = readdirSync(FOLDER).toSorted();

async function migrate(folder: string, text: string): Promise<Migration> {
  const context = existsSync(join(folder, "context")) ? await readContext(join(folder, "context")) : undefined;
  return migrateDockerfile(text, mappings, { registry: REGISTRY, ...(context === undefined ? {} : { context }) });
}

function expectSound({ text }: Migration): void {
  const { final } = readStages(parseDockerfile(text));
  expect(final.instructions.filter(({ keyword }) => keyword === "RUN" || keyword === "SHELL")).toEqual([]);
  expect(final.writtenBase).toMatch(/^registry\.example\/[a-z-]+:[a-zA-Z0-9_.-]+(?<!-dev)$/);
}

describe("Dockerfiles before and after", () => {
  it.each(names)("%s", async (name) => {
    const folder = join(FOLDER, name);
    const before = readFileSync(join(folder, "before.Dockerfile"), "utf8");
    const migration = await migrate(folder, before);
    const after = { text: migration.text, report: formatReport(migration, "Dockerfile") };
    if (process.env["UPDATE_MIGRATE"] === "1") {
      writeFileSync(join(folder, "after.Dockerfile"), after.text);
      writeFileSync(join(folder, "report.txt"), after.report);
    }
    expect(after.text).toBe(readFileSync(join(folder, "after.Dockerfile"), "utf8"));
    expect(after.report).toBe(readFileSync(join(folder, "report.txt"), "utf8"));
    if (migration.isChanged) expectSound(migration);
    const again = await migrate(folder, migration.text);
    expect(again.text).toBe(migration.text);
    expect(again.changes).toEqual([]);
  });

  it("show every rule at least twice", async () => {
    const counts = new Map<string, number>();
    for (const name of names) {
      const migration = await migrate(
        join(FOLDER, name),
        readFileSync(join(FOLDER, name, "before.Dockerfile"), "utf8"),
      );
      for (const rule of new Set([...migration.changes, ...migration.findings].map((each) => each.rule)))
        counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(Object.keys(RULES).filter((rule) => (counts.get(rule) ?? 0) < 2)).toEqual([]);
  });
});

describe.skipIf(!existsSync(OTHERS))("Dockerfiles of others", () => {
  const files = existsSync(OTHERS) ? readdirSync(OTHERS).filter((name) => name.endsWith(".Dockerfile")) : [];

  it.each(files)("%s", async (name) => {
    const migration = await migrate("", readFileSync(join(OTHERS, name), "utf8"));
    expect(migration.isChanged).toBe(true);
    expectSound(migration);
    expect((await migrate("", migration.text)).text).toBe(migration.text);
  });
});
