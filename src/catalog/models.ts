// SPDX-License-Identifier: Apache-2.0
import type { CertificateIdentity } from "../formats/certificate-identity.js";
import type { MigrationJson } from "../migrate/index.js";
import type { Counts, Finding, Unknown } from "../scan/index.js";

/** Where an image of the catalogue comes from: built here from a definition, the ordinary image it replaces, or pushed. */
export type Origin = "hardened" | "reference" | "pushed";

/** A line of the catalogue's list. */
export interface ImageSummary {
  readonly name: string;
  readonly displayName: string;
  readonly shortDescription: string;
  readonly origin: Origin;
  readonly isFeatured: boolean;
  readonly categories: readonly string[];
  readonly hasLogo: boolean;
  readonly versions: number;
  /** The runtime version that was pushed last. */
  readonly latest?: VersionSummary;
}

/** What the list shows of one version. */
export interface VersionSummary {
  readonly tag: string;
  readonly digest: string;
  readonly pushedAt: string;
  readonly platform: PlatformSummary | undefined;
}

/** An image with everything that its page shows. */
export interface ImageDetail extends ImageSummary {
  readonly homeUrl?: string;
  /** Markdown. */
  readonly overview: string;
  /** Markdown. */
  readonly guides: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  /** The ordinary image that the latest version replaces, if it is in the store. */
  readonly replaces?: string;
  readonly pull: { readonly login: string; readonly command: string } | undefined;
  readonly tags: readonly ImageVersion[];
}

/** One image under all of its tags. */
export interface ImageVersion {
  readonly tags: readonly string[];
  /** Of the index, or of the manifest where there is none. */
  readonly digest: string;
  readonly title: string;
  readonly variant: string;
  readonly distro: string;
  readonly user: string;
  readonly shell: string;
  readonly packageManager: string;
  readonly endOfLife?: string;
  readonly createdAt?: string;
  readonly pushedAt: string;
  readonly platforms: readonly PlatformSummary[];
  readonly isSigned: boolean;
  /** For whom the certificate was that signed it, by what it says itself; absent where a key did. */
  readonly certificate?: CertificateIdentity;
  /** Predicate types of the attestations of its platforms. */
  readonly attestations: readonly string[];
}

/** One platform of a version. Counts and packages are null where the image was not looked through yet, or nobody knows. */
export interface PlatformSummary {
  readonly platform: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly packages: number | null;
  readonly vulnerabilities: Counts | null;
  readonly dataAsOf: string | null;
}

/** What is inside one platform of a version. */
export interface PlatformContents extends PlatformSummary {
  readonly name: string;
  readonly tag: string;
  readonly inventory: readonly {
    readonly kind: string;
    readonly name: string;
    readonly version: string;
    readonly source: string;
    readonly license: string;
    readonly purl: string;
  }[];
  readonly findings: readonly Finding[];
  readonly unknown: readonly Unknown[];
  readonly configuration: {
    readonly user: string;
    readonly workingDir: string;
    readonly entrypoint: readonly string[];
    readonly cmd: readonly string[];
    readonly environment: readonly string[];
    readonly ports: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
}

/** A Dockerfile on hardened images, and why. */
export interface MigrationAnswer extends MigrationJson {
  /** Unified; "" when nothing changed. */
  readonly diff: string;
}
