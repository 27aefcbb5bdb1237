// SPDX-License-Identifier: Apache-2.0
import type { DistroRelease, GeneratedEntry } from "../contract.js";
import { DEFAULT_PARENT } from "./mirrors.js";
import { suiteNamesOf } from "./repositories.js";

const SOURCES = "etc/apt/sources.list.d/debian.sources";
/** debian-archive-keyring's, by its newer and its older name. */
const KEYRINGS = [
  "usr/share/keyrings/debian-archive-keyring.pgp",
  "usr/share/keyrings/debian-archive-keyring.gpg",
] as const;

/** What makes no sense in a layer: translated descriptions, and packages that were installed. Source: apt.conf(5). */
const APT_SETTINGS = 'Acquire::Languages "none";\nAPT::Keep-Downloaded-Packages "false";\n';

/** A container has no init system: services of packages are not started while they are installed. Source: invoke-rc.d(8). */
const POLICY =
  "#!/bin/sh\n# Services are not started by their packages in a container; 101 says so to invoke-rc.d.\nexit 101\n";

/**
 * Where apt finds the release that the image is made of, and settings that suit an image. The mirror is the built-in one, never the
 * one of the machine that builds. Source: sources.list(5), "DEB822-STYLE FORMAT".
 */
export function aptEntries(release: DistroRelease, exists: (path: string) => boolean): readonly GeneratedEntry[] {
  if (!exists("usr/bin/apt-get")) return [];
  return [
    { kind: "file", path: SOURCES, mode: 0o644, content: formatSources(release, KEYRINGS.find(exists)) },
    { kind: "file", path: "etc/apt/apt.conf.d/00basalt", mode: 0o644, content: APT_SETTINGS },
    { kind: "file", path: "usr/sbin/policy-rc.d", mode: 0o755, content: POLICY },
  ];
}

function formatSources(release: DistroRelease, keyring: string | undefined): string {
  const suites = suiteNamesOf(release);
  const repositories = [...new Set(suites.map(({ repository }) => repository))];
  return repositories
    .map((repository) => {
      const own = suites.filter((source) => source.repository === repository);
      return [
        "Types: deb",
        `URIs: ${DEFAULT_PARENT}${repository}`,
        `Suites: ${own.map(({ suite }) => suite).join(" ")}`,
        `Components: ${[...new Set(own.flatMap(({ components }) => components))].join(" ")}`,
        ...(keyring === undefined ? [] : [`Signed-By: /${keyring}`]),
        "",
      ].join("\n");
    })
    .join("\n");
}
