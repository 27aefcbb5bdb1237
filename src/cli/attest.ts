// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import {
  assessSlsa,
  checkEvidence,
  collectEvidence,
  findGaps,
  nameOf,
  reachedLevel,
  SLSA_LEVELS,
  type CheckedAttestation,
  type CheckedEvidence,
  type SlsaLevel,
  type SlsaRequirement,
  type Verdict,
} from "../evidence/index.js";
import { formatCommandWord } from "../formats/command-words.js";
import { shortDigest, type Digest } from "../formats/digest.js";
import { parseImageReference } from "../formats/image-reference.js";
import { parsePlatform } from "../formats/platform.js";
import { formatTable, sizeText, type Paint } from "../scan/index.js";
import { openImage, type ImageReader } from "../transfer/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { publicHost } from "./public-url.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";

export interface AttestFlags extends TrustFlags {
  readonly predicateType?: string;
  readonly platform?: string;
  readonly slsaLevel?: string;
  readonly json?: boolean;
}

/** `basalt attest list`: what lies beside an image, and whether the key is that of who made it. */
export async function runAttestList(image: string, flags: AttestFlags, context: CommandContext): Promise<ExitCode> {
  const { evidence, reader } = await readEvidence(image, flags, context);
  print({ ...evidence, attestations: chosen(evidence, flags) }, flags, { image, reader }, context);
  return EXIT.ok;
}

/** `basalt attest get`: a statement, of which it is known who made it. @throws BasaltError `EVIDENCE_MISSING`, `EVIDENCE_INVALID`, `USAGE` */
export async function runAttestGet(image: string, flags: AttestFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.predicateType === undefined)
    throw new BasaltError("USAGE", "which one? name it with --predicate-type; basalt attest list shows all");
  const { evidence } = await readEvidence(image, flags, context);
  const found = chosen(evidence, flags);
  const what = `${flags.predicateType} of ${image}`;
  const bad = found.find(({ verdict }) => verdict.kind === "invalid");
  if (bad?.verdict.kind === "invalid") throw new BasaltError("EVIDENCE_INVALID", `${what}: ${bad.verdict.why}`);
  const verified = found.filter(({ verdict }) => verdict.kind === "verified");
  const platforms = new Set(verified.map(({ subject }) => subject.platform));
  if (platforms.size > 1)
    throw new BasaltError(
      "USAGE",
      `there is ${what} for ${[...platforms].map((each) => each ?? "the index").join(", ")}`,
      {
        action: "choose one with --platform",
      },
    );
  const statement = verified[0]?.statement;
  if (statement === undefined)
    throw new BasaltError(
      "EVIDENCE_MISSING",
      found.length === 0 ? `there is no ${what}` : `no ${what} is signed by the key`,
    );
  context.console.print(toText(statement));
  return EXIT.ok;
}

/** `basalt attest verify`. @throws BasaltError `EVIDENCE_MISSING`, `EVIDENCE_INVALID` */
export async function runAttestVerify(image: string, flags: AttestFlags, context: CommandContext): Promise<ExitCode> {
  const { evidence, reader } = await readEvidence(image, flags, context);
  const found = chosen(evidence, flags);
  const verified = found.filter(({ verdict }) => verdict.kind === "verified");
  const bad = found.flatMap(({ verdict, predicateType, subject }) =>
    verdict.kind === "invalid" ? [`${nameOf(subject)}: ${predicateType}: ${verdict.why}`] : [],
  );
  print({ ...evidence, attestations: found }, flags, { image, reader }, context);
  if (bad.length > 0) throw new BasaltError("EVIDENCE_INVALID", `${image}: ${bad.join("; ")}`);
  if (verified.length === 0)
    throw new BasaltError("EVIDENCE_MISSING", `${image} has no such attestation that is signed by the key`);
  if (flags.json !== true)
    for (const one of firstOfEachType(verified))
      context.console.note(
        `the same with cosign:\n  ${cosignAttestation(nameForCosign(image, one.subject.digest, context), one, flags)}\n`,
      );
  return EXIT.ok;
}

