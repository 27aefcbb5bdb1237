// SPDX-License-Identifier: Apache-2.0
import type { TarItem } from "../formats/archive/tar-reader.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import type { ByteStream } from "../formats/bytes.js";
import type { PinMode } from "../formats/input-mapping.js";
import type { RepositoryKeys } from "../formats/debian/repository-keys.js";
import type { DroppedDependency, IndexEvidence, LockedKeyring, LockedPackage } from "../formats/lock.js";
import type { Architecture } from "../formats/platform.js";
import type { Host, TrustedKeys } from "../host/host.js";

/** What an image's `/etc/os-release` says about its distribution. */
export interface DistroRelease {
  readonly versionId: string;
  readonly codename?: string;
}

export interface ResolveRequest {
  readonly release: DistroRelease;
  readonly architecture: Architecture;
  readonly packages: readonly {
    readonly name: string;
    readonly version?: string;
    /** The suite to take it from, as `name/suite` asks for it, or the tag of the repository, as `name@tag` does. */
    readonly suite?: string;
    /** Without what it depends on. @default false */
    readonly isBare?: boolean;
  }[];
  /** Names that must not come in as dependencies; unknown names mean nothing. */
  readonly masks: readonly string[];
  /** As the definition writes them: repositories beside Debian's own, and all that there are for Alpine. @default the release's own */
  readonly repositories?: readonly string[];
  /** Where their keys are, by repository, for Debian. */
  readonly repositoryKeys?: RepositoryKeys;
  /** Where keys are that repositories may be signed with, for Alpine. */
  readonly keyring?: readonly string[];
  /** How exact pinned versions are taken. @default "exact" */
  readonly pins?: PinMode;
  readonly signal?: AbortSignal;
}

export interface Resolution {
  readonly packages: readonly LockedPackage[];
  readonly dropped: readonly DroppedDependency[];
  readonly indexes: readonly IndexEvidence[];
  /** Keys of repositories that the definition adds. @default none */
  readonly keyrings?: readonly LockedKeyring[];
}

/** A version of a package, and the suite that has it. */
export interface OfferedVersion {
  readonly version: string;
  readonly suite: string;
}

/** One package needs another. */
export interface DependencyStep {
  readonly package: string;
  /** What it needs, as it writes it: `openssl (>= 1.1.1)`. */
  readonly dependency: string;
  /** The package that is in for it. */
  readonly metBy: string;
}

/** Why a package is in a resolution, or is not. */
export type PackageReasons = PresentReasons | AbsentReasons;

export interface PresentReasons {
  readonly kind: "present";
  readonly name: string;
  readonly version: string;
  readonly suite: string;
  readonly isRequested: boolean;
  /** Ways from a requested package to this one, one for each package that needs it directly; the shortest first. */
  readonly paths: readonly (readonly DependencyStep[])[];
}

export interface AbsentReasons {
  readonly kind: "absent";
  readonly name: string;
  /** All versions that there are. */
  readonly versions: readonly OfferedVersion[];
  /** At least one, the weightiest first. */
  readonly reasons: readonly AbsenceReason[];
  /** What would be if the request named it as well; absent where there is no such package. */
  readonly ifRequested?: IfRequested;
}

/** What asking for a package would mean: the packages that would come in, itself included, or why it cannot be. */
export type IfRequested =
  | { readonly kind: "possible"; readonly packages: readonly string[] }
  | { readonly kind: "impossible"; readonly reason: string };

