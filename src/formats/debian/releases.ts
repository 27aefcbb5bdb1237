// SPDX-License-Identifier: Apache-2.0

/** Version numbers of Debian's releases by codename. Source: Debian wiki, "DebianReleases". */
const VERSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    buster: "10",
    bullseye: "11",
    bookworm: "12",
    trixie: "13",
    forky: "14",
  }),
);

/** The codename of a stable release, e.g. `trixie` for `13`. */
export function debianCodename(versionId: string): string | undefined {
  return [...VERSIONS].find(([, version]) => version === versionId)?.[0];
}

/** How advisory data name a release of Debian, by its codename or version: `debian:13`; testing and unstable keep their names. */
export function debianEcosystem(release: string): string {
  return `debian:${VERSIONS.get(release) ?? release.split(".")[0] ?? ""}`;
}