/** `basalt verify`: signatures and attestations of the index and of each platform. @throws BasaltError `EVIDENCE_MISSING`, `EVIDENCE_INVALID` */
export async function runVerify(image: string, flags: AttestFlags, context: CommandContext): Promise<ExitCode> {
  const level = parseLevel(flags.slsaLevel);
  const { evidence, reader } = await readEvidence(image, flags, context);
  const slsa = level === undefined ? undefined : assessSlsa(evidence);
  const gaps = [
    ...findGaps(evidence),
    ...(slsa ?? [])
      .filter((each) => !each.isMet && each.level <= (level ?? 0))
      .map((each) => `SLSA level ${each.level}, ${each.name}: ${each.because}`),
  ];
  print(evidence, flags, { image, reader }, context, { gaps, ...(slsa === undefined ? {} : { slsa }) });
  const isChanged = [...evidence.signatures, ...evidence.attestations].some(
    ({ verdict }) => verdict.kind === "invalid",
  );
  if (gaps.length > 0)
    throw new BasaltError(isChanged ? "EVIDENCE_INVALID" : "EVIDENCE_MISSING", `${image}: ${gaps.join("; ")}`);
  if (flags.json !== true)
    context.console.note(
      `the same with cosign:\n  ${cosignVerify(nameForCosign(image, reader.root.digest, context), evidence, flags)}\n`,
    );
  return EXIT.ok;
}

function parseLevel(text: string | undefined): SlsaLevel | undefined {
  const level = SLSA_LEVELS.find((known) => String(known) === text);
  if (text !== undefined && level === undefined)
    throw new BasaltError("USAGE", `--slsa-level takes ${SLSA_LEVELS.join(", ")}, not ${JSON.stringify(text)}`);
  return level;
}

interface ReadImage {
  readonly evidence: CheckedEvidence;
  readonly reader: Pick<ImageReader, "name" | "root">;
}

async function readEvidence(image: string, flags: AttestFlags, context: CommandContext): Promise<ReadImage> {
  const trust = await loadTrust(flags, context.host);
  return withStore(context, async (store) => {
    const reader = await openImage(image, { host: context.host, store });
    try {
      return { evidence: await checkEvidence(await collectEvidence(reader), trust), reader };
    } finally {
      await reader.close();
    }
  });
}

function chosen(
  { attestations }: CheckedEvidence,
  { predicateType, platform }: AttestFlags,
): readonly CheckedAttestation[] {
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  return attestations.filter(
    (each) =>
      (predicateType === undefined || each.predicateType === predicateType) &&
      (wanted === undefined || each.subject.platform === wanted),
  );
}

function print(
  evidence: CheckedEvidence,
  flags: AttestFlags,
  { image, reader }: { readonly image: string; readonly reader: ReadImage["reader"] },
  { console }: CommandContext,
  verdicts: { readonly gaps?: readonly string[]; readonly slsa?: readonly SlsaRequirement[] } = {},
): void {
  const { digest } = reader.root;
  const { slsa } = verdicts;
  if (flags.json === true) {
    const assessed = slsa === undefined ? {} : { slsa: { level: reachedLevel(slsa), requirements: slsa } };
    console.print(toText({ image, digest, ...toJson(evidence), ...verdicts, ...assessed }));
    return;
  }
  console.print(formatList(evidence, console.colors));
  if (slsa !== undefined) console.print(`\n${formatSlsa(slsa, console.colors)}`);
}

function formatSlsa(requirements: readonly SlsaRequirement[], paint: Paint): string {
  const rows = requirements.map(({ level, name, isMet, because }) => [
    String(level),
    name,
    isMet ? paint.green("met") : paint.red("not met"),
    because,
  ]);
  return `${formatTable({ head: ["level", "SLSA, Build track", "", "because"], rows }, "")}SLSA Build level ${reachedLevel(requirements)}\n`;
}

function formatList({ signatures, attestations }: CheckedEvidence, paint: Paint): string {
  const rows = [
    ...signatures.map(({ subject, verdict }) => [
      nameOf(subject),
      "signature of the image",
      "cosign",
      verdictText(verdict, paint),
      "",
      "",
    ]),
    ...attestations.map(({ subject, predicateType, form, verdict, digest, sizeBytes }) => [
      nameOf(subject),
      predicateType,
      form,
      verdictText(verdict, paint),
      sizeText(sizeBytes),
      shortDigest(digest),
    ]),
  ];
  if (rows.length === 0) return "there is no signature and no attestation\n";
  return formatTable({ head: ["of", "what", "form", "signed by", "size", "digest"], rows }, "");
}

