// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, kevText, nodejsText, trackerText } from "../../../test/support/feed-files.js";
import { deb, debianInventory, nodejs, npm, scanOf } from "../../../test/support/scans.js";
import type { Advisories } from "../../advisories/index.js";
import type { ImageScan } from "../scan-image.js";
import { PLAIN } from "./compare.js";
import { formatQuickview, notes } from "./quickview.js";

const rated = (urgency: string): Readonly<Record<string, { status: string; urgency: string }>> => ({
  trixie: { status: "open", urgency },
});
const TRACKER = trackerText({
  zlib: { "CVE-1": rated("high"), "CVE-2": rated("medium"), "CVE-3": rated("low"), "CVE-4": rated("unimportant") },
  bash: { "CVE-5": rated("not yet assigned"), "CVE-6": rated("low"), "CVE-7": rated("medium") },
  linux: { "CVE-8": rated("high") },
});
const NODEJS = nodejsText([{ cve: ["CVE-9"], vulnerable: "20.x", patched: "^20.9.1", severity: "high" }]);
const ZLIB = deb("zlib1g", "1-1", { source: "zlib" });

function hardened(advisories: Advisories): ImageScan {
  const facts = { reference: "node:22-debian13", sizeBytes: 41_300_000 };
  return scanOf(debianInventory(ZLIB, nodejs("22.1.0"), npm("npm", "11.0.0")), advisories, facts);
}

function ordinary(advisories: Advisories): ImageScan {
  const headers = deb("linux-libc-dev", "6.12-1", { source: "linux" });
  const facts = { reference: "reference/node:22", sizeBytes: 408_000_000 };
  return scanOf(debianInventory(ZLIB, deb("bash", "5-1"), headers, nodejs("22.1.0")), advisories, facts);
}

describe("the overview of an image", () => {
  it("stands on one screen", async () => {
    const advisories = await advisoriesOf([TRACKER, NODEJS]);
    expect(formatQuickview(hardened(advisories), [], PLAIN)).toMatchInlineSnapshot(`
      "
        Target     │ node:22-debian13 │     0C     1H     1M     1L
          digest   │ bfeb89c54cbd     │
          platform │ linux/amd64      │
          size     │ 41 MB            │
          packages │ 3                │

        i counted apart: 1 that the distribution calls unimportant
        i 1 npm package (npm) not assessed: not assessed by this version of Basalt
        i advisory data as of 2026-11-01
      "
    `);
  });

  it("is set against what it replaces, with what the other has more or less", async () => {
    const advisories = await advisoriesOf([TRACKER, NODEJS]);
    const comparands = [{ heading: "Replaces", scan: ordinary(advisories) }];
    expect(formatQuickview(hardened(advisories), comparands, PLAIN)).toMatchInlineSnapshot(`
      "
        Target     │ node:22-debian13   │     0C     1H     1M     1L
          digest   │ bfeb89c54cbd       │
          platform │ linux/amd64        │
          size     │ 41 MB              │
          packages │ 3                  │
        Replaces   │ reference/node:22  │     0C     1H     2M     2L     1?
                   │ 408 MB, 4 packages │                   +1     +1     +1

        i counted apart: 1 that the distribution calls unimportant
        i 1 npm package (npm) not assessed: not assessed by this version of Basalt
        i advisory data as of 2026-11-01
      "
    `);
  });

  it("says unknown, not zero, where nobody knows", async () => {
    const scan = scanOf(debianInventory(ZLIB), await advisoriesOf([kevText(["CVE-1"])]));
    expect(formatQuickview(scan, [], PLAIN)).toMatchInlineSnapshot(`
      "
        Target     │ app:1        │ unknown
          digest   │ 2b78726859e7 │
          platform │ linux/amd64  │
          size     │ 41 MB        │
          packages │ 1            │

        i 1 Debian source package (zlib) not assessed: no data: import or update the debian-tracker feed
        i no advisory data took part: run basalt db update, or basalt db import PATH
      "
    `);
  });

  it("fits into 100 columns", async () => {
    const advisories = await advisoriesOf([TRACKER, NODEJS]);
    const text = formatQuickview(hardened(advisories), [{ heading: "Replaces", scan: ordinary(advisories) }], PLAIN);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe("the notes below", () => {
  it("name what the counts do not say", async () => {
    const scan = ordinary(await advisoriesOf([TRACKER]));
    expect(notes(scan)).toBe(
      [
        "  i counted apart: 1 that the distribution calls unimportant, 1 suppressed\n",
        "  i 1 Node.js program (node) not assessed: no data: import or update the nodejs-core feed\n",
        "  i advisory data as of 2026-11-01\n",
      ].join(""),
    );
  });

  it("say when nothing is known against what was assessed", async () => {
    const scan = scanOf(debianInventory(nodejs("22.1.0")), await advisoriesOf([NODEJS]));
    expect(notes(scan)).toBe("  i no known vulnerability in what was assessed\n  i advisory data as of 2026-11-01\n");
  });

  it("never say so where nothing was assessed", async () => {
    const scan = scanOf(debianInventory(npm("a", "1.0.0")), await advisoriesOf([NODEJS]));
    expect(notes(scan)).toBe(
      [
        "  i 1 npm package (a) not assessed: not assessed by this version of Basalt\n",
        "  i no advisory data took part: run basalt db update, or basalt db import PATH\n",
      ].join(""),
    );
  });
});
