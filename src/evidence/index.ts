// SPDX-License-Identifier: Apache-2.0
export {
  checkEvidence,
  findGaps,
  nameOf,
  trustKey,
  type CheckedAttestation,
  type CheckedEvidence,
  type Trust,
  type TrustedKey,
  type Verdict,
} from "./check.js";
export { collectAttestations, collectEvidence, type ImageEvidence, type Subject } from "./collect.js";
export { assessSlsa, reachedLevel, SLSA_LEVELS, type SlsaLevel, type SlsaRequirement } from "./slsa.js";
