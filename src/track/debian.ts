// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import type { ImageDefinition, RawTracker } from "../definition/index.js";
import { distroOf, type DistroRelease } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import { debianCodename } from "../formats/debian/releases.js";
import { architectureOf } from "../formats/platform.js";
import { cancellation, invalid, type Finding, type TrackContext } from "./finding.js";
import { matchNames } from "./matching.js";

/** Versions of a Debian package in the suites of the definition's release, or of the one that the package URL names. */
export async function findDebian(
  tracker: Extract<RawTracker, { readonly type: "debian_package" }>,
  context: TrackContext,
): Promise<Finding> {
  const { image, host, once } = context;
  const debian = distroOf("debian");
  const { name, distro } = parsePackage(tracker.package);
  const release = distro === undefined ? releaseOf(image, tracker.package) : distro;
  const architecture = architectureOf(image.platform);
  const request = { release, architecture, ...cancellation(context) };
  const key = `debian ${name} ${release.versionId} ${architecture}`;
  const offered = await once(key, () => debian.versionsOf(name, request, host));
  if (offered.length === 0)
    throw new BasaltError("TRACK_NOTHING", `Debian ${release.versionId} has no package ${name} on ${architecture}`);
  const found = matchNames([...new Set(offered.map(({ version }) => version))], tracker.match);
  return {
    source: `debian ${name}`,
    candidates: found
      .toSorted((a, b) => debian.compareVersions(b.text, a.text))
      .map(({ text, part }) => ({
        version: text,
        values: async () => [{ variable: tracker.set, value: part, kind: "version" as const }],
      })),
    compare: debian.compareVersions,
  };
}

/** `pkg:deb/debian/NAME?distro=trixie`. Source: purl-spec, type `deb`. @throws BasaltError `TRACK_INVALID` */
function parsePackage(text: string): { readonly name: string; readonly distro?: DistroRelease } {
  let purl: PackageURL;
  try {
    purl = PackageURL.fromString(text);
  } catch (cause) {
    throw invalid(`not a package URL: ${JSON.stringify(text)}`, cause);
  }
  if (purl.type !== "deb" || purl.namespace !== "debian" || !/^[a-z0-9][a-z0-9+.-]+$/.test(purl.name))
    throw invalid(`not a package of Debian: ${JSON.stringify(text)}`);
  const distro = purl.qualifiers?.["distro"];
  return { name: purl.name, ...(distro === undefined ? {} : { distro: parseRelease(distro, text) }) };
}

/** `trixie`, `debian-13`, `13`. */
function parseRelease(distro: string, text: string): DistroRelease {
  const word = distro.replace(/^debian-/, "");
  for (const versionId of ["12", "13"]) {
    const codename = debianCodename(versionId);
    if (word === versionId || word === codename) return { versionId };
  }
  throw invalid(`${text} names no release of Debian that is known: ${distro}`);
}

function releaseOf({ osRelease }: ImageDefinition, text: string): DistroRelease {
  if (osRelease.id === "debian") return { versionId: osRelease.versionId };
  throw invalid(`${text} needs ?distro=, since the image is not of Debian`);
}
