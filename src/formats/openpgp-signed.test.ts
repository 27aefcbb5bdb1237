// SPDX-License-Identifier: Apache-2.0
import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { verifySigned, type SignedFile, type SignedOptions } from "./openpgp-signed.js";

const DAY_MS = 24 * 3600 * 1000;
const NOW = new Date("2026-11-20T12:00:00Z");
const BORN = new Date("2026-01-01T00:00:00Z");
const SIGNED_AT = new Date("2026-02-01T00:00:00Z");
const DATA = Buffer.from("data\0\xff", "latin1");

function keyPair(name: string, days = 0): ReturnType<typeof generate> {
  return generate(name, days * 24 * 3600);
}

/** A key with a part of its own for signing. */
function generate(name: string, keyExpirationTime: number) {
  return openpgp.generateKey({
    userIDs: [{ name }],
    type: "ecc",
    curve: "ed25519Legacy",
    subkeys: [{ sign: true }],
    date: BORN,
    keyExpirationTime,
    format: "object",
  });
}

const own = await keyPair("Maker");
const stranger = await keyPair("Stranger");
const shortLived = await keyPair("Short", 60);
const message = await openpgp.createMessage({ binary: DATA });
const ARMOR = own.publicKey.armor();
const PRINT = own.publicKey.getFingerprint().toUpperCase();
const PART = (own.publicKey.subkeys[0]?.getFingerprint() ?? "").toUpperCase();

async function sign({ privateKey }: { readonly privateKey: openpgp.PrivateKey }, date = SIGNED_AT): Promise<Buffer> {
  return Buffer.from(await openpgp.sign({ message, signingKeys: privateKey, detached: true, date, format: "binary" }));
}

const SIGNATURE = await sign(own);
const ARMORED = Buffer.from(
  await openpgp.sign({ message, signingKeys: own.privateKey, detached: true, date: SIGNED_AT }),
);
const CLEAR = await openpgp.sign({
  message: await openpgp.createCleartextMessage({ text: "hash  file\n- dash\n" }),
  signingKeys: own.privateKey,
  date: SIGNED_AT,
});

function verify(file: Partial<SignedFile> = {}, options: Partial<SignedOptions> = {}): Promise<readonly string[]> {
  const signed = { content: DATA, signature: SIGNATURE, ...file };
  return verifySigned(signed, { keys: [Buffer.from(ARMOR)], signers: [], now: NOW, name: "a.tar", ...options });
}

describe("a detached signature is good", () => {
  const cases: readonly (readonly [summary: string, file: Partial<SignedFile>, options: Partial<SignedOptions>])[] = [
    ["by a key of the file", {}, {}],
    ["armoured", { signature: ARMORED }, {}],
    ["by a key that is not armoured", {}, { keys: [Buffer.from(own.publicKey.write())] }],
    [
      "by one of several keys in a file, with text around them",
      {},
      { keys: [Buffer.from(`The keys:\n${stranger.publicKey.armor()}\n\n${ARMOR}`)] },
    ],
    ["by a key in another file", {}, { keys: [Buffer.from(stranger.publicKey.armor()), Buffer.from(ARMOR)] }],
    ["by a key with that fingerprint", {}, { signers: [PRINT] }],
    ["by a part with that fingerprint", {}, { signers: ["0".repeat(40), PART] }],
    ["by a part with that id", {}, { signers: [PART.slice(-16)] }],
  ];
  it.each(cases)("%s", async (_summary, file, options) => {
    expect(await verify(file, options)).toEqual([PRINT]);
  });

  it("by a key that ran out after it had signed, as for gpg", async () => {
    const keys = [Buffer.from(shortLived.publicKey.armor())];
    expect(await verify({ signature: await sign(shortLived) }, { keys })).toHaveLength(1);
  });
});

it("a signature is good by a key that was prolonged since, of which only the newest self-signature is left", async () => {
  const { publicKey } = await openpgp.reformatKey({
    privateKey: own.privateKey,
    userIDs: [{ name: "Maker" }],
    date: new Date("2026-06-01T00:00:00Z"),
    format: "object",
  });
  const keys = [Buffer.from(publicKey.armor())];
  expect(await verify({}, { keys })).toEqual([PRINT]);
});

