// SPDX-License-Identifier: Apache-2.0
import MarkdownIt from "markdown-it";
import { describe, expect, it } from "vitest";
import { advisoriesOf, kevText, trackerText } from "../../../test/support/feed-files.js";
import { deb, debianInventory, nodejs, npm, scanOf } from "../../../test/support/scans.js";
import type { Advisories } from "../../advisories/index.js";
import { compareScans, type Comparison } from "../compare.js";
import {
  formatCompare,
  formatCompareMarkdown,
  formatCompareOverview,
  PLAIN,
  toCompareJson,
  toSide,
} from "./compare.js";

const ALL = { ignoreUnchanged: false };
const rated = (urgency: string): Readonly<Record<string, { status: string; urgency: string }>> => ({
  trixie: { status: "open", urgency },
});
const TRACKER = trackerText({
  zlib: { "CVE-1": rated("low"), "CVE-2": rated("unimportant") },
  bash: { "CVE-3": rated("high"), "CVE-4": rated("medium") },
  glibc: { "CVE-5": { trixie: { status: "resolved", fixed_version: "2.41-13", urgency: "high" } } },
});

function sides(advisories: Advisories): Comparison {
  const zlib = deb("zlib1g", "1:1.3-1", { source: "zlib" });
  const analyzed = scanOf(
    debianInventory(zlib, deb("libc6", "2.41-13", { source: "glibc" }), deb("tzdata", "2026a-1"), npm("npm", "11.0.0")),
    advisories,
    {
      reference: "node:22-debian13",
      sizeBytes: 41_300_000,
      config: { User: "65532", Env: ["PATH=/usr/bin", "NODE_ENV=production"], Labels: { "io.basalt.shell": "" } },
    },
  );
  const comparison = scanOf(
    debianInventory(
      zlib,
      deb("libc6", "2.41-12", { source: "glibc" }),
      deb("bash", "5.2-1"),
      deb("tzdata", "2026b-1"),
      npm("npm", "11.0.0"),
    ),
    advisories,
    { reference: "reference/node:22", sizeBytes: 408_000_000, config: { Env: ["PATH=/usr/bin:/bin"] } },
  );
  return compareScans(analyzed, comparison);
}

async function compared(): Promise<Comparison> {
  return sides(await advisoriesOf([TRACKER]));
}

describe("two images side by side", () => {
  it("have an overview, settings that differ, and packages", async () => {
    expect(formatCompare(await compared(), ALL, PLAIN)).toMatchInlineSnapshot(`
      "
        ## Overview

                          │       Analyzed Image        │      Comparison Image
        ──────────────────┼─────────────────────────────┼────────────────────────────
        Target            │ node:22-debian13            │ reference/node:22
          digest          │ bfeb89c54cbd                │ eb8d2e48820b
          platform        │ linux/amd64                 │ linux/amd64
          vulnerabilities │     0C     0H     0M     1L │     0C     2H     1M     1L
                          │            -2     -1        │
          size            │ 41 MB (-367 MB)             │ 408 MB
          packages        │ 4 (-1)                      │ 5
          user            │ 65532                       │

        i node:22-debian13: counted apart: 1 that the distribution calls unimportant
        i node:22-debian13: 1 Debian source package (tzdata) not assessed: the debian-tracker feed does not cover them for debian:13
        i node:22-debian13: 1 npm package (npm) not assessed: not assessed by this version of Basalt
        i reference/node:22: counted apart: 1 that the distribution calls unimportant
        i reference/node:22: 1 Debian source package (tzdata) not assessed: the debian-tracker feed does not cover them for debian:13
        i reference/node:22: 1 npm package (npm) not assessed: not assessed by this version of Basalt
        i advisory data as of 2026-11-01

        ## Environment Variables

        + NODE_ENV=production
        - PATH=/usr/bin:/bin
        + PATH=/usr/bin

        ## Labels

        + io.basalt.shell=

        ## Packages and Vulnerabilities

          Package │ Type │ Version │ Comparison │       Vulnerabilities
        ──────────┼──────┼─────────┼────────────┼────────────────────────────
        - bash    │ deb  │         │ 5.2-1      │     0C     1H     1M     0L
        ↑ libc6   │ deb  │ 2.41-13 │ 2.41-12    │     0C     0H     0M     0L
          npm     │ npm  │ 11.0.0  │ 11.0.0     │
        ↓ tzdata  │ deb  │ 2026a-1 │ 2026b-1    │
          zlib1g  │ deb  │ 1:1.3-1 │ 1:1.3-1    │     0C     0H     0M     1L
      "
    `);
  });

  it("leave out packages that are equal when asked to", async () => {
    const text = formatCompare(await compared(), { ignoreUnchanged: true }, PLAIN);
    expect(text).not.toContain("zlib1g");
    expect(text).toContain("↑ libc6");
    expect(text).toContain("↓ tzdata");
    expect(text).toContain("- bash");
  });

  it("without any difference have no list of packages when equal ones are left out", async () => {
    const { analyzed } = await compared();
    const text = formatCompare(compareScans(analyzed, analyzed), { ignoreUnchanged: true }, PLAIN);
    expect(text).not.toContain("## Packages");
    expect(text).not.toContain("## Environment");
  });

  it("say unknown where nobody knows", async () => {
    const text = formatCompareOverview(sides(await advisoriesOf([kevText(["CVE-1"])])), PLAIN);
    expect(text).toMatch(/vulnerabilities │ unknown +│ unknown/);
    expect(text).not.toMatch(/\b0C/);
  });

  it("show who runs them", async () => {
    expect(formatCompareOverview(await compared(), PLAIN)).toMatch(/ {2}user +│ 65532 +│$/m);
  });
});

