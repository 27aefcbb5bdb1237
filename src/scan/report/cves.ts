// SPDX-License-Identifier: Apache-2.0
import type { Severity } from "../../formats/severity.js";
import { SEVERITIES } from "../../formats/severity.js";
import { countAll, isCounted } from "../counts.js";
import type { Finding } from "../finding.js";
import type { ImageScan } from "../scan-image.js";
import { notes } from "./quickview.js";
import { formatTable } from "./table.js";
import { countsText, digestText, sizeText, type Paint } from "./words.js";

/** Findings of one package, worst first. */
interface PackageFindings {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly findings: readonly Finding[];
}

/** The list of findings, by package. Source of the layout: Docker Scout CLI, cves. */
export function formatCves(scan: ImageScan, findings: readonly Finding[], paint: Paint): string {
  const groups = byPackage(findings);
  const counted = findings.filter(isCounted);
  const vulnerable = byPackage(counted).length;
  const head =
    counted.length === 0
      ? "✓ No vulnerable package detected"
      : `✗ Detected ${packages(vulnerable)} with a total of ${vulnerabilities(counted.length)}`;
  const sections = groups.map((group) => formatPackage(group, paint)).join("\n");
  return [
    `    ${scan.counts === undefined ? "? Nothing in the image could be assessed" : head}\n\n`,
    "## Overview\n\n",
    formatOverview(scan, paint),
    notes(scan),
    groups.length === 0 ? "" : `\n## Packages and Vulnerabilities\n\n${sections}`,
    counted.length === 0 ? "" : `\n${formatTotals(counted, vulnerable)}`,
  ].join("");
}

/** How one vulnerability was found, step by step. */
export function explainFinding(finding: Finding): string {
  const { package: found, advisory } = finding;
  const lines = [
    `${finding.vulnerability} in ${found.name} ${found.version}`,
    ...(finding.title === undefined ? [] : [`  ${finding.title}`]),
    `  installed as   : ${found.binaries.map((binary) => `${binary.name} ${binary.version}`).join(", ")}`,
    `  rule           : ${finding.rule}`,
    `  advisory       : ${advisory.feed}, as of ${advisory.asOf.slice(0, 10)}${advisory.note === undefined ? "" : ` (${advisory.note})`}`,
    `  severity       : ${finding.severity}${finding.cvss === undefined ? "" : `, ${finding.cvss.score} by ${finding.cvss.source}: ${finding.cvss.vector}`}`,
    `  fixed version  : ${finding.fixedVersion ?? "not fixed"}`,
    ...(finding.isExploited ? ["  exploited      : yes, it is in CISA's catalogue"] : []),
    ...(finding.isUnimportant ? ["  counted        : apart, the distribution calls it unimportant"] : []),
    ...(finding.suppression === undefined
      ? []
      : [`  counted        : no, by ${finding.suppression.by}: ${finding.suppression.reason}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function formatOverview(scan: ImageScan, paint: Paint): string {
  return formatTable(
    {
      head: ["", "Analyzed Image"],
      rows: [
        ["Target", paint.bold(scan.reference)],
        ["  digest", digestText(scan.digest)],
        ["  platform", scan.platform],
        ["  vulnerabilities", countsText(scan.counts, paint)],
        ["  size", sizeText(scan.sizeBytes)],
        ["  packages", String(scan.inventory.packages.length)],
      ],
    },
    "  ",
  );
}

function byPackage(findings: readonly Finding[]): readonly PackageFindings[] {
  const groups = new Map<string, PackageFindings & { readonly findings: Finding[] }>();
  for (const finding of findings) {
    const { name, version, purl } = finding.package;
    const key = `${name} ${version}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { name, version, purl, findings: [finding] });
    else group.findings.push(finding);
  }
  return [...groups.values()];
}

function formatPackage(group: PackageFindings, paint: Paint): string {
  const title = `${countsText(countAll(group.findings), paint)}  ${paint.bold(`${group.name} ${group.version}`)}`;
  return [`${title}\n${group.purl}\n`, ...group.findings.map((finding) => formatFinding(finding, paint))].join("\n");
}

const MARKS: Readonly<Record<Severity, "red" | "yellow" | "dim">> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "dim",
  unspecified: "dim",
};

function formatFinding(finding: Finding, paint: Paint): string {
  const word = finding.severity.toUpperCase();
  const apart = finding.isUnimportant ? " [unimportant]" : "";
  const exploited = finding.isExploited ? paint.red(" [known to be exploited]") : "";
  const rows: readonly (readonly [string, string])[] = [
    ["Affected range", finding.affectedRange],
    ["Fixed version", finding.fixedVersion ?? "not fixed"],
    ...(finding.cvss === undefined
      ? []
      : ([
          ["CVSS Score", `${finding.cvss.score} (${finding.cvss.source})`],
          ["CVSS Vector", finding.cvss.vector],
        ] as const)),
    ...(finding.suppression === undefined
      ? []
      : ([["Suppressed", `${finding.suppression.by}: ${finding.suppression.reason}`]] as const)),
  ];
  const mark = finding.suppression === undefined ? "✗" : "-";
  const title = finding.title === undefined ? "" : `      ${finding.title}\n`;
  return `    ${paint[MARKS[finding.severity]](`${mark} ${word}`)} ${paint.bold(finding.vulnerability)}${apart}${exploited}\n${title}${rows.map(([name, value]) => `      ${name.padEnd(14)} : ${value}\n`).join("")}`;
}

function formatTotals(counted: readonly Finding[], groups: number): string {
  const counts = countAll(counted);
  const shown = SEVERITIES.filter((severity) => severity !== "unspecified" || counts.unspecified > 0);
  return `${vulnerabilities(counted.length)} found in ${groups} ${groups === 1 ? "package" : "packages"}\n${shown.map((severity) => `  ${severity.toUpperCase().padEnd(11)} ${counts[severity]}\n`).join("")}`;
}

function packages(count: number): string {
  return `${count} vulnerable ${count === 1 ? "package" : "packages"}`;
}

function vulnerabilities(count: number): string {
  return `${count} ${count === 1 ? "vulnerability" : "vulnerabilities"}`;
}
