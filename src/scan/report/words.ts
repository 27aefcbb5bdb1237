// SPDX-License-Identifier: Apache-2.0
import { shortDigest, type Digest } from "../../formats/digest.js";
import { SEVERITIES, type Severity } from "../../formats/severity.js";
import type { Counts } from "../counts.js";
import type { ScanResult, Unknown } from "../finding.js";

/** Colours for a terminal; the identity where there is none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

const LETTERS: Readonly<Record<Severity, string>> = {
  critical: "C",
  high: "H",
  medium: "M",
  low: "L",
  unspecified: "?",
};
const COUNT_WIDTH = 5;

/** `   0C     1H     3M   153L     4?`: each number five wide, `?` only where there are some. Source: Docker Scout CLI, quickview. */
export function countsText(counts: Counts | undefined, paint: Paint): string {
  if (counts === undefined) return paint.yellow("unknown");
  const shown = SEVERITIES.filter((severity) => severity !== "unspecified" || counts.unspecified > 0);
  return shown
    .map((severity) =>
      colour(
        severity,
        counts[severity],
        paint,
      )(`${String(counts[severity]).padStart(COUNT_WIDTH)}${LETTERS[severity]}`),
    )
    .join(" ");
}

/** `    -1     -2            -9`: what changed from `to` to `counts`; blank where nothing did. */
export function deltaText(counts: Counts | undefined, to: Counts | undefined): string {
  if (counts === undefined || to === undefined) return "";
  const shown = SEVERITIES.filter((severity) => severity !== "unspecified" || counts.unspecified + to.unspecified > 0);
  return shown
    .map((severity) => {
      const difference = counts[severity] - to[severity];
      return (difference === 0 ? "" : signed(difference)).padStart(COUNT_WIDTH + 1);
    })
    .join(" ")
    .trimEnd();
}

export function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}

/** Bytes as Docker prints them: decimal, two or three digits. */
export function sizeText(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Math.abs(sizeBytes);
  let unit = 0;
  for (; Math.round(value) >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${sizeBytes < 0 ? "-" : ""}${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ""}`;
}

export function digestText(digest: Digest): string {
  return shortDigest(digest);
}

/** What a scan cannot tell, in lines for people. */
export function coverageLines(result: ScanResult): readonly string[] {
  return result.unknown.map((unknown) => `${packagesText(unknown)} not assessed: ${unknown.why}`);
}

/** What is counted apart, in a line for people. */
export function apartText(counts: Counts | undefined): string | undefined {
  if (counts === undefined) return undefined;
  const parts = [
    ...(counts.unimportant === 0 ? [] : [`${counts.unimportant} that the distribution calls unimportant`]),
    ...(counts.suppressed === 0 ? [] : [`${counts.suppressed} suppressed`]),
  ];
  return parts.length === 0 ? undefined : `counted apart: ${parts.join(", ")}`;
}

const KINDS: Readonly<Record<Unknown["kind"], readonly [one: string, many: string]>> = {
  deb: ["Debian source package", "Debian source packages"],
  apk: ["Alpine package", "Alpine packages"],
  nodejs: ["Node.js program", "Node.js programs"],
  npm: ["npm package", "npm packages"],
};

function packagesText({ kind, names }: Unknown): string {
  const few = names.length <= 4 ? ` (${names.join(", ")})` : "";
  return `${names.length} ${KINDS[kind][names.length === 1 ? 0 : 1]}${few}`;
}

function colour(severity: Severity, count: number, paint: Paint): (text: string) => string {
  if (count === 0) return paint.dim;
  if (severity === "critical" || severity === "high") return paint.red;
  return severity === "medium" ? paint.yellow : (text) => text;
}
