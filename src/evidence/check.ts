// SPDX-License-Identifier: Apache-2.0
import { verify, type KeyObject } from "node:crypto";
import { BasaltError } from "../errors.js";
import { keyHintOf } from "../formats/cosign-key.js";
import { splitDigest, type Digest } from "../formats/digest.js";
import { dsseSigningBytes, type DsseEnvelope } from "../formats/dsse.js";
import { PREDICATE_TYPES, type Statement } from "../formats/in-toto.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { parseDsseEnvelope, parseSigstoreBundle, parseStatement, type BundleKey } from "../formats/sigstore-bundle.js";
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

/**
 * `verified`: signed by a trusted key, and about this manifest. `unsigned`: a plain statement; `same` when a verified one says
 * exactly that. `unknown-key`: signed by a key that is not trusted here. `invalid`: it contradicts itself, its signature or its subject.
 */
export type Verdict =
  | { readonly kind: "verified"; readonly keyHint: string }
  | { readonly kind: "unsigned"; readonly same: boolean }
  | { readonly kind: "unknown-key"; readonly keyHint?: string }
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

/** Checks everything that lies beside an image with the keys that are trusted. Unreadable evidence is invalid, not an error. */
export async function checkEvidence(evidence: ImageEvidence, keys: readonly TrustedKey[]): Promise<CheckedEvidence> {
  const signatures: CheckedSignature[] = [];
  for (const found of evidence.signatures)
    signatures.push({ subject: found.subject, verdict: await judged(() => checkSignature(found, keys)) });
  const read: Read[] = [];
  for (const found of evidence.attestations) read.push(await readAttestation(found, keys));
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

async function readAttestation(found: FoundAttestation, keys: readonly TrustedKey[]): Promise<Read> {
  try {
    return { found, ...open(found, await found.read(), keys) };
  } catch (error) {
    return { found, verdict: toInvalid(error) };
  }
}

function open(found: FoundAttestation, bytes: Buffer, keys: readonly TrustedKey[]): Opened {
  const name = `${found.form} ${found.descriptor.digest}`;
  if (found.form === "plain") {
    const statement = parseStatement(bytes, name);
    requireAbout(statement, found, name);
    return { verdict: { kind: "unsigned", same: false }, statement, bytes };
  }
  const bundle =
    found.form === "bundle"
      ? parseSigstoreBundle(bytes, name)
      : { key: { kind: "none" } as const, envelope: parseDsseEnvelope(bytes, name) };
  const { envelope } = bundle;
  if (envelope.payloadType !== MEDIA_TYPES.inToto)
    throw new BasaltError("EVIDENCE_INVALID", `${name} holds ${envelope.payloadType}, and no in-toto statement`);
  const payload = Buffer.from(envelope.payload, "base64");
  const statement = parseStatement(payload, name);
  requireAbout(statement, found, name);
  return { verdict: verdictOf(envelope, payload, bundle.key, keys), statement, bytes: payload };
}

/** What nobody signed, the manifest, must not give a statement another meaning. @throws BasaltError `EVIDENCE_INVALID` */
function requireAbout(statement: Statement, { subject, predicateType }: FoundAttestation, name: string): void {
  const { algorithm, hex } = splitDigest(subject.digest);
  if (!statement.subject.some(({ digest }) => digest[algorithm] === hex))
    throw new BasaltError("EVIDENCE_INVALID", `${name} is about another image than ${subject.digest}`);
  if (predicateType !== "" && predicateType !== statement.predicateType)
    throw new BasaltError(
      "EVIDENCE_INVALID",
      `${name} is filed as ${predicateType}, and is ${statement.predicateType}`,
    );
}

/** @throws BasaltError `EVIDENCE_INVALID` for a signature that a trusted key should have made, and did not */
function verdictOf(
  { payloadType, signatures }: DsseEnvelope,
  payload: Buffer,
  named: BundleKey,
  keys: readonly TrustedKey[],
): Verdict {
  const signed = dsseSigningBytes(payloadType, payload);
  for (const { sig } of signatures)
    for (const { hint, key } of keys)
      if (verify("sha256", signed, key, Buffer.from(sig, "base64"))) return { kind: "verified", keyHint: hint };
  if (named.kind === "hint" && keys.some(({ hint }) => hint === named.hint))
    return { kind: "invalid", why: "the signature is not that of the key that it names: something was changed" };
  return { kind: "unknown-key", ...(named.kind === "hint" ? { keyHint: named.hint } : {}) };
}

async function checkSignature(
  { subject, signature, read }: FoundSignature,
  keys: readonly TrustedKey[],
): Promise<Verdict> {
  const payload = await read();
  const name = `the signature of ${subject.digest}`;
  const document = parseStrictJson(payload, { name, code: "EVIDENCE_INVALID" }) as {
    readonly critical?: { readonly image?: { readonly "docker-manifest-digest"?: unknown } };
  } | null;
  if (document?.critical?.image?.["docker-manifest-digest"] !== subject.digest)
    return { kind: "invalid", why: `it is of another image than ${subject.digest}` };
  const bytes = Buffer.from(signature, "base64");
  const found = keys.find(({ key }) => verify("sha256", payload, key, bytes));
  return found === undefined ? { kind: "unknown-key" } : { kind: "verified", keyHint: found.hint };
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
    if (!own(signatures).some(isVerified)) gaps.push(`${of}: no signature by a trusted key`);
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

/** For people. */
export function nameOf({ platform }: Subject): string {
  return platform ?? "index";
}
