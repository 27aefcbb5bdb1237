// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { ImageDefinition } from "../definition/index.js";
import { upstreamVersion } from "../formats/debian/version.js";
import { isTag } from "../formats/image-reference.js";
import type { LockedPlatform } from "../formats/lock.js";
import { parseNpmUrl } from "../host/npm-registry.js";

const RESOLVED = /\$\{resolved\.([A-Za-z0-9.+-]+)\.version\}/g;

/** Fills `${resolved.PACKAGE.version}` in tags and environment with upstream versions of the lock. @throws BasaltError `DEFINITION_INVALID`, `TAG_UNTRUE` */
export function applyLock(image: ImageDefinition, locked: LockedPlatform): ImageDefinition {
  const versions = versionsOf(locked);
  const fill = (text: string): string =>
    text.replaceAll(RESOLVED, (whole: string, name: string) => {
      const version = versions.get(name);
      if (version === undefined)
        throw new BasaltError(
          "DEFINITION_INVALID",
          `${image.title}: ${whole} names a package that is not in the image`,
        );
      return version;
    });
  const tags = [...new Set(image.tags.map(fill))];
  for (const tag of tags) requireTruth(tag, versions, image);
  return {
    ...image,
    tags,
    environment: Object.fromEntries(Object.entries(image.environment).map(([name, value]) => [name, fill(value)])),
  };
}

/** Upstream versions of everything that the lock names, by package name. */
function versionsOf(locked: LockedPlatform): ReadonlyMap<string, string> {
  const versions = new Map(
    locked.packages.map((item) => [item.name, upstreamVersion(item.version).replaceAll("+", "-")]),
  );
  for (const artifact of locked.artifacts) {
    if (!artifact.url.startsWith("npm:")) continue;
    const { name, version } = parseNpmUrl(artifact.url);
    versions.set(name, version);
  }
  return versions;
}

/**
 * A tag that begins with a version of three numbers, or of one that looks like a date, must say the version of something in the
 * image; shorter ones must be the beginning of such a version. Tags that begin otherwise say no version.
 */
function requireTruth(tag: string, versions: ReadonlyMap<string, string>, image: ImageDefinition): void {
  if (!isTag(tag)) throw new BasaltError("DEFINITION_INVALID", `${image.title}: not a tag: ${JSON.stringify(tag)}`);
  const claimed = /^v?([0-9]+(?:\.[0-9]+)*)(?=$|[-_])/.exec(tag)?.[1];
  if (claimed === undefined) return;
  const declared = [
    ...[image, ...image.stages].flatMap(({ files }) => files.flatMap((file) => file.software)),
    ...image.stages.flatMap((stage) => stage.software),
  ];
  const software = declared.flatMap(({ version }) => (version === undefined ? [] : [version]));
  const known = [...versions.values(), ...software, image.osRelease.versionId];
  if (
    known.some(
      (version) => version === claimed || new RegExp(`^${claimed.replaceAll(".", "\\.")}(?![0-9])`).test(version),
    )
  )
    return;
  throw new BasaltError(
    "TAG_UNTRUE",
    `${image.title}: the tag ${tag} says version ${claimed}, and nothing in the image has it`,
  );
}
