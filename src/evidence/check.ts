// SPDX-License-Identifier: Apache-2.0
import { verify, type KeyObject } from "node:crypto";
import { BasaltError } from "../errors.js";
import type { CertificateIdentity } from "../formats/certificate-identity.js";
import { keyHintOf } from "../formats/cosign-key.js";
import type { Digest } from "../formats/digest.js";
import { dsseSigningBytes, type DsseEnvelope } from "../formats/dsse.js";
import { isAbout, PREDICATE_TYPES, type Statement } from "../formats/in-toto.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { SIGNATURE_ANNOTATION } from "../formats/simple-signing.js";
import { parseCosignAnnotations } from "../formats/cosign-material.js";
import {
  parseDsseEnvelope,
  parseStatement,
  readSigstoreBundle,
  type SigstoreBundle,
} from "../formats/sigstore-bundle.js";
import type { CertificateTrust, CertificateVerdict } from "../formats/sigstore-trust.js";
import { parseStrictJson } from "../formats/strict-json.js";
import type { AttestationForm, FoundAttestation, FoundSignature, ImageEvidence, Subject } from "./collect.js";

/** A public key that is trusted, and how cosign names it. */
export interface TrustedKey {
  readonly hint: string;
  readonly key: KeyObject;
}

export function trustKey(key: KeyObject): TrustedKey {
  return { hint: keyHintOf(key), key };
}

/** Whose signatures count: keys, and people and services that authorities certify. */
export interface Trust {
  readonly keys: readonly TrustedKey[];
  readonly certificates?: CertificateTrust;
}

/**
 * `verified`: signed by a trusted key or by a certificate for one who is trusted, and about this manifest. `unsigned`: a plain statement;
 * `same` when a verified one says exactly that. `unknown-key`: signed by a key, or for somebody, that is not trusted here. `invalid`: it
 * contradicts itself, its signature or its subject.
 */
export type Verdict =
  | { readonly kind: "verified"; readonly keyHint: string }
  | { readonly kind: "verified"; readonly certificate: CertificateIdentity }
  | { readonly kind: "unsigned"; readonly same: boolean }
  | { readonly kind: "unknown-key"; readonly keyHint?: string; readonly certificate?: CertificateIdentity }
  | { readonly kind: "invalid"; readonly why: string };

export interface CheckedSignature {
  readonly subject: Subject;
  readonly verdict: Verdict;
}

export interface CheckedAttestation {
  readonly subject: Subject;
  readonly form: AttestationForm;
  readonly predicateType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly verdict: Verdict;
  /** What it says, where it could be read. */
  readonly statement?: Statement;
}

export interface CheckedEvidence {
  readonly subjects: readonly Subject[];
  readonly signatures: readonly CheckedSignature[];
  readonly attestations: readonly CheckedAttestation[];
}

/** Checks everything that lies beside an image. Unreadable evidence is invalid, not an error. */
export async function checkEvidence(evidence: ImageEvidence, trust: Trust): Promise<CheckedEvidence> {
  const signatures: CheckedSignature[] = [];
  for (const found of evidence.signatures)
    signatures.push({ subject: found.subject, verdict: await judged(() => checkSignature(found, trust)) });
  const read: Read[] = [];
  for (const found of evidence.attestations) read.push(await readAttestation(found, trust));
  return {
    subjects: evidence.subjects,
    signatures,
    attestations: read.map(({ found, ...rest }) => toChecked(found, rest, read)),
  };
}

interface Opened {
  readonly verdict: Verdict;
  readonly statement?: Statement;
  /** The statement as it was signed or stored. */
  readonly bytes?: Buffer;
}

type Read = Opened & { readonly found: FoundAttestation };

