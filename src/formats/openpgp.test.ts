// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { verifyClearsigned, type VerifyOptions } from "./openpgp.js";

interface KeyPair {
  readonly privateKey: openpgp.PrivateKey;
  readonly publicKey: openpgp.PublicKey;
}

const NOW = new Date("2026-11-20T12:00:00Z");
const SIGNED_AT = new Date("2026-11-01T00:00:00Z");
const DAY_SECONDS = 24 * 3600;
const TEXT = "Origin: Debian\n- a dash in front\n\nlast line\n";

function createKey(
  more: { readonly keyExpirationTime?: number; readonly subkeys?: { sign: boolean }[] } = {},
): Promise<KeyPair> {
  const userIDs = [{ name: "Test archive" }];
  const date = new Date("2026-01-01T00:00:00Z");
  return openpgp.generateKey({ userIDs, type: "ecc", curve: "ed25519Legacy", date, ...more, format: "object" });
}

async function clearsign(text: string, keys: readonly KeyPair[], date = SIGNED_AT): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text });
  const signed = await openpgp.sign({ message, signingKeys: keys.map(({ privateKey }) => privateKey), date });
  return signed.replaceAll("\r\n", "\n");
}

function fingerprintOf({ publicKey }: KeyPair): string {
  return publicKey.getFingerprint().toUpperCase();
}

/** Options that trust `pinned`; all of `present` are in the key files. */
function trusting(pinned: readonly KeyPair[], present = pinned, now = NOW): VerifyOptions {
  const keys = present.map(({ publicKey }) => Buffer.from(publicKey.armor()));
  return { keys, fingerprints: pinned.map(fingerprintOf), now, name: "InRelease" };
}

/** The signed text with another type in its signature packet. Source: RFC 9580, section 5.2.3. */
function withKind(signed: string, kind: number): string {
  const [head = "", block = ""] = signed.split("-----BEGIN PGP SIGNATURE-----\n\n");
  const bytes = Buffer.from((block.split("\n=")[0] ?? "").replaceAll("\n", ""), "base64");
  bytes[3] = kind;
  return `${head}-----BEGIN PGP SIGNATURE-----\n\n${bytes.toString("base64")}\n-----END PGP SIGNATURE-----\n`;
}

const ours = await createKey();
const other = await createKey();
const shortLived = await createKey({ keyExpirationTime: 30 * DAY_SECONDS });
const withSubkey = await createKey({ subkeys: [{ sign: true }] });
const SIGNED = await clearsign(TEXT, [ours]);

describe("good signatures", () => {
  it("give the text and who signed it", async () => {
    expect(await verifyClearsigned(SIGNED, trusting([ours]))).toEqual({ text: TEXT, signedBy: [fingerprintOf(ours)] });
  });

  it("by a subkey count for its primary key", async () => {
    const signed = await clearsign(TEXT, [withSubkey]);
    expect(signed).not.toContain(withSubkey.publicKey.getKeyID().toHex().toUpperCase());
    expect(await verifyClearsigned(signed, trusting([withSubkey]))).toMatchObject({
      signedBy: [fingerprintOf(withSubkey)],
    });
  });

  it("of two keys are both told, and one that is trusted suffices", async () => {
    const signed = await clearsign(TEXT, [ours, other]);
    const both = await verifyClearsigned(signed, trusting([ours, other]));
    expect(both.signedBy.toSorted()).toEqual([fingerprintOf(ours), fingerprintOf(other)].toSorted());
    expect(await verifyClearsigned(signed, trusting([other]))).toEqual({
      text: TEXT,
      signedBy: [fingerprintOf(other)],
    });
  });

  it("are found with a binary key file, or one of many keys", async () => {
    const binary = Buffer.from(ours.publicKey.write());
    expect(await verifyClearsigned(SIGNED, { ...trusting([ours]), keys: [binary] })).toMatchObject({ text: TEXT });
    const ring = Buffer.concat([Buffer.from(other.publicKey.write()), binary]);
    expect(await verifyClearsigned(SIGNED, { ...trusting([ours]), keys: [ring] })).toMatchObject({ text: TEXT });
  });

  it("hold for line ends of DOS and for spaces at line ends, which are not signed", async () => {
    const { text } = await verifyClearsigned(SIGNED.replaceAll("\n", "\r\n"), trusting([ours]));
    expect(text).toBe(TEXT);
    const spaced = await verifyClearsigned(SIGNED.replace("Debian\n", "Debian  \t\n"), trusting([ours]));
    expect(spaced.text).toBe(TEXT);
  });

  const around = [
    { summary: "in front", text: `Codename: evil\n\n${SIGNED}` },
    { summary: "behind", text: `${SIGNED}\nCodename: evil\n` },
    { summary: "behind, as a second signed file", text: `${SIGNED}\n${SIGNED.replace("Debian", "Evil")}` },
  ];
  it.each(around)("do not cover text $summary", async ({ text }) => {
    expect(await verifyClearsigned(text, trusting([ours]))).toMatchObject({ text: TEXT });
  });
});

