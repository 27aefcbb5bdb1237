// SPDX-License-Identifier: Apache-2.0
import type { Definition, ImageDefinition } from "../definition/index.js";
import { distroOf, type DistroSuite, type PackageReasons } from "../distro/index.js";
import type { Platform } from "../formats/platform.js";
import type { Host, TrustedKeys } from "../host/host.js";
import { packageRequest, releaseOf } from "./request.js";
import type { ResolveOptions } from "./resolve.js";
import { mappedImage } from "./use-lock.js";

/** Why a package is in what `resolve` finds for each platform, or is not. Fails as `resolve` does where nothing can be found. */
export async function explainPackage(
  name: string,
  definition: Definition,
  options: ResolveOptions,
  host: Host,
): Promise<ReadonlyMap<Platform, PackageReasons>> {
  const reasons = new Map<Platform, PackageReasons>();
  for (const platform of options.platforms) {
    const image = mappedImage(definition, platform, options);
    const request = packageRequest(image, options);
    reasons.set(platform, await distroOf(image.osRelease.id).explain(request, name, host));
  }
  return reasons;
}

/** The distribution's repositories that an image's packages come from. @throws BasaltError `DISTRO_UNKNOWN` */
export function suitesOf(image: ImageDefinition, trust: TrustedKeys): readonly DistroSuite[] {
  return distroOf(image.osRelease.id).suites(releaseOf(image), trust, image.repositories);
}
