// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { cvssText, kevText, nodejsText, nvdText, trackerText, VECTORS } from "../../test/support/feed-files.js";
import { readFeed } from "./read-feed.js";

const OPTIONS = { name: "feed.json", isComplete: false };
const TRACKER = trackerText({ zlib: { "CVE-2026-0001": { trixie: { status: "open" } } } });
const NODEJS = nodejsText([{ cve: ["CVE-2026-0001"], vulnerable: "22.x", patched: "^22.1.1" }]);
const RECORDS = cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.low }, "CVE-2026-0002": {} });
const NVD = nvdText({ "CVE-2026-0001": VECTORS.low });

describe("the kind is told by the content", () => {
  const CASES = [
    { summary: "the Debian tracker", text: TRACKER, kind: "debian-tracker" },
    { summary: "the list of Node.js core", text: NODEJS, kind: "nodejs-core" },
    { summary: "CISA's catalogue", text: kevText(["CVE-2026-0001"]), kind: "kev" },
    { summary: "CVSS records, one a line", text: RECORDS, kind: "cve-metadata" },
    { summary: "lines that end as on Windows", text: RECORDS.replaceAll("\n", "\r\n"), kind: "cve-metadata" },
    { summary: "lines with empty ones between", text: RECORDS.replaceAll("\n", "\n\n"), kind: "cve-metadata" },
    { summary: "a single CVSS record", text: '{"id":"CVE-2026-0001","cvss":{}}', kind: "cve-metadata" },
    { summary: "CVSS records as a list", text: '[{"id":"CVE-2026-0001","cvss":{}}]', kind: "cve-metadata" },
    { summary: "NVD's feed", text: NVD, kind: "nvd" },
    { summary: "NVD's feed, indented", text: JSON.stringify(JSON.parse(NVD), undefined, 2), kind: "nvd" },
  ];

  it.each(CASES)("$summary", ({ text, kind }) => {
    expect(readFeed(text, OPTIONS)?.kind).toBe(kind);
  });
});

describe("JSON that is no feed is told apart from a feed that is damaged", () => {
  const CASES = [
    { summary: "an empty object", text: "{}" },
    { summary: "an empty list", text: "[]" },
    { summary: "a list of nonsense", text: '[1, "two", null, [], {}]' },
    { summary: "a list with one record among nonsense", text: '[{"id":"CVE-1","cvss":{}}, 5]' },
    { summary: "lines of other objects", text: '{"a":1}\n{"b":2}\n' },
    { summary: "an OpenVEX document", text: '{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}' },
    { summary: "text", text: '"CVE-2026-0001"' },
    { summary: "a number", text: "5" },
    { summary: "null", text: "null" },
    { summary: "a JSON schema", text: '{"type":"object","properties":{"vulnerabilities":{"type":"array"}}}' },
    { summary: "NVD's feed of a year without entries", text: '{"format":"NVD_CVE","vulnerabilities":[]}' },
  ];

  it.each(CASES)("$summary", ({ text }) => {
    expect(readFeed(text, OPTIONS)).toBeUndefined();
  });
});

const NULL_RELEASE = trackerText({ a: { "CVE-1": { trixie: { status: "open" } } } });

describe("a feed that is damaged is refused as such", () => {
  const CASES = [
    { summary: "an empty file", text: "" },
    { summary: "white space", text: " \n\t\n" },
    { summary: "HTML, as a proxy answers", text: "<html><body>503</body></html>" },
    { summary: "JSON that is cut off", text: TRACKER.slice(0, -10) },
    { summary: "a line that is cut off", text: RECORDS.slice(0, -10) },
    { summary: "a broken line among good ones", text: `${RECORDS}{"id":\n${RECORDS}` },
    { summary: "bytes that are not text", text: "\u0000\u0001\ufffd" },
    {
      summary: "a tracker with a vulnerability that has no releases",
      text: '{"a":{"CVE-1":{"releases":{"trixie":{"status":"open"}}}},"b":{"CVE-2":{}}}',
    },
    { summary: "a tracker with null for a release", text: NULL_RELEASE.replace('{"status":"open"}', "null") },
    { summary: "a tracker with null for a source", text: `{"a":{"CVE-1":{"releases":{}}},"b":null}` },
    { summary: "a Node.js entry that is null", text: '{"1":{"vulnerable":"22.x","patched":"^22.1.1"},"2":null}' },
    { summary: "Node.js ids that are no list", text: '{"1":{"cve":"CVE-1","vulnerable":"22.x","patched":"22.1"}}' },
    { summary: "a catalogue with null in its list", text: kevText(["CVE-1"]).replace(/\[[^\]]*\]/s, "[null]") },
    { summary: "a CVSS record whose ratings are null", text: '{"id":"CVE-1","cvss":null}' },
    { summary: "a CVSS record with null for a rating", text: '{"id":"CVE-1","cvss":{"nvd:v3":null}}' },
    { summary: "a CVSS vector that is a number", text: '{"id":"CVE-1","cvss":{"nvd:v3":{"vector":5}}}' },
    { summary: "a title that is a number", text: '{"id":"CVE-1","cvss":{},"title":5}' },
    { summary: "an NVD entry that is null", text: '{"vulnerabilities":[{"cve":{"id":"CVE-1"}},null]}' },
    { summary: "NVD metrics that are null", text: '{"vulnerabilities":[{"cve":{"id":"1","metrics":{"a":[null]}}}]}' },
  ];

  it.each(CASES)("$summary", async ({ text }) => {
    expect(await codeOf(() => readFeed(text, OPTIONS))).toBe("FEED_INVALID");
  });
});
