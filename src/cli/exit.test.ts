// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { BasaltError, ERRORS, type ErrorCode } from "../errors.js";
import { EXIT, toFailure } from "./exit.js";

describe("how a failure is told", () => {
  it("has code, message and what to do, on one line", () => {
    const failure = toFailure(new BasaltError("FILE_NOT_FOUND", "there is no file x"));
    expect(failure).toEqual({ code: 1, text: "error: FILE_NOT_FOUND: there is no file x; check the path" });
  });

  it("wrong usage is 64, all else is 1", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[])
      expect(toFailure(new BasaltError(code, "x")).code, code).toBe(code === "USAGE" ? EXIT.usage : EXIT.failed);
  });

  it("whoever throws may know better what to do", () => {
    const failure = toFailure(new BasaltError("USAGE", "no terminal", { action: "pipe it in" }));
    expect(failure.text).toBe("error: USAGE: no terminal; pipe it in");
  });

  it("every code says what to do in one line", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[])
      expect(toFailure(new BasaltError(code, "x")).text, code).toMatch(/^error: [A-Z0-9_]+: x; [^\n]+$/);
  });

  const DEFECTS = [
    { summary: "an error of the program", thrown: new TypeError("x is not a function"), says: "x is not a function" },
    { summary: "text that was thrown", thrown: "oops", says: "oops" },
    { summary: "nothing that was thrown", thrown: undefined, says: "undefined" },
  ];

  it.each(DEFECTS)("a defect asks to be reported: $summary", ({ thrown, says }) => {
    const { code, text } = toFailure(thrown);
    expect(code).toBe(1);
    expect(text).toMatch(/^error: INTERNAL: /);
    expect(text).toContain(says);
    expect(text).toMatch(/please report it$/);
  });
});
