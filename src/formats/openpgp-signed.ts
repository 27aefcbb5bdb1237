// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { keyBlocks } from "./openpgp-keyring.js";

/** A file and what proves where it comes from. */
export interface SignedFile {
  readonly content: Buffer;
  /** Armoured or not; absent where the file is clearsigned. */
  readonly signature?: Buffer;
}

export interface SignedOptions {
  /** Files of public keys, armoured or not; each may hold several. */
  readonly keys: readonly Buffer[];
  /** Fingerprints of keys or subkeys, or their last 16 digits or more, upper-case hex; without any, every key of `keys` counts. */
  readonly signers: readonly string[];
  readonly now: Date;
  /** Name of the signed file for messages. */
  readonly name: string;
}

type Key = Awaited<ReturnType<typeof import("openpgp").readKeys>>[number];

/**
 * Verifies a release that its makers signed once and for all. A key must have been valid when it signed, and must not have been
 * revoked as compromised since; that it has run out meanwhile does not matter, as for gpg: a build must not depend on the day it
 * is made, and the bytes are pinned besides. Answers the fingerprints of the primary keys whose signatures are good, upper-case
 * hex. Source: RFC 9580, sections 5.2 and 7. @throws BasaltError `SIGNATURE_INVALID`, `KEY_INVALID`
 */
export async function verifySigned(file: SignedFile, options: SignedOptions): Promise<readonly string[]> {
  const openpgp = await import("openpgp");
  const keys = await readKeyFiles(options);
  // Makers who prolong their key often publish it with its newest self-signature only, which is younger than what they signed before.
  const config = { allowInsecureVerificationWithReformattedKeys: true };
  const verifying = { verificationKeys: [...keys], date: options.now, config };
  const work =
    file.signature === undefined
      ? openpgp.verify({ message: await readClearsigned(file.content, options), ...verifying })
      : openpgp.verify({
          message: await openpgp.createMessage({ binary: file.content }),
          signature: await readDetached(file.signature, options),
          ...verifying,
        });
  const { signatures } = await work.catch((cause: unknown) => {
    throw new BasaltError("SIGNATURE_INVALID", `the signature of ${options.name} cannot be verified`, { cause });
  });
  const good: string[] = [];
  const bad: string[] = [];
  for (const { keyID, verified } of signatures) {
    const id = keyID.toHex();
    try {
      await verified;
      const owner = keys.find((key) => key.getKeys().some((part) => part.getKeyID().toHex() === id));
      const prints = owner === undefined ? [] : printsOf(owner, id);
      if (isAdmitted(prints, options.signers)) good.push(prints[0] ?? "");
      else bad.push(`${prints.join("/")} is none of ${options.signers.join(", ")}`);
    } catch (error) {
      bad.push(`${id.toUpperCase()}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (good.length > 0) return good;
  const why = bad.length === 0 ? "it has no signature" : bad.join("; ");
  throw new BasaltError("SIGNATURE_INVALID", `no trusted signature on ${options.name}: ${why}`);
}

/** Of the primary key, and of the part that signed. */
function printsOf(owner: Key, id: string): readonly string[] {
  const part = owner.getKeys().find((candidate) => candidate.getKeyID().toHex() === id);
  const prints = [owner.getFingerprint(), part?.getFingerprint() ?? ""].map((print) => print.toUpperCase());
  return [...new Set(prints)];
}

function isAdmitted(prints: readonly string[], signers: readonly string[]): boolean {
  if (prints.length === 0) return false;
  return signers.length === 0 || signers.some((signer) => prints.some((print) => isKeyOf(print, signer)));
}

/** A key id is the end of a fingerprint of version 4, and the beginning of one of version 6. Source: RFC 9580, section 5.5.4. */
function isKeyOf(print: string, signer: string): boolean {
  return print.length > 40 ? print.startsWith(signer) : print.endsWith(signer);
}

/** All keys of all files; text around armoured ones is passed over, as by gpg. */
async function readKeyFiles({ keys, name }: SignedOptions): Promise<readonly Key[]> {
  const openpgp = await import("openpgp");
  const found: Key[] = [];
  for (const bytes of keys) {
    const blocks = keyBlocks(bytes.toString("latin1"));
    const reads =
      blocks.length === 0
        ? [() => openpgp.readKeys({ binaryKeys: bytes })]
        : blocks.map((armoredKeys) => () => openpgp.readKeys({ armoredKeys }));
    // One after the other: nobody would hear of a second one that fails.
    for (const read of reads)
      found.push(
        ...(await read().catch((cause: unknown) => {
          throw new BasaltError("KEY_INVALID", `a public key for ${name} cannot be read`, { cause });
        })),
      );
  }
  return found;
}

async function readDetached(signature: Buffer, { name }: SignedOptions): Promise<import("openpgp").Signature> {
  const openpgp = await import("openpgp");
  const text = signature.toString("latin1");
  const read = text.includes("-----BEGIN PGP SIGNATURE-----")
    ? openpgp.readSignature({ armoredSignature: text })
    : openpgp.readSignature({ binarySignature: signature });
  return read.catch((cause: unknown) => {
    throw new BasaltError("SIGNATURE_INVALID", `the signature of ${name} cannot be read`, { cause });
  });
}

/** The file must be the signed message and nothing else: steps read all of it, and what stands around the message is not signed. */
async function readClearsigned(content: Buffer, { name }: SignedOptions): Promise<import("openpgp").CleartextMessage> {
  const openpgp = await import("openpgp");
  const text = content.toString("utf8").trim();
  const isWhole =
    text.startsWith("-----BEGIN PGP SIGNED MESSAGE-----") &&
    text.endsWith("-----END PGP SIGNATURE-----") &&
    text.split("-----BEGIN PGP SIGNED MESSAGE-----").length === 2 &&
    text.split("-----BEGIN PGP SIGNATURE-----").length === 2 &&
    text.split("-----END PGP SIGNATURE-----").length === 2;
  if (!isWhole) throw new BasaltError("SIGNATURE_INVALID", `${name} is not a clearsigned file and nothing else`);
  return openpgp.readCleartextMessage({ cleartextMessage: text }).catch((cause: unknown) => {
    throw new BasaltError("SIGNATURE_INVALID", `${name} is not a clearsigned file`, { cause });
  });
}
