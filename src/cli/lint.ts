// SPDX-License-Identifier: Apache-2.0
import { isAbsolute, relative, resolve } from "node:path";
import { formatProblem, lintFiles, type Definition, type LintResult, type Problem } from "../definition/index.js";
import { formatSarif } from "../formats/sarif.js";
import { checkPackages } from "../resolve/index.js";
import { parseMapping, type MappingFlags } from "./mapping-flags.js";
import type { CommandContext } from "./context.js";
import { formatOf, type FormatFlags } from "./output-format.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface LintFlags extends FormatFlags, MappingFlags {
  readonly packages?: boolean;
}

type Format = "text" | "json" | "sarif";

/** `basalt lint`: every problem of every file. */
export async function runLint(paths: readonly string[], flags: LintFlags, context: CommandContext): Promise<ExitCode> {
  const format = formatOf<Format>(flags, ["text", "json", "sarif"]);
  const { host, signal } = context;
  const options = { mapping: parseMapping(flags), signal };
  const check = async (definition: Definition): Promise<readonly Problem[]> => {
    const found = [];
    for (const platform of definition.platforms)
      found.push(...(await checkPackages(definition, platform, options, host)));
    return found;
  };
  const today = host.now().toISOString().slice(0, 10);
  const result = await lintFiles(paths, { today, ...(flags.packages === true ? { check } : {}) });
  context.console.print(formatResult(result, format, context));
  const others = result.passedOver > 0 ? `, ${result.passedOver} other YAML files passed over` : "";
  context.console.note(`${result.files} files, ${result.problems.length} problems${others}\n`);
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
        file: belowHere(problem.file),
        line: problem.line,
        column: problem.column,
      }));
      return formatSarif({ version: context.version }, results);
    }
  }
}

/** An absolute path of the working folder's as a relative one: services know files by their path in the repository. */
function belowHere(file: string): string {
  const below = relative(resolve("."), file);
  return isAbsolute(file) && below !== "" && !below.startsWith("..") ? below : file;
}
