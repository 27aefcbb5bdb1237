// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** What a verified clearsigned text says, and who said it. */
export interface VerifiedText {
  /** The signed text only: whatever stood around it is not signed and not here. */
  readonly text: string;
  /** Fingerprints of the primary keys whose signatures are good, upper-case hex. */
  readonly signedBy: readonly string[];
}

export interface VerifyOptions {
  /** Armoured or binary public keys. */
  readonly keys: readonly Buffer[];
  /** Fingerprints of primary keys that count, upper-case hex; other keys are ignored even if present. */
  readonly fingerprints: readonly string[];
  readonly now: Date;
  /** Name of the signed file for messages. */
  readonly name: string;
}

/**
 * Verifies a clearsigned text (RFC 9580, section 7). One good signature by a pinned key is enough: Debian signs each file
 * with the keys of two releases. @throws BasaltError `SIGNATURE_INVALID`, `KEY_INVALID`
 */
export async function verifyClearsigned(armored: string, options: VerifyOptions): Promise<VerifiedText> {
  const openpgp = await import("openpgp");
  const keys = await readPinnedKeys(options);
  const message = await openpgp.readCleartextMessage({ cleartextMessage: armored }).catch((cause: unknown) => {
    throw new BasaltError("SIGNATURE_INVALID", `${options.name} is not a clearsigned file`, { cause });
  });
  const result = await openpgp
    .verify({ message, verificationKeys: keys, date: options.now })
    .catch((cause: unknown) => {
      throw new BasaltError("SIGNATURE_INVALID", `the signature of ${options.name} cannot be verified`, { cause });
    });
  return { text: result.data, signedBy: await goodSigners(result.signatures, keys, options) };
}

/** Verifies a detached signature over `text`. @throws BasaltError `SIGNATURE_INVALID`, `KEY_INVALID` */
export async function verifyDetached(text: Buffer, signature: Buffer, options: VerifyOptions): Promise<VerifiedText> {
  const openpgp = await import("openpgp");
  const keys = await readPinnedKeys(options);
  const isArmored = signature.subarray(0, 5).toString("latin1") === "-----";
  const read = isArmored
    ? openpgp.readSignature({ armoredSignature: signature.toString("latin1") })
    : openpgp.readSignature({ binarySignature: signature });
  const parsed = await read.catch((cause: unknown) => {
    throw new BasaltError("SIGNATURE_INVALID", `the signature of ${options.name} cannot be read`, { cause });
  });
  const message = await openpgp.createMessage({ binary: text });
  const result = await openpgp
    .verify({ message, signature: parsed, verificationKeys: keys, date: options.now })
    .catch((cause: unknown) => {
      throw new BasaltError("SIGNATURE_INVALID", `the signature of ${options.name} cannot be verified`, { cause });
    });
  return { text: text.toString("utf8"), signedBy: await goodSigners(result.signatures, keys, options) };
}

type KeyID = import("openpgp").KeyID;
type Key = Awaited<ReturnType<typeof import("openpgp").readKeys>>[number];

async function readPinnedKeys(options: VerifyOptions): Promise<Key[]> {
  const openpgp = await import("openpgp");
  const found: Key[] = [];
  for (const bytes of options.keys) {
    const isArmored = bytes.subarray(0, 5).toString("latin1") === "-----";
    const keys = await (
      isArmored ? openpgp.readKeys({ armoredKeys: bytes.toString("latin1") }) : openpgp.readKeys({ binaryKeys: bytes })
    ).catch((cause: unknown) => {
      throw new BasaltError("KEY_INVALID", `a public key for ${options.name} cannot be read`, { cause });
    });
    found.push(...keys.filter((key) => options.fingerprints.includes(key.getFingerprint().toUpperCase())));
  }
  if (found.length === 0)
    throw new BasaltError(
      "KEY_INVALID",
      `none of the pinned keys for ${options.name} is present: ${options.fingerprints.join(", ")}`,
    );
  return found;
}

interface SignatureResult {
  readonly keyID: KeyID;
  readonly verified: Promise<true>;
}

async function goodSigners(
  signatures: readonly SignatureResult[],
  keys: readonly Key[],
  options: VerifyOptions,
): Promise<readonly string[]> {
  const good: string[] = [];
  const bad: string[] = [];
  for (const signature of signatures) {
    const id = signature.keyID.toHex();
    const owner = keys.find((key) => key.getKeys().some((part) => part.getKeyID().toHex() === id));
    try {
      await signature.verified;
      // openpgp asks whether the key was valid when the signature says it was made; who has the key can say anything.
      await owner?.getSigningKey(signature.keyID, options.now);
      if (owner !== undefined) good.push(owner.getFingerprint().toUpperCase());
    } catch (error) {
      bad.push(`${id.toUpperCase()}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (good.length > 0) return good;
  const why = bad.length === 0 ? "it has no signature" : bad.join("; ");
  throw new BasaltError("SIGNATURE_INVALID", `no trusted signature on ${options.name}: ${why}`);
}
