// SPDX-License-Identifier: Apache-2.0
import type { Severity } from "../formats/severity.js";

/** Largest feed file, unpacked: the whole Debian tracker has 70 MiB, a year of NVD 150; strings end at 512 (V8). */
export const MAX_FEED_BYTES = 400 * 1024 * 1024;

/** What a feed says about one vulnerability in one package of one ecosystem. */
export interface Advisory {
  /** `debian:13`, `nodejs`. */
  readonly ecosystem: string;
  /** Source package where the ecosystem has such. */
  readonly package: string;
  readonly vulnerability: string;
  /** `undetermined`: nobody has looked yet whether the package is affected. */
  readonly state: "open" | "fixed" | "not-affected" | "undetermined";
  /** With state `fixed`: versions below this one are affected. */
  readonly fixedVersion?: string;
  /** For ecosystems that write ranges: affected are versions in the first and not in the second. */
  readonly vulnerableRange?: string;
  readonly patchedRange?: string;
  /** As whoever maintains the package rates it; goes before scores by others. */
  readonly severity?: Severity;
  /** As others were seen to rate it; goes after scores. */
  readonly reportedSeverity?: Severity;
  /** The distribution says that it does not matter in practice. */
  readonly isUnimportant: boolean;
  readonly note?: string;
}

/** What is known of a vulnerability, whatever it is found in. */
export interface Vulnerability {
  readonly id: string;
  readonly title?: string;
  readonly severity: Severity;
  readonly cvss?: { readonly vector: string; readonly score: number; readonly source: string };
  readonly publishedAt?: string;
}

/** A vulnerability that is exploited in the wild. */
export interface ExploitedVulnerability {
  readonly id: string;
  /** ISO day. */
  readonly addedOn: string;
}

/** Which packages a feed speaks about: inside, absence means not known to be affected; outside, it means nothing. */
export interface Coverage {
  readonly ecosystem: string;
  /** `all`, or the packages. */
  readonly packages: "all" | readonly string[];
}

export type FeedKind = "debian-tracker" | "nodejs-core" | "kev" | "cve-metadata" | "nvd";

/** The content of a feed in one shape, whatever its format. */
export interface Feed {
  readonly kind: FeedKind;
  readonly title: string;
  /** ISO date or time that the data themselves name. */
  readonly asOf?: string;
  readonly coverage: readonly Coverage[];
  readonly advisories: Iterable<Advisory>;
  readonly vulnerabilities: Iterable<Vulnerability>;
  readonly exploited: Iterable<ExploitedVulnerability>;
}

/** What is left out of a feed is empty. */
export function createFeed(feed: Pick<Feed, "kind" | "title"> & Partial<Feed>): Feed {
  return { coverage: [], advisories: [], vulnerabilities: [], exploited: [], ...feed };
}
