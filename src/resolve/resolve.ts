// SPDX-License-Identifier: Apache-2.0
import { distroOf } from "../distro/index.js";
import { expandDefinition, type Definition, type ImageDefinition } from "../definition/index.js";
import { ASSEMBLY_RULES } from "../formats/assembly-rules.js";
import { defaultCompressor, type LayerCompression } from "../formats/archive/layer-compressor.js";
import { compareText } from "../formats/canonical-json.js";
import { concurrently } from "../formats/concurrently.js";
import { isNoMapping, NO_MAPPING, type InputMapping } from "../formats/input-mapping.js";
import type { IndexEvidence, Lock, LockedArtifact, LockedInputs, LockedPlatform } from "../formats/lock.js";
import type { Platform } from "../formats/platform.js";
import type { Host } from "../host/host.js";
import { applyMapping } from "./mapping.js";
import { lockFile } from "./artifacts.js";
import { packageRequest } from "./request.js";

export interface ResolveOptions {
  readonly platforms: readonly Platform[];
  /** What takes the place of inputs that cannot be had. */
  readonly mapping?: InputMapping;
  readonly signal?: AbortSignal;
}

/** Decides every input of an image, for each platform, from verified indexes. */
export async function resolve(definition: Definition, options: ResolveOptions, host: Host): Promise<Lock> {
  const { mapping = NO_MAPPING } = options;
  const platforms: Partial<Record<Platform, LockedPlatform>> = {};
  const indexes = new Map<string, IndexEvidence>();
  let compression: LayerCompression = "gzip";
  for (const platform of options.platforms) {
    const image = applyMapping(expandDefinition(definition, platform), mapping);
    compression = image.compression ?? compression;
    const found = await resolvePlatform(image, { ...options, mapping }, host);
    platforms[platform] = found.locked;
    for (const index of found.indexes)
      indexes.set(`${index.repository} ${index.suite} ${index.component} ${index.architecture}`, index);
  }
  return {
    lockVersion: 1,
    rules: ASSEMBLY_RULES,
    compressor: defaultCompressor(compression),
    definition: { path: definition.path, sha256: definition.sha256 },
    ...(isNoMapping(mapping) ? {} : { mapping }),
    platforms,
    evidence: { indexes: [...indexes].toSorted(([a], [b]) => compareText(a, b)).map(([, index]) => index) },
  };
}

/** What is asked for in one tree of files: the image's own, or a build stage's. */
type InputRequest = Pick<ImageDefinition, "packages" | "masks" | "files"> &
  Partial<Pick<ImageDefinition, "repositories" | "repositoryKeys">>;

async function resolvePlatform(
  image: ImageDefinition,
  options: ResolveOptions & { readonly mapping: InputMapping },
  host: Host,
): Promise<{ readonly locked: LockedPlatform; readonly indexes: readonly IndexEvidence[] }> {
  const own = await resolveInputs(image, image, options, host);
  if (image.stages.length === 0) return own;
  const stages: Record<string, LockedInputs> = {};
  const indexes = [...own.indexes];
  for (const stage of image.stages) {
    const found = await resolveInputs(stage, image, options, host);
    stages[stage.name] = found.locked;
    indexes.push(...found.indexes);
  }
  return { locked: { ...own.locked, stages }, indexes };
}

async function resolveInputs(
  inputs: InputRequest,
  image: ImageDefinition,
  options: ResolveOptions & { readonly mapping: InputMapping },
  host: Host,
): Promise<{ readonly locked: LockedInputs; readonly indexes: readonly IndexEvidence[] }> {
  const distro = distroOf(image.osRelease.id);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const { packages, masks, repositories = [], repositoryKeys = {} } = inputs;
  const request = { ...packageRequest(image, options), packages, masks, repositories, repositoryKeys };
  const [resolution, artifacts] = await Promise.all([
    distro.resolve(request, host),
    lockArtifacts(inputs.files, host, signal),
  ]);
  const { keyrings = [] } = resolution;
  return {
    locked: {
      packages: resolution.packages,
      artifacts,
      dropped: resolution.dropped,
      ...(keyrings.length === 0 ? {} : { keyrings }),
    },
    indexes: resolution.indexes,
  };
}

async function lockArtifacts(
  files: ImageDefinition["files"],
  host: Host,
  options: { readonly signal?: AbortSignal },
): Promise<readonly LockedArtifact[]> {
  const byUrl = new Map(files.map((file) => [file.url, file]));
  const locked = await concurrently([...byUrl.values()], host.concurrency, async (file) =>
    lockFile(file, host, options),
  );
  return locked.toSorted((a, b) => compareText(a.url, b.url));
}
