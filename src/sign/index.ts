// SPDX-License-Identifier: Apache-2.0
export type { EvidenceArtifact } from "./documents.js";
export { openSigner, publicKeyPem, rotateKey, validKeys, type ValidKey } from "./keys.js";
export { signDescriptions, type Evidence, type SignOptions } from "./sign.js";
export type { Signer } from "./signer.js";
