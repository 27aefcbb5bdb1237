// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planAction, type PlannedAction } from "../../src/definition/actions/index.js";
import type { RawStep } from "../../src/definition/raw.js";

/** A step's plan, with what was reported as `CODE PATH: MESSAGE`. */
export function plan(
  step: RawStep,
  where: { readonly workDir?: string; readonly hasNetwork?: boolean } = {},
): { readonly planned: PlannedAction | undefined; readonly reported: readonly string[] } {
  const reported: string[] = [];
  const planned = planAction(step, { at: [], workDir: "/src", hasNetwork: false, ...where }, (path, code, message) => {
    reported.push(`${code} ${path.join(".")}: ${message}`);
    return [];
  });
  return { planned, reported };
}

/** The script of an action that has one. */
export function scriptOf(uses: string, inputs: Readonly<Record<string, unknown>> = {}): string {
  const { planned, reported } = plan({ uses, with: inputs });
  if (reported.length > 0) throw new Error(reported.join("\n"));
  if (planned?.work.kind !== "run") throw new Error(`${uses} has no script`);
  return planned.work.script;
}

export interface ScriptRun {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a script in a folder, with programs of its own (`name → text of a script`) before those of the machine. */
export function runScript(
  script: string,
  folder: string,
  {
    programs = {},
    env = {},
  }: { readonly programs?: Readonly<Record<string, string>>; readonly env?: Readonly<Record<string, string>> } = {},
): ScriptRun {
  const bin = join(folder, ".bin");
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
    chmodSync(join(bin, name), 0o755);
  }
  // The machine's own, where tests run with another PATH.
  const node = join(process.execPath, "..");
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", script], {
    cwd: folder,
    env: { PATH: `${bin}:/usr/bin:/bin:${node}`, HOME: folder, SOURCE_DATE_EPOCH: "1700000000", ...env },
    encoding: "utf8",
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Whether a shell can read a script. */
export function isShell(script: string): boolean {
  execFileSync("/bin/sh", ["-n", "-c", script]);
  return true;
}
