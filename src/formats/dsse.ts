// SPDX-License-Identifier: Apache-2.0

/** Signed envelope. Source: secure-systems-lab/dsse, envelope.md. */
export interface DsseEnvelope {
  /** Base64. */
  readonly payload: string;
  readonly payloadType: string;
  /** Without an empty key id: logs keep the hash of an envelope as protobuf writes it in JSON. */
  readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
}

/** The bytes that a signature covers. Source: secure-systems-lab/dsse, protocol.md, "PAE". */
export function dsseSigningBytes(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}
