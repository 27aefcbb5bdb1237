// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { verifyDetached, type VerifyOptions } from "./openpgp.js";

const NOW = new Date("2026-11-20T12:00:00Z");
const SIGNED_AT = new Date("2026-11-01T00:00:00Z");
const DATA = Buffer.from("data\0\xff", "latin1");

const { privateKey, publicKey } = await openpgp.generateKey({
  userIDs: [{ name: "Test archive" }],
  type: "ecc",
  curve: "ed25519Legacy",
  date: new Date("2026-01-01T00:00:00Z"),
  format: "object",
});
const FINGERPRINT = publicKey.getFingerprint().toUpperCase();
const OPTIONS: VerifyOptions = {
  keys: [Buffer.from(publicKey.armor())],
  fingerprints: [FINGERPRINT],
  now: NOW,
  name: "SHASUMS256.txt",
};
const message = await openpgp.createMessage({ binary: DATA });
const signing = { message, signingKeys: privateKey, detached: true, date: SIGNED_AT } as const;
const ARMORED = Buffer.from(await openpgp.sign({ ...signing, format: "armored" }));
const BINARY = Buffer.from(await openpgp.sign({ ...signing, format: "binary" }));

/** A good signature that holds for a day. */
async function signForADay(): Promise<Buffer> {
  const packet = new openpgp.SignaturePacket();
  packet.signatureType = openpgp.enums.signature.binary;
  packet.publicKeyAlgorithm = openpgp.enums.publicKey.eddsaLegacy;
  packet.hashAlgorithm = openpgp.enums.hash.sha512;
  packet.signatureNeverExpires = false;
  packet.signatureExpirationTime = 24 * 3600;
  // The types know neither the packet that this function wants to sign nor its last parameter.
  const sign = packet.sign.bind(packet) as unknown as (...parts: readonly unknown[]) => Promise<void>;
  await sign(privateKey.keyPacket, message.packets[0], SIGNED_AT, true, openpgp.config);
  const packets = new openpgp.PacketList<openpgp.SignaturePacket>();
  packets.push(packet);
  return Buffer.from(new openpgp.Signature(packets).write());
}

describe("a detached signature", () => {
  it.each([
    { summary: "armoured", signature: ARMORED },
    { summary: "binary", signature: BINARY },
  ])("that is $summary is good", async ({ signature }) => {
    expect(await verifyDetached(DATA, signature, OPTIONS)).toEqual({
      text: DATA.toString("utf8"),
      signedBy: [FINGERPRINT],
    });
  });

  it("of another kind than any that exists is refused", async () => {
    const changed = Buffer.from(BINARY);
    changed[3] = 0x04; // the type of the signature. Source: RFC 9580, section 5.2.3
    expect(await codeOf(() => verifyDetached(DATA, changed, OPTIONS))).toBe("SIGNATURE_INVALID");
  });

  const cases = [
    { summary: "of other data", data: Buffer.from("datb"), signature: BINARY },
    { summary: "of more data", data: Buffer.concat([DATA, Buffer.from("x")]), signature: BINARY },
    { summary: "that is empty", data: DATA, signature: Buffer.alloc(0) },
    { summary: "that is garbage", data: DATA, signature: Buffer.alloc(200, 0xa5) },
    { summary: "that is text", data: DATA, signature: Buffer.from("signature") },
    { summary: "that is cut", data: DATA, signature: BINARY.subarray(0, 30) },
    { summary: "that is cut in its armour", data: DATA, signature: ARMORED.subarray(0, 100) },
    { summary: "that is a key", data: DATA, signature: Buffer.from(publicKey.write()) },
    { summary: "that is an armoured key", data: DATA, signature: Buffer.from(publicKey.armor()) },
    {
      summary: "with an armour around nothing",
      data: DATA,
      signature: Buffer.from("-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n"),
    },
  ];
  it.each(cases)("$summary is refused", async ({ data, signature }) => {
    expect(await codeOf(() => verifyDetached(data, signature, OPTIONS))).toBe("SIGNATURE_INVALID");
  });

  it("that has run out is refused", async () => {
    const signature = await signForADay();
    const noon = new Date("2026-11-01T12:00:00Z");
    expect(await verifyDetached(DATA, signature, { ...OPTIONS, now: noon })).toMatchObject({ signedBy: [FINGERPRINT] });
    expect(await codeOf(() => verifyDetached(DATA, signature, OPTIONS))).toBe("SIGNATURE_INVALID");
  });

  it("from the future is refused", async () => {
    const now = new Date("2026-10-01T00:00:00Z");
    expect(await codeOf(() => verifyDetached(DATA, BINARY, { ...OPTIONS, now }))).toBe("SIGNATURE_INVALID");
  });

  it("by a key that is not pinned is not even looked at", async () => {
    expect(await codeOf(() => verifyDetached(DATA, BINARY, { ...OPTIONS, fingerprints: ["A".repeat(40)] }))).toBe(
      "KEY_INVALID",
    );
  });

  it("with any one byte changed is good for the same data, or refused with a code", async () => {
    const change = fc.record({ at: fc.nat(BINARY.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte }) => {
        const changed = Buffer.from(BINARY);
        changed[at] = byte;
        expect([undefined, "SIGNATURE_INVALID"]).toContain(await codeOf(() => verifyDetached(DATA, changed, OPTIONS)));
      }),
      { numRuns: 200 },
    );
  });
});
