// SPDX-License-Identifier: Apache-2.0
import calculator from "ae-cvss-calculator";
import type { Severity } from "./severity.js";

export interface CvssScore {
  readonly version: "4.0" | "3.1" | "3.0" | "2.0";
  /** 0 to 10. */
  readonly score: number;
  readonly vector: string;
}

const METRIC = /^[A-Za-z]{1,3}:[A-Za-z]{1,5}$/; // the longest values are Amber, Clear and Green
/** Values of 4.0 that only modified metrics have; the calculator takes them for base ones. */
const MODIFIED_ONLY = /^S[IA]:S$/;
const MAX_VECTOR_LENGTH = 400;
/** The metrics that every vector must have, by version. Source: FIRST, CVSS specifications, "Base Metrics". */
const BASE_METRICS = {
  "4.0": ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"],
  "3.1": ["AV", "AC", "PR", "UI", "S", "C", "I", "A"],
  "3.0": ["AV", "AC", "PR", "UI", "S", "C", "I", "A"],
  "2.0": ["AV", "AC", "Au", "C", "I", "A"],
} as const;

/** The base score of a vector; undefined for one that is not whole and well-formed: the calculator would say 0. */
export function parseCvss(vector: string): CvssScore | undefined {
  if (vector.length > MAX_VECTOR_LENGTH) return undefined;
  const version = /^CVSS:(4\.0|3\.1|3\.0)\//.exec(vector)?.[1] as "4.0" | "3.1" | "3.0" | undefined;
  const metrics = (
    version === undefined ? vector.replace(/^\((.*)\)$/, "$1") : vector.slice(`CVSS:${version}/`.length)
  ).split("/");
  const names = metrics.map((metric) => metric.split(":", 1)[0] ?? "");
  const required: readonly string[] = BASE_METRICS[version ?? "2.0"];
  const isWhole =
    metrics.every((metric) => METRIC.test(metric) && !MODIFIED_ONLY.test(metric)) &&
    new Set(names).size === names.length &&
    required.every((name) => names.includes(name));
  if (!isWhole) return undefined;
  try {
    const scores: object | undefined = calculator.fromVector(vector)?.calculateScores();
    // For 4.0 the calculator calls the score of all metrics its base.
    const { base, baseMetricsOnly } = (scores ?? {}) as { readonly base?: unknown; readonly baseMetricsOnly?: unknown };
    const score = version === "4.0" ? baseMetricsOnly : base;
    return typeof score === "number" && score >= 0 && score <= 10
      ? { version: version ?? "2.0", score, vector }
      : undefined;
  } catch {
    return undefined; // a metric with a value that the standard does not have
  }
}

/** Source: FIRST, CVSS v3.1 and v4.0 specifications, "Qualitative Severity Rating Scale"; NVD for v2. */
export function severityOfScore({ version, score }: Pick<CvssScore, "version" | "score">): Severity {
  if (score === 0) return "unspecified";
  if (version === "2.0") return score >= 7 ? "high" : score >= 4 ? "medium" : "low";
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}
