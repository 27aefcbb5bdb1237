// SPDX-License-Identifier: Apache-2.0
// One home, several builds and a prune at once, and all of them are killed at random moments, again and again.
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../fuzz/random.js";
import { basaltAt } from "./support/basalt.js";
import { ended, PROGRAM, start } from "./support/run.js";
import { homeWithDownloads } from "./support/shared.js";

const BUILDERS = 3;
const KILLS = 40;
const MAX_PAUSE_MS = 2500;

const DEFINITION = `
name: Cache
image: e2e-cache
variant: runtime
tags: ["1"]
platforms: [linux/amd64]
contents: { packages: [base-files, nginx] }
accounts: { root: true, run-as: root }
os-release: { name: Basalt (Debian), id: debian, version-id: "13", version-codename: trixie, pretty-name: Basalt }
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-cache-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A command that is started again whenever it ends or is killed. */
function keepRunning(args: readonly string[], home: string) {
  const outputs: string[] = [];
  const failures: string[] = [];
  const state: { child?: ChildProcess; isDone: boolean; isKilled: boolean } = { isDone: false, isKilled: false };
  const work = async (): Promise<void> => {
    while (!state.isDone) {
      const child = start(process.execPath, [PROGRAM, ...args], { env: { BASALT_HOME: home } });
      Object.assign(state, { child, isKilled: false });
      let [stdout, stderr] = ["", ""];
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const status = await ended(child);
      if (status === 0) outputs.push(stdout);
      else if (!state.isKilled) failures.push(`${args.join(" ")} ended with ${status}: ${stderr}`);
    }
  };
  return {
    outputs,
    failures,
    ended: work(),
    kill: () => {
      state.isKilled = true;
      state.child?.kill("SIGKILL");
    },
    finish: () => {
      state.isDone = true;
    },
  };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

it("builds and prunes that are killed again and again spoil nothing for each other", async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  const random = new Random(seed);
  const definition = join(folder, "cache.yaml");
  await writeFile(definition, DEFINITION);
  const build = ["build", definition, "--platform", "linux/amd64"];
  const expected = await (await homeWithDownloads(folder, "expected")).must(build);

  const { home } = await homeWithDownloads(folder, "shared");
  const builders = Array.from({ length: BUILDERS }, () => keepRunning(build, home));
  const pruner = keepRunning(["cache", "prune", "--all"], home);
  for (let kills = 0; kills < KILLS; kills += 1) {
    await pause(random.below(MAX_PAUSE_MS));
    random.pick([...builders, pruner]).kill();
  }
  const all = [...builders, pruner];
  for (const one of all) one.finish();
  await Promise.all(all.map(async (one) => one.ended));

  expect(all.flatMap((one) => one.failures)).toEqual([]);
  const built = builders.flatMap((one) => one.outputs);
  expect(new Set(built)).toEqual(new Set([expected]));
  console.log(`${built.length} builds and ${pruner.outputs.length} prunes went through`);

  const after = basaltAt(home);
  expect(await after.must(build)).toBe(expected);
  await after.must(["cache", "prune", "--all"]);
  const { kinds } = await after.json<{ readonly kinds: readonly unknown[] }>(["cache", "df", "--json"]);
  expect(kinds).toEqual([]);
  expect(await filesBelow(join(home, "cache"))).toEqual([]);
  expect(await after.must(build)).toBe(expected);
});

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
