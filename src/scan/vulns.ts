// SPDX-License-Identifier: Apache-2.0
import type { Advisories } from "../advisories/index.js";
import type { Finding, ScanResult, Unknown } from "./finding.js";

/** Source: in-toto attestation framework, spec/predicates/vuln.md, version 0.1. */
export interface VulnsPredicate {
  readonly scanner: {
    readonly uri: string;
    readonly version: string;
    readonly db: {
      readonly uri: string;
      /** Of the data, feed by feed: a hash of each file that was imported. */
      readonly version: string;
      /** RFC 3339, of the oldest feed that took part. */
      readonly lastUpdate: string;
    };
    readonly result: readonly VulnsResult[];
  };
  /** Beside what the predicate type has: packages that nobody looked at, so that a short list is not taken for a clean image. */
  readonly unassessed: readonly Unknown[];
  /** RFC 3339. */
  readonly metadata: { readonly scanStartedOn: string; readonly scanFinishedOn: string };
}

export interface VulnsResult {
  readonly id: string;
  readonly severity: readonly { readonly method: string; readonly score: string }[];
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
}

export interface ScanTimes {
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/**
 * What is known against an image, as a predicate: all of it, also what does not count, with why. Undefined where no data took part: silence
 * would say that nothing was found.
 */
export function toVulnsPredicate(
  { findings, dataAsOf, unknown }: ScanResult,
  { feeds }: Pick<Advisories, "feeds">,
  version: string,
  { startedAt, finishedAt }: ScanTimes,
): VulnsPredicate | undefined {
  if (dataAsOf === undefined) return undefined;
  return {
    scanner: {
      uri: "urn:basalt:scanner",
      version,
      db: {
        uri: feeds.map(({ source }) => source).join(" "),
        version: feeds.map(({ kind, sha256 }) => `${kind} sha256:${sha256}`).join(" "),
        lastUpdate: dataAsOf,
      },
      result: findings.map(toResult),
    },
    unassessed: unknown,
    metadata: { scanStartedOn: startedAt.toISOString(), scanFinishedOn: finishedAt.toISOString() },
  };
}

function toResult(finding: Finding): VulnsResult {
  const { vulnerability, severity, cvss, state, affectedRange, fixedVersion, rule, advisory, suppression } = finding;
  return {
    id: vulnerability,
    severity: [
      { method: "basalt", score: severity },
      ...(cvss === undefined ? [] : [{ method: cvss.vector, score: String(cvss.score) }]),
    ],
    annotations: [
      {
        state,
        package: finding.package.purl,
        source: { name: finding.package.name, version: finding.package.version },
        affects: finding.package.binaries.map(({ purl }) => purl),
        affectedRange,
        rule,
        advisory: { feed: advisory.feed, asOf: advisory.asOf },
        isExploited: finding.isExploited,
        isUnimportant: finding.isUnimportant,
        ...(fixedVersion === undefined ? {} : { fixedVersion }),
        ...(suppression === undefined ? {} : { suppression }),
      },
    ],
  };
}
