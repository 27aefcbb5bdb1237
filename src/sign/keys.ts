// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { formatCosignKey, formatPublicKey, keyHintOf, parseCosignKey, parsePublicKey } from "../formats/cosign-key.js";
import { makeDirectory, readText, readTextIfAny, writeFileAtomic } from "../host/files.js";
import { acquireFileLock } from "../host/file-lock.js";
import type { Host } from "../host/host.js";

/** Signs bytes with ECDSA P-256 and SHA-256; the result is ASN.1 DER. */
export interface Signer {
  /** Base64 of the SHA-256 of the public key's DER form: how cosign names a key. */
  readonly keyHint: string;
  readonly publicKey: KeyObject;
  readonly sign: (bytes: Buffer) => Buffer;
}

const LOCK_POLL_MS = 50;

/**
 * The signing key: that in `BASALT_SIGNING_KEY`, or of the file that `BASALT_SIGNING_KEY_FILE` names, both as cosign writes them; else that
 * of this installation, made at the first call, readable by its owner only. `COSIGN_PASSWORD` decrypts it.
 * @throws BasaltError `KEY_INVALID`, `KEY_PASSWORD`, `FILE_NOT_FOUND`
 */
export async function openSigner(host: Host): Promise<Signer> {
  const given = await givenKey(host);
  if (given !== undefined) {
    const publicKey = createPublicKey(given);
    return { keyHint: keyHintOf(publicKey), publicKey, sign: (bytes) => sign("sha256", bytes, given) };
  }
  const paths = keyPaths(host);
  await ensureKeyPair(host, paths);
  const publicKey = parsePublicKey(await readText(paths.public), paths.public);
  let privateKey: KeyObject | undefined;
  const pem = await readText(paths.private);
  return {
    keyHint: keyHintOf(publicKey),
    publicKey,
    // Decrypting costs a fifth of a second, and a build that changed nothing signs nothing.
    sign: (bytes) =>
      sign("sha256", bytes, (privateKey ??= parseCosignKey(pem, host.env["COSIGN_PASSWORD"] ?? "", paths.private))),
  };
}

async function givenKey({ env }: Host): Promise<KeyObject | undefined> {
  const text = env["BASALT_SIGNING_KEY"] ?? "";
  const file = env["BASALT_SIGNING_KEY_FILE"] ?? "";
  if (text !== "" && file !== "")
    throw new BasaltError("KEY_INVALID", "both BASALT_SIGNING_KEY and BASALT_SIGNING_KEY_FILE are set", {
      action: "set one of them",
    });
  if (text === "" && file === "") return undefined;
  const password = env["COSIGN_PASSWORD"] ?? "";
  return file === ""
    ? parseCosignKey(text, password, "BASALT_SIGNING_KEY")
    : parseCosignKey(await readText(file), password, file);
}

/** The public half in PEM. The key pair is made if there is none. */
export async function publicKeyPem(host: Host): Promise<string> {
  return formatPublicKey((await openSigner(host)).publicKey);
}

interface KeyPaths {
  readonly private: string;
  readonly public: string;
}

function keyPaths(host: Host): KeyPaths {
  return { private: join(host.home.keys, "cosign.key"), public: join(host.home.keys, "cosign.pub") };
}

/** Makes the key pair once, even when several processes start together. */
async function ensureKeyPair(host: Host, paths: KeyPaths): Promise<void> {
  while ((await readTextIfAny(paths.public)) === undefined) {
    await makeDirectory(host.home.keys, 0o700);
    const lock = await acquireFileLock(join(host.home.keys, "making.lock"));
    if (lock === undefined) {
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
      continue;
    }
    try {
      const pem = await readTextIfAny(paths.private);
      const password = host.env["COSIGN_PASSWORD"] ?? "";
      const privateKey =
        pem === undefined
          ? await makePrivateKey(paths.private, password)
          : parseCosignKey(pem, password, paths.private);
      await writeFileAtomic(paths.public, formatPublicKey(createPublicKey(privateKey)), { mode: 0o644 });
    } finally {
      await lock.release();
    }
  }
}

async function makePrivateKey(path: string, password: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  await writeFileAtomic(path, formatCosignKey(privateKey, password, randomBytes), { mode: 0o600 });
  return privateKey;
}
