// SPDX-License-Identifier: Apache-2.0
import { Command } from "commander";
import type { CommandContext } from "./context.js";
import type { ExitCode } from "./exit.js";

/** A command's work; answers how the program ends. */
type Work = (context: CommandContext) => Promise<ExitCode>;

/** What the command line asked for. */
export interface Request {
  readonly isOffline: boolean;
  readonly work: Work;
}

/** Every command, its arguments and flags. Implementations are loaded when they are called, so that starting is cheap. */
export function createProgram(version: string, request: (request: Request) => void): Command {
  const program = new Command("basalt")
    .description("Open, self-hosted hardened container images")
    .version(version)
    .showSuggestionAfterError()
    .helpCommand("help [command]", "explain a command");
  const run = (work: Work, options: { readonly offline?: boolean } = {}): void =>
    request({ isOffline: options.offline === true, work });

  program
    .command("build")
    .summary("build images")
    .description("Build, describe, sign, and put into the store. Prints `name:tag digest` for each tag.")
    .argument(
      "<definition...>",
      "a definition file, or NAME[:TAG] of the catalogue; NAME means all definitions of that image",
    )
    .option("--platform <list>", "platforms, separated by commas; default: those of the definition")
    .option("--lock <file>", "build from this lock instead of resolving")
    .option("--offline", "use only what is on this machine")
    .option("--output <where>", "also write oci-dir:PATH or archive:PATH")
    .option("--load", "also load into the Docker engine")
    .option("--push <host/repo>", "also push to a registry")
    .option("--json", "print one JSON document")
    .action((targets: string[], flags) =>
      run(async (context) => (await import("./build.js")).runBuild(targets, flags, context), flags),
    );

  program
    .command("resolve")
    .summary("decide every input of an image")
    .description("Print the lock: every package, artifact and index with version, path, size and sha256.")
    .argument("<definition>", "a definition file, or NAME:TAG of the catalogue")
    .option("--platform <list>", "platforms, separated by commas; default: those of the definition")
    .option("-o, --output <lock>", "write to a file instead")
    .option("--offline", "use only what is on this machine")
    .action((target: string, flags) =>
      run(async (context) => (await import("./resolve.js")).runResolve(target, flags, context), flags),
    );

  return program;
}
