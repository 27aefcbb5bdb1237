// SPDX-License-Identifier: Apache-2.0
import { verify, type KeyObject } from "node:crypto";
import { dsseSigningBytes } from "../formats/dsse.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { SigstoreBundle, VerificationMaterial } from "../formats/sigstore-bundle.js";
import { SIGNATURE_ANNOTATION } from "../formats/simple-signing.js";

/** A key that signs with ECDSA P-256 and SHA-256; the result is ASN.1 DER. */
export interface SigningKey {
  /** Base64 of the SHA-256 of the public key's DER form: how cosign names a key. */
  readonly keyHint: string;
  readonly publicKey: KeyObject;
  readonly sign: (bytes: Buffer) => Promise<Buffer>;
}

/** A signature, and what it is checked with. */
export interface Signed {
  /** ASN.1 DER. */
  readonly signature: Buffer;
  readonly material: VerificationMaterial;
}

/** Signs by a key, or by a certificate for a moment. Both throw BasaltError `SIGNER_FAILED` and what opening a key throws. */
export interface Signer {
  /** Tells its signatures apart from those of others: the hint of its key, or whom its certificates are for. */
  readonly name: string;
  /** Whether cosign's form before bundles cannot hold what its signatures are checked with. */
  readonly isForBundles: boolean;
  readonly signBytes: (bytes: Buffer) => Promise<Signed>;
  /** Signs the envelope around an in-toto statement. Source: secure-systems-lab/dsse, protocol.md. */
  readonly signStatement: (bytes: Buffer) => Promise<Signed>;
  /** Whether an envelope is its own. */
  readonly hasSignedStatement: (signed: Pick<SigstoreBundle, "envelope" | "material">) => boolean;
  /** Whether a signature of these bytes is its own, by what cosign writes beside it. */
  readonly hasSigned: (bytes: Buffer, annotations: Readonly<Record<string, string>>) => boolean;
}

/** A signer whose signatures are checked with a public key. */
export function signerByKey({ keyHint, publicKey, sign }: SigningKey): Signer {
  const isOwn = (bytes: Buffer, signature: string): boolean =>
    verify("sha256", bytes, publicKey, Buffer.from(signature, "base64"));
  const signBytes = async (bytes: Buffer): Promise<Signed> => ({
    signature: await sign(bytes),
    material: { publicKey: { hint: keyHint }, tlogEntries: [] },
  });
  return {
    name: keyHint,
    isForBundles: false,
    signBytes,
    signStatement: (bytes) => signBytes(dsseSigningBytes(MEDIA_TYPES.inToto, bytes)),
    hasSignedStatement: ({ envelope: { payload, payloadType, signatures } }) => {
      const bytes = dsseSigningBytes(payloadType, Buffer.from(payload, "base64"));
      return signatures.some(({ sig }) => isOwn(bytes, sig));
    },
    hasSigned: (bytes, annotations) => isOwn(bytes, annotations[SIGNATURE_ANNOTATION] ?? ""),
  };
}
