// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { BasaltError } from "../../errors.js";
import { readTar } from "../archive/tar-reader.js";
import { bytesOf, collect } from "../bytes.js";
import { sha256Hex, type Sha256 } from "../digest.js";

/** A public key of a repository. */
export interface ApkKey {
  /** Name of its file, by which signatures name it: `alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub`. */
  readonly name: string;
  /** SHA-256 of the key as DER (SubjectPublicKeyInfo). */
  readonly fingerprint: Sha256;
  readonly key: KeyObject;
}

const MIN_MODULUS_BITS = 2048; // Alpine's oldest keys have it; NIST SP 800-131A admits no less
const MAX_SIGNATURE_BYTES = 4096;
const HASHES: Readonly<Record<string, string>> = { RSA: "sha1", RSA256: "sha256", RSA512: "sha512" };
const SIGNATURE = /^\.SIGN\.(?<kind>[A-Z0-9]+)\.(?<key>[^/]+)$/;

/** Reads a public key file. @throws BasaltError `KEY_INVALID` */
export function parseApkKey(name: string, pem: string | Buffer): ApkKey {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new BasaltError("KEY_INVALID", `${name} is not a public key`, { cause });
  }
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa" || modulusLength < MIN_MODULUS_BITS)
    throw new BasaltError("KEY_INVALID", `${name} is not an RSA key of at least ${MIN_MODULUS_BITS} bits`);
  return { name, fingerprint: sha256Hex(key.export({ type: "spki", format: "der" })), key };
}

/**
 * Checks the signature of what follows a signature segment: RSA, PKCS #1 v1.5, over the bytes as they are, still compressed. `segment`
 * is the unpacked tar archive with files `.SIGN.RSA.KEY` (SHA-1), `.SIGN.RSA256.KEY` or `.SIGN.RSA512.KEY`; one by a given key is
 * enough, and one by a given key that is wrong is an error. Source: Alpine wiki, "Apk spec"; apk-tools, src/extract_v2.c.
 * @returns fingerprints of the keys that signed. @throws BasaltError `SIGNATURE_INVALID`
 */
export async function verifyApkSignature(
  segment: Buffer,
  signed: Buffer,
  { keys, name }: { readonly keys: readonly ApkKey[]; readonly name: string },
): Promise<readonly string[]> {
  const signedBy = new Set<string>();
  const named: string[] = [];
  for await (const { entry, content } of readTar(bytesOf(segment), { name: `${name} (signature)` })) {
    const { kind = "", key: keyName = "" } = SIGNATURE.exec(entry.path)?.groups ?? {};
    const hash = Object.hasOwn(HASHES, kind) ? HASHES[kind] : undefined;
    if (entry.kind !== "file" || hash === undefined) continue;
    named.push(keyName);
    const key = keys.find((candidate) => candidate.name === keyName);
    if (key === undefined) continue;
    const signature = await collect(content, { maxBytes: MAX_SIGNATURE_BYTES, name: entry.path });
    if (!verify(hash, signed, key.key, signature))
      throw new BasaltError("SIGNATURE_INVALID", `${name} is not what the key ${keyName} signed`);
    signedBy.add(key.fingerprint);
  }
  if (signedBy.size > 0) return [...signedBy];
  const by = named.length === 0 ? "is not signed" : `is signed by ${named.join(", ")}`;
  const known = keys.map((key) => key.name).join(", ");
  throw new BasaltError("SIGNATURE_INVALID", `${name} ${by}; trusted are ${known === "" ? "no keys" : known}`);
}