/** A plain statement counts for as much as a signed one that says exactly the same. */
function toChecked(found: FoundAttestation, opened: Opened, all: readonly Read[]): CheckedAttestation {
  const { subject, form, descriptor } = found;
  const { statement, bytes } = opened;
  const signed = all.filter(
    (other) =>
      other.verdict.kind === "verified" &&
      other.found.subject.digest === subject.digest &&
      other.statement?.predicateType === statement?.predicateType,
  );
  const isSame = bytes !== undefined && signed.some((other) => other.bytes?.equals(bytes) === true);
  const verdict: Verdict =
    opened.verdict.kind !== "unsigned"
      ? opened.verdict
      : isSame || signed.length === 0
        ? { kind: "unsigned", same: isSame }
        : { kind: "invalid", why: "it says something else than the signed statement of this type" };
  return {
    subject,
    form,
    predicateType: statement?.predicateType ?? found.predicateType,
    digest: descriptor.digest,
    sizeBytes: descriptor.size,
    verdict,
    ...(statement === undefined ? {} : { statement }),
  };
}

async function readAttestation(found: FoundAttestation, trust: Trust): Promise<Read> {
  try {
    return { found, ...open(found, await found.read(), trust) };
  } catch (error) {
    return { found, verdict: toInvalid(error) };
  }
}

function open(found: FoundAttestation, bytes: Buffer, trust: Trust): Opened {
  const name = `${found.form} ${found.descriptor.digest}`;
  if (found.form === "plain") {
    const statement = parseStatement(bytes, name);
    requireAbout(statement, found, name);
    return { verdict: { kind: "unsigned", same: false }, statement, bytes };
  }
  const bundle = found.form === "bundle" ? readSigstoreBundle(bytes, name) : openTagged(bytes, found, name, trust);
  // Of a message: no statement, whoever signed it.
  if (bundle === undefined) return { verdict: { kind: "unknown-key" } };
  const { envelope } = bundle;
  if (envelope.payloadType !== MEDIA_TYPES.inToto)
    throw new BasaltError("EVIDENCE_INVALID", `${name} holds ${envelope.payloadType}, and no in-toto statement`);
  const payload = Buffer.from(envelope.payload, "base64");
  const statement = parseStatement(payload, name);
  requireAbout(statement, found, name);
  return { verdict: verdictOf(envelope, payload, bundle, trust), statement, bytes: payload };
}

/** A bundle, or as much of one as lies under cosign's tag. */
type OpenBundle = Pick<SigstoreBundle, "key" | "envelope"> & Partial<SigstoreBundle>;

/**
 * What cosign 2 keeps under a tag. Where a certificate signed it, it counts by its log's promise alone: its time stamps are of the whole
 * envelope, not of the signature. @throws BasaltError `EVIDENCE_INVALID`
 */
function openTagged(
  bytes: Buffer,
  { descriptor }: FoundAttestation,
  name: string,
  { certificates }: Trust,
): OpenBundle {
  const envelope = parseDsseEnvelope(bytes, name);
  // Where no certificates count, nothing is asked of them.
  const found = certificates === undefined ? undefined : parseCosignAnnotations(descriptor.annotations ?? {}, name);
  if (found === undefined || !found.hasPromise) return { key: { kind: "none" }, envelope };
  const { timestampVerificationData: _, ...material } = found.material;
  return { key: { kind: "certificate" }, envelope, material };
}

/** What nobody signed, the manifest, must not give a statement another meaning. @throws BasaltError `EVIDENCE_INVALID` */
function requireAbout(statement: Statement, { subject, predicateType }: FoundAttestation, name: string): void {
  if (!isAbout(statement, subject.digest))
    throw new BasaltError("EVIDENCE_INVALID", `${name} is about another image than ${subject.digest}`);
  if (predicateType !== "" && predicateType !== statement.predicateType)
    throw new BasaltError(
      "EVIDENCE_INVALID",
      `${name} is filed as ${predicateType}, and is ${statement.predicateType}`,
    );
}

function verdictOf(
  envelope: DsseEnvelope,
  payload: Buffer,
  { key: named, material = {} }: OpenBundle,
  { keys, certificates }: Trust,
): Verdict {
  const { payloadType, signatures } = envelope;
  const signed = dsseSigningBytes(payloadType, payload);
  for (const { sig } of signatures)
    for (const { hint, key } of keys)
      if (verify("sha256", signed, key, Buffer.from(sig, "base64"))) return { kind: "verified", keyHint: hint };
  if (named.kind === "certificate") return toVerdict(certificates?.checkEnvelope(envelope, material));
  if (named.kind === "hint" && keys.some(({ hint }) => hint === named.hint))
    return { kind: "invalid", why: "the signature is not that of the key that it names: something was changed" };
  return { kind: "unknown-key", ...(named.kind === "hint" ? { keyHint: named.hint } : {}) };
}

