// SPDX-License-Identifier: Apache-2.0
import {
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scryptSync,
  sign,
  verify,
  type KeyObject,
} from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { formatCosignKey, formatPublicKey, parseCosignKey, parsePublicKey } from "./cosign-key.js";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const NAME = "cosign.key";
/** scrypt parameters that take no time. */
const PARAMS = { N: 1024, r: 8, p: 1 };

function pem(body: Buffer | string, type = "ENCRYPTED SIGSTORE PRIVATE KEY"): string {
  return `-----BEGIN ${type}-----\n${Buffer.from(body).toString("base64")}\n-----END ${type}-----\n`;
}

/** A key file with some parts replaced, encrypted with `PARAMS`. */
function keyFile(parts: {
  readonly plain?: Buffer;
  readonly password?: string;
  readonly kdf?: unknown;
  readonly params?: unknown;
  readonly cipher?: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
}): string {
  const { plain = privateKey.export({ type: "pkcs8", format: "der" }), password = "" } = parts;
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const ciphertext = xsalsa20poly1305(scryptSync(password, salt, 32, PARAMS), nonce).encrypt(plain);
  const document = {
    kdf: parts.kdf ?? { name: "scrypt", params: parts.params ?? PARAMS, salt: salt.toString("base64") },
    cipher: parts.cipher ?? { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(ciphertext).toString("base64"),
    ...parts.more,
  };
  return pem(JSON.stringify(document));
}

/** Whether the key signs what the public key of this test verifies. */
function isOurs(key: KeyObject): boolean {
  const text = Buffer.from("text");
  return verify("sha256", text, publicKey, sign("sha256", text, key));
}

describe("a private key", () => {
  it.each(["", "pässword 日本"])("comes back with the password %j, and with no other", async (password) => {
    const text = formatCosignKey(privateKey, password, randomBytes);
    expect(isOurs(parseCosignKey(text, password, NAME))).toBe(true);
    expect(await codeOf(() => parseCosignKey(text, `${password}x`, NAME))).toBe("KEY_PASSWORD");
  });

  it("is a PEM file as cosign writes it", () => {
    const [text = "", again] = [1, 2].map(() =>
      formatCosignKey(privateKey, "secret", (sizeBytes) => Buffer.alloc(sizeBytes, 7)),
    );
    expect(again).toBe(text); // nothing is random but what is given
    const lines = text.split("\n");
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual([
      "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----",
      "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----",
      "",
    ]);
    expect(lines.every((line) => line.length <= 64)).toBe(true);
    const document: unknown = JSON.parse(Buffer.from(lines.slice(1, -2).join(""), "base64").toString());
    expect(document).toMatchObject({
      kdf: { name: "scrypt", params: { N: 65_536, r: 8, p: 1 }, salt: Buffer.alloc(32, 7).toString("base64") },
      cipher: { name: "nacl/secretbox", nonce: Buffer.alloc(24, 7).toString("base64") },
    });
  });

  const forms = [
    { summary: "with other scrypt parameters", text: keyFile({}) },
    {
      summary: "under the name that older versions of cosign gave it",
      text: keyFile({}).replaceAll("SIGSTORE", "COSIGN"),
    },
    { summary: "with line ends of DOS", text: keyFile({}).replaceAll("\n", "\r\n") },
    { summary: "with text around it", text: `comment\n${keyFile({})}\nmore` },
  ];
  it.each(forms)("is read $summary", ({ text }) => {
    expect(isOurs(parseCosignKey(text, "", NAME))).toBe(true);
  });
});

describe("hostile key files are refused", () => {
  const salt = Buffer.alloc(32).toString("base64");
  const nonce = Buffer.alloc(24).toString("base64");
  const good = keyFile({});
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "NUL bytes", text: "\0".repeat(1000) },
    { summary: "a file that is cut", text: good.slice(0, 200) },
    { summary: "a file without its last line", text: good.slice(0, good.indexOf("-----END")) },
    { summary: "an empty body", text: pem("") },
    { summary: "an end of another kind", text: good.replace("END ENCRYPTED SIGSTORE", "END ENCRYPTED COSIGN") },
    { summary: "a key that is not encrypted", text: privateKey.export({ type: "pkcs8", format: "pem" }) as string },
    { summary: "a public key", text: spki(publicKey) },
    { summary: "a body that is no JSON", text: pem("{") },
    { summary: "a body that is null", text: pem("null") },
    { summary: "a body that is a list", text: pem("[]") },
    { summary: "an empty object", text: pem("{}") },
    { summary: "a kdf that is null", text: keyFile({ kdf: {} }) },
    { summary: "another kdf", text: keyFile({ kdf: { name: "pbkdf2", params: PARAMS, salt } }) },
    { summary: "no salt", text: keyFile({ kdf: { name: "scrypt", params: PARAMS } }) },
    { summary: "a salt that is a number", text: keyFile({ kdf: { name: "scrypt", params: PARAMS, salt: 5 } }) },
    { summary: "another cipher", text: keyFile({ cipher: { name: "none", nonce } }) },
    { summary: "no nonce", text: keyFile({ cipher: { name: "nacl/secretbox" } }) },
    { summary: "a nonce that is too short", text: keyFile({ cipher: { name: "nacl/secretbox", nonce: "AAAA" } }) },
    { summary: "a ciphertext that is null", text: keyFile({ more: { ciphertext: null } }) },
    { summary: "a ciphertext that is a list", text: keyFile({ more: { ciphertext: [1, 2] } }) },
    { summary: "no scrypt parameters", text: keyFile({ params: {} }) },
    { summary: "an N of 0", text: keyFile({ params: { ...PARAMS, N: 0 } }) },
    { summary: "an N of 1", text: keyFile({ params: { ...PARAMS, N: 1 } }) },
    { summary: "an N that is no power of two", text: keyFile({ params: { ...PARAMS, N: 1000 } }) },
    { summary: "an N with a fraction", text: keyFile({ params: { ...PARAMS, N: 1024.5 } }) },
    { summary: "a negative N", text: keyFile({ params: { ...PARAMS, N: -1024 } }) },
    { summary: "an N that is text", text: keyFile({ params: { ...PARAMS, N: "1024" } }) },
    { summary: "an N that is a list", text: keyFile({ params: { ...PARAMS, N: [1024] } }) },
    { summary: "an N that takes 256 MiB", text: keyFile({ params: { N: 2 ** 18, r: 8, p: 1 } }) },
    { summary: "an N that takes 2 GiB", text: keyFile({ params: { N: 2 ** 21, r: 8, p: 1 } }) },
    { summary: "an N above 2^53", text: keyFile({ params: { ...PARAMS, N: 2 ** 60 } }) },
    { summary: "an r of 0", text: keyFile({ params: { ...PARAMS, r: 0 } }) },
    { summary: "an r that takes twice as much", text: keyFile({ params: { ...PARAMS, r: 16 } }) },
    { summary: "an r that takes gibibytes", text: keyFile({ params: { ...PARAMS, r: 2 ** 20 } }) },
    { summary: "a p of 0", text: keyFile({ params: { ...PARAMS, p: 0 } }) },
    { summary: "a p that takes twice as long", text: keyFile({ params: { ...PARAMS, p: 2 } }) },
    { summary: "a p that takes hours", text: keyFile({ params: { ...PARAMS, p: 2 ** 20 } }) },
    { summary: "content that is no key", text: keyFile({ plain: Buffer.from("garbage") }) },
    { summary: "no content", text: keyFile({ plain: Buffer.alloc(0) }) },
    {
      summary: "a key of another curve",
      text: keyFile({
        plain: generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey.export({
          type: "pkcs8",
          format: "der",
        }),
      }),
    },
    {
      summary: "a key of another kind",
      text: keyFile({ plain: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }) }),
    },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseCosignKey(text, "", NAME))).toBe("KEY_INVALID");
  });

  it("a ciphertext with one byte changed is a wrong password", async () => {
    const document = JSON.parse(Buffer.from(keyFile({}).split("\n")[1] ?? "", "base64").toString()) as {
      ciphertext: string;
    };
    const bytes = Buffer.from(document.ciphertext, "base64");
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    const text = pem(JSON.stringify({ ...document, ciphertext: bytes.toString("base64") }));
    expect(await codeOf(() => parseCosignKey(text, "", NAME))).toBe("KEY_PASSWORD");
  });

  it("a ciphertext that is empty is a wrong password", async () => {
    expect(await codeOf(() => parseCosignKey(keyFile({ more: { ciphertext: "" } }), "", NAME))).toBe("KEY_PASSWORD");
  });

  it("thirty thousand line breaks take no longer than as many letters", async () => {
    const text = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----${"\n".repeat(30_000)}`;
    const startedAt = performance.now();
    expect(await codeOf(() => parseCosignKey(text, "", NAME))).toBe("KEY_INVALID");
    expect(performance.now() - startedAt).toBeLessThan(300); // linear: about 1 ms; quadratic: a second and more
  });
});

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }) as string;
}

describe("a public key", () => {
  it("comes back", () => {
    const text = formatPublicKey(publicKey);
    expect(text).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(parsePublicKey(text, "cosign.pub").equals(publicKey)).toBe(true);
    expect(formatPublicKey(createPublicKey(privateKey))).toBe(text);
  });

  const cases = [
    { summary: "nothing", text: "" },
    { summary: "garbage", text: "\u00a5".repeat(100) },
    { summary: "a key that is cut", text: spki(publicKey).slice(0, 80) },
    { summary: "an empty body", text: "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n" },
    { summary: "another curve", text: spki(generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey) },
    {
      summary: "a curve of the same size",
      text: spki(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
    },
    { summary: "ed25519", text: spki(generateKeyPairSync("ed25519").publicKey) },
    { summary: "an encrypted private key", text: keyFile({}) },
  ];
  it.each(cases)("is not $summary", async ({ text }) => {
    expect(await codeOf(() => parsePublicKey(text, "cosign.pub"))).toBe("KEY_INVALID");
  });
});
