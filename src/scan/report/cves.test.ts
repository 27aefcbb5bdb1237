// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, cvssText, kevText, trackerText, VECTORS } from "../../../test/support/feed-files.js";
import { deb, debianInventory, scanOf } from "../../../test/support/scans.js";
import type { InventoryPackage } from "../../inventory/index.js";
import { isCounted } from "../counts.js";
import type { ImageScan } from "../scan-image.js";
import { PLAIN } from "./compare.js";
import { explainFinding, formatCves } from "./cves.js";

const FEEDS = [
  trackerText({
    zlib: {
      "CVE-2026-0001": { trixie: { status: "resolved", fixed_version: "1:1.3-2" } },
      "CVE-2026-0002": { trixie: { status: "open", urgency: "low", nodsa: "Minor issue" } },
      "CVE-2026-0003": { trixie: { status: "open", urgency: "unimportant" } },
    },
    bash: { "CVE-2026-0004": { trixie: { status: "open", urgency: "low" } } },
    linux: { "CVE-2026-0005": { trixie: { status: "open", urgency: "high" } } },
  }),
  cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.critical } }),
  kevText(["CVE-2026-0001"]),
];
const ZLIB = [deb("zlib1g", "1:1.3-1", { source: "zlib" }), deb("zlib1g-dev", "1:1.3-1", { source: "zlib" })];
const BASH = deb("bash", "5.2-1");
const HEADERS = deb("linux-libc-dev", "6.12-1", { source: "linux" });

async function scan(...packages: readonly InventoryPackage[]): Promise<ImageScan> {
  return scanOf(debianInventory(...packages), await advisoriesOf(FEEDS, { isComplete: true }));
}

function counted({ result }: ImageScan): ImageScan["result"]["findings"] {
  return result.findings.filter(isCounted);
}

