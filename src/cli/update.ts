// SPDX-License-Identifier: Apache-2.0
import { findDefinitions, listDefinitionFiles } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { statIfAny } from "../host/files.js";
import { updateDefinitions, type Change, type Updated } from "../track/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, toFailure, type ExitCode } from "./exit.js";

export interface UpdateFlags {
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

/** `basalt update`: a line for each change, and for each file without one; problems do not stop it. `root` has the catalogue. */
export async function runUpdate(
  targets: readonly string[],
  flags: UpdateFlags,
  context: CommandContext,
  root = ".",
): Promise<ExitCode> {
  const { console, host, signal } = context;
  const isDryRun = flags.dryRun === true;
  const results: Updated[] = [];
  for await (const result of updateDefinitions(await filesOf(targets, root), { isDryRun, signal }, host)) {
    results.push(result);
    if (flags.json !== true) tell(result, context);
  }
  if (flags.json === true) console.print(toJson(results, isDryRun));
  if (results.some(({ problems }) => problems.length > 0)) return EXIT.failed;
  const isChanged = results.some(({ changes }) => changes.length > 0);
  return flags.exitCode === true && isChanged ? EXIT.conditionHolds : EXIT.ok;
}

/** Definitions of Basalt's own package are not changed unless their files are named. */
async function filesOf(targets: readonly string[], root: string): Promise<readonly string[]> {
  if (targets.length === 0) {
    const files = await listDefinitionFiles(root);
    if (files.length > 0) return files;
    throw new BasaltError("DEFINITION_NOT_FOUND", "there are no definitions below images and reference in this folder");
  }
  const files: string[] = [];
  for (const target of targets) {
    const isFile = /\.ya?ml$/.test(target) || (await statIfAny(target))?.kind === "file";
    files.push(...(isFile ? [target] : (await findDefinitions(target, [root])).map(({ file }) => file)));
  }
  return [...new Set(files)];
}

function tell({ file, trackers, changes, notes, problems }: Updated, { console }: CommandContext): void {
  for (const note of notes) console.note(`${file}: ${note}\n`);
  for (const problem of problems) console.note(`${toFailure(withFile(problem, file)).text}\n`);
  for (const change of changes) console.print(`${file}: ${formatChange(change)}\n`);
  if (changes.length > 0 || problems.length > 0) return;
  console.print(`${file}: ${trackers === 0 ? "tracks nothing" : "up to date"}\n`);
}

function withFile(problem: BasaltError, file: string): BasaltError {
  const { code, message, action } = problem;
  return message.includes(file) ? problem : new BasaltError(code, `${file}: ${message}`, { action });
}

function formatChange({ variable, platform, from, to, source }: Change): string {
  const where = platform === undefined ? source : `${source}, ${platform}`;
  return `${variable} ${from === "" ? '""' : from} -> ${to} (${where})`;
}

function toJson(results: readonly Updated[], isDryRun: boolean): string {
  const definitions = results.map(({ file, trackers, isWritten, changes, notes, problems }) => ({
    file,
    trackers,
    written: isWritten,
    changes,
    notes,
    problems: problems.map(({ code, message, action }) => ({ code, message, action })),
  }));
  return `${JSON.stringify({ dryRun: isDryRun, definitions }, undefined, 2)}\n`;
}
