// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../errors.js";

/**
 * Subresource Integrity value of one hash: `sha512-<base64>` as the npm registry writes it, or `sha256-…`.
 * Source: W3C Subresource Integrity, section 3.1.
 */
export type Integrity = string & { readonly __brand: "Integrity" };

const INTEGRITY = /^(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})$/;
const HASH_BYTES = { sha256: 32, sha384: 48, sha512: 64 } as const;

/** Accepts `sha512-…`, `sha384-…`, `sha256-…` in base64, or `sha256:<hex>` / `sha512:<hex>`. @throws BasaltError `INTEGRITY_INVALID` */
export function parseIntegrity(text: string): Integrity {
  const hex = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(text);
  const digits = hex?.[2] ?? "";
  const normalised =
    hex === null || digits.length % 2 === 1 ? text : `${hex[1]}-${Buffer.from(digits, "hex").toString("base64")}`;
  const match = INTEGRITY.exec(normalised);
  const algorithm = match?.[1] as keyof typeof HASH_BYTES | undefined;
  const bytes = Buffer.from(match?.[2] ?? "", "base64");
  if (algorithm === undefined || bytes.length !== HASH_BYTES[algorithm] || bytes.toString("base64") !== match?.[2]) {
    throw new BasaltError(
      "INTEGRITY_INVALID",
      `not a checksum of the form sha512-<base64> or sha256:<hex>: ${JSON.stringify(text)}`,
    );
  }
  return normalised as Integrity;
}

export function integrityAlgorithm(integrity: Integrity): "sha256" | "sha384" | "sha512" {
  return integrity.slice(0, integrity.indexOf("-")) as "sha256" | "sha384" | "sha512";
}

/** The hash in hex. */
export function integrityHex(integrity: Integrity): string {
  return Buffer.from(integrity.slice(integrity.indexOf("-") + 1), "base64").toString("hex");
}

/** A running hash whose result can be compared with `integrity`. */
export function integrityHash(integrity: Integrity): { update: (chunk: Uint8Array) => void; matches: () => boolean } {
  const hash = createHash(integrityAlgorithm(integrity));
  return { update: (chunk) => void hash.update(chunk), matches: () => hash.digest("hex") === integrityHex(integrity) };
}
