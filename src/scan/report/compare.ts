// SPDX-License-Identifier: Apache-2.0
import type { ChangeKind, Comparison, PackageChange, SettingChange } from "../compare.js";
import { totalOf, type Counts } from "../counts.js";
import type { ImageScan } from "../scan-image.js";
import { formatTable } from "./table.js";
import { apartText, countsText, coverageLines, deltaText, digestText, signed, sizeText, type Paint } from "./words.js";

export interface CompareReportOptions {
  /** Leaves out packages that are equal on both sides. */
  readonly ignoreUnchanged: boolean;
}

const MARKS: Readonly<Record<ChangeKind, string>> = {
  added: "+",
  removed: "-",
  upgraded: "↑",
  downgraded: "↓",
  unchanged: " ",
};

/** Two images side by side. Source of the layout: Docker Scout CLI, compare. */
export function formatCompare(comparison: Comparison, options: CompareReportOptions, paint: Paint): string {
  const packages = shownPackages(comparison, options);
  return [
    "\n  ## Overview\n\n",
    formatCompareOverview(comparison, paint),
    `\n${notesOf(comparison)}`,
    formatSettings("Environment Variables", comparison.environment),
    formatSettings("Labels", comparison.labels),
    packages.length === 0 ? "" : `\n  ## Packages and Vulnerabilities\n\n${formatPackages(packages, paint)}`,
  ].join("");
}

/** The table at the top, which says the most. */
export function formatCompareOverview({ analyzed, comparison }: Comparison, paint: Paint): string {
  const delta = deltaText(analyzed.counts, comparison.counts);
  const sizeDelta = analyzed.sizeBytes - comparison.sizeBytes;
  const packagesDelta = analyzed.inventory.packages.length - comparison.inventory.packages.length;
  return formatTable(
    {
      head: ["", "Analyzed Image", "Comparison Image"],
      rows: [
        ["Target", paint.bold(analyzed.reference), paint.bold(comparison.reference)],
        ["  digest", digestText(analyzed.digest), digestText(comparison.digest)],
        ["  platform", analyzed.platform, comparison.platform],
        ["  vulnerabilities", countsText(analyzed.counts, paint), countsText(comparison.counts, paint)],
        ...(delta.trim() === "" ? [] : [["", delta, ""]]),
        [
          "  size",
          `${sizeText(analyzed.sizeBytes)} (${sizeDelta > 0 ? "+" : ""}${sizeText(sizeDelta)})`,
          sizeText(comparison.sizeBytes),
        ],
        [
          "  packages",
          `${analyzed.inventory.packages.length} (${signed(packagesDelta)})`,
          String(comparison.inventory.packages.length),
        ],
        ["  user", analyzed.config.config?.User ?? "", comparison.config.config?.User ?? ""],
      ],
    },
    "  ",
  );
}

/** The comparison as a table for a pull request or a page. */
export function formatCompareMarkdown(comparison: Comparison, options: CompareReportOptions): string {
  const { analyzed, comparison: other } = comparison;
  const row = (name: string, of: (scan: ImageScan) => string): string =>
    `| ${name} | ${of(analyzed)} | ${of(other)} |\n`;
  const packages = shownPackages(comparison, options);
  return [
    `## \`${analyzed.reference}\` compared with \`${other.reference}\`\n\n`,
    "| | Analyzed image | Comparison image |\n|---|---|---|\n",
    row("Digest", (scan) => `\`${digestText(scan.digest)}\``),
    row("Platform", (scan) => scan.platform),
    row("Vulnerabilities", (scan) => countsText(scan.counts, PLAIN).trim()),
    row("Size", (scan) => sizeText(scan.sizeBytes)),
    row("Packages", (scan) => String(scan.inventory.packages.length)),
    `\n${notesOf(comparison).replaceAll(/^ {2}i /gm, "- ")}`,
    packages.length === 0
      ? ""
      : `\n<details><summary>${packages.length} packages</summary>\n\n| | Package | Analyzed | Comparison |\n|---|---|---|---|\n${packages.map((item) => `| ${MARKS[item.change]} | ${item.name} | ${item.version ?? ""} | ${item.comparisonVersion ?? ""} |\n`).join("")}\n</details>\n`,
  ].join("");
}

/** The comparison for programs. Source of the shape: docs/cli.md, "Shapes that scripts rely on". */
export function toCompareJson(comparison: Comparison, options: CompareReportOptions): object {
  const { analyzed, comparison: other, environment, labels } = comparison;
  return {
    analyzed: toSide(analyzed),
    comparison: toSide(other),
    packages: shownPackages(comparison, options),
    environment,
    labels,
  };
}

/** One side of a comparison, or an overview of one image, for programs. Counts are null where nobody knows. */
export function toSide(scan: ImageScan): object {
  return {
    reference: scan.reference,
    digest: scan.digest,
    platform: scan.platform,
    sizeBytes: scan.sizeBytes,
    packages: scan.inventory.packages.length,
    vulnerabilities: scan.counts ?? null,
    coverage: { assessedPackages: scan.result.assessedPackages, unknown: scan.result.unknown },
    dataAsOf: scan.result.dataAsOf ?? null,
  };
}

/** No colours. */
export const PLAIN: Paint = { bold: same, dim: same, red: same, yellow: same, green: same };

function same(text: string): string {
  return text;
}

function shownPackages({ packages }: Comparison, { ignoreUnchanged }: CompareReportOptions): readonly PackageChange[] {
  return ignoreUnchanged ? packages.filter((item) => item.change !== "unchanged") : packages;
}

function notesOf({ analyzed, comparison }: Comparison): string {
  const lines = [analyzed, comparison].flatMap((scan) => {
    const apart = apartText(scan.counts);
    return [...(apart === undefined ? [] : [apart]), ...coverageLines(scan.result)].map(
      (line) => `${scan.reference}: ${line}`,
    );
  });
  const dates = [...new Set([analyzed, comparison].flatMap((scan) => scan.result.dataAsOf?.slice(0, 10) ?? []))];
  const date =
    dates.length === 0
      ? "no advisory data took part: run basalt db update, or basalt db import PATH"
      : `advisory data as of ${dates.join(", ")}`;
  return [...lines, date].map((line) => `  i ${line}\n`).join("");
}

function formatSettings(title: string, changes: readonly SettingChange[]): string {
  if (changes.length === 0) return "";
  const lines = changes.flatMap(({ name, value, comparisonValue }) => [
    ...(comparisonValue === undefined ? [] : [`  - ${name}=${comparisonValue}`]),
    ...(value === undefined ? [] : [`  + ${name}=${value}`]),
  ]);
  return `\n  ## ${title}\n\n${lines.map((line) => `${line}\n`).join("")}`;
}

function formatPackages(packages: readonly PackageChange[], paint: Paint): string {
  const rows = packages.map((item) => [
    `${MARKS[item.change]} ${item.name}`,
    item.kind,
    item.version ?? "",
    item.comparisonVersion ?? "",
    countsCell(item.vulnerabilities, item.comparisonVulnerabilities, paint),
  ]);
  return formatTable({ head: ["  Package", "Type", "Version", "Comparison", "Vulnerabilities"], rows }, "  ");
}

function countsCell(counts: Counts | undefined, other: Counts | undefined, paint: Paint): string {
  const shown = counts ?? other;
  if (shown === undefined || totalOf(shown) + (other === undefined ? 0 : totalOf(other)) === 0) return "";
  return countsText(shown, paint);
}