describe("as Markdown", () => {
  it("is a table with the packages folded away", async () => {
    const text = formatCompareMarkdown(await compared(), { ignoreUnchanged: true });
    expect(
      text
        .split("\n")
        .filter((line) => !/not assessed|counted apart|advisory data/.test(line))
        .join("\n"),
    ).toMatchInlineSnapshot(`
      "## \`node:22-debian13\` compared with \`reference/node:22\`

      | | Analyzed image | Comparison image |
      |---|---|---|
      | Digest | \`bfeb89c54cbd\` | \`eb8d2e48820b\` |
      | Platform | linux/amd64 | linux/amd64 |
      | Vulnerabilities | 0C     0H     0M     1L | 0C     2H     1M     1L |
      | Size | 41 MB | 408 MB |
      | Packages | 4 | 5 |


      <details><summary>3 packages</summary>

      | | Package | Analyzed | Comparison |
      |---|---|---|---|
      | - | bash |  | 5.2-1 |
      | ↑ | libc6 | 2.41-13 | 2.41-12 |
      | ↓ | tzdata | 2026a-1 | 2026b-1 |

      </details>
      "
    `);
  });
});

it("as Markdown, each note is a line of its own", async () => {
  const html = new MarkdownIt().render(formatCompareMarkdown(await compared(), { ignoreUnchanged: true }));
  const paragraphs = [...html.matchAll(/<(p|li)>(.*?)<\/\1>/gs)].map((match) => match[2] ?? "");
  const notes = paragraphs.filter((text) => text.includes("not assessed"));
  expect(notes).toHaveLength(4);
});

describe("as JSON", () => {
  const SIDE_KEYS = ["reference", "digest", "platform", "sizeBytes", "packages", "vulnerabilities", "dataAsOf"];
  const COUNT_KEYS = ["critical", "high", "medium", "low", "unspecified", "suppressed"];

  it("has the keys that scripts rely on", async () => {
    const json = toCompareJson(await compared(), ALL) as Readonly<Record<string, Readonly<Record<string, object>>>>;
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["analyzed", "comparison", "packages"]));
    for (const side of [json["analyzed"], json["comparison"]]) {
      expect(Object.keys(side ?? {})).toEqual(expect.arrayContaining(SIDE_KEYS));
      expect(Object.keys(side?.["vulnerabilities"] ?? {})).toEqual(expect.arrayContaining(COUNT_KEYS));
    }
  });

  it("has no keys that nobody has described: a new one belongs into cli.md, too", async () => {
    const json = toCompareJson(await compared(), ALL) as Readonly<Record<string, object>>;
    const more = { document: ["environment", "labels"], side: ["coverage"], counts: ["unimportant"] };
    expect(Object.keys(json).toSorted()).toEqual(["analyzed", "comparison", "packages", ...more.document].toSorted());
    const side = json["analyzed"] as Readonly<Record<string, object>>;
    expect(Object.keys(side).toSorted()).toEqual([...SIDE_KEYS, ...more.side].toSorted());
    expect(Object.keys(side["vulnerabilities"] ?? {}).toSorted()).toEqual([...COUNT_KEYS, ...more.counts].toSorted());
  });

  it("carries the figures of both sides and what became of each package", async () => {
    const json = toCompareJson(await compared(), { ignoreUnchanged: true });
    expect(json).toMatchObject({
      analyzed: {
        reference: "node:22-debian13",
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
        platform: "linux/amd64",
        sizeBytes: 41_300_000,
        packages: 4,
        vulnerabilities: { critical: 0, high: 0, medium: 0, low: 1, unspecified: 0, suppressed: 0, unimportant: 1 },
        dataAsOf: "2026-11-01T00:00:00.000Z",
      },
      comparison: { packages: 5, vulnerabilities: { high: 2, medium: 1, low: 1 } },
      packages: [
        { change: "removed", kind: "deb", name: "bash", comparisonVersion: "5.2-1" },
        { change: "upgraded", kind: "deb", name: "libc6", version: "2.41-13", comparisonVersion: "2.41-12" },
        { change: "downgraded", kind: "deb", name: "tzdata", version: "2026a-1", comparisonVersion: "2026b-1" },
      ],
    });
  });

  it("says null, not zero, where nobody knows, and why", async () => {
    const { analyzed } = sides(await advisoriesOf([kevText(["CVE-1"])]));
    const side = JSON.parse(JSON.stringify(toSide(analyzed))) as Readonly<Record<string, unknown>>;
    expect(side).toMatchObject({ vulnerabilities: null, dataAsOf: null, coverage: { assessedPackages: 0 } });
  });

  it("says what of a side was not assessed", async () => {
    const scan = scanOf(debianInventory(deb("bash", "5-1"), nodejs("22.1.0")), await advisoriesOf([TRACKER]));
    expect(toSide(scan)).toMatchObject({
      coverage: {
        assessedPackages: 1,
        unknown: [{ kind: "nodejs", names: ["node"], why: "no data: import or update the nodejs-core feed" }],
      },
    });
  });
});
