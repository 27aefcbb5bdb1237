// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import type { Architecture } from "../../formats/platform.js";
import type { Host, TrustedKeys } from "../../host/host.js";
import type { DistroRelease, DistroSuite } from "../contract.js";
import type { RepositoryPlace } from "./universe.js";

/** A repository with its index. */
export interface AlpineRepository extends RepositoryPlace {
  /** `main`, `community`, or the last part of the URL of another one. */
  readonly component: string;
  /** Whether it is Alpine's own, and signed by Alpine's own keys. */
  readonly isOwn: boolean;
  /** Folder that holds the folders of the architectures; ends in a slash. */
  readonly url: URL;
}

/** Also what images name as their mirror. */
export const DEFAULT_MIRROR = "https://dl-cdn.alpinelinux.org/alpine/";

/** How locks name Alpine's own repositories. */
export const OWN = "alpine";

/** Oldest and newest release of 3 that the pinned keys sign and whose packages have format 2. */
const [FIRST_MINOR, LAST_MINOR] = [17, 24] as const;

/**
 * Fingerprints of Alpine's keys: SHA-256 of the public key as DER. The keys themselves lie under `trust/alpine/`, by the names that
 * signatures give them. Source: the package alpine-keys; both have signed all releases since 3.15.
 */
const OWN_KEYS = [
  "8a70fc55f1a6fb2a392ad5a3e71aff82a637b2b33659c046f6b6a909bb5d1ab7", // 6165ee59, x86_64
  "479f16f4170a9ea0c65e1de854860949b1a549cfa1f43552f7a2e821c9e2f409", // 616ae350, aarch64
] as const;

const OWN_URL = /^https?:\/\/dl-cdn\.alpinelinux\.org\/alpine\/(?<suite>v3\.[0-9]+|edge)\/(?<component>[a-z]+)\/?$/;
const LINE = /^(?:@(?<tag>\S+)\s+)?(?<address>\S+)$/;

/** `x86_64` for `amd64`. Source: Alpine wiki, "Architecture". */
export function apkArchitecture(architecture: Architecture): string {
  return architecture === "amd64" ? "x86_64" : "aarch64";
}

/** The branch of a release: `v3.24` for `3.24` and `3.24.1`. @throws BasaltError `DISTRO_UNKNOWN` */
export function branchOf({ versionId }: DistroRelease): string {
  const minor = /^3\.(?<minor>[0-9]{1,3})(?:\.[0-9]+)*$/.exec(versionId)?.groups?.["minor"];
  if (minor === undefined || Number(minor) < FIRST_MINOR || Number(minor) > LAST_MINOR)
    throw new BasaltError(
      "DISTRO_UNKNOWN",
      `unknown Alpine release ${versionId}; known: 3.${FIRST_MINOR} to 3.${LAST_MINOR}`,
    );
  return `v3.${minor}`;
}

/** Root of Alpine's repositories: `BASALT_ALPINE_MIRROR`, else the built-in one. @throws BasaltError `MIRROR_INVALID` */
export function alpineMirror({ env }: Pick<Host, "env">): URL {
  const configured = env["BASALT_ALPINE_MIRROR"];
  const text = configured === undefined || configured === "" ? DEFAULT_MIRROR : configured;
  const withSlash = text.endsWith("/") ? text : `${text}/`;
  if (!URL.canParse(withSlash) || !/^https?:$/.test(new URL(withSlash).protocol))
    throw new BasaltError("MIRROR_INVALID", `BASALT_ALPINE_MIRROR is not a mirror: ${JSON.stringify(text)}`);
  return new URL(withSlash);
}

/** URLs of the repositories that make up a release. @throws BasaltError `DISTRO_UNKNOWN` */
export function ownRepositoryUrls(release: DistroRelease): readonly string[] {
  return ["main", "community"].map((component) => `${DEFAULT_MIRROR}${branchOf(release)}/${component}`);
}

/** Whether a line of a definition is one of Alpine's own repositories. */
export function isOwnRepository(line: string): boolean {
  return OWN_URL.test(LINE.exec(line)?.groups?.["address"] ?? "");
}

/**
 * The repositories to resolve against, in order: those that are listed, else the release's own. A tagged one goes by its tag as suite.
 * @throws BasaltError `DISTRO_UNKNOWN`, `MIRROR_INVALID`
 */
export function repositoriesOf(
  release: DistroRelease,
  lines: readonly string[],
  mirror: URL,
): readonly AlpineRepository[] {
  const own = ownRepositoryUrls(release);
  return [...new Set(lines.length > 0 ? lines : own)].map((line, rank) => toRepository(line, rank, mirror));
}

function toRepository(line: string, rank: number, mirror: URL): AlpineRepository {
  const { tag, address = line } = LINE.exec(line)?.groups ?? {};
  const tagged = tag === undefined ? {} : { tag };
  const { suite, component } = OWN_URL.exec(address)?.groups ?? {};
  if (suite !== undefined && component !== undefined) {
    const folder = `${suite}/${component}/`;
    const place = { repository: OWN, suite: tag ?? suite, component, title: `${suite}/${component}`, folder, rank };
    return { ...place, ...tagged, isOwn: true, url: new URL(folder, mirror) };
  }
  const url = new URL(address.endsWith("/") ? address : `${address}/`);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const repository = url.href.replace(/\/$/, "");
  return {
    ...tagged,
    repository,
    suite: tag ?? parts.at(-2) ?? url.host,
    component: parts.at(-1) ?? "main",
    title: repository,
    folder: "",
    rank,
    isOwn: false,
    url,
  };
}

/** Fingerprints of the keys that Alpine's own repositories may be signed with. */
export function ownFingerprints(trust: TrustedKeys): readonly string[] {
  return trust.pins?.[OWN] ?? OWN_KEYS;
}

/** Alpine's own repositories of a release. @throws BasaltError `DISTRO_UNKNOWN` */
export function suitesOf(release: DistroRelease, trust: TrustedKeys): readonly DistroSuite[] {
  const fingerprints = ownFingerprints(trust);
  return [{ repository: OWN, suite: branchOf(release), components: ["main", "community"], fingerprints }];
}
