// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** One thing that is wrong with a definition, where it is. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly severity: "error" | "warning";
  /** Begins with `YAML_`, `SCHEMA_`, `DEFINITION_`, `PACKAGE_` or `INFO_`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** `file:line:column: code: message (hint)`. */
export function formatProblem(problem: Problem): string {
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.code}: ${problem.message}${hint}`;
}

/** All errors among `problems` as one. */
export function definitionError(problems: readonly Problem[]): BasaltError {
  const errors = problems.filter((problem) => problem.severity === "error").map(formatProblem);
  return new BasaltError("DEFINITION_INVALID", errors.join("\n"));
}
