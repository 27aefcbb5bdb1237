// SPDX-License-Identifier: Apache-2.0
// What basalt migrate writes, read by BuildKit's own parser. It needs Go, and is skipped without.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mutate } from "../../fuzz/mutate.js";
import { Random } from "../../fuzz/random.js";
import { BasaltError } from "../../src/errors.js";
import { parseDockerfile } from "../../src/formats/dockerfile/parse.js";
import { loadMappings, migrateDockerfile } from "../../src/migrate/index.js";
import { must, ROOT, run } from "./support/run.js";

const SOURCE = join(ROOT, "test", "e2e", "buildkit");
const CASES = join(ROOT, "test", "migrate");
const SHARED = join(ROOT, "..", "shared", "dockerfiles");
const GO = ["/usr/local/go/bin/go", "/usr/bin/go"].find((path) => existsSync(path));
/** No toolchain is downloaded for this. */
const OFFLINE = { GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod" };
const isNewEnough = GO !== undefined && (await run(GO, ["list", "-m"], { cwd: SOURCE, env: OFFLINE })).status === 0;

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-buildkit-"));
  if (!isNewEnough) return;
  program = join(folder, "parse");
  await cp(SOURCE, join(folder, "source"), { recursive: true });
  await must(GO ?? "", ["build", "-o", program, "."], { cwd: join(folder, "source"), env: OFFLINE });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What BuildKit says of each text that it refuses, by number. */
async function refused(texts: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const where = await mkdtemp(join(folder, "texts-"));
  await mkdir(where, { recursive: true });
  for (const [index, text] of texts.entries()) await writeFile(join(where, String(index)), text);
  const { stdout, status } = await run(
    program,
    texts.map((_text, index) => String(index)),
    { cwd: where },
  );
  expect([0, 1]).toContain(status);
  return new Map(
    stdout
      .split("\n")
      .filter((line) => /^[0-9]+: /.test(line))
      .map((line) => [parseInt(line, 10), line.replace(/^[0-9]+: /, "")]),
  );
}

function casesOf(name: "before.Dockerfile" | "after.Dockerfile"): readonly string[] {
  return readdirSync(CASES).map((each) => readFileSync(join(CASES, each, name), "utf8"));
}

describe.runIf(isNewEnough)("BuildKit's parser", () => {
  it("refuses what is no Dockerfile", async () => {
    expect([...(await refused(["FROM a\n", "FROM a\nRUNN b\n", "RUN <<E\n"])).keys()]).toEqual([1, 2]);
  });

  it("reads every file of the corpus, before and after", async () => {
    expect(await refused([...casesOf("before.Dockerfile"), ...casesOf("after.Dockerfile")])).toEqual(new Map());
  });

  it("reads what every example and every file of others becomes", async () => {
    const mappings = await loadMappings();
    const examples = readdirSync(join(ROOT, "examples", "migrate")).filter((name) => !name.includes("."));
    const paths = [
      ...examples.map((name) => join(ROOT, "examples", "migrate", name, "Dockerfile")),
      ...(existsSync(SHARED) ? readdirSync(SHARED, { recursive: true, withFileTypes: true }) : [])
        .filter((entry) => entry.isFile() && /Dockerfile/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    ];
    const texts = paths.map(
      (path) => migrateDockerfile(readFileSync(path, "utf8"), mappings, { registry: "registry.example" }).text,
    );
    expect(texts.length).toBeGreaterThan(15);
    expect(await refused(texts)).toEqual(new Map());
  });

  it("takes whatever we take of files that were damaged", async () => {
    const context = { seeds: casesOf("before.Dockerfile").map((text) => Buffer.from(text)), tokens: TOKENS };
    const random = new Random(Number(process.env["BASALT_E2E_SEED"] ?? 20_261_125));
    const damaged = Array.from({ length: 2_000 }, () => mutate(random, context).toString("utf8").slice(0, MAX_LENGTH));
    const taken = damaged.filter(isTaken);
    expect(taken.length).toBeGreaterThan(200);
    const theirs = await refused(taken);
    expect([...theirs].map(([index, why]) => ({ text: taken[index], why }))).toEqual([]);
  });
});

const MAX_LENGTH = 20_000; // what floods a file is refused for its length
const TOKENS = ["\nRUN ", "\nFROM ", "\\\n", "<<EOF\n", "\nEOF\n", "--from=", " AS x\n", '["a", "b"]', "# escape=`\n"];

function isTaken(text: string): boolean {
  try {
    parseDockerfile(text);
    return true;
  } catch (error) {
    if (error instanceof BasaltError) return false;
    throw error;
  }
}
