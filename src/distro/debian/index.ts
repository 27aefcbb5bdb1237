// SPDX-License-Identifier: Apache-2.0
import { licensesInCopyright } from "../../formats/debian/copyright.js";
import { formatPackageUrl } from "../package-url.js";
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
  licenseFiles: {
    pathOf: (name) => `usr/share/doc/${name}/copyright`,
    isOne: (path) => /^usr\/share\/doc\/[^/]+\/copyright$/.test(path),
    read: licensesInCopyright,
  },
  compareVersions: compareDebianVersions,
  purl: ({ name, version, architecture, source, sourceVersion }, release) => {
    const isSameVersion = source === name && sourceVersion === version;
    const upstream = sourceVersion === version ? source : `${source}@${sourceVersion}`;
    const qualifiers = {
      arch: architecture,
      distro: `debian-${release.versionId}`,
      ...(isSameVersion ? {} : { upstream }),
    };
    return formatPackageUrl({ type: "deb", namespace: "debian", name, version, qualifiers });
  },
  advisoryEcosystem: (release) => debianEcosystem(release.versionId),
};
