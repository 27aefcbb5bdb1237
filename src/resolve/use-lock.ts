// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { expandDefinition, type Definition, type FilePin, type ImageDefinition } from "../definition/index.js";
import { ASSEMBLY_RULES } from "../formats/assembly-rules.js";
import { addressOf } from "../formats/debian/apt-source.js";
import { parseKeyAddress } from "../formats/debian/repository-keys.js";
import {
  compressionOf,
  LAYER_COMPRESSORS,
  type LayerCompression,
  type LayerCompressor,
} from "../formats/archive/layer-compressor.js";
import { isPinned, NO_MAPPING, type PinMode } from "../formats/input-mapping.js";
import type { Lock, LockedArtifact, LockedInputs, LockedPlatform } from "../formats/lock.js";
import type { Platform } from "../formats/platform.js";
import { applyMapping } from "./mapping.js";

/** Checks that a lock was made for this definition, these platforms and these rules. @throws BasaltError `LOCK_MISMATCH` */
export function requireLockFits(lock: Lock, definition: Definition, platforms: readonly Platform[]): Lock {
  if (lock.definition.sha256 !== definition.sha256) {
    throw mismatch(
      `it was made for another content of ${definition.file}: expected sha256 ${lock.definition.sha256}, the file has ${definition.sha256}`,
    );
  }
  const rules = Object.entries(ASSEMBLY_RULES).filter(([rule, version]) => lock.rules[rule] !== version);
  const unknown = Object.keys(lock.rules).filter((rule) => !(rule in ASSEMBLY_RULES));
  if (rules.length > 0 || unknown.length > 0) {
    throw mismatch(
      `it was made with other assembly rules than this version of Basalt has: ${[...rules.map(([rule]) => rule), ...unknown].join(", ")}`,
    );
  }
  for (const platform of platforms) {
    const image = mappedImage(definition, platform, lock);
    requireCompressorFits(lock, image);
    requirePlatformFits(lock.platforms[platform], image, lock.mapping?.pins ?? "exact");
  }
  return lock;
}

/** What a definition means on a platform, with the inputs that the lock has in place of others. */
export function mappedImage(
  definition: Definition,
  platform: Platform,
  { mapping = NO_MAPPING }: Pick<Lock, "mapping">,
): ImageDefinition {
  return applyMapping(expandDefinition(definition, platform), mapping);
}

/** The compressor a lock asks for. @throws BasaltError `LOCK_MISMATCH` */
export function compressorOf(lock: Lock): LayerCompressor {
  const compressor = LAYER_COMPRESSORS.find((known) => known === lock.compressor);
  if (compressor === undefined) throw mismatch(`its compressor ${JSON.stringify(lock.compressor)} is unknown`);
  return compressor;
}

function requireCompressorFits(lock: Lock, image: ImageDefinition): void {
  const wanted: LayerCompression = image.compression ?? "gzip";
  if (compressionOf(compressorOf(lock)) !== wanted)
    throw mismatch(`its compressor is ${lock.compressor}, and the definition wants ${wanted}`);
}

/** What the lock says about a platform. @throws BasaltError `LOCK_MISMATCH` */
export function lockedPlatform(lock: Lock, platform: Platform): LockedPlatform {
  const locked = lock.platforms[platform];
  if (locked === undefined) throw mismatch(`it has nothing for ${platform}`);
  return locked;
}

function requirePlatformFits(locked: LockedPlatform | undefined, image: ImageDefinition, pins: PinMode): void {
  if (locked === undefined) throw mismatch(`it has nothing for ${image.platform}`);
  requireInputsFit(locked, image, { where: `on ${image.platform}`, pins });
  const { stages = {} } = locked;
  for (const stage of image.stages) {
    const found = Object.hasOwn(stages, stage.name) ? stages[stage.name] : undefined;
    const where = `in the stage ${stage.name} on ${image.platform}`;
    if (found === undefined) throw mismatch(`it has nothing ${where}`);
    requireInputsFit(found, stage, { where, pins });
  }
}

type InputRequest = Pick<ImageDefinition, "packages" | "masks" | "files"> &
  Partial<Pick<ImageDefinition, "repositories" | "repositoryKeys">>;

function requireInputsFit(
  locked: LockedInputs,
  { packages, masks, files, ...sources }: InputRequest,
  { where, pins }: { readonly where: string; readonly pins: PinMode },
): void {
  requireRepositoriesFit(locked, sources, where);
  const names = new Map(locked.packages.map((item) => [item.name, item]));
  if (names.size !== locked.packages.length) throw mismatch(`it names a package twice ${where}`);
  for (const request of packages) {
    const found = names.get(request.name);
    if (found === undefined)
      throw mismatch(`it lacks the package ${request.name}, which the definition asks for ${where}`);
    const { version, suite } = found;
    if (request.suite !== undefined && request.suite !== suite)
      throw mismatch(`it has ${request.name} of ${suite} where the definition asks for ${request.suite}`);
    if (request.version !== undefined && !isPinned(version, request.version, pins))
      throw mismatch(`it has ${request.name} ${version} where the definition pins ${request.version}`);
  }
  for (const mask of masks)
    if (names.has(mask)) throw mismatch(`it has the package ${mask}, which the definition masks`);
  for (const file of files) {
    const artifact = locked.artifacts.find((candidate) => candidate.url === file.url);
    if (artifact === undefined || !isPinnedTo(artifact, file.pin))
      throw mismatch(`it does not have ${file.url} with the checksum of the definition`);
  }
}

/** Packages come from repositories that the definition names and the mapping leaves, and these have the keys that it pins. */
function requireRepositoriesFit(
  { packages, keyrings = [] }: LockedInputs,
  { repositories = [], repositoryKeys = {} }: Pick<InputRequest, "repositories" | "repositoryKeys">,
  where: string,
): void {
  const known = new Set(repositories.map((line) => rootOf(addressOf(line))));
  for (const { name, repository } of packages)
    if (/^https?:/.test(repository) && !known.has(rootOf(repository)))
      throw mismatch(`it has ${name} of ${repository}, which is no repository ${where}`);
  for (const line of repositories) {
    const key = repositoryKeys[line];
    if (key === undefined) continue;
    const keyring = keyrings.find(({ url }) => url === key);
    if (keyring === undefined) throw mismatch(`it lacks the key of ${addressOf(line)} ${where}`);
    const { fingerprints } = parseKeyAddress(key);
    if (fingerprints.length > 0 && fingerprints.join() !== keyring.fingerprints.join())
      throw mismatch(`it has ${addressOf(line)} signed by ${keyring.fingerprints.join(", ")} ${where}`);
  }
}

function rootOf(address: string): string {
  return new URL(address.endsWith("/") ? address : `${address}/`).href;
}

/** Whether what the lock has is what the definition pins, by the same means. */
function isPinnedTo({ integrity, commit, checksumUrl, signature, verifiedBy }: LockedArtifact, pin: FilePin): boolean {
  switch (pin.kind) {
    case "step":
      return verifiedBy === "step";
    case "integrity":
      return integrity === pin.integrity && commit === undefined;
    case "commit":
      return commit === pin.commit;
    case "checksum-file":
      return checksumUrl === pin.url;
    case "signature":
      return signature?.url === pin.url && signature.signedBy.some((key) => pin.fingerprints.includes(key));
  }
}

function mismatch(why: string): BasaltError {
  return new BasaltError("LOCK_MISMATCH", `the lock cannot be used: ${why}`);
}