/** Without a trusted root, nobody is known. */
function toVerdict(verdict: CertificateVerdict = { kind: "stranger" }): Verdict {
  switch (verdict.kind) {
    case "good":
      return { kind: "verified", certificate: verdict.by };
    case "stranger":
      return { kind: "unknown-key", ...(verdict.by === undefined ? {} : { certificate: verdict.by }) };
    case "bad":
      return { kind: "invalid", why: verdict.why };
  }
}

async function checkSignature(found: FoundSignature, { keys, certificates }: Trust): Promise<Verdict> {
  const { subject } = found;
  const payload = await found.read();
  const name = `the signature of ${subject.digest}`;
  const document = parseStrictJson(payload, { name, code: "EVIDENCE_INVALID" }) as {
    readonly critical?: { readonly image?: { readonly "docker-manifest-digest"?: unknown } };
  } | null;
  if (document?.critical?.image?.["docker-manifest-digest"] !== subject.digest)
    return { kind: "invalid", why: `it is of another image than ${subject.digest}` };
  const bytes = Buffer.from(found.annotations[SIGNATURE_ANNOTATION] ?? "", "base64");
  const signer = keys.find(({ key }) => verify("sha256", payload, key, bytes));
  if (signer !== undefined) return { kind: "verified", keyHint: signer.hint };
  const certified = certificates === undefined ? undefined : parseCosignAnnotations(found.annotations, name);
  return toVerdict(certified && certificates?.checkBytes(payload, bytes, certified.material));
}

async function judged(work: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await work();
  } catch (error) {
    return toInvalid(error);
  }
}

/** What is wrong with the evidence itself; a registry that does not answer says nothing about it. */
const FAULTS: ReadonlySet<string> = new Set([
  "EVIDENCE_INVALID",
  "BLOB_DIGEST_MISMATCH",
  "BLOB_UNKNOWN",
  "SIZE_LIMIT_EXCEEDED",
]);

function toInvalid(error: unknown): Verdict {
  if (error instanceof BasaltError && FAULTS.has(error.code)) return { kind: "invalid", why: error.message };
  throw error;
}

/** What an image of Basalt says of itself at least. */
const REQUIRED = {
  index: [PREDICATE_TYPES.slsaProvenance, PREDICATE_TYPES.lock],
  platform: [PREDICATE_TYPES.slsaProvenance, PREDICATE_TYPES.lock, PREDICATE_TYPES.spdx],
} as const;

/** Why the evidence of an image is not good enough; nothing when it is. */
export function findGaps({ subjects, signatures, attestations }: CheckedEvidence): readonly string[] {
  const gaps: string[] = [];
  for (const subject of subjects) {
    const of = nameOf(subject);
    const own = <T extends { readonly subject: Subject }>(items: readonly T[]): readonly T[] =>
      items.filter((item) => item.subject.digest === subject.digest);
    const isVerified = ({ verdict }: { readonly verdict: Verdict }): boolean => verdict.kind === "verified";
    const isSigned = [...own(signatures), ...own(attestations).filter(isImageSignature)].some(isVerified);
    if (!isSigned) gaps.push(`${of}: no signature by a trusted key`);
    for (const type of subject.platform === undefined ? REQUIRED.index : REQUIRED.platform)
      if (!own(attestations).some((item) => item.predicateType === type && isVerified(item)))
        gaps.push(`${of}: no signed ${type}`);
    for (const { verdict } of own(signatures))
      if (verdict.kind === "invalid") gaps.push(`${of}: signature: ${verdict.why}`);
    for (const { verdict, predicateType } of own(attestations))
      if (verdict.kind === "invalid") gaps.push(`${of}: ${predicateType}: ${verdict.why}`);
  }
  return gaps;
}

/** The signature of an image as cosign 3 has it: a statement that says nothing. */
function isImageSignature({ predicateType }: CheckedAttestation): boolean {
  return predicateType === PREDICATE_TYPES.cosignSignature;
}

/** For people. */
export function nameOf({ platform }: Subject): string {
  return platform ?? "index";
}
