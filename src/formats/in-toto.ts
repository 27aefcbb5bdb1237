// SPDX-License-Identifier: Apache-2.0
import type { Digest } from "./digest.js";
import { splitDigest } from "./digest.js";

/** Source: in-toto attestation framework, spec/v1/statement.md. */
export interface Statement<Predicate = unknown> {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

export const PREDICATE_TYPES = {
  spdx: "https://spdx.dev/Document",
  /** As cosign files it; the version is in the document. */
  cycloneDx: "https://cyclonedx.org/bom",
  slsaProvenance: "https://slsa.dev/provenance/v1",
  /** The image itself, as cosign 3 signs it. Source: sigstore/cosign, pkg/types/predicate.go. */
  cosignSignature: "https://sigstore.dev/cosign/sign/v1",
  vulns: "https://in-toto.io/attestation/vulns/v0.1",
  openVex: "https://openvex.dev/ns",
  verificationSummary: "https://slsa.dev/verification_summary/v1",
  /** As Docker's hardened images have it; its policies look for an empty one. */
  secrets: "https://scout.docker.com/secrets/v0.1",
  /** As Docker's hardened images have it. */
  virus: "https://scout.docker.com/virus/v0.1",
  /** Licences and what is under each. Source: docs/provenance.md. */
  licenses: "urn:basalt:predicate:licenses:1",
  /** What changed since the image that the tag led to before. Source: docs/provenance.md. */
  changelog: "urn:basalt:predicate:changelog:1",
  testResult: "https://in-toto.io/attestation/test-result/v0.1",
  /** Lock and definition: what `basalt rebuild` builds from. Source: docs/provenance.md. */
  lock: "urn:basalt:predicate:lock:1",
} as const;

export const PREDICATE_TYPE_ANNOTATION = "in-toto.io/predicate-type";

/** A statement about one manifest. */
export function toStatement<Predicate>(
  subject: { readonly name: string; readonly digest: Digest },
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  const { algorithm, hex } = splitDigest(subject.digest);
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: subject.name, digest: { [algorithm]: hex } }],
    predicateType,
    predicate,
  };
}

/** Whether a statement is about a manifest. */
export function isAbout({ subject }: Pick<Statement, "subject">, manifest: Digest): boolean {
  const { algorithm, hex } = splitDigest(manifest);
  return subject.some(({ digest }) => digest[algorithm] === hex);
}
