// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { Run } from "./context.js";

const KEY = "file with the public keys that are trusted; default: this installation's";

/** `basalt attest`, `basalt verify` and their flags. */
export function addAttest(program: Command, run: Run): void {
  const attest = program.command("attest").summary("attestations of images");
  const command = (name: string, summary: string, description: string): Command =>
    attest
      .command(name)
      .summary(summary)
      .description(description)
      .argument("<image>")
      .option("--predicate-type <uri>", "only this kind, as https://spdx.dev/Document")
      .option("--platform <platform>", "only of this platform's image")
      .option("--key <file>", KEY);
  command("list", "what lies beside an image", "List signatures and attestations of an image, and who signed them.")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./attest.js")).runAttestList(image, flags, context)),
    );
  command(
    "get",
    "print an attestation",
    "Print the in-toto statement of a kind, if it is signed by a trusted key.",
  ).action((image: string, flags) =>
    run(async (context) => (await import("./attest.js")).runAttestGet(image, flags, context)),
  );
  command("verify", "check attestations", "Check the attestations of an image: signature, subject, and what they are.")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./attest.js")).runAttestVerify(image, flags, context)),
    );
  program
    .command("verify")
    .summary("check signatures and attestations of an image")
    .description(
      "Check that an image and each of its platforms is signed, and that SBOM and provenance are there, signed by the same keys, and about this image.",
    )
    .argument("<image>")
    .option("--key <file>", KEY)
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./attest.js")).runVerify(image, flags, context)),
    );
}
