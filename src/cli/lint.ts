// SPDX-License-Identifier: Apache-2.0
import { formatProblem, lintFiles, type LintResult } from "../definition/index.js";
import { formatSarif } from "../formats/sarif.js";
import type { CommandContext } from "./context.js";
import { formatOf, type FormatFlags } from "./output-format.js";
import { EXIT, type ExitCode } from "./exit.js";

type Format = "text" | "json" | "sarif";

/** `basalt lint`: every problem of every file. */
export async function runLint(
  paths: readonly string[],
  flags: FormatFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const format = formatOf<Format>(flags, ["text", "json", "sarif"]);
  const result = await lintFiles(paths, { today: context.host.now().toISOString().slice(0, 10) });
  context.console.print(formatResult(result, format, context));
  context.console.note(`${result.files} files, ${result.problems.length} problems\n`);
  return result.problems.length > 0 ? EXIT.failed : EXIT.ok;
}

function formatResult({ files, problems }: LintResult, format: Format, context: CommandContext): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ files, problems }, undefined, 2)}\n`;
    case "text":
      return problems.map((problem) => `${formatProblem(problem)}\n`).join("");
    case "sarif": {
      const results = problems.map((problem) => ({
        ruleId: problem.code,
        level: problem.severity,
        message: problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`,
        file: problem.file,
        line: problem.line,
        column: problem.column,
      }));
      return formatSarif({ version: context.version }, results);
    }
  }
}
