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

/** What `definitionError` was made from; another error of a definition as one problem at the file's start. */
export function problemsOf(error: BasaltError, file: string): readonly Problem[] {
  if (error.cause instanceof ProblemList) return error.cause.problems;
  const located = /^(?<before>.*?)(?<file>\S+):(?<line>[0-9]+):(?<column>[0-9]+): (?<after>.*)$/s.exec(
    error.message,
  )?.groups;
  const at =
    located === undefined
      ? { line: 1, column: 1 }
      : { line: Number(located["line"]), column: Number(located["column"]) };
  const message = located === undefined ? error.message : `${located["before"] ?? ""}${located["after"] ?? ""}`;
  return [{ file, ...at, severity: "error", code: `DEFINITION_${error.code.replace(/^DEFINITION_/, "")}`, message }];
}

/** Several problems as the cause of one error. */
class ProblemList extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`${problems.length} problems`);
    this.problems = problems;
  }
}

/** All errors among `problems` as one. */
export function definitionError(problems: readonly Problem[]): BasaltError {
  const errors = problems.filter((problem) => problem.severity === "error").map(formatProblem);
  return new BasaltError("DEFINITION_INVALID", errors.join("\n"), { cause: new ProblemList(problems) });
}
