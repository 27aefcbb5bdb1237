// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** A certificate that a Java keystore trusts. */
export interface TrustedCertificate {
  /** Kept in lower case, as Java's own keystore does. */
  readonly alias: string;
  readonly der: Buffer;
}

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** What the hash at the end begins with, after the password. */
const WHITENER = "Mighty Aphrodite";

/**
 * A keystore of trusted certificates in the format JKS, by alias, without dates; the password only guards against accidents.
 * Source: OpenJDK, sun/security/provider/JavaKeyStore.java (engineStore).
 */
export function formatJavaKeystore(certificates: readonly TrustedCertificate[], password: string): Buffer {
  const sorted = certificates
    .map(({ alias, der }) => ({ alias: alias.toLowerCase(), der }))
    .toSorted((a, b) => (a.alias < b.alias ? -1 : 1));
  const body = Buffer.concat([
    uint32(MAGIC),
    uint32(VERSION),
    uint32(sorted.length),
    ...sorted.flatMap(({ alias, der }) => [
      uint32(TRUSTED_CERTIFICATE),
      text(alias),
      Buffer.alloc(8), // when it came in, in milliseconds
      text("X.509"),
      uint32(der.length),
      der,
    ]),
  ]);
  const key = Buffer.from(password, "utf16le").swap16();
  return Buffer.concat([body, createHash("sha1").update(key).update(WHITENER).update(body).digest()]);
}

/** Two bytes of length and the text in modified UTF-8: each half of a surrogate pair by itself. Source: Java, `DataOutput.writeUTF`. */
function text(value: string): Buffer {
  const bytes = Buffer.concat(value.split("").map(modifiedUtf8));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function modifiedUtf8(unit: string): Buffer {
  const code = unit.charCodeAt(0);
  if (code < 0xd800 || code > 0xdfff) return Buffer.from(unit);
  return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
