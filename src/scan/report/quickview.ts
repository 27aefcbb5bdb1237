// SPDX-License-Identifier: Apache-2.0
import { totalOf } from "../counts.js";
import type { ImageScan } from "../scan-image.js";
import { formatTable } from "./table.js";
import { apartText, countsText, coverageLines, deltaText, digestText, sizeText, type Paint } from "./words.js";

/** What an image is set against, and under which heading. */
export interface Comparand {
  readonly heading: string;
  readonly scan: ImageScan;
}

/** The one-screen overview. Source of the layout: Docker Scout CLI, quickview. */
export function formatQuickview(scan: ImageScan, comparands: readonly Comparand[], paint: Paint): string {
  const rows: string[][] = [
    ["Target", paint.bold(scan.reference), countsText(scan.counts, paint)],
    ["  digest", digestText(scan.digest)],
    ["  platform", scan.platform],
    ["  size", sizeText(scan.sizeBytes)],
    ["  packages", String(scan.inventory.packages.length)],
  ];
  for (const { heading, scan: other } of comparands) {
    rows.push([heading, paint.bold(other.reference), countsText(other.counts, paint)]);
    rows.push([
      "",
      `${sizeText(other.sizeBytes)}, ${other.inventory.packages.length} packages`,
      deltaText(other.counts, scan.counts),
    ]);
  }
  return `\n${formatTable({ rows }, "  ")}\n${notes(scan)}`;
}

/** What the counts do not say. */
export function notes(scan: ImageScan): string {
  const apart = apartText(scan.counts);
  const lines = [
    ...(scan.counts !== undefined && totalOf(scan.counts) === 0 ? ["no known vulnerability in what was assessed"] : []),
    ...(apart === undefined ? [] : [apart]),
    ...coverageLines(scan.result),
    ...(scan.result.dataAsOf === undefined
      ? ["no advisory data took part: run basalt db update, or basalt db import PATH"]
      : [`advisory data as of ${scan.result.dataAsOf.slice(0, 10)}`]),
  ];
  return lines.map((line) => `  i ${line}\n`).join("");
}