export type AbsenceReason =
  /** There is no package of that name; `near` are names like it. */
  | { readonly kind: "unknown"; readonly release: string; readonly near: readonly string[] }
  /**
   * Only others provide that name; `present` are those of them that are in, `neededBy` the dependencies that name it and are met,
   * `dropped` those that are not.
   */
  | {
      readonly kind: "virtual";
      readonly providers: readonly string[];
      readonly present: readonly string[];
      readonly neededBy: readonly DependencyStep[];
      readonly dropped: readonly DroppedDependency[];
    }
  /** The request masks it; `dropped` are the dependencies that only it, or other masked packages, could have met. */
  | { readonly kind: "masked"; readonly dropped: readonly DroppedDependency[] }
  /** Packages need it and are to come without what they depend on. */
  | { readonly kind: "bare"; readonly dropped: readonly DroppedDependency[] }
  /** A package needs it or another one, and the other one is in. */
  | (DependencyStep & { readonly kind: "alternative"; readonly because: AlternativeCause })
  /** Packages recommend it, and only what is needed comes in. */
  | { readonly kind: "recommended"; readonly by: readonly string[] }
  /** No package that is in needs it. */
  | { readonly kind: "unneeded" };

/**
 * Why another package was taken: this one is masked, the other was in already, the other comes first, or no version of this
 * one does.
 */
export type AlternativeCause = "masked" | "already" | "preferred" | "version";

/** A part of a distribution's own repositories. */
export interface DistroSuite {
  /** `debian`, `debian-security`. */
  readonly repository: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Keys that may sign it. */
  readonly fingerprints: readonly string[];
}

/** How much of a package goes into an image. */
export type Profile = "runtime" | "dev";

/** A package as it is unpacked: entries of its file tree, at the places where they stand in the image. */
export interface PackageContent {
  /** Entries in the package's order; contents must be read in turn. */
  readonly items: AsyncGenerator<ContentItem>;
  /** What the package asks of the finished image. Complete after `items` was read to its end. */
  readonly facts: () => PackageFacts;
}

export interface ContentItem {
  readonly entry: WritableEntry;
  readonly content: TarItem["content"];
}

/** A link that `update-alternatives` would have made. */
export interface AlternativeLink {
  /** Name of the group, e.g. `awk`. */
  readonly name: string;
  /** Where the link stands, without a leading slash. */
  readonly link: string;
  /** What it leads to, absolute. */
  readonly path: string;
  readonly priority: number;
  readonly slaves: readonly { readonly name: string; readonly link: string; readonly path: string }[];
}

/** What a package waits for other packages to do, so that its script is run then. */
export interface TriggerInterest {
  /** A path, with its leading slash, or a name. */
  readonly trigger: string;
  /** The package, as its database names it. */
  readonly package: string;
  /** Whether who sets it off counts as installed only after the script has run. */
  readonly isAwaited: boolean;
}

/** What is kept of a package beside its files; small, and stored with its layer. */
export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  /** Paragraph for the package database. */
  readonly statusParagraph: string;
  /** Packages whose files it may replace. */
  readonly replaces: readonly string[];
  readonly alternatives: readonly AlternativeLink[];
  readonly triggers: readonly TriggerInterest[];
  /** Text files that rules for the whole image need, by path: certificates, templates. */
  readonly retained: Readonly<Record<string, string>>;
}

/** Something that Basalt puts into the finished file tree. Owners are root where none are given. */
export type GeneratedEntry = GeneratedOwner &
  (
    | {
        readonly kind: "file";
        readonly path: string;
        readonly mode: number;
        readonly content: string | Buffer;
      }
    | { readonly kind: "directory"; readonly path: string; readonly mode: number }
    | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  );

interface GeneratedOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/** A repository that a definition adds. */
export interface ImageRepository {
  /** As the definition writes it. */
  readonly line: string;
  /** Its keys, as the lock has them; the distribution's own parts have none. */
  readonly keyring?: LockedKeyring;
}

/** A finished image, as rules that make the rest of it see it. */
export interface ImageView {
  readonly release: DistroRelease;
  readonly packages: readonly PackageFacts[];
  /** Repositories beside the distribution's own, in the definition's order. @default none */
  readonly repositories?: readonly ImageRepository[];
  /** Whether a path leads to something. */
  readonly exists: (path: string) => boolean;
  /** What the definition asks for: names, with an `@` and a suite or tag where it names one. @default none */
  readonly requested?: readonly string[];
}

