// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** The keys of a file. */
export interface Keyring {
  /** Fingerprints of the primary keys, upper-case hex, sorted. */
  readonly fingerprints: readonly string[];
  /** The keys' packets, without armour. */
  readonly bytes: Buffer;
}

const BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END = "-----END PGP PUBLIC KEY BLOCK-----";
const PRIVATE = "-----BEGIN PGP PRIVATE KEY BLOCK-----";

/**
 * Reads a file of public keys, armoured (any number of blocks, text around them passed over) or not. The packets stay as they are.
 * Source: RFC 9580, sections 6.2 and 10.1. @throws BasaltError `KEY_INVALID`
 */
export async function readKeyring(file: Buffer, name: string): Promise<Keyring> {
  const bytes = dearmored(file);
  const openpgp = await import("openpgp");
  const keys = await openpgp.readKeys({ binaryKeys: bytes }).catch((cause: unknown) => {
    throw new BasaltError("KEY_INVALID", `${name} holds no public key that can be read`, { cause });
  });
  if (keys.length === 0) throw new BasaltError("KEY_INVALID", `${name} holds no public key`);
  if (keys.some((key) => key.isPrivate()) || file.includes(PRIVATE))
    throw new BasaltError("KEY_INVALID", `${name} holds a private key`, {
      action: "tell whoever published it, and do not use what the key signed",
    });
  return { fingerprints: keys.map((key) => key.getFingerprint().toUpperCase()).toSorted(), bytes };
}

/** The armoured public keys in a text, each with both its lines; one pass over it, however many have no end. */
export function keyBlocks(text: string): readonly string[] {
  const blocks: string[] = [];
  for (let start = text.indexOf(BEGIN); start !== -1;) {
    const end = text.indexOf(END, start);
    if (end === -1) break;
    blocks.push(text.slice(start, end + END.length));
    start = text.indexOf(BEGIN, end);
  }
  return blocks;
}

function dearmored(file: Buffer): Buffer {
  const blocks = keyBlocks(file.toString("latin1"));
  if (blocks.length === 0) return file;
  return Buffer.concat(blocks.map((block) => Buffer.from(bodyOf(block), "base64")));
}

/** Without its headers, which end at an empty line, and its checksum. Source: RFC 9580, section 6.2. */
function bodyOf(block: string): string {
  const inner = block.slice(block.indexOf("\n") + 1, -END.length);
  const lines = inner.split(/\r?\n/).map((line) => line.trim());
  const start = lines.indexOf("") + 1;
  return lines
    .slice(start)
    .filter((line) => !line.startsWith("="))
    .join("");
}

/** Keys in armour, with its checksum, which older readers want. Source: RFC 4880, section 6. */
export function armorKeys(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  const checksum = Buffer.alloc(3);
  checksum.writeUIntBE(crc24(bytes), 0, 3);
  const end = `=${checksum.toString("base64")}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
  return `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${lines.join("\n")}\n${end}`;
}

/** Source: RFC 4880, section 6.1. */
function crc24(bytes: Buffer): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
}
