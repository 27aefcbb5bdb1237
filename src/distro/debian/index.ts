// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";
import { debianEcosystem } from "../../formats/debian/releases.js";
import { compareDebianVersions } from "../../formats/debian/version.js";
import type { Distro } from "../contract.js";
import { baseAccounts, baseEntries } from "./base.js";
import { mergedPath } from "./content-rules.js";
import { readDebContent } from "./content.js";
import { devEntries } from "./dev.js";
import { DPKG_DATABASE_PATHS, formatDpkgDatabase, parseDpkgDatabase } from "./installed.js";
import { suitesOf } from "./repositories.js";
import { debianPackageUrls, debianVersionsOf, explainDebian, resolveDebian } from "./resolve.js";

/** Loaded when the first package is named so: resolving does not. */
const packageUrls = (): typeof import("packageurl-js") =>
  createRequire(import.meta.url)("packageurl-js") as typeof import("packageurl-js");

/** Debian 12 and 13. */
export const debian: Distro = {
  id: "debian",
  resolve: resolveDebian,
  explain: explainDebian,
  versionsOf: debianVersionsOf,
  suites: suitesOf,
  packageUrls: debianPackageUrls,
  readPackage: readDebContent,
  imagePath: mergedPath,
  baseEntries,
  baseAccounts,
  devEntries,
  installedDatabase: formatDpkgDatabase,
  databasePaths: DPKG_DATABASE_PATHS,
  parseInstalled: parseDpkgDatabase,
  compareVersions: compareDebianVersions,
  purl: (installed, release) => {
    const isSameVersion = installed.source === installed.name && installed.sourceVersion === installed.version;
    const upstream =
      installed.sourceVersion === installed.version
        ? installed.source
        : `${installed.source}@${installed.sourceVersion}`;
    const qualifiers = {
      arch: installed.architecture,
      distro: `debian-${release.versionId}`,
      ...(isSameVersion ? {} : { upstream }),
    };
    const { PackageURL } = packageUrls();
    return new PackageURL("deb", "debian", installed.name, installed.version, qualifiers, undefined).toString();
  },
  advisoryEcosystem: (release) => debianEcosystem(release.versionId),
};