describe("the list of findings", () => {
  it("goes by package, the worst first", async () => {
    const found = await scan(...ZLIB, BASH);
    expect(formatCves(found, counted(found), PLAIN)).toMatchInlineSnapshot(`
      "    ✗ Detected 2 vulnerable packages with a total of 3 vulnerabilities

      ## Overview

                          │       Analyzed Image
        ──────────────────┼────────────────────────────
        Target            │ app:1
          digest          │ 2b78726859e7
          platform        │ linux/amd64
          vulnerabilities │     1C     0H     0M     2L
          size            │ 41 MB
          packages        │ 3
        i counted apart: 1 that the distribution calls unimportant
        i advisory data as of 2026-11-01

      ## Packages and Vulnerabilities

          1C     0H     0M     1L  zlib 1:1.3-1
      pkg:deb/debian/zlib1g@1:1.3-1?arch=amd64&distro=debian-13&upstream=zlib

          ✗ CRITICAL CVE-2026-0001 [known to be exploited]
            title of CVE-2026-0001
            Affected range : <1:1.3-2
            Fixed version  : 1:1.3-2
            CVSS Score     : 9.8 (nvd)
            CVSS Vector    : CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H

          ✗ LOW CVE-2026-0002
            Affected range : >=0
            Fixed version  : not fixed

          0C     0H     0M     1L  bash 5.2-1
      pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-13

          ✗ LOW CVE-2026-0004
            Affected range : >=0
            Fixed version  : not fixed

      3 vulnerabilities found in 2 packages
        CRITICAL    1
        HIGH        0
        MEDIUM      0
        LOW         2
      "
    `);
  });

  it("shows what does not count when asked to, marked as such", async () => {
    const found = await scan(...ZLIB, HEADERS);
    expect(formatCves(found, found.result.findings, PLAIN)).toMatchInlineSnapshot(`
      "    ✗ Detected 1 vulnerable package with a total of 2 vulnerabilities

      ## Overview

                          │       Analyzed Image
        ──────────────────┼────────────────────────────
        Target            │ app:1
          digest          │ 2b78726859e7
          platform        │ linux/amd64
          vulnerabilities │     1C     0H     0M     1L
          size            │ 41 MB
          packages        │ 3
        i counted apart: 1 that the distribution calls unimportant, 1 suppressed
        i advisory data as of 2026-11-01

      ## Packages and Vulnerabilities

          1C     0H     0M     1L  zlib 1:1.3-1
      pkg:deb/debian/zlib1g@1:1.3-1?arch=amd64&distro=debian-13&upstream=zlib

          ✗ CRITICAL CVE-2026-0001 [known to be exploited]
            title of CVE-2026-0001
            Affected range : <1:1.3-2
            Fixed version  : 1:1.3-2
            CVSS Score     : 9.8 (nvd)
            CVSS Vector    : CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H

          ✗ LOW CVE-2026-0002
            Affected range : >=0
            Fixed version  : not fixed

          ✗ UNSPECIFIED CVE-2026-0003 [unimportant]
            Affected range : >=0
            Fixed version  : not fixed

          0C     0H     0M     0L  linux 6.12-1
      pkg:deb/debian/linux-libc-dev@6.12-1?arch=amd64&distro=debian-13&upstream=linux

          - HIGH CVE-2026-0005
            Affected range : >=0
            Fixed version  : not fixed
            Suppressed     : rule kernel-headers: the image has kernel headers only; a container runs on its host's kernel

      2 vulnerabilities found in 1 package
        CRITICAL    1
        HIGH        0
        MEDIUM      0
        LOW         1
      "
    `);
  });

  it("is short when there is nothing to list", async () => {
    const found = await scan(deb("coreutils", "9-1"));
    expect(formatCves(found, [], PLAIN)).toMatchInlineSnapshot(`
      "    ✓ No vulnerable package detected

      ## Overview

                          │       Analyzed Image
        ──────────────────┼────────────────────────────
        Target            │ app:1
          digest          │ 2b78726859e7
          platform        │ linux/amd64
          vulnerabilities │     0C     0H     0M     0L
          size            │ 41 MB
          packages        │ 1
        i no known vulnerability in what was assessed
        i advisory data as of 2026-11-01
      "
    `);
  });

  it("does not call an image clean that nobody could assess", async () => {
    const found = scanOf(debianInventory(BASH), await advisoriesOf([kevText(["CVE-1"])]));
    const text = formatCves(found, [], PLAIN);
    expect(text).toContain("? Nothing in the image could be assessed");
    expect(text).not.toContain("✓");
    expect(text).toMatch(/vulnerabilities │ unknown/);
  });

  it("counts only packages that have a vulnerability that counts", async () => {
    const found = await scan(BASH, HEADERS);
    const text = formatCves(found, found.result.findings, PLAIN);
    expect(text).toContain("✗ Detected 1 vulnerable package with a total of 1 vulnerability\n");
    expect(text).toContain("1 vulnerability found in 1 package\n");
  });

  it("a filtered list says what it lists, not what the image has", async () => {
    const found = await scan(...ZLIB, BASH);
    const low = counted(found).filter((finding) => finding.severity === "low");
    const text = formatCves(found, low, PLAIN);
    expect(text).toContain("✗ Detected 2 vulnerable packages with a total of 2 vulnerabilities\n");
    expect(text).toMatch(/vulnerabilities │ {5}1C {5}0H {5}0M {5}2L/);
  });
});

describe("how one was found", () => {
  it("names every step", async () => {
    const [finding] = (await scan(...ZLIB)).result.findings;
    expect(finding === undefined ? "" : explainFinding(finding)).toMatchInlineSnapshot(`
      "CVE-2026-0001 in zlib 1:1.3-1
        title of CVE-2026-0001
        installed as   : zlib1g 1:1.3-1, zlib1g-dev 1:1.3-1
        rule           : zlib 1:1.3-1 is lower than 1:1.3-2, which fixes it in debian:13
        advisory       : Debian security tracker, as of 2026-11-01
        severity       : critical, 9.8 by nvd: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
        fixed version  : 1:1.3-2
        exploited      : yes, it is in CISA's catalogue
      "
    `);
  });

  it("says why it does not count", async () => {
    const findings = (await scan(...ZLIB, HEADERS)).result.findings.filter((finding) => !isCounted(finding));
    expect(findings.map(explainFinding).join("")).toMatchInlineSnapshot(`
      "CVE-2026-0005 in linux 6.12-1
        installed as   : linux-libc-dev 6.12-1
        rule           : linux 6.12-1: open in debian:13
        advisory       : Debian security tracker, as of 2026-11-01
        severity       : high
        fixed version  : not fixed
        counted        : no, by rule kernel-headers: the image has kernel headers only; a container runs on its host's kernel
      CVE-2026-0003 in zlib 1:1.3-1
        installed as   : zlib1g 1:1.3-1, zlib1g-dev 1:1.3-1
        rule           : zlib 1:1.3-1: open in debian:13
        advisory       : Debian security tracker, as of 2026-11-01
        severity       : unspecified
        fixed version  : not fixed
        counted        : apart, the distribution calls it unimportant
      "
    `);
  });
});
