// SPDX-License-Identifier: Apache-2.0
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { createHash, createPrivateKey, createPublicKey, scryptSync, type KeyObject } from "node:crypto";
import { BasaltError } from "../errors.js";

/** An ECDSA P-256 key pair as cosign keeps it. */
const PEM_TYPES = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] as const;
/** scrypt parameters that cosign writes. Source: sigstore/cosign, pkg/cosign/keys.go; secure-systems-lab/go-securesystemslib, encrypted. */
const SCRYPT = { N: 65_536, r: 8, p: 1 } as const;
/** Without a password there is nothing to make expensive: the cheapest that cosign reads, half of the above. */
const SCRYPT_OPEN = { N: 32_768, r: 8, p: 1 } as const;
const MAX_SCRYPT = { N: 1 << 17, r: 8, p: 1 } as const; // a hostile key file can ask for twice what cosign does: 128 MiB
const SALT_BYTES = 32;
const NONCE_BYTES = 24;

interface EncryptedKey {
  readonly kdf: {
    readonly name: string;
    readonly params: { readonly N: number; readonly r: number; readonly p: number };
    readonly salt: string;
  };
  readonly cipher: { readonly name: string; readonly nonce: string };
  readonly ciphertext: string;
}

/** A private key as an encrypted PEM file that `cosign` reads. `random` gives that many random bytes. */
export function formatCosignKey(key: KeyObject, password: string, random: (sizeBytes: number) => Buffer): string {
  const salt = random(SALT_BYTES);
  const nonce = random(NONCE_BYTES);
  const plain = key.export({ type: "pkcs8", format: "der" });
  const params = password === "" ? SCRYPT_OPEN : SCRYPT;
  const ciphertext = Buffer.from(xsalsa20poly1305(derive(password, salt, params), nonce).encrypt(plain));
  const document: EncryptedKey = {
    kdf: { name: "scrypt", params, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: ciphertext.toString("base64"),
  };
  return formatPem(PEM_TYPES[0], Buffer.from(JSON.stringify(document)));
}

/** Decrypts a key file of cosign. @throws BasaltError `KEY_INVALID`, `KEY_PASSWORD` */
export function parseCosignKey(pem: string, password: string, name: string): KeyObject {
  const document = readDocument(pem, name);
  let plain: Uint8Array;
  try {
    const key = derive(password, Buffer.from(document.kdf.salt, "base64"), document.kdf.params);
    plain = xsalsa20poly1305(key, Buffer.from(document.cipher.nonce, "base64")).decrypt(
      Buffer.from(document.ciphertext, "base64"),
    );
  } catch (cause) {
    throw new BasaltError("KEY_PASSWORD", `the private key ${name} cannot be decrypted`, { cause });
  }
  try {
    const key = createPrivateKey({ key: Buffer.from(plain), format: "der", type: "pkcs8" });
    if (!isP256(key)) throw new Error("not an ECDSA P-256 key");
    return key;
  } catch (cause) {
    throw new BasaltError("KEY_INVALID", `${name} does not hold a private key that Basalt can use`, { cause });
  }
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}

/** @throws BasaltError `KEY_INVALID` */
export function parsePublicKey(pem: string, name: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (!isP256(key)) throw new Error("not an ECDSA P-256 key");
    return key;
  } catch (cause) {
    throw new BasaltError(
      "KEY_INVALID",
      `${name} is not a public key that Basalt can use: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Names a key as cosign does: base64 of the SHA-256 of its DER form. */
export function keyHintOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}

/** All public keys of a PEM file, so that a former one may still be valid. @throws BasaltError `KEY_INVALID` */
export function parsePublicKeys(pem: string, name: string): readonly KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----/g) ?? [pem];
  return blocks.map((block) => parsePublicKey(block, name));
}

export function formatPublicKey(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }) as string;
}

function readDocument(pem: string, name: string): EncryptedKey {
  const match = /-----BEGIN ([A-Z ]{1,64})-----(\s[A-Za-z0-9+/=\s]+)-----END \1-----/.exec(pem);
  if (match === null || !(PEM_TYPES as readonly string[]).includes(match[1] ?? ""))
    throw new BasaltError("KEY_INVALID", `${name} is not a private key file of cosign`);
  try {
    const document = JSON.parse(Buffer.from(match[2] ?? "", "base64").toString("utf8")) as EncryptedKey;
    const { N, r, p } = document.kdf.params;
    const isSupported =
      document.kdf.name === "scrypt" &&
      document.cipher.name === "nacl/secretbox" &&
      isCount(N, MAX_SCRYPT.N) &&
      N > 1 &&
      Number.isInteger(Math.log2(N)) &&
      isCount(r, MAX_SCRYPT.r) &&
      isCount(p, MAX_SCRYPT.p) &&
      typeof document.kdf.salt === "string" &&
      typeof document.ciphertext === "string" &&
      Buffer.from(document.cipher.nonce, "base64").length === NONCE_BYTES;
    if (!isSupported) throw new Error("unknown encryption");
    return document;
  } catch (cause) {
    throw new BasaltError("KEY_INVALID", `${name} is not a private key file of cosign`, { cause });
  }
}

function isCount(value: unknown, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function derive(
  password: string,
  salt: Buffer,
  params: { readonly N: number; readonly r: number; readonly p: number },
): Buffer {
  return scryptSync(password, salt, 32, { ...params, maxmem: 256 * params.N * params.r });
}

function formatPem(type: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.join("\n")}\n-----END ${type}-----\n`;
}
