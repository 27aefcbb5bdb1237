// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import { collect } from "./collect.js";
import type { Run } from "./context.js";
import { addTrustFlags } from "./trust-flags.js";

/** `basalt vex` and its flags. */
export function addVex(program: Command, run: Run): void {
  const vex = program.command("vex").summary("statements about vulnerabilities of images");
  addTrustFlags(
    vex
      .command("get")
      .summary("print what is stated about an image")
      .description("Print the OpenVEX document that lies beside an image, if it is signed by a trusted key.")
      .argument("<image>", "an image in any place")
      .option("--platform <platform>", "of this platform's image alone"),
  ).action((image: string, flags) =>
    run(async (context) => (await import("./vex.js")).runVexGet(image, flags, context)),
  );
  vex
    .command("add")
    .summary("state that a vulnerability does, or does not, matter")
    .description(
      "State how a vulnerability concerns a package: in the file beside a definition, from which the next build publishes it; or about the images of a repository of the store, at once.",
    )
    .argument("<definition|image>", "a definition's file, or an image of the store")
    .requiredOption("--cve <list>", "vulnerabilities; may be given again", collect)
    .requiredOption("--package <name>", "of the source or of what is built from it, or a purl")
    .requiredOption("--status <status>", "not_affected, affected, fixed or under_investigation")
    .option(
      "--justification <word>",
      "why not affected: component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path, vulnerable_code_cannot_be_controlled_by_adversary, inline_mitigations_already_exist",
    )
    .option("--impact <text>", "why not affected, in words")
    .option("--action <text>", "what users of an affected image should do")
    .option("--note <text>", "how it was found out")
    .option("--author <text>", "who states it")
    .option("--json", "print one JSON document")
    .action((target: string, flags) =>
      run(async (context) => (await import("./vex.js")).runVexAdd(target, flags, context)),
    );
}
