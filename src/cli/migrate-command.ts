// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
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
    .option("--strict", "exit with 2 when something is left for a person")
    .option("--format <format>", "text, json, or sarif")
    .option("--json", "print one JSON document")
    .action((dockerfile: string, flags) =>
      run(async (context) => (await import("./migrate.js")).runMigrate(dockerfile, flags, context)),
    );
}
