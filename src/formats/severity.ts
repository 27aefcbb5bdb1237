// SPDX-License-Identifier: Apache-2.0

/** How bad a vulnerability is; `unspecified` where nobody has rated it. */
export type Severity = "critical" | "high" | "medium" | "low" | "unspecified";

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "unspecified"];

/** The severity that a word of some feed stands for. */
export function severityOfWord(word: string | undefined): Severity | undefined {
  const text = word?.toLowerCase();
  if (text === "moderate") return "medium";
  return SEVERITIES.find((severity) => severity === text && severity !== "unspecified");
}
