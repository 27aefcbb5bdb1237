// SPDX-License-Identifier: Apache-2.0
import { createHash, X509Certificate as Leaf, type KeyObject } from "node:crypto";
import type { X509Certificate as Certificate } from "@sigstore/core";
import type { SignedEntity, Verifier } from "@sigstore/verify";
import { BasaltError } from "../errors.js";
import type { CertificateIdentity } from "./certificate-identity.js";
import { dsseSigningBytes, type DsseEnvelope } from "./dsse.js";
import type { VerificationMaterial } from "./sigstore-bundle.js";
import { parseStrictJson } from "./strict-json.js";

/**
 * `good`: by the one who is trusted. `stranger`: by somebody else, as far as that is known. `bad`: it contradicts itself, its log or its
 * time stamp.
 */
export type CertificateVerdict =
  | { readonly kind: "good"; readonly by: CertificateIdentity }
  | { readonly kind: "stranger"; readonly by?: CertificateIdentity }
  | { readonly kind: "bad"; readonly why: string };

/** Somebody whose signatures are good, though they have no key that lasts, and the authorities that vouch for them. */
export interface CertificateTrust {
  readonly trusted: CertificateIdentity;
  /** The trusted root as it was read. */
  readonly root: Buffer;
  readonly checkEnvelope: (envelope: DsseEnvelope, material: VerificationMaterial) => CertificateVerdict;
  /** A signature of bytes, ASN.1 DER. */
  readonly checkBytes: (bytes: Buffer, signature: Buffer, material: VerificationMaterial) => CertificateVerdict;
}

/**
 * Reads a trusted root, as `cosign trusted-root create` writes it and Sigstore's own repository hands it out. A signature needs a
 * certificate of one of its authorities; an entry in a log where it names logs; the same of certificate logs; and a time at which the
 * certificate was valid, from a log's promise or a time stamp. Source: sigstore/protobuf-specs, sigstore_trustroot.proto, `TrustedRoot`.
 * @throws BasaltError `KEY_INVALID`
 */
export async function trustCertificates(
  root: Buffer,
  trusted: CertificateIdentity,
  name: string,
): Promise<CertificateTrust> {
  if (trusted.identity === "" || trusted.issuer === "")
    throw new BasaltError("KEY_INVALID", "certificates are for somebody: an identity or an issuer is empty");
  // They take a twentieth of a second to load, and few commands need them.
  const { bundleFromJSON } = await import("@sigstore/bundle");
  const { X509Certificate } = await import("@sigstore/core");
  const { toSignedEntity } = await import("@sigstore/verify");
  const { verifier, authorities } = await openTrustedRoot(root, name);
  const check = (
    verificationMaterial: VerificationMaterial,
    content: object,
    { artifact, signedBytes }: Checked,
  ): CertificateVerdict =>
    judged(() => {
      const leaf = leafOf(verificationMaterial);
      const key = new Leaf(leaf);
      if (!authorities.some((authority) => key.verify(authority))) return { kind: "stranger" };
      const by = identityOf(X509Certificate.parse(leaf));
      // What somebody else signed may be witnessed by whom nobody here knows: that makes it no worse.
      if (by === undefined || !isSame(by, trusted)) return { kind: "stranger", ...(by === undefined ? {} : { by }) };
      const mediaType = mediaTypeFor(verificationMaterial);
      const entity = toSignedEntity(bundleFromJSON({ mediaType, verificationMaterial, ...content }), artifact);
      requirePlainNames(entity);
      const { identity = {} } = verifier.verify(signedBytes === undefined ? entity : asHashed(entity, signedBytes));
      const verified = { identity: identity.subjectAlternativeName ?? "", issuer: identity.extensions?.issuer ?? "" };
      return isSame(verified, trusted) ? { kind: "good", by } : { kind: "bad", why: "it has two certificates" };
    });
  return {
    trusted,
    root,
    checkEnvelope: (dsseEnvelope, material) =>
      check(
        material,
        { dsseEnvelope },
        { signedBytes: dsseSigningBytes(dsseEnvelope.payloadType, Buffer.from(dsseEnvelope.payload, "base64")) },
      ),
    checkBytes: (bytes, signature, material) => {
      const digest = createHash("sha256").update(bytes).digest("base64");
      const messageDigest = { algorithm: "SHA2_256", digest };
      const messageSignature = { messageDigest, signature: signature.toString("base64") };
      return check(material, { messageSignature }, { artifact: bytes });
    },
  };
}

interface Checked {
  /** What a message's signature is of. */
  readonly artifact?: Buffer;
  /** What an envelope's signature is of. */
  readonly signedBytes?: Buffer;
}

/**
 * Logs of envelopes have the hash of the payload, or, in entries of Rekor 2 that are like those of messages, of what was signed, which the
 * library does not know yet. Source: sigstore/rekor-tiles, CLIENTS.md, "DSSE / signed attestations".
 */
