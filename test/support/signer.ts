// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import { keyHintOf } from "../../src/formats/cosign-key.js";
import { signerByKey, type Signer, type SigningKey } from "../../src/sign/index.js";

/** A signer for tests, which also signs where nothing can be waited for. */
export interface TestSigner extends Signer, SigningKey {
  readonly signNow: (bytes: Buffer) => Buffer;
}

/** A signer with a key of its own that lies nowhere: the installation's takes half a second to make. */
export function testSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signNow = (bytes: Buffer): Buffer => sign("sha256", bytes, privateKey);
  const key = { publicKey, keyHint: keyHintOf(publicKey), sign: async (bytes: Buffer) => signNow(bytes) };
  return { ...signerByKey(key), ...key, signNow };
}
