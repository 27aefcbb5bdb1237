// SPDX-License-Identifier: Apache-2.0
import { CommanderError, type Command } from "commander";
import { createColors } from "picocolors";
import type { CommandContext } from "../../src/cli/context.js";
import { toFailure, type ExitCode } from "../../src/cli/exit.js";
import type { Console } from "../../src/cli/console.js";
import { createProgram, type Request } from "../../src/cli/program.js";
import { BasaltError } from "../../src/errors.js";
import type { Host } from "../../src/host/host.js";
import { testHost } from "./host.js";

export interface TestConsole extends Console {
  /** What was printed so far. */
  readonly stdout: () => string;
  /** What was noted so far. */
  readonly stderr: () => string;
}

export interface TestConsoleOptions {
  /** @default false */
  readonly isLive?: boolean;
  /** @default 100 */
  readonly width?: number;
}

export function testConsole({ isLive = false, width = 100 }: TestConsoleOptions = {}): TestConsole {
  const printed: string[] = [];
  const noted: string[] = [];
  return {
    print: (text) => void printed.push(text),
    note: (text) => void noted.push(text),
    isLive,
    width,
    colors: createColors(false),
    stdout: () => printed.join(""),
    stderr: () => noted.join(""),
  };
}

export interface TestContext extends CommandContext {
  readonly console: TestConsole;
  readonly abort: () => void;
}

/** What a command works with, its output collected. */
export function testContext(host: Host = testHost(), options: TestConsoleOptions = {}): TestContext {
  const controller = new AbortController();
  return {
    host,
    console: testConsole(options),
    signal: controller.signal,
    version: "1.2.3",
    abort: () => controller.abort(new BasaltError("CANCELLED", "stopped by the test")),
  };
}

export interface CommandResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line on a host, as `main.ts` does. */
export async function basaltOn(host: Host, ...argv: readonly string[]): Promise<CommandResult> {
  const context = testContext(host);
  const code = await parseRequest(argv)
    .work(context)
    .catch((error: unknown) => {
      const failure = toFailure(error);
      context.console.note(`${failure.text}\n`);
      return failure.code;
    });
  return { code, stdout: context.console.stdout(), stderr: context.console.stderr() };
}

/** What a command line asks for. @throws CommanderError for help, and for what is no command line */
export function parseRequest(argv: readonly string[]): Request {
  let request: Request | undefined;
  const program = createProgram("1.2.3", (wanted) => (request = wanted));
  for (const command of allCommands(program))
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  program.parse([...argv], { from: "user" });
  if (request === undefined) throw new CommanderError(64, "test.none", "nothing was asked for");
  return request;
}

export function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
