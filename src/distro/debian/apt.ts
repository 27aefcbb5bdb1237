// SPDX-License-Identifier: Apache-2.0
import { formatAptSource, parseAptSource } from "../../formats/debian/apt-source.js";
import { armorKeys } from "../../formats/openpgp-keyring.js";
import type { DistroRelease, GeneratedEntry, ImageRepository } from "../contract.js";
import { DEFAULT_PARENT } from "./mirrors.js";
import { suiteNamesOf } from "./repositories.js";

const SOURCES = "etc/apt/sources.list.d/debian.sources";
const FOREIGN_SOURCES = "etc/apt/sources.list.d/definition.list";
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
export function aptEntries(
  release: DistroRelease,
  repositories: readonly ImageRepository[],
  exists: (path: string) => boolean,
): readonly GeneratedEntry[] {
  if (!exists("usr/bin/apt-get")) return [];
  const lines = repositories.map(({ line }) => line);
  const keyring = KEYRINGS.find(exists);
  return [
    { kind: "file", path: SOURCES, mode: 0o644, content: formatSources(suiteNamesOf(release, lines), keyring) },
    ...foreignEntries(repositories),
    { kind: "file", path: "etc/apt/apt.conf.d/00basalt", mode: 0o644, content: APT_SETTINGS },
    { kind: "file", path: "usr/sbin/policy-rc.d", mode: 0o755, content: POLICY },
  ];
}

/** A stanza for each repository and list of components. */
function formatSources(suites: ReturnType<typeof suiteNamesOf>, keyring: string | undefined): string {
  const keyOf = ({ repository, components }: (typeof suites)[number]): string =>
    [`URIs: ${DEFAULT_PARENT}${repository}`, components.join(" ")].join("\n");
  return [...new Set(suites.map(keyOf))]
    .map((key) => {
      const own = suites.filter((source) => keyOf(source) === key);
      const [uris = "", components = ""] = key.split("\n");
      return [
        "Types: deb",
        uris,
        `Suites: ${own.map(({ suite }) => suite).join(" ")}`,
        `Components: ${components}`,
        ...(keyring === undefined ? [] : [`Signed-By: /${keyring}`]),
        "",
      ].join("\n");
    })
    .join("\n");
}

/** Repositories of others, each checked with its own keys only. Files that do not end in `.asc` must not be armoured. Source: sources.list(5), `Signed-By`. */
function foreignEntries(repositories: readonly ImageRepository[]): readonly GeneratedEntry[] {
  const lines: string[] = [];
  const files = new Map<string, string>();
  for (const { line, keyring } of repositories) {
    if (keyring === undefined) continue;
    const source = parseAptSource(line);
    const wanted = source.signedBy ?? `/etc/apt/keyrings/${source.url.hostname}.gpg`;
    const path = unusedPath(wanted, keyring.keys, files);
    files.set(path, keyring.keys);
    lines.push(`${formatAptSource(source, path)}\n`);
  }
  if (lines.length === 0) return [];
  const keyFiles = [...files].map(([path, keys]): GeneratedEntry => {
    const bytes = Buffer.from(keys, "base64");
    const file = { kind: "file", path: path.slice(1), mode: 0o644 } as const;
    return { ...file, content: path.endsWith(".asc") ? armorKeys(bytes) : bytes };
  });
  return [{ kind: "file", path: FOREIGN_SOURCES, mode: 0o644, content: [...new Set(lines)].join("") }, ...keyFiles];
}

/** Two repositories may name one file and have other keys. */
function unusedPath(wanted: string, keys: string, files: ReadonlyMap<string, string>): string {
  let path = wanted;
  for (let count = 2; (files.get(path) ?? keys) !== keys; count += 1)
    path = wanted.replace(/(\.[a-z]+)$/, `-${count}$1`);
  return path;
}
