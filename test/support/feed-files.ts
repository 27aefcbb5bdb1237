// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { importFeeds, openAdvisories, type Advisories } from "../../src/advisories/index.js";
import type { Host } from "../../src/host/host.js";
import { testHost } from "./host.js";
import { temporaryFolder } from "./temporary.js";

/** What the Debian tracker says about one release; fields as it writes them. */
export type TrackerState = Readonly<Record<string, unknown>>;

/** Source package → vulnerability → release. */
export type TrackerEntries = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, TrackerState>>>>>>;

/** The Debian tracker's JSON. */
export function trackerText(entries: TrackerEntries): string {
  const sources = Object.entries(entries).map(([source, vulnerabilities]) => {
    const wrapped = Object.entries(vulnerabilities).map(([id, releases]) => [id, { scope: "remote", releases }]);
    return [source, Object.fromEntries(wrapped)] as const;
  });
  return JSON.stringify(Object.fromEntries(sources));
}

/** The list of Node.js core vulnerabilities, numbered from 1. */
export function nodejsText(entries: readonly Readonly<Record<string, unknown>>[]): string {
  return JSON.stringify(Object.fromEntries(entries.map((entry, index) => [String(index + 1), entry])));
}

/** CISA's catalogue. */
export function kevText(ids: readonly string[], dateReleased = "2026-10-01T00:00:00Z"): string {
  const vulnerabilities = ids.map((cveID) => ({ cveID, dateAdded: "2026-09-30", product: "Product" }));
  return JSON.stringify({ title: "KEV", catalogVersion: "2026.10.01", dateReleased, vulnerabilities }, undefined, 2);
}

/** CVSS records, one a line; vectors by `who:version`. */
export function cvssText(records: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(records)
    .map(([id, vectors]) => {
      const cvss = Object.fromEntries(Object.entries(vectors).map(([who, vector]) => [who, { score: 0, vector }]));
      return `${JSON.stringify({ cvss, id, title: `title of ${id}` })}\n`;
    })
    .join("");
}

/** NVD's feed of some year, version 2.0. */
export function nvdText(
  vectors: Readonly<Record<string, string>>,
  options: { readonly timestamp?: string; readonly source?: string } = {},
): string {
  const { timestamp = "2026-11-02T03:00:00.000Z", source = "nvd@nist.gov" } = options;
  const vulnerabilities = Object.entries(vectors).map(([id, vectorString]) => ({
    cve: {
      id,
      published: "2026-01-02T00:00:00.000",
      metrics: { cvssMetricV31: [{ source, cvssData: { vectorString } }] },
    },
  }));
  return JSON.stringify({ format: "NVD_CVE", version: "2.0", timestamp, vulnerabilities });
}

/** Vectors of known score. Source: FIRST, CVSS v3.1 examples. */
export const VECTORS = {
  /** 9.8 */
  critical: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
  /** 7.5 */
  high: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  /** 5.5 */
  medium: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
  /** 3.3 */
  low: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N",
} as const;

/** Puts files into a folder, by default a fresh one; answers their paths in the order given. */
export function feedFiles(
  files: Readonly<Record<string, string | Buffer>>,
  folder: string = temporaryFolder(),
): readonly string[] {
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
}

/** The day that test data are from, unless they say it themselves. */
export const FEED_DATE = new Date("2026-11-01T00:00:00Z");

export interface FeedOptions {
  /** @default false */
  readonly isComplete?: boolean;
  /** @default a fresh one */
  readonly host?: Host;
}

/** The advisory database made from these feeds, open until the running test ends. */
export async function advisoriesOf(texts: readonly string[], options: FeedOptions = {}): Promise<Advisories> {
  const { isComplete = false, host = testHost() } = options;
  const paths = feedFiles(Object.fromEntries(texts.map((text, index) => [`feed-${index}.json`, text])));
  await importFeeds(paths, { isComplete, asOf: FEED_DATE }, host);
  return openUntilFinished(host);
}

/** Opens a host's advisory database until the running test ends. */
export async function openUntilFinished(host: Host): Promise<Advisories> {
  const advisories = await openAdvisories(host.home.advisories);
  onTestFinished(() => advisories.close());
  return advisories;
}
