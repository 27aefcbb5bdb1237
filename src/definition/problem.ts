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

/** In the order of their places, each once: what is wrong on two platforms is one problem. */
export function orderedProblems(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** What `definitionError` was made from; another error of a definition as one problem, at the file's start where it names no place. */
export function problemsOf(error: BasaltError, file: string): readonly Problem[] {
  if (error.cause instanceof ProblemList) return error.cause.problems;
  const name = `${file}:`;
  const start = error.message.indexOf(name);
  const place = /^([0-9]+):([0-9]+): /.exec(start === -1 ? "" : error.message.slice(start + name.length));
  const at = place === null ? { line: 1, column: 1 } : { line: Number(place[1]), column: Number(place[2]) };
  const message = error.message.replace(place === null ? "" : `${name}${place[0]}`, "");
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

/** All errors among `problems` as one: `DEFINITION_UNSUPPORTED` where nothing else is wrong, else `DEFINITION_INVALID`. */
export function definitionError(problems: readonly Problem[]): BasaltError {
  const ordered = orderedProblems(problems);
  const errors = ordered.filter((problem) => problem.severity === "error");
  const isOnlyUnsupported = errors.length > 0 && errors.every((problem) => problem.code === "DEFINITION_UNSUPPORTED");
  return new BasaltError(
    isOnlyUnsupported ? "DEFINITION_UNSUPPORTED" : "DEFINITION_INVALID",
    errors.map(formatProblem).join("\n"),
    { cause: new ProblemList(ordered) },
  );
}
