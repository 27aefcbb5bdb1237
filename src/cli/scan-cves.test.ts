// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { cvssText, feedFiles, kevText, trackerText, VECTORS } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { makeIndex } from "../../test/support/images.js";
import { sharedFolder } from "../../test/support/shared.js";
import { putImage, testStore } from "../../test/support/store.js";
import { openStore } from "../store/index.js";

interface CvesDocument {
  readonly findings: readonly { readonly vulnerability: string; readonly suppression?: object }[];
  readonly vulnerabilities: object | null;
}

const TRACKER = trackerText({
  zlib: {
    "CVE-2026-0001": { trixie: { status: "resolved", fixed_version: "1:1.3-2", urgency: "high" } },
    "CVE-2026-0002": { trixie: { status: "open", urgency: "low" } },
    "CVE-2026-0003": { trixie: { status: "open", urgency: "unimportant" } },
  },
  bash: { "CVE-2026-0004": { trixie: { status: "open" } } },
  linux: { "CVE-2026-0005": { trixie: { status: "open", urgency: "high" } } },
});
const PACKAGES = ["zlib1g 1:1.3-1 zlib", "bash 5.2-1", "linux-libc-dev 6.12-1 linux"];

const HOME = sharedFolder();
const HOST = testHost({ home: HOME });

/** `app:1` with findings of all kinds, `clean:1` with none, `two:1` for two platforms. */
beforeAll(async () => {
  const store = await openStore(HOST);
  await putImage(store, "app", debianImage({ packages: PACKAGES }), ["1"]);
  await putImage(store, "clean", debianImage({ packages: ["zlib1g 1:2-1 none"] }), ["1"]);
  const platforms = [debianImage({ packages: ["bash 5.2-1"] }), debianImage({ platform: "linux/arm64" })];
  await putImage(store, "two", makeIndex(platforms), ["1"]);
  await store.close();
  const cvss = cvssText({ "CVE-2026-0004": { "nvd:v3": VECTORS.medium }, "CVE-2026-0009": {} });
  const feeds = { "tracker.json": TRACKER, "kev.json": kevText(["CVE-2026-0001"]), "cvss.jsonl": cvss };
  await basaltOn(HOST, "db", "import", ...feedFiles(feeds, HOME), "--complete");
});

async function idsOf(...flags: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await basaltOn(HOST, "cves", "app:1", "--json", ...flags);
  return (JSON.parse(stdout) as CvesDocument).findings.map((finding) => finding.vulnerability);
}