const BEGIN_KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
const BROKEN_KEY = `${BEGIN_KEY}\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n`;

describe("a signature is refused", () => {
  it.each([
    ["of other bytes", { content: Buffer.from("date") }, {}, "SIGNATURE_INVALID"],
    ["that is none", { signature: Buffer.from("hello") }, {}, "SIGNATURE_INVALID"],
    ["that is empty", { signature: Buffer.alloc(0) }, {}, "SIGNATURE_INVALID"],
    ["by a key that is not there", {}, { keys: [Buffer.from(stranger.publicKey.armor())] }, "SIGNATURE_INVALID"],
    ["by a key that may not sign", {}, { signers: ["0".repeat(40)] }, "SIGNATURE_INVALID"],
    ["where the keys are none", {}, { keys: [Buffer.from("hello")] }, "KEY_INVALID"],
    ["where all keys are broken", {}, { keys: [Buffer.from(BROKEN_KEY.repeat(3))] }, "KEY_INVALID"],
    ["where keys have no end", {}, { keys: [Buffer.from(BEGIN_KEY.repeat(28_000))] }, "KEY_INVALID"],
    ["where there are no keys", {}, { keys: [] }, "SIGNATURE_INVALID"],
    ["from the future", {}, { now: new Date("2026-01-02T00:00:00Z") }, "SIGNATURE_INVALID"],
  ] as const)("%s", async (_summary, file, options, code) => {
    expect(await codeOf(() => verify(file, options))).toBe(code);
  });

  it("made after the key ran out", async () => {
    const late = new Date(BORN.getTime() + 59 * DAY_MS);
    const keys = [Buffer.from(shortLived.publicKey.armor())];
    expect(await verify({ signature: await sign(shortLived, late) }, { keys })).toHaveLength(1);
    // The library does not sign with a key that ran out, so the same signature meets a key that ran out earlier.
    const { publicKey } = await openpgp.reformatKey({
      privateKey: shortLived.privateKey,
      userIDs: [{ name: "Short" }],
      date: BORN,
      keyExpirationTime: 24 * 3600,
      format: "object",
    });
    const earlier = [Buffer.from(publicKey.armor())];
    expect(await codeOf(async () => verify({ signature: await sign(shortLived, late) }, { keys: earlier }))).toBe(
      "SIGNATURE_INVALID",
    );
  });

  it("by a key that was compromised, whenever it signed", async () => {
    const { publicKey } = await openpgp.revokeKey({
      key: own.privateKey,
      reasonForRevocation: { flag: openpgp.enums.reasonForRevocation.keyCompromised },
      date: new Date("2026-03-01T00:00:00Z"),
      format: "object",
    });
    const keys = [Buffer.from(publicKey.armor())];
    expect(await codeOf(() => verify({}, { keys }))).toBe("SIGNATURE_INVALID");
  });
});

function verifyClear(content: string): Promise<readonly string[]> {
  const options = { keys: [Buffer.from(ARMOR)], signers: [], now: NOW, name: "SHASUMS" };
  return verifySigned({ content: Buffer.from(content) }, options);
}

describe("a clearsigned file", () => {
  it("is good", async () => {
    expect(await verifyClear(CLEAR)).toEqual([PRINT]);
  });

  it.each([
    ["with other text", CLEAR.replace("hash", "hush")],
    ["with text before it, which nobody signed", `hash  other\n${CLEAR}`],
    ["with text behind it", `${CLEAR}\nhash  other\n`],
    ["twice", `${CLEAR}${CLEAR}`],
    ["cut off", CLEAR.slice(0, -60)],
    ["whose signature begins as no other does", CLEAR.replace("BEGIN PGP SIGNATURE", "BEGIN PGP SEAL")],
    ["that is not one", "hash  file\n"],
  ])("%s is refused", async (_summary, content) => {
    expect(await codeOf(() => verifyClear(content))).toBe("SIGNATURE_INVALID");
  });
});
