// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { checkEvidence, collectEvidence, type CheckedEvidence, type Trust } from "../evidence/index.js";
import { parseBuildInputs, type BuildInputs } from "../formats/build-inputs.js";
import { shortDigest } from "../formats/digest.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { rebuild, type Difference, type RebuildReport } from "../rebuild/index.js";
import { formatTable } from "../scan/index.js";
import { openImage, type ImageReader } from "../transfer/index.js";
import { buildOptions, toRunner } from "./build.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { createProgress } from "./progress.js";
import { readSecrets } from "./secret-flags.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";

export interface RebuildFlags extends TrustFlags {
  readonly lockOf?: string;
  readonly secret?: readonly string[];
  readonly runner?: string;
  readonly json?: boolean;
}

/** `basalt rebuild --verify`. @throws BasaltError `EVIDENCE_MISSING`, `EVIDENCE_INVALID`, `LOCK_MISMATCH` and what a build throws */
export async function runRebuild(image: string, flags: RebuildFlags, context: CommandContext): Promise<ExitCode> {
  const trust = await loadTrust(flags, context.host);
  const report = await withStore(context, async (store) => {
    const open = (name: string): Promise<ImageReader> => openImage(name, { host: context.host, store });
    const reader = await open(image);
    try {
      const attested = flags.lockOf === undefined ? reader : await open(flags.lockOf);
      try {
        return await rebuildFrom(await readInputs(attested, trust), reader, flags, context);
      } finally {
        if (attested !== reader) await attested.close();
      }
    } finally {
      await reader.close();
    }
  });
  const isEqual = report.published === report.rebuilt;
  context.console.print(
    flags.json === true
      ? `${JSON.stringify({ image, isEqual, ...report }, undefined, 2)}\n`
      : formatReport(image, report),
  );
  return isEqual ? EXIT.ok : EXIT.failed;
}

interface AttestedInputs {
  readonly inputs: BuildInputs;
  /** Version of Basalt, as the provenance names it. */
  readonly builtWith?: string;
}

async function rebuildFrom(
  { inputs, builtWith }: AttestedInputs,
  reader: ImageReader,
  flags: RebuildFlags,
  context: CommandContext,
): Promise<RebuildReport> {
  const progress = createProgress(context.console, context.host.now);
  try {
    const options = {
      ...buildOptions(context, progress.onEvent),
      secrets: await readSecrets(flags.secret ?? [], context.host.env),
      runner: toRunner(flags.runner),
      ...(builtWith === undefined ? {} : { builtWith }),
    };
    return await rebuild(reader, inputs, options, context.host);
  } finally {
    progress.end();
  }
}

/** Lock and definition of an image, of which it is known who attested them. */
async function readInputs(reader: ImageReader, trust: Trust): Promise<AttestedInputs> {
  const evidence = await checkEvidence(await collectEvidence(reader), trust);
  const lock = verifiedPredicate(evidence, reader, PREDICATE_TYPES.lock);
  if (lock === undefined)
    throw new BasaltError("EVIDENCE_MISSING", `there is no lock of ${reader.name} that is signed by the key`, {
      action: "name the image where its attestations are, as registry://HOST/NAME:TAG, or another image with --lock-of",
    });
  const provenance = verifiedPredicate(evidence, reader, PREDICATE_TYPES.slsaProvenance) as
    { readonly runDetails?: { readonly builder?: { readonly version?: { readonly basalt?: unknown } } } } | undefined;
  const builtWith = provenance?.runDetails?.builder?.version?.basalt;
  return {
    inputs: parseBuildInputs(lock, `the lock of ${reader.name}`),
    ...(typeof builtWith === "string" ? { builtWith } : {}),
  };
}

function verifiedPredicate({ attestations }: CheckedEvidence, { root }: ImageReader, type: string): unknown {
  return attestations.find(
    ({ subject, predicateType, verdict }) =>
      subject.digest === root.digest && predicateType === type && verdict.kind === "verified",
  )?.statement?.predicate;
}

const MAX_SHOWN = 200; // differences; the JSON has all

function formatReport(image: string, { published, rebuilt, index, platforms }: RebuildReport): string {
  if (published === rebuilt) return `${image} ${published} equal\n`;
  const all = [
    ...index.map((each) => toRow("index", each)),
    ...platforms.flatMap(({ platform, differences }) => differences.map((each) => toRow(platform, each))),
  ];
  const rows = all.slice(0, MAX_SHOWN);
  const more = all.length > MAX_SHOWN ? `and ${all.length - MAX_SHOWN} more; --json has all\n` : "";
  const table = formatTable({ head: ["of", "where", "what", "published", "built again"], rows }, "");
  return `${image} ${published} differs from ${rebuilt}, as it was built again\n\n${table}${more}`;
}

function toRow(of: string, { where, kind, what, was, is }: Difference): readonly string[] {
  return [of, kind === "file" ? where : `${kind}: ${where}`, what ?? "", shortened(was), shortened(is)];
}

const COLUMN = 40; // characters of a value

function shortened(value = "nothing"): string {
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return shortDigest(value as Parameters<typeof shortDigest>[0]);
  return value.length > COLUMN ? `${value.slice(0, COLUMN - 1)}…` : value;
}