const SHOWN_HINT = 12; // characters of a key's name

function verdictText(verdict: Verdict, paint: Paint): string {
  switch (verdict.kind) {
    case "verified":
      return paint.green(
        "certificate" in verdict ? verdict.certificate.identity : `key ${verdict.keyHint.slice(0, SHOWN_HINT)}`,
      );
    case "unsigned":
      return paint.dim(verdict.same ? "as signed" : "nobody");
    case "unknown-key":
      return paint.yellow(strangerText(verdict));
    case "invalid":
      return paint.red("INVALID");
  }
}

function strangerText({ keyHint, certificate }: Extract<Verdict, { readonly kind: "unknown-key" }>): string {
  if (certificate !== undefined) return `stranger ${certificate.identity}`;
  return `unknown key${keyHint === undefined ? "" : ` ${keyHint.slice(0, SHOWN_HINT)}`}`;
}

function toJson({ signatures, attestations }: CheckedEvidence): object {
  return {
    signatures: signatures.map(({ subject, verdict }) => ({ ...subjectJson(subject), verdict })),
    attestations: attestations.map(({ subject, predicateType, form, verdict, digest, sizeBytes }) => ({
      ...subjectJson(subject),
      predicateType,
      form,
      verdict,
      digest,
      sizeBytes,
    })),
  };
}

function subjectJson({ digest, platform }: CheckedAttestation["subject"]): object {
  return { subject: digest, platform: platform ?? null };
}

function firstOfEachType(attestations: readonly CheckedAttestation[]): readonly CheckedAttestation[] {
  return [...new Map(attestations.toReversed().map((each) => [each.predicateType, each])).values()];
}

/** By digest, so that the answer is about what was looked at here. */
function nameForCosign(image: string, digest: Digest, { host }: CommandContext): string {
  const name = image.replace(/^registry:\/\//, "");
  if (name.includes("://")) return `IMAGE@${digest}`;
  const reference = parseImageReference(name);
  return `${reference.host ?? publicHost(host)}/${reference.repository}@${digest}`;
}

function cosignVerify(name: string, { signatures, attestations }: CheckedEvidence, flags: AttestFlags): string {
  const verdicts = [...signatures, ...attestations].map(({ verdict }) => verdict);
  const verified = verdicts.find(({ kind }) => kind === "verified");
  return `cosign verify ${cosignFlags(name, verified, flags)} ${name}`;
}

/** Source: sigstore/cosign, pkg/cosign/attestation, "PredicateTypeMap". */
const COSIGN_TYPES: Readonly<Record<string, string>> = {
  "https://spdx.dev/Document": "spdxjson",
  "https://slsa.dev/provenance/v1": "slsaprovenance1",
  "https://cyclonedx.org/bom": "cyclonedx",
  "https://openvex.dev/ns": "openvex",
};

function cosignAttestation(
  name: string,
  { predicateType, form, verdict }: Pick<CheckedAttestation, "predicateType" | "form" | "verdict">,
  flags: AttestFlags,
): string {
  const trusted = cosignFlags(name, verdict, flags);
  const root = trusted.includes("--trusted-root") ? "" : " --trusted-root root.json";
  const bundle = form === "bundle" ? ` --new-bundle-format${root}` : "";
  const type = COSIGN_TYPES[predicateType] ?? predicateType;
  return `cosign verify-attestation ${trusted}${bundle} --type ${type} ${name}`;
}

/** Whom cosign shall trust: those by whom it was verified here. */
function cosignFlags(name: string, verdict: Verdict | undefined, flags: AttestFlags): string {
  const isPlain = /^(?:localhost|127\.)/.test(name);
  return `${signerFlags(verdict, flags)}${isPlain ? " --allow-http-registry" : ""}`;
}

function signerFlags(
  verdict: Verdict | undefined,
  { key = "basalt.pub", trustedRoot = "root.json" }: AttestFlags,
): string {
  if (verdict?.kind !== "verified" || !("certificate" in verdict)) return `--key ${key} --insecure-ignore-tlog=true`;
  const { identity, issuer } = verdict.certificate;
  return `--certificate-identity ${formatCommandWord(identity)} --certificate-oidc-issuer ${formatCommandWord(issuer)} --trusted-root ${trustedRoot}`;
}

function toText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
