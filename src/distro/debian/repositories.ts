// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { debianCodename } from "../../formats/debian/releases.js";
import type { TrustedKeys } from "../../host/host.js";
import type { DistroRelease } from "../contract.js";

/** Debian's own repositories: the archive and the security archive. */
export type RepositoryId = "debian" | "debian-security";

/** A suite of a repository that takes part in resolving. */
export interface SuiteSource {
  readonly repository: RepositoryId;
  readonly suite: string;
  readonly components: readonly string[];
  /** Fingerprints of the primary keys that may sign it. */
  readonly fingerprints: readonly string[];
}

/**
 * Primary keys of Debian's archives. The keys themselves lie under `trust/debian/`, one file each.
 * Source: debian-archive-keyring 2025.1, and https://ftp-master.debian.org/keys.html.
 */
const ARCHIVE_KEYS = [
  "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8", // archive, 12/bookworm, until 2031-01-19
  "4D64FEC119C2029067D6E791F8D2585B8783D481", // release, 12/bookworm, until 2031-01-21
  "04B54C3CDCA79751B16BC6B5225629DF75B188BD", // archive, 13/trixie, until 2035-03-28
  "41587F7DB8C774BCCF131416762F67A0B2C39DE4", // release, 13/trixie, until 2033-03-22
] as const;

const SECURITY_KEYS = [
  "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0", // security, 12/bookworm, until 2031-01-19
  "5E04A1E3223A19A20706E20F9904613D4CCE68C6", // security, 13/trixie, until 2035-03-28
] as const;

/** Releases that images can be built from. */
const BUILDABLE = ["12", "13"] as const;

/** The suites that make up a release: the release itself, its updates, its security updates. @throws BasaltError `DISTRO_UNKNOWN` */
export function suiteNamesOf(release: DistroRelease): readonly Omit<SuiteSource, "fingerprints">[] {
  const isBuildable = (BUILDABLE as readonly string[]).includes(release.versionId);
  const codename = isBuildable ? debianCodename(release.versionId) : undefined;
  if (codename === undefined || (release.codename !== undefined && release.codename !== codename)) {
    const known = BUILDABLE.map((version) => `${version} (${debianCodename(version)})`);
    throw new BasaltError(
      "DISTRO_UNKNOWN",
      `unknown Debian release ${release.versionId} (${release.codename ?? "no codename"}); known: ${known.join(", ")}`,
    );
  }
  const components = ["main"];
  return [
    { repository: "debian", suite: codename, components },
    { repository: "debian", suite: `${codename}-updates`, components },
    { repository: "debian-security", suite: `${codename}-security`, components },
  ];
}

/** The suites of a release with the keys that may sign them. @throws BasaltError `DISTRO_UNKNOWN` */
export function suitesOf(release: DistroRelease, trust: TrustedKeys): readonly SuiteSource[] {
  const keys = {
    debian: trust.pins?.["debian"] ?? ARCHIVE_KEYS,
    "debian-security": trust.pins?.["debian-security"] ?? SECURITY_KEYS,
  };
  return suiteNamesOf(release).map((source) => ({ ...source, fingerprints: keys[source.repository] }));
}
