// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testClock } from "../../test/support/clock.js";
import { testConsole, type TestConsole } from "../../test/support/commands.js";
import { BasaltError, type ErrorCode } from "../errors.js";
import { createSteps, type Steps } from "./steps.js";

interface Shown {
  readonly console: TestConsole;
  readonly steps: Steps;
  readonly takes: <T>(ms: number, value: T) => () => Promise<T>;
}

function show(isLive: boolean): Shown {
  const clock = testClock();
  const console = testConsole({ isLive });
  const steps = createSteps(console, clock.now);
  return { console, steps, takes: (ms, value) => async () => (clock.advance(ms), value) };
}

function failing(code: ErrorCode, message: string): () => Promise<never> {
  return () => Promise.reject(new BasaltError(code, message));
}

/** What a terminal shows in the end: a line that is cleared or drawn over is gone. */
function screenOf(text: string): readonly string[] {
  return text.split("\n").map((line) => line.split("\r\u001b[K").at(-1) ?? "");
}

describe.each([{ isLive: true }, { isLive: false }])("steps, live: $isLive", ({ isLive }) => {
  it("are ticked off with their outcome and time", async () => {
    const { console, steps, takes } = show(isLive);
    expect(await steps.run("build node:22", takes(12_340, 5), (value) => `${value} layers`)).toBe(5);
    await steps.run("scan", takes(40, 0), () => "");
    expect(screenOf(console.stderr())).toEqual(["  ✓ build node:22: 5 layers (12.3 s)", "  ✓ scan (0.0 s)", ""]);
  });

  it("say nothing on stdout", async () => {
    const { console, steps, takes } = show(isLive);
    await steps.run("build", takes(1, 0), () => "");
    await steps.attempt("fetch", takes(1, 0));
    expect(console.stdout()).toBe("");
  });

  it("that the rest can do without are left out when there is nothing to do", async () => {
    const { console, steps, takes } = show(isLive);
    expect(await steps.attempt("build the app", takes(100, undefined))).toBeUndefined();
    expect(await steps.attempt("push it", takes(100, "x"))).toBe("x");
    expect(screenOf(console.stderr())).toEqual(["  - build the app: left out (0.1 s)", "  ✓ push it (0.1 s)", ""]);
  });

  it("that the rest can do without are left out when they fail, with the reason", async () => {
    const { console, steps } = show(isLive);
    expect(
      await steps.attempt("fetch the feeds", failing("FEEDS_UNREACHABLE", "no feed could be fetched")),
    ).toBeUndefined();
    expect(screenOf(console.stderr())).toEqual(["  - fetch the feeds: left out: no feed could be fetched", ""]);
  });

  it("that the rest needs end everything when they fail", async () => {
    const { steps } = show(isLive);
    expect(await codeOf(() => steps.run("build", failing("DISK_FULL", "no space left"), () => ""))).toBe("DISK_FULL");
  });

  it("are cancelled as a whole, whatever the step", async () => {
    const { steps } = show(isLive);
    expect(await codeOf(() => steps.attempt("fetch", failing("CANCELLED", "stopped")))).toBe("CANCELLED");
  });

  it("do not hide a defect of the program", async () => {
    const { steps } = show(isLive);
    await expect(steps.attempt("fetch", () => Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
  });

  const FAILURES = [
    { summary: "a failure", error: new BasaltError("DISK_FULL", "no space left") },
    { summary: "a cancellation", error: new BasaltError("CANCELLED", "stopped") },
    { summary: "a defect", error: new TypeError("x") },
  ];

  it.each(FAILURES)("leave a line of its own to the message after $summary", async ({ error }) => {
    const { console, steps } = show(isLive);
    await steps
      .run(
        "build",
        () => Promise.reject(error),
        () => "",
      )
      .catch(() => undefined);
    console.note("error: CODE: message\n");
    expect(screenOf(console.stderr())).toContain("error: CODE: message");
  });
});

it("on a terminal the running step is shown", async () => {
  const { console, steps } = show(true);
  let during = "";
  await steps.run(
    "build",
    async () => {
      during = console.stderr();
    },
    () => "",
  );
  expect(screenOf(during).at(-1)).toBe("  · build");
});

it("in a log nothing is drawn twice", async () => {
  const { console, steps, takes } = show(false);
  await steps.run("build", takes(1000, 0), () => "");
  expect(console.stderr()).toBe("  ✓ build (1.0 s)\n");
});
