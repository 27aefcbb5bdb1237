// SPDX-License-Identifier: Apache-2.0
export type { EvidenceArtifact } from "./documents.js";
export { openSigner, publicKeyPem, type Signer } from "./keys.js";
export { signDescriptions, type SignOptions } from "./sign.js";
