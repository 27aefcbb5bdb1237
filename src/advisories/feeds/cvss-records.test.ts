// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { nvdText, VECTORS } from "../../../test/support/feed-files.js";
import type { Vulnerability } from "../feed.js";
import {
  isCvssRecord,
  isNvdFeed,
  readCvssRecords,
  readNvdFeed,
  type CvssRecord,
  type NvdFeed,
} from "./cvss-records.js";

const V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"; // 10.0, which version 2 calls high
const V4 = "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"; // 4.8

function read(record: Partial<CvssRecord>): Vulnerability | undefined {
  const feed = readCvssRecords([{ id: "CVE-2026-0001", cvss: {}, ...record }]);
  return [...feed.vulnerabilities][0];
}

function vectors(values: Readonly<Record<string, string>>): CvssRecord["cvss"] {
  return Object.fromEntries(Object.entries(values).map(([who, vector]) => [who, { vector }]));
}

describe("which rating counts", () => {
  const CASES: readonly {
    summary: string;
    cvss: Readonly<Record<string, string>>;
    severity: string;
    source: string | undefined;
  }[] = [
    { summary: "a single one counts", cvss: { "ghsa:v3": VECTORS.high }, severity: "high", source: "ghsa" },
    {
      summary: "NVD goes before others of the same version",
      cvss: { "ghsa:v3": VECTORS.low, "nvd:v3": VECTORS.critical, "redhat:v3": VECTORS.medium },
      severity: "critical",
      source: "nvd",
    },
    {
      summary: "version 3 goes before version 2, whoever gave it",
      cvss: { "nvd:v2": V2, "redhat:v3": VECTORS.low },
      severity: "low",
      source: "redhat",
    },
    {
      summary: "version 4 goes before version 3",
      cvss: { "nvd:v3": VECTORS.critical, "vendor:v4": V4 },
      severity: "medium",
      source: "vendor",
    },
    {
      summary: "CISA goes before somebody unknown",
      cvss: { "acme:v3": VECTORS.low, "cisa-adp:v3": VECTORS.high },
      severity: "high",
      source: "cisa-adp",
    },
    {
      summary: "among unknown ones the name decides, so that every run agrees",
      cvss: { "zebra:v3": VECTORS.low, "acme:v3": VECTORS.high },
      severity: "high",
      source: "acme",
    },
    { summary: "version 2 has no critical", cvss: { "nvd:v2": V2 }, severity: "high", source: "nvd" },
    { summary: "none is unspecified", cvss: {}, severity: "unspecified", source: undefined },
    {
      summary: "one that cannot be read is passed over",
      cvss: { "nvd:v3": "CVSS:3.1/AV:N", "redhat:v3": VECTORS.medium },
      severity: "medium",
      source: "redhat",
    },
    {
      summary: "a score of nothing is unspecified, not low",
      cvss: { "nvd:v3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N" },
      severity: "unspecified",
      source: "nvd",
    },
  ];

  it.each(CASES)("$summary", ({ cvss, severity, source }) => {
    const vulnerability = read({ cvss: vectors(cvss) });
    expect({ severity: vulnerability?.severity, source: vulnerability?.cvss?.source }).toEqual({ severity, source });
  });
});

it("computes the score from the vector, not from what the record says", () => {
  const cvss = { "nvd:v3": { score: 1.1, vector: VECTORS.critical } };
  expect(read({ cvss })?.cvss).toEqual({ vector: VECTORS.critical, score: 9.8, source: "nvd" });
});

it("keeps title and date, the title within 300 characters", () => {
  const vulnerability = read({ title: "x".repeat(5000), published: "2004-08-18T04:00:00Z" });
  expect(vulnerability).toMatchObject({ title: "x".repeat(300), publishedAt: "2004-08-18T04:00:00Z" });
});

it("reads NVD's feed with its time and calls NVD's own ratings nvd", () => {
  const feed = readNvdFeed(JSON.parse(nvdText({ "CVE-2026-0001": VECTORS.high })) as NvdFeed);
  expect(feed.asOf).toBe("2026-11-02T03:00:00.000Z");
  expect([...feed.vulnerabilities]).toEqual([
    {
      id: "CVE-2026-0001",
      severity: "high",
      cvss: { vector: VECTORS.high, score: 7.5, source: "nvd" },
      publishedAt: "2026-01-02T00:00:00.000",
    },
  ]);
});

it("reads an NVD entry without metrics as unspecified", () => {
  const feed = readNvdFeed({ vulnerabilities: [{ cve: { id: "CVE-2026-0001" } }] });
  expect([...feed.vulnerabilities]).toEqual([{ id: "CVE-2026-0001", severity: "unspecified" }]);
  expect(feed.asOf).toBeUndefined();
});

const SHAPES = [
  { summary: "a record needs id and cvss", test: isCvssRecord, value: { id: "CVE-1", cvss: {} }, is: true },
  { summary: "a record without cvss is none", test: isCvssRecord, value: { id: "CVE-1" }, is: false },
  { summary: "a record whose id is a number is none", test: isCvssRecord, value: { id: 1, cvss: {} }, is: false },
  { summary: "null is no record", test: isCvssRecord, value: null, is: false },
  { summary: "text is no record", test: isCvssRecord, value: "CVE-1", is: false },
  { summary: "NVD's feed holds cve objects", test: isNvdFeed, value: { vulnerabilities: [{ cve: {} }] }, is: true },
  {
    summary: "CISA's catalogue is not NVD's",
    test: isNvdFeed,
    value: { vulnerabilities: [{ cveID: "1" }] },
    is: false,
  },
  { summary: "a list of nothing is not NVD's", test: isNvdFeed, value: { vulnerabilities: [null] }, is: false },
  { summary: "null is not NVD's", test: isNvdFeed, value: null, is: false },
] as const;

it.each(SHAPES)("shape: $summary", ({ test, value, is }) => {
  expect(test(value)).toBe(is);
});
