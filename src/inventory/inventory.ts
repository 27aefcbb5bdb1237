// SPDX-License-Identifier: Apache-2.0
import { DISTROS, type Distro, type InstalledPackage } from "../distro/index.js";
import { ECOSYSTEMS } from "../ecosystem/index.js";
import { compareText } from "../formats/canonical-json.js";

/** One package or program in an image. */
export interface InventoryPackage {
  /** What kind of package: the distribution's (`deb`), or an ecosystem's name. */
  readonly kind: "deb" | "apk" | "nodejs" | "npm";
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  /** Source package, for distribution packages. */
  readonly source?: string;
  readonly sourceVersion?: string;
  readonly purl: string;
  /** SPDX expression, where the package states one. */
  readonly license?: string;
  /** `NAME <ADDRESS>`, for distribution packages. */
  readonly maintainer?: string;
  /** Names of distribution packages in the image that it depends on; absent where there are none. */
  readonly dependsOn?: readonly string[];
  /** Files that show it, for software that no distribution package brought. */
  readonly paths: readonly string[];
}

/** What is inside an image. */
export interface Inventory {
  readonly distro?: { readonly id: string; readonly versionId: string; readonly prettyName: string };
  readonly packages: readonly InventoryPackage[];
}

/** Texts and scan results of the files that matter, by path, as the finished file tree has them. */
export type KeptFiles = ReadonlyMap<string, string>;

/** Where an image says which distribution it is; the first that is there counts. Source: os-release(5). */
export const OS_RELEASE_PATHS = ["etc/os-release", "usr/lib/os-release"] as const;

/** Reads the inventory off an image's kept files. */
export function toInventory(files: KeptFiles): Inventory {
  const release = readOsRelease(files);
  const distro = DISTROS.find(
    (candidate) => candidate.id === release?.id || release?.like.includes(candidate.id) === true,
  );
  const packages = [
    ...(distro === undefined ? [] : installedPackages(distro, release?.versionId ?? "", files)),
    ...foundSoftware(files),
  ];
  return {
    ...(release === undefined
      ? {}
      : { distro: { id: release.id, versionId: release.versionId, prettyName: release.prettyName } }),
    packages: packages.toSorted(
      (a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name) || compareText(a.version, b.version),
    ),
  };
}

function installedPackages(distro: Distro, versionId: string, files: KeptFiles): readonly InventoryPackage[] {
  const database = new Map(
    [...files].filter(([path]) => isDatabasePath(distro, path)).map(([path, text]) => [path, Buffer.from(text)]),
  );
  const installed = distro.parseInstalled(database);
  const licenses = licensesOf(installed, distro, files);
  return installed.map((item) => {
    const license = item.license ?? licenses.get(item.source);
    return {
      kind: distro.id === "debian" ? "deb" : "apk",
      ...item,
      ...(license === undefined ? {} : { license }),
      purl: distro.purl(item, { versionId }),
      paths: [],
    };
  });
}

/** Licences by source package: what is built from one source has one file about them, and links to it. */
function licensesOf(
  installed: readonly InstalledPackage[],
  { licenseFiles }: Distro,
  files: KeptFiles,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (licenseFiles === undefined) return found;
  for (const { name, source } of installed) {
    const license = files.get(licenseFiles.pathOf(name));
    if (license !== undefined && !found.has(source)) found.set(source, license);
  }
  return found;
}

/** Software of ecosystems; what stands in several places is listed once with all of them. */
function foundSoftware(files: KeptFiles): readonly InventoryPackage[] {
  const found = new Map<string, InventoryPackage>();
  for (const ecosystem of ECOSYSTEMS) {
    for (const software of ecosystem.find(files)) {
      const key = `${ecosystem.id} ${software.purl}`;
      const before = found.get(key);
      found.set(key, {
        kind: ecosystem.id,
        ...software,
        paths: [...(before?.paths ?? []), ...software.paths].toSorted(compareText),
      });
    }
  }
  return [...found.values()];
}

export function isDatabasePath(distro: Distro, path: string): boolean {
  return distro.databasePaths.some((known) => (known.endsWith("/") ? path.startsWith(known) : path === known));
}

interface Release {
  readonly id: string;
  readonly like: readonly string[];
  readonly versionId: string;
  readonly prettyName: string;
}

function readOsRelease(files: KeptFiles): Release | undefined {
  const text = OS_RELEASE_PATHS.map((path) => files.get(path)).find((found) => found !== undefined);
  if (text === undefined) return undefined;
  const fields = new Map(
    text.split("\n").flatMap((line) => {
      const match = /^([A-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/.exec(line.trim());
      return match === null
        ? []
        : [[match[1] ?? "", (match[2] ?? match[3] ?? match[4] ?? "").replaceAll(/\\(.)/g, "$1")] as const];
    }),
  );
  const id = fields.get("ID") ?? "";
  return {
    id,
    like: (fields.get("ID_LIKE") ?? "").split(/\s+/),
    versionId: fields.get("VERSION_ID") ?? "",
    prettyName: fields.get("PRETTY_NAME") ?? id,
  };
}