/** One package as an image's package database records it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sourceVersion: string;
  /** `NAME <ADDRESS>`. */
  readonly maintainer?: string;
  /** SPDX expression, where the database has one. */
  readonly license?: string;
  /** Names of packages in the same database that it depends on, sorted; absent where there are none. */
  readonly dependsOn?: readonly string[];
}

/** Where packages say what their licences are, if the database does not. */
export interface LicenseFiles {
  /** The file of a package. */
  readonly pathOf: (name: string) => string;
  readonly isOne: (path: string) => boolean;
  /** An SPDX expression. */
  readonly read: (text: string) => string | undefined;
}

/**
 * A distribution: everything that differs between Debian and Alpine. Every implementation must pass
 * `test/contract/distro.ts`.
 */
export interface Distro {
  readonly id: "debian" | "alpine";
  /** Finds the packages to install, from verified indexes. */
  readonly resolve: (request: ResolveRequest, host: Host) => Promise<Resolution>;
  /**
   * Why a package is in what `resolve` finds for the same request, or is not: by the decisions of the same solver. What cannot be
   * resolved fails as there.
   */
  readonly explain: (request: ResolveRequest, name: string, host: Host) => Promise<PackageReasons>;
  /** All versions of a package in a release's verified indexes; none where there is no such package. */
  readonly versionsOf: (
    name: string,
    request: Pick<ResolveRequest, "release" | "architecture" | "signal">,
    host: Host,
  ) => Promise<readonly OfferedVersion[]>;
  /**
   * The distribution's own repositories that packages of a release come from, with what `lines` add of them; no network.
   * @throws BasaltError `DISTRO_UNKNOWN`, `REPOSITORY_INVALID`
   */
  readonly suites: (release: DistroRelease, trust: TrustedKeys, lines?: readonly string[]) => readonly DistroSuite[];
  /** Where a locked package may be had, best first; what `indexes` say of its suite helps to find what has been superseded. */
  readonly packageUrls: (
    locked: LockedPackage,
    host: Host,
    indexes?: readonly IndexEvidence[],
  ) => Promise<readonly URL[]>;
  /** Reads a package file; the entries are those that an image keeps. */
  readonly readPackage: (source: ByteStream, locked: LockedPackage, profile: Profile) => PackageContent;
  /** Where a path stands in an image, once links that every system of the distribution has are followed: `bin/x` as `usr/bin/x`. */
  readonly imagePath: (path: string) => string;
  /** What the distribution's own scripts would have made on any system: base folders and links. Nothing that exists is given. */
  readonly baseEntries: (
    packages: readonly PackageFacts[],
    exists: (path: string) => boolean,
  ) => readonly GeneratedEntry[];
  /** What else a development image needs so that its package manager and what it installs work. Nothing that exists is given. */
  readonly devEntries: (image: ImageView) => readonly GeneratedEntry[];
  /** Files of the package database that describe the image as a whole. */
  readonly installedDatabase: (image: Omit<ImageView, "release">, profile: Profile) => readonly GeneratedEntry[];
  /** Accounts that the distribution gives to every system, if the packages that bring them are in: lines of passwd and group. */
  readonly baseAccounts: (packages: readonly PackageFacts[]) => {
    readonly passwd: readonly string[];
    readonly group: readonly string[];
  };
  /** Paths that hold the package database of an image, for scanners: exact, or a folder ending in `/`. */
  readonly databasePaths: readonly string[];
  /** Reads the package database files of an image, by path. */
  readonly parseInstalled: (files: ReadonlyMap<string, Buffer>) => readonly InstalledPackage[];
  readonly licenseFiles?: LicenseFiles;
  readonly compareVersions: (a: string, b: string) => -1 | 0 | 1;
  /** Package URL. Source: purl-spec, types `deb` and `apk`. */
  readonly purl: (installed: InstalledPackage, release: Pick<DistroRelease, "versionId">) => string;
  /** Name of the release in advisory data, e.g. `debian:13`. */
  readonly advisoryEcosystem: (release: Pick<DistroRelease, "versionId">) => string;
}
