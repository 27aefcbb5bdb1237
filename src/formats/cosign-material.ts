// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from "node:crypto";
import { BasaltError } from "../errors.js";
import type { VerificationMaterial } from "./sigstore-bundle.js";
import { parseStrictJson } from "./strict-json.js";

const CERTIFICATE = "dev.sigstore.cosign/certificate";
const ENTRY = "dev.sigstore.cosign/bundle";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";

type Fields = Readonly<Record<string, unknown>>;
type Annotations = Readonly<Record<string, string>>;

/**
 * What a signature is checked with, in annotations beside it: cosign's form before there were bundles; none, where a key signed. An entry of
 * a log is one with a promise, which Rekor 2 does not make. Without time stamps: cosign has those of attestations made of something else than
 * bundles do, and the promise has a time. Source: sigstore/cosign, specs/SIGNATURE_SPEC.md, "Properties".
 */
export function toCosignAnnotations(material: VerificationMaterial): Annotations {
  const certificate = fields(material["certificate"])["rawBytes"];
  if (typeof certificate !== "string") return {};
  const entry = items(material["tlogEntries"]).find((each) => fields(each)["inclusionPromise"] !== undefined);
  const promise = fields(fields(entry)["inclusionPromise"])["signedEntryTimestamp"];
  return {
    [CERTIFICATE]: new X509Certificate(Buffer.from(certificate, "base64")).toString(),
    ...(typeof promise === "string" ? { [ENTRY]: JSON.stringify(toCosignEntry(fields(entry), promise)) } : {}),
  };
}

function toCosignEntry(entry: Fields, promise: string): object {
  return {
    SignedEntryTimestamp: promise,
    Payload: {
      body: entry["canonicalizedBody"],
      integratedTime: Number(entry["integratedTime"]),
      logIndex: Number(entry["logIndex"]),
      logID: Buffer.from(String(fields(entry["logId"])["keyId"]), "base64").toString("hex"),
    },
  };
}

/** What a certificate's signature is checked with. */
export interface CosignMaterial {
  readonly material: VerificationMaterial;
  /** Whether a log promises that it has it. */
  readonly hasPromise: boolean;
}

/** Undefined where there is no certificate. @throws BasaltError `EVIDENCE_INVALID` */
export function parseCosignAnnotations(annotations: Annotations, name: string): CosignMaterial | undefined {
  const pem = annotations[CERTIFICATE];
  if (pem === undefined) return undefined;
  const entry = annotations[ENTRY];
  const timestamp = annotations[TIMESTAMP];
  const material = {
    certificate: { rawBytes: parseCertificate(pem, name) },
    tlogEntries: entry === undefined ? [] : [parseCosignEntry(entry, name)],
    ...(timestamp === undefined
      ? {}
      : { timestampVerificationData: { rfc3161Timestamps: [parseTimestamp(timestamp, name)] } }),
  };
  return { material, hasPromise: entry !== undefined };
}

function parseCertificate(pem: string, name: string): string {
  try {
    return new X509Certificate(pem).raw.toString("base64");
  } catch (cause) {
    throw new BasaltError("EVIDENCE_INVALID", `${name} has a certificate that cannot be read`, { cause });
  }
}

function parseCosignEntry(text: string, name: string): object {
  const value = fields(parseStrictJson(Buffer.from(text), { name, code: "EVIDENCE_INVALID" }));
  const { body, integratedTime, logIndex, logID } = fields(value["Payload"]);
  const promise = value["SignedEntryTimestamp"];
  if (typeof body !== "string" || typeof promise !== "string" || typeof logID !== "string")
    throw new BasaltError(
      "EVIDENCE_INVALID",
      `${name} has an entry of a log that has not the shape that it should have`,
    );
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
    kindVersion: kindOf(body, name),
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: promise },
    canonicalizedBody: body,
  };
}

function kindOf(body: string, name: string): object {
  const { kind, apiVersion } = fields(
    parseStrictJson(Buffer.from(body, "base64"), { name: `the entry of ${name}`, code: "EVIDENCE_INVALID" }),
  );
  return { kind, version: apiVersion };
}

function parseTimestamp(text: string, name: string): object {
  const { SignedRFC3161Timestamp: signedTimestamp } = fields(
    parseStrictJson(Buffer.from(text), { name, code: "EVIDENCE_INVALID" }),
  );
  return { signedTimestamp };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
