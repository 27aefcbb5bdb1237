// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from "node:crypto";

/** Signs bytes with ECDSA P-256 and SHA-256; the result is ASN.1 DER. */
export interface Signer {
  /** Base64 of the SHA-256 of the public key's DER form: how cosign names a key. */
  readonly keyHint: string;
  readonly publicKey: KeyObject;
  readonly sign: (bytes: Buffer) => Promise<Buffer>;
}
