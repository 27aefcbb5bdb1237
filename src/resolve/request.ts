// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition } from "../definition/index.js";
import type { DistroRelease, ResolveRequest } from "../distro/index.js";
import type { InputMapping } from "../formats/input-mapping.js";
import { architectureOf } from "../formats/platform.js";

export interface RequestOptions {
  readonly mapping?: InputMapping;
  readonly signal?: AbortSignal;
}

/** What an image, its inputs mapped, asks of its distribution. */
export function packageRequest(image: ImageDefinition, { mapping, signal }: RequestOptions): ResolveRequest {
  return {
    release: releaseOf(image),
    architecture: architectureOf(image.platform),
    packages: image.packages,
    masks: image.masks,
    repositories: image.repositories,
    repositoryKeys: image.repositoryKeys,
    keyring: image.keyring,
    ...(mapping === undefined ? {} : { pins: mapping.pins }),
    ...(signal === undefined ? {} : { signal }),
  };
}

export function releaseOf({ osRelease }: ImageDefinition): DistroRelease {
  const codename = osRelease.fields["VERSION_CODENAME"];
  return { versionId: osRelease.versionId, ...(codename === undefined ? {} : { codename }) };
}
