// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { formatCosignKey, formatPublicKey, keyHintOf, parseCosignKey, parsePublicKey } from "../formats/cosign-key.js";
import { makeDirectory, readText, readTextIfAny, removeTree, writeFileAtomic } from "../host/files.js";
import { acquireFileLock, type FileLock } from "../host/file-lock.js";
import type { Host } from "../host/host.js";
import { isKeyless } from "./keyless.js";
import { openSignerCommand } from "./signer-command.js";
import type { SigningKey } from "./signer.js";

const LOCK_POLL_MS = 50;

/**
 * The signing key: that of `BASALT_SIGNER_COMMAND`; that in `BASALT_SIGNING_KEY`, or of the file that `BASALT_SIGNING_KEY_FILE` names, both as cosign
 * writes them; else that of this installation, made at the first call, readable by its owner only. `COSIGN_PASSWORD` decrypts it.
 * @throws BasaltError `KEY_INVALID`, `KEY_PASSWORD`, `FILE_NOT_FOUND`, `SIGNER_FAILED`
 */
export async function openKey(host: Host): Promise<SigningKey> {
  const byCommand = await openSignerCommand(host);
  if (byCommand !== undefined) return byCommand;
  const given = await givenKey(host);
  if (given !== undefined) {
    const publicKey = createPublicKey(given);
    return { keyHint: keyHintOf(publicKey), publicKey, sign: async (bytes) => sign("sha256", bytes, given) };
  }
  const paths = keyPaths(host);
  let privateKey = await ensureKeyPair(host, paths);
  const publicKey = parsePublicKey(await readText(paths.public), paths.public);
  const pem = await readText(paths.private);
  return {
    keyHint: keyHintOf(publicKey),
    publicKey,
    // Decrypting costs a fifth of a second, and a build that changed nothing signs nothing.
    sign: async (bytes) =>
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

/** A key whose signatures are good. */
export interface ValidKey {
  readonly pem: string;
  /** As cosign names it. */
  readonly keyHint: string;
  /** Of a former key: RFC 3339. */
  readonly validUntil?: string;
}

/**
 * The key that signs now, then those that it took the place of and that are still good. The key pair is made if there is none; where
 * certificates sign now, what keys signed before stays good.
 */
export async function validKeys(host: Host): Promise<readonly ValidKey[]> {
  if (isKeyless(host) && (await readTextIfAny(keyPaths(host).private)) === undefined) return formerKeys(host);
  const { publicKey, keyHint } = await openKey(host);
  const former = (await formerKeys(host)).filter((key) => key.keyHint !== keyHint);
  return [{ pem: formatPublicKey(publicKey), keyHint }, ...former];
}

async function formerKeys(host: Host): Promise<readonly ValidKey[]> {
  return (await readFormer(host)).filter((key) => Date.parse(key.validUntil) > host.now().getTime());
}

/** All of them in PEM, the one that signs now first: tools that read one key read that. */
export async function publicKeyPem(host: Host): Promise<string> {
  return (await validKeys(host)).map(({ pem }) => pem).join("");
}

/**
 * Puts a new key in the place of this installation's. What the former one signed stays good until `validUntil`; its private half is gone.
 * @throws BasaltError `KEY_INVALID` where the key is not kept here
 */
export async function rotateKey(
  host: Host,
  validUntil: Date,
): Promise<{ readonly former: ValidKey; readonly key: ValidKey }> {
  if (isKeyless(host))
    throw new BasaltError("KEY_INVALID", "certificates sign here, and no key", {
      action: "there is nothing to rotate: each certificate has a key of its own",
    });
  if ((await openSignerCommand(host)) !== undefined || (await givenKey(host)) !== undefined)
    throw new BasaltError("KEY_INVALID", "the signing key is given to Basalt, and not kept by it", {
      action: "change it where it comes from; keys that stay good meanwhile go into the file that --key names",
    });
  const paths = keyPaths(host);
  await ensureKeyPair(host, paths);
  const lock = await waitForLock(host);
  try {
    const publicKey = parsePublicKey(await readText(paths.public), paths.public);
    const former = {
      pem: formatPublicKey(publicKey),
      keyHint: keyHintOf(publicKey),
      validUntil: validUntil.toISOString(),
    };
    // In this order a process that dies on the way leaves a key that is known: the public half is made from the private one where it is missing.
    const known = (await readFormer(host)).filter((each) => each.keyHint !== former.keyHint);
    await writeFileAtomic(paths.former, `${JSON.stringify([...known, former], undefined, 2)}\n`, { mode: 0o644 });
    await removeTree(paths.public);
    const key = createPublicKey(await makePrivateKey(paths.private, host.env["COSIGN_PASSWORD"] ?? ""));
    await writeFileAtomic(paths.public, formatPublicKey(key), { mode: 0o644 });
    return { former, key: { pem: formatPublicKey(key), keyHint: keyHintOf(key) } };
  } finally {
    await lock.release();
  }
}

type FormerKey = Required<ValidKey>;

/** @throws BasaltError `KEY_INVALID` */
async function readFormer(host: Host): Promise<readonly FormerKey[]> {
  const path = keyPaths(host).former;
  const text = await readTextIfAny(path);
  if (text === undefined) return [];
  try {
    return (JSON.parse(text) as readonly Partial<FormerKey>[]).map(({ pem = "", validUntil = "" }) => {
      if (Number.isNaN(Date.parse(validUntil))) throw new Error("a key without validUntil");
      const key = parsePublicKey(pem, path);
      return { pem: formatPublicKey(key), keyHint: keyHintOf(key), validUntil };
    });
  } catch (cause) {
    throw new BasaltError("KEY_INVALID", `${path} is not a list of former keys`, { cause });
  }
}

interface KeyPaths {
  readonly private: string;
  readonly public: string;
  /** Public halves of keys that were replaced. */
  readonly former: string;
}

function keyPaths(host: Host): KeyPaths {
  const at = (name: string): string => join(host.home.keys, name);
  return { private: at("cosign.key"), public: at("cosign.pub"), former: at("former.json") };
}

/** Makes the key pair once, even when several processes start together. Gives the private half if that had to be made or read. */
async function ensureKeyPair(host: Host, paths: KeyPaths): Promise<KeyObject | undefined> {
  if ((await readTextIfAny(paths.public)) !== undefined) return undefined;
  const lock = await waitForLock(host);
  try {
    if ((await readTextIfAny(paths.public)) !== undefined) return undefined;
    const pem = await readTextIfAny(paths.private);
    const password = host.env["COSIGN_PASSWORD"] ?? "";
    const privateKey =
      pem === undefined ? await makePrivateKey(paths.private, password) : parseCosignKey(pem, password, paths.private);
    await writeFileAtomic(paths.public, formatPublicKey(createPublicKey(privateKey)), { mode: 0o644 });
    return privateKey;
  } finally {
    await lock.release();
  }
}

/** Lets one process at a time change the keys. */
async function waitForLock(host: Host): Promise<FileLock> {
  await makeDirectory(host.home.keys, 0o700);
  for (;;) {
    const lock = await acquireFileLock(join(host.home.keys, "making.lock"));
    if (lock !== undefined) return lock;
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

async function makePrivateKey(path: string, password: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  await writeFileAtomic(path, formatCosignKey(privateKey, password, randomBytes), { mode: 0o600 });
  return privateKey;
}
