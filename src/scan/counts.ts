// SPDX-License-Identifier: Apache-2.0
import type { Severity } from "../formats/severity.js";
import type { Finding, ScanResult } from "./finding.js";

/** How many findings there are, by severity. Suppressed and unimportant ones are in none of the five. */
export interface Counts extends Readonly<Record<Severity, number>> {
  readonly suppressed: number;
  readonly unimportant: number;
}

/** Undefined where nothing in the image could be assessed: then nobody knows, and nothing is not zero. */
export function countFindings(result: ScanResult): Counts | undefined {
  return result.assessedPackages === 0 ? undefined : countAll(result.findings);
}

export function countAll(findings: readonly Finding[]): Counts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, unspecified: 0, suppressed: 0, unimportant: 0 };
  for (const finding of findings) counts[bucketOf(finding)] += 1;
  return counts;
}

/** Whether a finding counts: it is neither suppressed nor unimportant. */
export function isCounted(finding: Finding): boolean {
  return finding.suppression === undefined && !finding.isUnimportant;
}

export function totalOf(counts: Counts): number {
  return counts.critical + counts.high + counts.medium + counts.low + counts.unspecified;
}

function bucketOf(finding: Finding): keyof Counts {
  if (finding.suppression !== undefined) return "suppressed";
  return finding.isUnimportant ? "unimportant" : finding.severity;
}
