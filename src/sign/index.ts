// SPDX-License-Identifier: Apache-2.0
export type { EvidenceArtifact } from "./documents.js";
export { ownCertificates } from "./keyless.js";
export { publicKeyPem, rotateKey, validKeys, type ValidKey } from "./keys.js";
export { openSigner } from "./open.js";
export { signDescriptions, type Evidence, type SignOptions } from "./sign.js";
export { signerByKey, type Signer, type SigningKey } from "./signer.js";