it("a signature packet that is written anew with its own kind is good", async () => {
  expect(await verifyClearsigned(withKind(SIGNED, 0x01), trusting([ours]))).toMatchObject({ text: TEXT });
});

describe("texts that nobody trusted signed are refused", () => {
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "a text without a signature", text: TEXT },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "NUL bytes", text: "\0".repeat(1000) },
    { summary: "a text that was changed", text: SIGNED.replace("Debian", "Debiam") },
    { summary: "a line that was added", text: SIGNED.replace("Origin:", "Codename: evil\nOrigin:") },
    { summary: "a line that was taken away", text: SIGNED.replace("last line\n", "") },
    { summary: "an empty line that was added", text: SIGNED.replace("last line\n", "last line\n\n") },
    { summary: "a dash that is not escaped", text: SIGNED.replace("- - a dash", "- a dash") },
    { summary: "no signature block", text: SIGNED.slice(0, SIGNED.indexOf("-----BEGIN PGP SIGNATURE")) },
    {
      summary: "an empty signature block",
      text: `${SIGNED.slice(0, SIGNED.indexOf("-----BEGIN PGP SIGNATURE"))}-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n`,
    },
    { summary: "a header that is not signed", text: SIGNED.replace("Hash:", "Comment: evil\nHash:") },
    { summary: "a hash that was not used", text: SIGNED.replace("SHA512", "SHA256") },
    { summary: "a changed file in front of the good one", text: `${SIGNED.replace("Debian", "Evil")}\n${SIGNED}` },
    { summary: "a public key", text: ours.publicKey.armor() },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => verifyClearsigned(text, trusting([ours])))).toBe("SIGNATURE_INVALID");
  });

  it("a signature of another text", async () => {
    const evil = await clearsign("Origin: Evil\n", [ours]);
    const [head = ""] = SIGNED.split("-----BEGIN PGP SIGNATURE");
    const [, block = ""] = evil.split("-----BEGIN PGP SIGNATURE");
    const mixed = `${head}-----BEGIN PGP SIGNATURE${block}`;
    expect(await codeOf(() => verifyClearsigned(mixed, trusting([ours])))).toBe("SIGNATURE_INVALID");
  });

  it.each([0x02, 0x04, 0x1f, 0x20, 0xcd, 0xff])("a signature of the kind %i, which texts do not have", async (kind) => {
    expect(await codeOf(() => verifyClearsigned(withKind(SIGNED, kind), trusting([ours])))).toBe("SIGNATURE_INVALID");
  });

  it("a signature of the text as a file", async () => {
    const message = await openpgp.createMessage({ binary: Buffer.from("x\n") });
    const detached = await openpgp.sign({ message, signingKeys: ours.privateKey, detached: true, date: SIGNED_AT });
    const mixed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n\n${detached}`;
    expect(await codeOf(() => verifyClearsigned(mixed, trusting([ours])))).toBe("SIGNATURE_INVALID");
  });

  it("a signature inside a message that is not clear text", async () => {
    const message = await openpgp.createMessage({ text: TEXT });
    const inline = await openpgp.sign({ message, signingKeys: ours.privateKey, date: SIGNED_AT });
    expect(await codeOf(() => verifyClearsigned(inline, trusting([ours])))).toBe("SIGNATURE_INVALID");
  });

  it("a signature by a key that is present and not pinned", async () => {
    const signed = await clearsign(TEXT, [other]);
    expect(await codeOf(() => verifyClearsigned(signed, trusting([ours], [ours, other])))).toBe("SIGNATURE_INVALID");
  });

  it("a signature by a key that is not present", async () => {
    const signed = await clearsign(TEXT, [other]);
    expect(await codeOf(() => verifyClearsigned(signed, trusting([ours])))).toBe("SIGNATURE_INVALID");
  });
});

describe("time", () => {
  it("before the signature was made: refused", async () => {
    const options = trusting([ours], [ours], new Date("2026-10-01T00:00:00Z"));
    expect(await codeOf(() => verifyClearsigned(SIGNED, options))).toBe("SIGNATURE_INVALID");
  });

  it("before the key was made: refused", async () => {
    const options = trusting([ours], [ours], new Date("2025-01-01T00:00:00Z"));
    expect(await codeOf(() => verifyClearsigned(SIGNED, options))).toBe("SIGNATURE_INVALID");
  });

  it("while the key is valid: accepted", async () => {
    const signed = await clearsign(TEXT, [shortLived], new Date("2026-01-10T00:00:00Z"));
    const options = trusting([shortLived], [shortLived], new Date("2026-01-20T00:00:00Z"));
    expect(await verifyClearsigned(signed, options)).toMatchObject({ text: TEXT });
  });

  it("after the key has expired: refused, though the signature is older", async () => {
    const signed = await clearsign(TEXT, [shortLived], new Date("2026-01-10T00:00:00Z"));
    expect(await codeOf(() => verifyClearsigned(signed, trusting([shortLived])))).toBe("SIGNATURE_INVALID");
  });

  it("after the key was revoked: refused", async () => {
    const date = new Date("2026-11-10T00:00:00Z");
    const { publicKey } = await openpgp.revokeKey({ key: ours.privateKey, date, format: "object" });
    const options = { ...trusting([ours]), keys: [Buffer.from(publicKey.armor())] };
    expect(await codeOf(() => verifyClearsigned(SIGNED, options))).toBe("SIGNATURE_INVALID");
  });
});

describe("key files that cannot be used", () => {
  const cases = [
    { summary: "none", keys: [] },
    { summary: "an empty one", keys: [Buffer.alloc(0)] },
    { summary: "garbage", keys: [Buffer.alloc(200, 0xa5)] },
    { summary: "text", keys: [Buffer.from("key")] },
    {
      summary: "an armour around nothing",
      keys: [Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n")],
    },
    {
      summary: "an armour around garbage",
      keys: [Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n")],
    },
    { summary: "an armoured key that is cut", keys: [Buffer.from(ours.publicKey.armor().slice(0, 150))] },
    { summary: "a binary key that is cut", keys: [Buffer.from(ours.publicKey.write()).subarray(0, 20)] },
    { summary: "a signed text", keys: [Buffer.from(SIGNED)] },
    { summary: "another key", keys: [Buffer.from(other.publicKey.armor())] },
    { summary: "a good one and garbage", keys: [Buffer.from(ours.publicKey.armor()), Buffer.from("key")] },
  ];
  it.each(cases)("$summary", async ({ keys }) => {
    expect(await codeOf(() => verifyClearsigned(SIGNED, { ...trusting([ours]), keys }))).toBe("KEY_INVALID");
  });

  it("a key with its fingerprint in small letters is not pinned", async () => {
    const fingerprints = [fingerprintOf(ours).toLowerCase()];
    expect(await codeOf(() => verifyClearsigned(SIGNED, { ...trusting([ours]), fingerprints }))).toBe("KEY_INVALID");
  });

  it("no pinned key at all", async () => {
    expect(await codeOf(() => verifyClearsigned(SIGNED, { ...trusting([ours]), fingerprints: [] }))).toBe(
      "KEY_INVALID",
    );
  });
});

it("a signed file with any one character changed gives the signed text or SIGNATURE_INVALID", async () => {
  const change = fc.record({
    at: fc.nat(SIGNED.length - 1),
    letter: fc.constantFrom("A", "z", "0", "-", "\n", " ", "=", "\0", ""),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, letter }) => {
      const changed = `${SIGNED.slice(0, at)}${letter}${SIGNED.slice(at + 1)}`;
      const code = await codeOf(async () => {
        expect((await verifyClearsigned(changed, trusting([ours]))).text).toBe(TEXT);
      });
      expect([undefined, "SIGNATURE_INVALID"]).toContain(code);
    }),
    { numRuns: 200 },
  );
});
