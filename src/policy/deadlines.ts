// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "../scan/index.js";

/** Days after the publication of a vulnerability within which its fix has to be in. */
export interface Deadlines {
  readonly exploited: number;
  readonly critical: number;
  readonly high: number;
  /** Of all other severities. */
  readonly other: number;
}

export const DEADLINES: Deadlines = { exploited: 1, critical: 7, high: 7, other: 30 };

export function daysFor(
  { severity, isExploited }: Pick<Finding, "severity" | "isExploited">,
  deadlines: Deadlines,
): number {
  const days = severity === "critical" || severity === "high" ? deadlines[severity] : deadlines.other;
  return isExploited ? Math.min(deadlines.exploited, days) : days;
}
