// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { debianRepositoryOf, parseAptSource } from "../../formats/debian/apt-source.js";
import { debianCodename } from "../../formats/debian/releases.js";
import type { TrustedKeys } from "../../host/host.js";
import type { DistroRelease } from "../contract.js";

/** Debian's own repositories: the archive and the security archive. */
export type RepositoryId = "debian" | "debian-security";

/** A suite of a repository that takes part in resolving. */
export interface SuiteSource {
  /** One of Debian's own, or the address of another one's root. */
  readonly repository: string;
  /** A name; of a flat repository its folder, which ends in a slash. */
  readonly suite: string;
  /** None for a flat repository. */
  readonly components: readonly string[];
  /** Fingerprints of the primary keys that may sign it. */
  readonly fingerprints: readonly string[];
  /** Files with those keys; without them they are among the trusted keys. */
  readonly keys?: readonly Buffer[];
}

/** A suite of Debian's own repositories. */
export interface OwnSuite extends SuiteSource {
  readonly repository: RepositoryId;
}

export function isDebianId(repository: string): repository is RepositoryId {
  return repository === "debian" || repository === "debian-security";
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

/**
 * The suites that make up a release: the release itself, its updates, its security updates; and what `lines` add of Debian's own
 * repositories, such as backports and other components. @throws BasaltError `DISTRO_UNKNOWN`
 */
export function suiteNamesOf(
  release: DistroRelease,
  lines: readonly string[] = [],
): readonly Omit<OwnSuite, "fingerprints">[] {
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
  const suites: Omit<OwnSuite, "fingerprints">[] = [
    { repository: "debian", suite: codename, components },
    { repository: "debian", suite: `${codename}-updates`, components },
    { repository: "debian-security", suite: `${codename}-security`, components },
  ];
  for (const { type, url, suite, components: more } of lines.map(parseAptSource)) {
    const repository = debianRepositoryOf(url);
    if (repository === undefined || type !== "deb") continue;
    const index = suites.findIndex((known) => known.repository === repository && known.suite === suite);
    const known = suites[index];
    if (known === undefined) suites.push({ repository, suite, components: more });
    else suites[index] = { ...known, components: [...new Set([...known.components, ...more])] };
  }
  return suites;
}

/** The suites of a release with the keys that may sign them. @throws BasaltError `DISTRO_UNKNOWN`, `REPOSITORY_INVALID` */
export function suitesOf(
  release: DistroRelease,
  trust: TrustedKeys,
  lines: readonly string[] = [],
): readonly OwnSuite[] {
  const keys = {
    debian: trust.pins?.["debian"] ?? ARCHIVE_KEYS,
    "debian-security": trust.pins?.["debian-security"] ?? SECURITY_KEYS,
  };
  return suiteNamesOf(release, lines).map((source) => ({ ...source, fingerprints: keys[source.repository] }));
}
