// SPDX-License-Identifier: Apache-2.0

/** A key that signs the Release files of a test. */
export interface ArchiveKey {
  readonly fingerprint: string;
  /** Armoured. */
  readonly publicKey: string;
  readonly publicBytes: Buffer;
  readonly sign: (text: string) => Promise<string>;
  /** Armoured. */
  readonly signDetached: (text: string) => Promise<string>;
}

/** A fresh key, made in January 2026, whose signatures are from 1 November. */
export async function createArchiveKey(): Promise<ArchiveKey> {
  const openpgp = await import("openpgp");
  const { privateKey, publicKey } = await openpgp.generateKey({
    userIDs: [{ name: "Test archive" }],
    type: "ecc",
    curve: "ed25519Legacy",
    date: new Date("2026-01-01T00:00:00Z"),
    format: "object",
  });
  const signing = { signingKeys: privateKey, date: new Date("2026-11-01T00:00:00Z") };
  return {
    fingerprint: publicKey.getFingerprint().toUpperCase(),
    publicKey: publicKey.armor(),
    publicBytes: Buffer.from(publicKey.write()),
    sign: async (text) => openpgp.sign({ message: await openpgp.createCleartextMessage({ text }), ...signing }),
    signDetached: async (text) =>
      openpgp.sign({ message: await openpgp.createMessage({ text }), detached: true, ...signing }),
  };
}
