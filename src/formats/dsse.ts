// SPDX-License-Identifier: Apache-2.0

/** Signed envelope. Source: secure-systems-lab/dsse, envelope.md. */
export interface DsseEnvelope {
  /** Base64. */
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** The bytes that a signature covers. Source: secure-systems-lab/dsse, protocol.md, "PAE". */
export function dsseSigningBytes(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}
