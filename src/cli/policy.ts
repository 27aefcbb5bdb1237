// SPDX-License-Identifier: Apache-2.0
import { openAdvisories } from "../advisories/index.js";
import { checkEvidence, collectEvidence } from "../evidence/index.js";
import { parsePlatform } from "../formats/platform.js";
import { readText } from "../host/files.js";
import {
  addPolicyFile,
  HARDENING_POLICY,
  judge,
  readSurface,
  toFacts,
  violations,
  type ImageFacts,
  type Judgement,
  type Outcome,
  type Policy,
} from "../policy/index.js";
import { formatTable, scanImage, type Paint } from "../scan/index.js";
import { openImage, openPlatformImage } from "../transfer/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";
import { attestedVex } from "./vex-sources.js";

export interface PolicyFlags extends TrustFlags {
  readonly policy?: readonly string[];
  readonly platform?: string;
  readonly json?: boolean;
}

/** `basalt policy`: rule by rule; 2 when one is violated, or nobody can say that it is kept. */
export async function runPolicy(image: string, flags: PolicyFlags, context: CommandContext): Promise<ExitCode> {
  const policy = await loadPolicy(flags.policy);
  const { facts, platform, digest } = await readFacts(image, flags, context);
  const judgements = judge(facts, policy);
  const violated = violations(judgements);
  context.console.print(
    flags.json === true
      ? `${JSON.stringify({ image, digest, platform, isKept: violated.length === 0, rules: judgements }, undefined, 2)}\n`
      : formatJudgements(judgements, context.console.colors),
  );
  return violated.length === 0 ? EXIT.ok : EXIT.conditionHolds;
}

/** The hardening policy, with what files say of it. @throws BasaltError `POLICY_INVALID`, `FILE_NOT_FOUND` */
export async function loadPolicy(files: readonly string[] = []): Promise<Policy> {
  let policy: Policy = HARDENING_POLICY;
  for (const file of files) policy = addPolicyFile(policy, await readText(file), file);
  return policy;
}

interface ReadFacts {
  readonly facts: ImageFacts;
  readonly platform: string;
  readonly digest: string;
}

async function readFacts(image: string, flags: PolicyFlags, context: CommandContext): Promise<ReadFacts> {
  const { host } = context;
  const trust = await loadTrust(flags, host);
  return withStore(context, async (store) => {
    const advisories = await openAdvisories(host.home.advisories);
    try {
      const reader = await openImage(image, { host, store });
      try {
        const wanted = flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) };
        const scan = await scanImage(reader, {
          ...wanted,
          advisories,
          store,
          vex: await attestedVex(reader, flags, context),
        });
        const surface = await readSurface(reader, await openPlatformImage(reader, wanted.platform));
        const evidence = await checkEvidence(await collectEvidence(reader), trust);
        const facts = toFacts(scan, { surface, evidence }, host.now());
        return { facts, platform: scan.platform, digest: scan.digest };
      } finally {
        await reader.close();
      }
    } finally {
      advisories.close();
    }
  });
}

function formatJudgements(judgements: readonly Judgement[], paint: Paint): string {
  const rows = judgements.map(({ id, title, cis, outcome }) => [
    outcomeText(outcome, paint),
    id,
    cis.join(", "),
    title,
    outcome.why,
  ]);
  const count = violations(judgements).length;
  const verdict =
    count === 0
      ? paint.green("The policy is kept.")
      : paint.red(`${count} of ${judgements.length} rules are not kept.`);
  return `${formatTable({ head: ["", "rule", "CIS", "an image", "this one"], rows }, "")}\n${verdict}\n`;
}

function outcomeText({ kind }: Outcome, paint: Paint): string {
  switch (kind) {
    case "passed":
      return paint.green("kept");
    case "violated":
      return paint.red("violated");
    case "unknown":
      return paint.yellow("unknown");
    case "not-applicable":
      return paint.dim("not meant");
  }
}
