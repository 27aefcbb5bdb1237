// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { BasaltError } from "../errors.js";
import { definitionError, formatProblem, problemsOf, type Problem } from "./problem.js";

function problem(parts: Partial<Problem> = {}): Problem {
  return { file: "a.yaml", line: 3, column: 5, severity: "error", code: "SCHEMA_TYPE", message: "is wrong", ...parts };
}

describe("a problem on a line", () => {
  it("names the place first, as editors want it", () => {
    expect(formatProblem(problem())).toBe("a.yaml:3:5: SCHEMA_TYPE: is wrong");
  });

  it("ends in the hint", () => {
    expect(formatProblem(problem({ hint: "write it so" }))).toBe("a.yaml:3:5: SCHEMA_TYPE: is wrong (write it so)");
  });
});

describe("problems as an error", () => {
  it("all errors are in the message, a line each", () => {
    const error = definitionError([problem(), problem({ line: 4 })]);
    expect(error.code).toBe("DEFINITION_INVALID");
    expect(error.message.split("\n")).toEqual([
      "a.yaml:3:5: SCHEMA_TYPE: is wrong",
      "a.yaml:4:5: SCHEMA_TYPE: is wrong",
    ]);
  });

  it("warnings are not in the message", () => {
    const error = definitionError([problem({ severity: "warning" }), problem({ line: 4 })]);
    expect(error.message).toBe("a.yaml:4:5: SCHEMA_TYPE: is wrong");
  });

  it("the problems are had back from the error as they were", () => {
    const problems = [problem(), problem({ severity: "warning", hint: "mend it" })];
    expect(problemsOf(definitionError(problems), "other.yaml")).toEqual(problems);
  });
});

describe("other errors as a problem", () => {
  const cases = [
    {
      summary: "one without a place stands at the file's start",
      error: new BasaltError("EXPRESSION_INVALID", "#{x}: there is no x"),
      expected: { line: 1, column: 1, code: "DEFINITION_EXPRESSION_INVALID", message: "#{x}: there is no x" },
    },
    {
      summary: "the code is not prefixed twice",
      error: new BasaltError("DEFINITION_INVALID", "too long"),
      expected: { line: 1, column: 1, code: "DEFINITION_INVALID" },
    },
    {
      summary: "one with a place stands there",
      error: new BasaltError("DEFINITION_UNSUPPORTED", "cannot build dir/a.yaml:12:3: contents.builds"),
      expected: { line: 12, column: 3, code: "DEFINITION_UNSUPPORTED", message: "cannot build contents.builds" },
    },
    {
      summary: "a time in a message is no place",
      error: new BasaltError("DEFINITION_INVALID", "it is 12:30 o'clock"),
      expected: { line: 1, column: 1, message: "it is 12:30 o'clock" },
    },
  ];
  it.each(cases)("$summary", ({ error, expected }) => {
    expect(problemsOf(error, "dir/a.yaml")).toEqual([
      expect.objectContaining({ file: "dir/a.yaml", severity: "error", ...expected }),
    ]);
  });
});
