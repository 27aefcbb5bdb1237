// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import { keyHintOf } from "../../src/formats/cosign-key.js";
import type { Signer } from "../../src/sign/index.js";

/** A signer for tests, which also signs where nothing can be waited for. */
export interface TestSigner extends Signer {
  readonly signNow: (bytes: Buffer) => Buffer;
}

/** A signer with a key of its own that lies nowhere: the installation's takes half a second to make. */
export function testSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signNow = (bytes: Buffer): Buffer => sign("sha256", bytes, privateKey);
  return { publicKey, keyHint: keyHintOf(publicKey), sign: async (bytes) => signNow(bytes), signNow };
}
