// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition } from "../definition/index.js";
import type { DistroRelease, ResolveRequest } from "../distro/index.js";
import { architectureOf } from "../formats/platform.js";

/** What an image asks of its distribution. */
export function packageRequest(image: ImageDefinition, { signal }: { readonly signal?: AbortSignal }): ResolveRequest {
  return {
    release: releaseOf(image),
    architecture: architectureOf(image.platform),
    packages: image.packages,
    masks: image.masks,
    ...(signal === undefined ? {} : { signal }),
  };
}

export function releaseOf({ osRelease }: ImageDefinition): DistroRelease {
  const codename = osRelease.fields["VERSION_CODENAME"];
  return { versionId: osRelease.versionId, ...(codename === undefined ? {} : { codename }) };
}
