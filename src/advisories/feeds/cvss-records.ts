// SPDX-License-Identifier: Apache-2.0
import { parseCvss, severityOfScore, type CvssScore } from "../../formats/cvss.js";
import { compareText } from "../../formats/canonical-json.js";
import { requireAllTexts, requireTexts } from "../texts.js";
import { createFeed, type Feed, type Vulnerability } from "../feed.js";

/** A line of a file of CVSS records: vectors by who gave them. */
export interface CvssRecord {
  readonly id: string;
  readonly cvss: Readonly<Record<string, { readonly vector?: string }>>;
  readonly title?: string;
  readonly published?: string;
}

/** NVD's own feeds and API. Source: NVD, CVE API 2.0, "vulnerabilities". */
export interface NvdFeed {
  readonly timestamp?: string;
  readonly vulnerabilities: readonly { readonly cve: NvdCve }[];
}

interface NvdCve {
  readonly id: string;
  readonly published?: string;
  readonly metrics?: Readonly<
    Record<string, readonly { readonly source?: string; readonly cvssData?: { readonly vectorString?: string } }[]>
  >;
}

/** One opinion on a vulnerability. */
interface Rating {
  readonly source: string;
  readonly score: CvssScore;
}

const NVD_SOURCE = "nvd@nist.gov";
/** Whose rating of equal version counts first; others follow by name. */
const TRUSTED = ["nvd", NVD_SOURCE, "cisa-adp", "ghsa", "github_m"] as const;
const MAX_TITLE_LENGTH = 300;

export function isCvssRecord(value: unknown): value is CvssRecord {
  return (
    value !== null && typeof value === "object" && "id" in value && typeof value.id === "string" && "cvss" in value
  );
}

export function isNvdFeed(value: unknown): value is NvdFeed {
  if (
    value === null ||
    typeof value !== "object" ||
    !("vulnerabilities" in value) ||
    !Array.isArray(value.vulnerabilities)
  )
    return false;
  const [first] = value.vulnerabilities as readonly unknown[];
  return first !== null && typeof first === "object" && "cve" in first;
}

export function readCvssRecords(records: readonly CvssRecord[]): Feed {
  return createFeed({
    kind: "cve-metadata",
    title: "CVSS records",
    vulnerabilities: records.map((record) => {
      const ratings = Object.entries(record.cvss).map(([key, { vector }]) => ({
        source: key.split(":", 1)[0] ?? key,
        vector,
      }));
      return toVulnerability(record, ratings);
    }),
  });
}

export function readNvdFeed(feed: NvdFeed): Feed {
  return createFeed({
    kind: "nvd",
    title: "National Vulnerability Database",
    ...(feed.timestamp === undefined ? {} : { asOf: feed.timestamp }),
    vulnerabilities: feed.vulnerabilities.map(({ cve }) => {
      const metrics = Object.values(cve.metrics ?? {}).flat();
      return toVulnerability(
        cve,
        metrics.map((metric) => ({ source: metric.source ?? "", vector: metric.cvssData?.vectorString })),
      );
    }),
  });
}

interface UnreadRating {
  readonly source: string;
  readonly vector: string | undefined;
}

function toVulnerability(
  record: { readonly id: string; readonly title?: string; readonly published?: string },
  ratings: readonly UnreadRating[],
): Vulnerability {
  requireAllTexts(record, ["id"]);
  requireTexts(record, ["title", "published"]);
  const best = bestRating(ratings);
  return {
    id: record.id,
    severity: best === undefined ? "unspecified" : severityOfScore(best.score),
    ...(best === undefined
      ? {}
      : { cvss: { vector: best.score.vector, score: best.score.score, source: best.source } }),
    ...(record.title === undefined ? {} : { title: record.title.slice(0, MAX_TITLE_LENGTH) }),
    ...(record.published === undefined ? {} : { publishedAt: record.published }),
  };
}

/** CVSS 4 before 3 before 2, then NVD before others. */
function bestRating(ratings: readonly UnreadRating[]): Rating | undefined {
  const read = ratings.flatMap(({ source, vector }): readonly Rating[] => {
    const score = vector === undefined ? undefined : parseCvss(vector);
    return score === undefined ? [] : [{ source: source === NVD_SOURCE ? "nvd" : source, score }];
  });
  return read.toSorted(
    (a, b) => generation(b.score) - generation(a.score) || trust(a) - trust(b) || compareText(a.source, b.source),
  )[0];
}

function generation(score: CvssScore): number {
  return Number(score.version[0]);
}

function trust({ source }: Rating): number {
  const rank = (TRUSTED as readonly string[]).indexOf(source.toLowerCase());
  return rank === -1 ? TRUSTED.length : rank;
}
