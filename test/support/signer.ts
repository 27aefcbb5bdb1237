// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from "node:crypto";
import { keyHintOf } from "../../src/formats/cosign-key.js";
import type { Signer } from "../../src/sign/index.js";

/** A signer with a key of its own that lies nowhere: the installation's takes half a second to make. */
export function testSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return { publicKey, keyHint: keyHintOf(publicKey), sign: (bytes) => sign("sha256", bytes, privateKey) };
}
