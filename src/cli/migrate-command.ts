// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import { collect } from "./collect.js";
import type { Run } from "./context.js";

/** `basalt migrate` and its flags. */
export function addMigrate(program: Command, run: Run): void {
  program
    .command("migrate")
    .summary("rewrite a Dockerfile onto hardened images")
    .description(
      "Print the Dockerfile on hardened images, and why each line changed, what a person has to look at, and what could not be done.",
    )
    .argument(
      "[dockerfile]",
      "the file; - reads stdin; of a Compose file or a manifest (.yaml) suggestions are printed",
      "Dockerfile",
    )
    .option("--diff", "print a unified diff instead")
    .option("--write", "write the file, and the definitions of the images that it needs beside it")
    .option("--registry <host>", "where the hardened images come from; default: this installation's registry")
    .option("--context <dir>", "the build context; default: the folder of the Dockerfile")
    .option("--build-on <where>", "where build stages run: auto (the default), dev, or ordinary")
    .option("--verify", "build and start it before and after, and end with 2 when it does not work as before")
    .option("--probe <where>", "for --verify: the path to ask for, as /health or :8080/health; default: /")
    .option("--probe-args <words>", "for --verify: arguments of a command that runs to its end")
    .option("--env <name=value>", "for --verify: a variable that the program needs; may be repeated", collect)
    .option("--build-arg <name=value>", "for --verify: an argument of both builds; may be repeated", collect)
    .option("--strict", "exit with 2 when something is left for a person")
    .option("--format <format>", "text, json, or sarif")
    .option("--json", "print one JSON document")
    .action((dockerfile: string, flags) =>
      run(async (context) => (await import("./migrate.js")).runMigrate(dockerfile, flags, context)),
    );
}
