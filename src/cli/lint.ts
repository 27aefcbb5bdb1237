// SPDX-License-Identifier: Apache-2.0
import { lintFiles } from "../definition/index.js";
import { formatProblem } from "../definition/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

/** `basalt lint`: every problem of every file. */
export async function runLint(
  paths: readonly string[],
  flags: { readonly json?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { files, problems } = await lintFiles(paths);
  if (flags.json === true) context.console.print(`${JSON.stringify({ files, problems }, undefined, 2)}\n`);
  else context.console.print(problems.map((problem) => `${formatProblem(problem)}\n`).join(""));
  context.console.note(`${files} files, ${problems.length} problems\n`);
  return problems.some((problem) => problem.severity === "error") ? EXIT.failed : EXIT.ok;
}
