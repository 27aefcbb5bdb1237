#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { CommanderError, type Command } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { createHost } from "../host/host.js";
import { packageRoot } from "../host/paths.js";
import { createConsole } from "./console.js";
import { EXIT, toFailure } from "./exit.js";
import { createProgram, type Request } from "./program.js";

const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { readonly version: string };
const console = createConsole(process, process.env);

// A reader such as `head` may close the pipe before everything is written: that is its right.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed),
);

/** The first Ctrl-C lets the command clean up, the second one ends it at once. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => controller.abort(new BasaltError("CANCELLED", `stopped by ${signal}`)));
  }
  return controller.signal;
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** Without a command, or with a group only, there is nothing to do but to say what there is. */
function explainUsage(program: Command): number {
  const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
  let command = program;
  for (const word of words[0] === "help" ? words.slice(1) : words) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) throw new BasaltError("USAGE", `unknown command '${word}'`);
    command = next;
  }
  console.note(command.helpInformation());
  return EXIT.usage;
}

async function main(): Promise<number> {
  let request: Request | undefined;
  const program = createProgram(manifest.version, (wanted) => (request = wanted));
  for (const command of allCommands(program)) command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    program.parse(process.argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end with 0; what commander says about wrong usage becomes an error of ours.
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code === "commander.help") return explainUsage(program);
    throw new BasaltError("USAGE", error.message.replace(/^error: /, "").replaceAll("\n", " "));
  }
  if (request === undefined) {
    program.outputHelp();
    return EXIT.usage;
  }
  const host = createHost({ offline: request.isOffline, env: { ...process.env, ...request.env } });
  return request.work({ host, console, signal: untilInterrupted(), version: manifest.version });
}

try {
  process.exitCode = await main();
} catch (error) {
  const failure = toFailure(error);
  console.note(`${failure.text}\n`);
  process.exitCode = failure.code;
}
