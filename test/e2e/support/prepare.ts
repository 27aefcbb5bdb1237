// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { DOCKER, FEEDS, HAS_FEEDS, must, ROOT, run } from "./run.js";

const kept = process.env["BASALT_E2E_HOME"];
let home: string | undefined;

/**
 * Runs the demo as a newcomer would, once; all tests work with what it leaves. `BASALT_E2E_HOME` names a home to keep, for
 * whoever works on these tests.
 */
export async function setup(project: TestProject): Promise<void> {
  const engine = await run(DOCKER, ["version"]);
  if (engine.status !== 0)
    throw new Error(`these tests need a Docker engine: .ci/run installs and starts one\n${engine.stderr}`);
  home = kept ?? (await mkdtemp(join(tmpdir(), "basalt-e2e-")));
  const feeds = HAS_FEEDS ? ["--feeds", FEEDS] : [];
  const demoOutput = await must("npx", ["basalt", "demo", "--once", ...feeds], {
    cwd: ROOT,
    env: { BASALT_HOME: home },
  });
  project.provide("home", home);
  project.provide("demoOutput", demoOutput);
}

export async function teardown(): Promise<void> {
  if (kept === undefined && home !== undefined) await rm(home, { recursive: true, force: true });
}