function asHashed(entity: SignedEntity, signedBytes: Buffer): SignedEntity {
  const { signature, tlogEntries } = entity;
  if (tlogEntries.some(({ kindVersion }) => kindVersion.kind !== "hashedrekord")) return entity;
  const hash = createHash("sha256").update(signedBytes).digest();
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareDigest: (digest) => digest.equals(hash),
      compareSignature: (other) => signature.compareSignature(other),
      verifySignature: (key) => signature.verifySignature(key),
    },
  };
}

/** The certificate of who signed. */
function leafOf({ certificate, x509CertificateChain: chain, publicKey }: VerificationMaterial): Buffer<ArrayBuffer> {
  if ([certificate, chain, publicKey].filter((each) => each !== undefined).length !== 1)
    throw new Error("it has to have one certificate, and nothing in its place");
  const { rawBytes } = (certificate ?? (chain as { readonly certificates: readonly unknown[] }).certificates[0]) as {
    readonly rawBytes: string;
  };
  return Buffer.from(rawBytes, "base64");
}

/** Source: sigstore/fulcio, docs/oid-info.md: the issuer, and what it was before it was written in DER. */
const ISSUER_OIDS = { current: "1.3.6.1.4.1.57264.1.8", former: "1.3.6.1.4.1.57264.1.1" } as const;

/** Undefined where it names nobody, as those of other authorities. */
function identityOf(leaf: Certificate): CertificateIdentity | undefined {
  const identity = leaf.subjectAltName;
  const current = leaf.extension(ISSUER_OIDS.current)?.valueObj.subs[0]?.value;
  const issuer = (current ?? leaf.extension(ISSUER_OIDS.former)?.value)?.toString("ascii");
  return identity === undefined || issuer === undefined ? undefined : { identity, issuer };
}

function isSame(a: CertificateIdentity, b: CertificateIdentity): boolean {
  return a.identity === b.identity && a.issuer === b.issuer;
}

/**
 * The library takes the names in checkpoints for regular expressions, and whoever wrote one may have written one that never ends. It finds
 * them wherever a dash stands, not only where a line begins.
 */
function requirePlainNames({ tlogEntries }: Pick<SignedEntity, "tlogEntries">): void {
  for (const { inclusionProof } of tlogEntries)
    for (const [, name = ""] of (inclusionProof?.checkpoint?.envelope ?? "").matchAll(/\u2014 (\S+)/gu))
      if (!/^[A-Za-z0-9._:/-]+$/.test(name)) throw new Error("a checkpoint has a signature by a name that is none");
}

interface OpenTrustedRoot {
  readonly verifier: Verifier;
  /** Keys of all certificates of authorities. */
  readonly authorities: readonly KeyObject[];
}

async function openTrustedRoot(root: Buffer, name: string): Promise<OpenTrustedRoot> {
  const { TrustedRoot } = await import("@sigstore/protobuf-specs");
  const { toTrustMaterial, Verifier } = await import("@sigstore/verify");
  const json = parseStrictJson(root, { name, code: "KEY_INVALID" });
  try {
    const trusted = TrustedRoot.fromJSON(json);
    const material = toTrustMaterial(trusted);
    const authorities = trusted.certificateAuthorities
      .flatMap(({ certChain }) => certChain?.certificates ?? [])
      .map(({ rawBytes }) => new Leaf(rawBytes).publicKey);
    if (authorities.length === 0) throw new Error("it names no certificate authority");
    const verifier = new Verifier(material, {
      tlogThreshold: Math.min(1, material.tlogs.length),
      ctlogThreshold: Math.min(1, material.ctlogs.length),
      timestampThreshold: 1,
    });
    return { verifier, authorities };
  } catch (cause) {
    throw new BasaltError("KEY_INVALID", `${name} is no trusted root of Sigstore: ${(cause as Error).message}`, {
      cause,
      action:
        "cosign trusted-root create writes one; that of the public instance is trusted_root.json of its repository",
    });
  }
}

/** As the library checks what a version has: the first has promises, the second proofs of inclusion, the third one certificate. */
function mediaTypeFor({ tlogEntries, x509CertificateChain: chain }: VerificationMaterial): string {
  const entries = Array.isArray(tlogEntries) ? (tlogEntries as readonly { readonly inclusionProof?: unknown }[]) : [];
  if (entries.some((entry) => entry?.inclusionProof === undefined))
    return "application/vnd.dev.sigstore.bundle+json;version=0.1";
  return chain === undefined
    ? "application/vnd.dev.sigstore.bundle.v0.3+json"
    : "application/vnd.dev.sigstore.bundle+json;version=0.2";
}

/** The library throws for whatever is wrong; what it was given comes from who knows where. */
function judged(check: () => CertificateVerdict): CertificateVerdict {
  try {
    return check();
  } catch (error) {
    return { kind: "bad", why: (error as Error).message };
  }
}
