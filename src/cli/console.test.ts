// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";
import { describe, expect, it } from "vitest";
import { createConsole, type Console } from "./console.js";

interface Facts {
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly stdoutColumns?: number;
  readonly stderrColumns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

interface Opened {
  readonly console: Console;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
}

function open(facts: Facts = {}): Opened {
  const stdout = stream(facts.stdoutIsTerminal, facts.stdoutColumns);
  const stderr = stream(facts.stderrIsTerminal, facts.stderrColumns);
  return { console: createConsole({ stdout, stderr }, facts.env ?? {}), stdout, stderr };
}

/** As `process.stdout`: a pipe or file says nothing of terminals. */
function stream(isTerminal: boolean | undefined, columns: number | undefined): PassThrough & WriteStream {
  const facts = {
    ...(isTerminal === undefined ? {} : { isTTY: isTerminal }),
    ...(columns === undefined ? {} : { columns }),
  };
  return Object.assign(new PassThrough(), facts) as unknown as PassThrough & WriteStream;
}

it("results go to stdout, notes to stderr", () => {
  const { console, stdout, stderr } = open();
  console.print("result\n");
  console.note("note\n");
  expect([String(stdout.read()), String(stderr.read())]).toEqual(["result\n", "note\n"]);
});

describe("colours", () => {
  const CASES: readonly { summary: string; facts: Facts; hasColor: boolean }[] = [
    { summary: "are used on a terminal", facts: { stdoutIsTerminal: true }, hasColor: true },
    { summary: "are not used in a pipe", facts: {}, hasColor: false },
    {
      summary: "are not used where NO_COLOR is set",
      facts: { stdoutIsTerminal: true, env: { NO_COLOR: "1" } },
      hasColor: false,
    },
    {
      summary: "are used where NO_COLOR is empty",
      facts: { stdoutIsTerminal: true, env: { NO_COLOR: "" } },
      hasColor: true,
    },
    { summary: "can be forced in a pipe", facts: { env: { FORCE_COLOR: "1" } }, hasColor: true },
    { summary: "are off where both are set", facts: { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, hasColor: false },
    { summary: "depend on stdout, not on stderr", facts: { stderrIsTerminal: true }, hasColor: false },
  ];

  it.each(CASES)("$summary", ({ facts, hasColor }) => {
    expect(open(facts).console.colors.red("x") !== "x").toBe(hasColor);
  });
});

describe("drawing a line again", () => {
  const CASES: readonly { summary: string; facts: Facts; isLive: boolean }[] = [
    { summary: "is possible where stderr is a terminal", facts: { stderrIsTerminal: true }, isLive: true },
    { summary: "is not in a pipe or a log", facts: { stdoutIsTerminal: true }, isLive: false },
    { summary: "is not on a dumb terminal", facts: { stderrIsTerminal: true, env: { TERM: "dumb" } }, isLive: false },
  ];

  it.each(CASES)("$summary", ({ facts, isLive }) => {
    expect(open(facts).console.isLive ? "again" : "once").toBe(isLive ? "again" : "once");
  });
});

describe("the width", () => {
  it("is that of the terminal", () => {
    const facts = { stdoutIsTerminal: true, stdoutColumns: 72, stderrIsTerminal: true, stderrColumns: 72 };
    expect(open(facts).console.width).toBe(72);
  });

  it("is that of the terminal on which lines are drawn, though stdout is a pipe", () => {
    expect(open({ stderrIsTerminal: true, stderrColumns: 60 }).console.width).toBe(60);
  });

  it("is 100 where there is none", () => {
    expect(open().console.width).toBe(100);
  });
});
