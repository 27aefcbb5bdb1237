// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import { collect } from "./collect.js";
import type { Run } from "./context.js";
import { addTrustFlags } from "./trust-flags.js";

/** `basalt attest`, `basalt verify`, `basalt sbom`, `basalt rebuild`, `basalt keys`, `basalt policy` and their flags. */
export function addAttest(program: Command, run: Run): void {
  const attest = program.command("attest").summary("attestations of images");
  const command = (name: string, summary: string, description: string): Command =>
    addTrustFlags(
      attest
        .command(name)
        .summary(summary)
        .description(description)
        .argument("<image>")
        .option("--predicate-type <uri>", "only this kind, as https://spdx.dev/Document")
        .option("--platform <platform>", "only of this platform's image"),
    );
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
  addTrustFlags(
    program
      .command("verify")
      .summary("check signatures and attestations of an image")
      .description(
        "Check that an image and each of its platforms is signed, and that SBOM and provenance are there, signed by the same keys, and about this image.",
      )
      .argument("<image>"),
  )
    .option("--slsa-level <level>", "also require this level of SLSA's Build track, 1 to 3, and say what shows it")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./attest.js")).runVerify(image, flags, context)),
    );
  addSbom(program, run);
  addRebuild(program, run);
  addKeys(program, run);
  addPolicy(program, run);
}

function addSbom(program: Command, run: Run): void {
  addTrustFlags(
    program
      .command("sbom")
      .summary("what is in an image")
      .description(
        "Print the packages of an image, or its SBOM: as a trusted signer attests it, else as an analysis of its layers finds it.",
      )
      .argument("<image>", "an image in any place")
      .option("--platform <platform>", "which image of an index"),
  )
    .option("--format <format>", "list, spdx, cyclonedx or json")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./sbom.js")).runSbom(image, flags, context)),
    );
}

function addPolicy(program: Command, run: Run): void {
  addTrustFlags(
    program
      .command("policy")
      .summary("judge an image by the hardening policy")
      .description(
        "Judge an image by the hardening policy, rule by rule: what is in it, who signed it, what is known against it. Exits with 2 when a rule is violated, or nobody can say that it is kept.",
      )
      .argument("<image>", "an image in any place")
      .option(
        "--policy <file>",
        "rules that are off, other deadlines, and rules of your own; may be given again",
        collect,
      )
      .option("--platform <platform>", "which image of an index"),
  )
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./policy.js")).runPolicy(image, flags, context)),
    );
}

function addKeys(program: Command, run: Run): void {
  const keys = program.command("keys").summary("signing keys");
  keys
    .command("list")
    .description(
      "Print the public keys that are good, the one that signs now first, for cosign verify --key and the like.",
    )
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./keys.js")).runKeysList(flags, context)));
  keys
    .command("rotate")
    .description("Make a new key, and keep what the former one signed good for a time.")
    .option("--valid-for <duration>", "how long signatures by the former key stay good: 12h, 90d, 8w, 1y", "90d")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./keys.js")).runKeysRotate(flags, context)));
}

function addRebuild(program: Command, run: Run): void {
  addTrustFlags(
    program
      .command("rebuild")
      .summary("build an image again, and compare")
      .description(
        "Build an image again from the lock and definition that are attested beside it, without any layer that was made before, and compare digests. Exits with 1 and the files that differ where they are not equal. Nothing is published.",
      )
      .argument("<image>", "an image in any place, with its attestations")
      .requiredOption("--verify", "compare with what is published: all that this command does"),
  )
    .option("--lock-of <image>", "take lock and definition from what is attested of this image")
    .option("--secret <id=id,env=variable>", "give steps that name it a secret; src=FILE reads a file", collect)
    .option("--runner <name>", "what runs build stages: bubblewrap (the default), or docker where that is not allowed")
    .option("--offline", "use only what is on this machine")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./rebuild.js")).runRebuild(image, flags, context), flags),
    );
}
