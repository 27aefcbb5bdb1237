// SPDX-License-Identifier: Apache-2.0
import { compareApkVersions } from "../../formats/apk/version.js";
import { formatPackageUrl } from "../package-url.js";
import type { Distro } from "../contract.js";
import { baseAccounts, baseEntries, devEntries } from "./base.js";
import { readApkContent } from "./content.js";
import { APK_DATABASE_PATHS, formatApkDatabase, parseApkDatabase } from "./installed.js";
import { suitesOf } from "./repositories.js";

/** Loaded where it is used: images of other distributions need no second solver. */
const resolver = (): Promise<typeof import("./resolve.js")> => import("./resolve.js");

/** Alpine 3.17 to 3.24. */
export const alpine: Distro = {
  id: "alpine",
  resolve: async (request, host) => (await resolver()).resolveAlpine(request, host),
  explain: async (request, name, host) => (await resolver()).explainAlpine(request, name, host),
  versionsOf: async (name, request, host) => (await resolver()).alpineVersionsOf(name, request, host),
  suites: suitesOf,
  packageUrls: async (locked, host) => (await resolver()).alpinePackageUrls(locked, host),
  readPackage: readApkContent,
  // Files stand where packages have them: links of a merged /usr, where a release has them, come from its packages.
  imagePath: (path) => path,
  baseEntries,
  baseAccounts,
  devEntries,
  installedDatabase: formatApkDatabase,
  databasePaths: APK_DATABASE_PATHS,
  parseInstalled: parseApkDatabase,
  compareVersions: compareApkVersions,
  purl: ({ name, version, architecture, source }, { versionId }) => {
    const qualifiers = {
      arch: architecture,
      distro: `alpine-${versionId}`,
      ...(source === name ? {} : { upstream: source }),
    };
    return formatPackageUrl({ type: "apk", namespace: "alpine", name, version, qualifiers });
  },
  advisoryEcosystem: ({ versionId }) => `alpine:${versionId.split(".").slice(0, 2).join(".")}`,
};
