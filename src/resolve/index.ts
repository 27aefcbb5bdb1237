// SPDX-License-Identifier: Apache-2.0
export type { AbsenceReason, DependencyStep, DistroSuite, PackageReasons } from "../distro/index.js";
export { checkPackages } from "./check-packages.js";
export { fetchArtifact } from "./artifacts.js";
export type { BuildEvent, BuildStage, EventSink } from "./events.js";
export { explainPackage, suitesOf } from "./explain.js";
export { resolve, type ResolveOptions } from "./resolve.js";
export { applyLock } from "./resolved-versions.js";
export { compressorOf, lockedPlatform, mappedImage, requireLockFits } from "./use-lock.js";
