// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { DsseEnvelope } from "./dsse.js";
import type { Statement } from "./in-toto.js";
import { MEDIA_TYPES } from "./oci/media-types.js";
import { parseStrictJson } from "./strict-json.js";

/** What a bundle says of its key: cosign's hint, or a certificate of Fulcio. */
export type BundleKey =
  { readonly kind: "hint"; readonly hint: string } | { readonly kind: "certificate" } | { readonly kind: "none" };

/**
 * What a signature is checked with: the name of a key; or a certificate with what shows when it was used. In the JSON form of
 * bundles, so that one is taken over as it is. Source: sigstore/protobuf-specs, sigstore_bundle.proto, `VerificationMaterial`.
 */
export type VerificationMaterial = Readonly<Record<string, unknown>>;

export interface SigstoreBundle {
  readonly key: BundleKey;
  readonly envelope: DsseEnvelope;
  readonly material: VerificationMaterial;
}

/** Annotation of the manifest around a bundle: what kind of statement is in it. Source: sigstore/cosign, pkg/oci/remote (bundle mode). */
export const BUNDLE_PREDICATE_ANNOTATION = "dev.sigstore.bundle.predicateType";

/** Says which key, or whose certificate, signed, so that what a former one signed is told apart. */
export const SIGNER_ANNOTATION = "io.basalt.signing-key";

type Fields = Readonly<Record<string, unknown>>;

/** Reads a bundle around a DSSE envelope. @throws BasaltError `EVIDENCE_INVALID` */
export function parseSigstoreBundle(bytes: Buffer, name: string): SigstoreBundle {
  const bundle = readSigstoreBundle(bytes, name);
  if (bundle === undefined) throw invalid(name, "has no DSSE envelope");
  return bundle;
}

/**
 * Reads a bundle; nothing where it is around the signature of a message, which is no statement. Source: sigstore/protobuf-specs,
 * sigstore_bundle.proto, v0.1 to v0.3. @throws BasaltError `EVIDENCE_INVALID`
 */
export function readSigstoreBundle(bytes: Buffer, name: string): SigstoreBundle | undefined {
  const bundle = fieldsOf(parseStrictJson(bytes, { name, code: "EVIDENCE_INVALID" }), name);
  const type = bundle["mediaType"];
  if (typeof type !== "string" || !/^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.[0-9]+)?\+json/.test(type))
    throw invalid(name, `is no sigstore bundle, but ${JSON.stringify(type)}`);
  const material = fieldsOf(bundle["verificationMaterial"], name);
  const envelope = bundle["dsseEnvelope"];
  if (envelope === undefined && bundle["messageSignature"] !== undefined) return undefined;
  if (envelope === undefined) throw invalid(name, "has no DSSE envelope");
  return { key: keyOf(material), envelope: parseEnvelope(envelope, name), material };
}

/** A bundle around a DSSE envelope, v0.3. */
export function formatSigstoreBundle({ envelope, material }: Omit<SigstoreBundle, "key">): Buffer {
  const bundle = {
    mediaType: MEDIA_TYPES.sigstoreBundle,
    verificationMaterial: material,
    dsseEnvelope: envelope,
  };
  return Buffer.from(JSON.stringify(bundle));
}

function keyOf({ publicKey, certificate, x509CertificateChain: chain }: Fields): BundleKey {
  if (certificate !== undefined || chain !== undefined) return { kind: "certificate" };
  const hint = typeof publicKey === "object" && publicKey !== null ? (publicKey as Fields)["hint"] : undefined;
  return typeof hint === "string" && hint !== "" ? { kind: "hint", hint } : { kind: "none" };
}

/** Reads a DSSE envelope by itself, as cosign 2 keeps attestations. @throws BasaltError `EVIDENCE_INVALID` */
export function parseDsseEnvelope(bytes: Buffer, name: string): DsseEnvelope {
  return parseEnvelope(parseStrictJson(bytes, { name, code: "EVIDENCE_INVALID" }), name);
}

const MAX_SIGNATURES = 100;

function parseEnvelope(value: unknown, name: string): DsseEnvelope {
  const { payload, payloadType, signatures } = fieldsOf(value, name);
  if (typeof payload !== "string" || !isBase64(payload)) throw invalid(name, "has a payload that is not base64");
  if (typeof payloadType !== "string") throw invalid(name, "does not say what its payload is");
  if (!Array.isArray(signatures) || signatures.length === 0) throw invalid(name, "has no signature");
  if (signatures.length > MAX_SIGNATURES) throw invalid(name, `has more than ${MAX_SIGNATURES} signatures`);
  return {
    payload,
    payloadType,
    signatures: signatures.map((each: unknown) => {
      const { sig, keyid = "" } = fieldsOf(each, name);
      if (typeof sig !== "string" || sig === "" || !isBase64(sig))
        throw invalid(name, "has a signature that is not base64");
      if (typeof keyid !== "string") throw invalid(name, "has a key id that is no text");
      return { sig, ...(keyid === "" ? {} : { keyid }) };
    }),
  };
}

/** The statement in an envelope's payload, or by itself. @throws BasaltError `EVIDENCE_INVALID` */
export function parseStatement(bytes: Buffer, name: string): Statement {
  const value = fieldsOf(parseStrictJson(bytes, { name, code: "EVIDENCE_INVALID" }), name);
  const { _type: type, subject, predicateType, predicate } = value;
  // v0.1 has the same shape. Source: in-toto attestation framework, spec/v0.1.0/README.md
  if (type !== "https://in-toto.io/Statement/v1" && type !== "https://in-toto.io/Statement/v0.1")
    throw invalid(name, `is no in-toto statement, but ${JSON.stringify(type)}`);
  if (typeof predicateType !== "string" || predicateType === "") throw invalid(name, "has no predicate type");
  if (!Array.isArray(subject) || subject.length === 0) throw invalid(name, "is about nothing");
  for (const each of subject as readonly unknown[]) fieldsOf(fieldsOf(each, name)["digest"], name);
  return { _type: type, subject, predicateType, predicate } as Statement;
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(name, "has not the shape that it should have");
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function invalid(name: string, what: string): BasaltError {
  return new BasaltError("EVIDENCE_INVALID", `${name} ${what}`);
}