describe("basalt cves", () => {
  it("prints the findings on stdout and nothing else", async () => {
    const { code, stdout, stderr } = await basaltOn(HOST, "cves", "app:1");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("✗ Detected 2 vulnerable packages with a total of 3 vulnerabilities");
    expect(stdout).toMatch(/✗ HIGH CVE-2026-0001 \[known to be exploited\]/);
    expect(stdout).not.toContain("CVE-2026-0005");
  });

  it.each([["--json"], ["--format", "json"]])("prints one JSON document with %s %s", async (...flags) => {
    const { code, stdout, stderr } = await basaltOn(HOST, "cves", "app:1", ...flags);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      reference: "app:1",
      platform: "linux/amd64",
      packages: 3,
      vulnerabilities: { critical: 0, high: 1, medium: 1, low: 1, unspecified: 0, suppressed: 1, unimportant: 1 },
      dataAsOf: expect.any(String) as string,
      findings: [
        { vulnerability: "CVE-2026-0001" },
        { vulnerability: "CVE-2026-0004" },
        { vulnerability: "CVE-2026-0002" },
      ],
    });
  });

  const FILTERS = [
    { flags: [], ids: ["CVE-2026-0001", "CVE-2026-0004", "CVE-2026-0002"] },
    { flags: ["--only-severity", "high"], ids: ["CVE-2026-0001"] },
    { flags: ["--only-severity", "LOW, medium"], ids: ["CVE-2026-0004", "CVE-2026-0002"] },
    { flags: ["--only-fixed"], ids: ["CVE-2026-0001"] },
    { flags: ["--only-cve-id", "CVE-2026-0002,CVE-2026-0004"], ids: ["CVE-2026-0004", "CVE-2026-0002"] },
    { flags: ["--only-package", "zlib"], ids: ["CVE-2026-0001", "CVE-2026-0002"] },
    { flags: ["--only-package", "zlib1g"], ids: ["CVE-2026-0001", "CVE-2026-0002"] },
    { flags: ["--only-package", "none"], ids: [] },
    { flags: ["--only-severity", "high", "--only-package", "bash"], ids: [] },
    {
      flags: ["--show-suppressed"],
      ids: ["CVE-2026-0005", "CVE-2026-0001", "CVE-2026-0004", "CVE-2026-0002", "CVE-2026-0003"],
    },
  ];

  it.each(FILTERS)("shows what is asked for: $flags", async ({ flags, ids }) => {
    expect(await idsOf(...flags)).toEqual(ids);
  });

  const EXITS = [
    { summary: "2 when there are findings", argv: ["app:1", "--exit-code"], code: 2 },
    { summary: "2 with the short flag", argv: ["app:1", "-e"], code: 2 },
    { summary: "0 without being asked", argv: ["app:1"], code: 0 },
    { summary: "0 when there are none", argv: ["clean:1", "-e"], code: 0 },
    { summary: "0 when the filter leaves none", argv: ["app:1", "-e", "--only-severity", "critical"], code: 0 },
    { summary: "2 when the filter leaves some", argv: ["app:1", "-e", "--only-severity", "low"], code: 2 },
    {
      summary: "0 when all that is shown does not count",
      argv: ["app:1", "-e", "--show-suppressed", "--only-package", "linux"],
      code: 0,
    },
  ];

  it.each(EXITS)("ends with $summary", async ({ argv, code }) => {
    expect((await basaltOn(HOST, "cves", ...argv)).code).toBe(code);
  });

  it("looks at the platform asked for", async () => {
    const codes = ["linux/amd64", "linux/arm64"].map(
      async (platform) => (await basaltOn(HOST, "cves", "two:1", "-e", "--platform", platform)).code,
    );
    expect(await Promise.all(codes)).toEqual([2, 0]);
  });

  const USAGE = [
    { summary: "an unknown severity", argv: ["--only-severity", "terrible"] },
    { summary: "an unknown format", argv: ["--format", "xml"] },
  ];

  it.each(USAGE)("refuses $summary", async ({ argv }) => {
    const ended = await basaltOn(HOST, "cves", "app:1", ...argv);
    expect([ended.code, ended.stdout]).toEqual([64, ""]);
    expect(ended.stderr).toMatch(/^error: USAGE: unknown [^\n]+; known: [^\n]+\n$/);
  });

  const ABSENT = [
    { image: "none:1", code: "MANIFEST_UNKNOWN" },
    { image: "UPPER", code: "REFERENCE_INVALID" },
    { image: "archive:///nonexistent.tar", code: "FILE_NOT_FOUND" },
    { image: "oci-dir:///nonexistent", code: "FILE_NOT_FOUND" },
    { image: "local://app:1", code: "ENGINE_UNAVAILABLE" },
  ];

  it.each(ABSENT)("says why $image cannot be scanned", async ({ image, code }) => {
    const ended = await basaltOn(HOST, "cves", image);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]+\\n$`));
  });

  it("does not call an image clean that nobody can assess", async () => {
    const host = testHost();
    await putImage(await testStore(host), "app", debianImage({ packages: PACKAGES }), ["1"]);
    const text = await basaltOn(host, "cves", "app:1");
    expect(text.stdout).toContain("? Nothing in the image could be assessed");
    const { stdout } = await basaltOn(host, "cves", "app:1", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ vulnerabilities: null, dataAsOf: null, findings: [] });
  });
});

describe("basalt cves --explain", () => {
  it("says how one was found", async () => {
    const { code, stdout } = await basaltOn(HOST, "cves", "app:1", "--explain", "CVE-2026-0001");
    expect(code).toBe(0);
    expect(stdout).toContain("zlib 1:1.3-1 is lower than 1:1.3-2, which fixes it in debian:13");
  });

  it("explains what does not count, too", async () => {
    const { stdout } = await basaltOn(HOST, "cves", "app:1", "--explain", "CVE-2026-0005");
    expect(stdout).toContain("rule kernel-headers");
  });

  it("says when there is nothing to explain", async () => {
    const { stdout } = await basaltOn(HOST, "cves", "app:1", "--explain", "CVE-1999-0001");
    expect(stdout).toBe("CVE-1999-0001 was not found in app:1\n");
  });

  it("with --json prints JSON and nothing else", async () => {
    const { stdout } = await basaltOn(HOST, "cves", "app:1", "--explain", "CVE-2026-0001", "--json");
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });
});
