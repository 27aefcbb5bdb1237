// SPDX-License-Identifier: Apache-2.0
import { readKeyring, armorKeys } from "../../src/formats/openpgp-keyring.js";
import { verifySigned } from "../../src/formats/openpgp-signed.js";
import { verifyClearsigned, verifyDetached, type VerifyOptions } from "../../src/formats/openpgp.js";
import type { FuzzTarget } from "../target.js";

const SIGNED_TEXT = "Origin: Debian\n- dash\nlast line\n";
/** Between a text and its signature. */
const MARK = "\n=====\n";

let made: Promise<Signed> | undefined;

interface Signed {
  readonly clearsigned: string;
  readonly armored: Buffer;
  readonly binary: Buffer;
  readonly publicKey: Buffer;
  readonly options: VerifyOptions;
}

/** A text with good signatures of a key that is made now; one for all inputs. */
function signed(): Promise<Signed> {
  return (made ??= sign());
}

async function sign(): Promise<Signed> {
  const openpgp = await import("openpgp");
  const { privateKey, publicKey } = await openpgp.generateKey({
    userIDs: [{ name: "Fuzz" }],
    type: "ecc",
    curve: "ed25519Legacy",
    format: "object",
  });
  const clear = await openpgp.createCleartextMessage({ text: SIGNED_TEXT });
  const message = await openpgp.createMessage({ binary: Buffer.from(SIGNED_TEXT) });
  const signing = { message, signingKeys: privateKey, detached: true } as const;
  return {
    clearsigned: await openpgp.sign({ message: clear, signingKeys: privateKey }),
    armored: Buffer.from(await openpgp.sign({ ...signing, format: "armored" })),
    binary: Buffer.from(await openpgp.sign({ ...signing, format: "binary" })),
    publicKey: Buffer.from(publicKey.write()),
    options: {
      keys: [Buffer.from(publicKey.armor())],
      fingerprints: [publicKey.getFingerprint().toUpperCase()],
      now: new Date(Date.now() + 60_000),
      name: "fuzz",
    },
  };
}

function requireSigned(text: string): void {
  if (text.trimEnd() !== SIGNED_TEXT.trimEnd())
    throw new Error(`what nobody signed was verified: ${JSON.stringify(text)}`);
}

async function readDetached(bytes: Buffer): Promise<void> {
  const at = bytes.indexOf(MARK);
  const text = at === -1 ? Buffer.from(SIGNED_TEXT) : bytes.subarray(0, at);
  const signature = at === -1 ? bytes : bytes.subarray(at + MARK.length);
  const { options } = await signed();
  await verifyDetached(text, signature, options);
  if (text.toString("latin1") !== SIGNED_TEXT)
    throw new Error(`what nobody signed was verified: ${JSON.stringify(text.toString("latin1"))}`);
}

/** As the files that stages verify: with a signature beside them, or in them. */
async function readRelease(bytes: Buffer): Promise<void> {
  const at = bytes.indexOf(MARK);
  const { options } = await signed();
  const release = { keys: options.keys, signers: options.fingerprints, now: options.now, name: options.name };
  if (at === -1) {
    await verifySigned({ content: bytes }, release);
    const body = bytes.toString("utf8").split("\n\n").slice(1).join("\n\n");
    const text = body.split("\n-----BEGIN PGP SIGNATURE")[0] ?? "";
    requireSigned(text.replaceAll(/^- /gm, "").replaceAll(/[ \t\r]+$/gm, ""));
    return;
  }
  const content = bytes.subarray(0, at);
  await verifySigned({ content, signature: bytes.subarray(at + MARK.length) }, release);
  if (content.toString("latin1") !== SIGNED_TEXT)
    throw new Error(`what nobody signed was verified: ${JSON.stringify(content.toString("latin1"))}`);
}

const TOKENS = ["-----BEGIN PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n", "=abcd\n", "Version: x\n", MARK];
const KEY_TOKENS = [
  "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
  "-----END PGP PUBLIC KEY BLOCK-----\n",
  "=abcd\n",
  "\n\n",
];

async function detachedSeeds(): Promise<readonly Buffer[]> {
  const { armored, binary } = await signed();
  return [armored, binary].map((signature) => Buffer.concat([Buffer.from(`${SIGNED_TEXT}${MARK}`), signature]));
}

async function keySeeds(): Promise<readonly Buffer[]> {
  const { publicKey } = await signed();
  return [publicKey, Buffer.from(armorKeys(publicKey)), Buffer.from(`text\n${armorKeys(publicKey).repeat(2)}`)];
}

export const OPENPGP_TARGETS: readonly FuzzTarget[] = [
  {
    name: "clearsigned",
    group: "text",
    seeds: async () => [Buffer.from((await signed()).clearsigned)],
    tokens: ["-----BEGIN PGP SIGNATURE-----\n", "Hash: SHA1\n", "- ", "=abcd\n", "Version: x\n"],
    run: async (bytes) => {
      const { options } = await signed();
      requireSigned((await verifyClearsigned(bytes.toString("utf8"), options)).text);
    },
  },
  { name: "openpgp-detached", group: "text", seeds: detachedSeeds, tokens: TOKENS, run: readDetached },
  {
    name: "openpgp-release",
    group: "text",
    seeds: async () => [...(await detachedSeeds()), Buffer.from((await signed()).clearsigned)],
    tokens: TOKENS,
    run: readRelease,
  },
  {
    name: "keyring",
    group: "text",
    seeds: keySeeds,
    tokens: KEY_TOKENS,
    run: (bytes) => readKeyring(bytes, "fuzz"),
  },
  {
    name: "pinned-keys",
    group: "text",
    seeds: keySeeds,
    tokens: KEY_TOKENS,
    run: async (bytes) => {
      const { armored, options } = await signed();
      const file = { content: Buffer.from(SIGNED_TEXT), signature: armored };
      await verifySigned(file, { keys: [bytes], signers: options.fingerprints, now: options.now, name: "fuzz" });
    },
  },
];
