// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from "node:crypto";
import { BasaltError } from "../errors.js";

/**
 * Content address: algorithm, colon, lower-case hex. `sha256` (64 digits) everywhere; `sha512` (128 digits) only in what
 * clients push. Source: OCI image-spec, descriptor.md, "Digests".
 */
export type Digest = string & { readonly __brand: "Digest" };

/** Digest of a layer's uncompressed tar. Source: OCI image-spec, config.md, "Layer DiffID". */
export type DiffId = string & { readonly __brand: "DiffId" };

/** SHA-256 in lower-case hex, without a prefix: how Debian and the lock write hashes. */
export type Sha256 = string & { readonly __brand: "Sha256" };

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** Accepts a digest from outside. @throws BasaltError `DIGEST_INVALID` */
export function parseDigest(text: string): Digest {
  if (!isDigest(text))
    throw new BasaltError("DIGEST_INVALID", `not a sha256 or sha512 digest: ${JSON.stringify(text)}`);
  return text;
}

export function isSha256(text: string): text is Sha256 {
  return SHA256_HEX.test(text);
}

/** Accepts 64 lower-case hex digits. @throws BasaltError `DIGEST_INVALID` */
export function parseSha256(text: string): Sha256 {
  if (!isSha256(text)) throw new BasaltError("DIGEST_INVALID", `not a sha256 in hex: ${JSON.stringify(text)}`);
  return text;
}

export function sha256Hex(bytes: Uint8Array | string): Sha256 {
  return createHash("sha256").update(bytes).digest("hex") as Sha256;
}

export function sha256Digest(bytes: Uint8Array | string): Digest {
  return digestOfHex(sha256Hex(bytes));
}

export function digestOfHex(hex: Sha256): Digest {
  return `sha256:${hex}` as Digest;
}

export function diffIdOfHex(hex: Sha256): DiffId {
  return `sha256:${hex}` as DiffId;
}

/** The parts of a digest: which hash, and its value in hex. */
export function splitDigest(digest: Digest): { readonly algorithm: "sha256" | "sha512"; readonly hex: string } {
  const colon = digest.indexOf(":");
  return { algorithm: digest.slice(0, colon) as "sha256" | "sha512", hex: digest.slice(colon + 1) };
}

/** First twelve hex digits, as container tools show them. */
export function shortDigest(digest: Digest): string {
  return splitDigest(digest).hex.slice(0, 12);
}

/** Compares two secrets in constant time, whatever their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest();
  const right = createHash("sha256").update(b).digest();
  return timingSafeEqual(left, right);
}
