// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { feedFiles, trackerText } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { sharedFolder } from "../../test/support/shared.js";
import { putImage, testStore } from "../../test/support/store.js";
import { openStore } from "../store/index.js";

const TRACKER = trackerText({
  bash: { "CVE-2026-0001": { trixie: { status: "open", urgency: "high" } } },
  zlib: { "CVE-2026-0002": { trixie: { status: "open", urgency: "low" } } },
});
const LABELS = { "io.basalt.name": "node", "org.opencontainers.image.version": "22.1.0" };

const HOME = sharedFolder();
const HOST = testHost({ home: HOME });

/** `node:22`, what it replaces, and an image that is the same as it. */
beforeAll(async () => {
  const store = await openStore(HOST);
  await putImage(store, "node", debianImage({ packages: ["zlib1g 1-1 zlib"], config: { Labels: LABELS } }), ["22"]);
  await putImage(store, "same", debianImage({ packages: ["zlib1g 1-1 zlib"] }), ["1"]);
  await putImage(store, "reference/node", debianImage({ packages: ["zlib1g 1-1 zlib", "bash 5-1"] }), ["22"]);
  await store.close();
  const [path = ""] = feedFiles({ "tracker.json": TRACKER }, HOME);
  await basaltOn(HOST, "db", "import", path, "--complete", "--as-of", "2026-11-01");
});

describe("basalt compare", () => {
  it("prints both images side by side", async () => {
    const { code, stdout, stderr } = await basaltOn(HOST, "compare", "node:22", "--to", "reference/node:22");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("## Overview");
    expect(stdout).toMatch(/vulnerabilities │ {5}0C {5}0H {5}0M {5}1L │ {5}0C {5}1H {5}0M {5}1L/);
    expect(stdout).toMatch(/^ {2}- bash/m);
  });

  it.each([["--json"], ["--format", "json"]])("prints one JSON document with %s %s", async (...flags) => {
    const { code, stdout, stderr } = await basaltOn(HOST, "compare", "node:22", "--to", "reference/node:22", ...flags);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      analyzed: { reference: "node:22", packages: 1, vulnerabilities: { high: 0, low: 1, suppressed: 0 } },
      comparison: { reference: "reference/node:22", packages: 2, vulnerabilities: { high: 1 } },
      packages: [
        { change: "removed", name: "bash" },
        { change: "unchanged", name: "zlib1g" },
      ],
    });
  });

  it("leaves out what is equal when asked to", async () => {
    const argv = ["compare", "node:22", "--to", "reference/node:22", "--json", "--ignore-unchanged"];
    const { stdout } = await basaltOn(HOST, ...argv);
    expect((JSON.parse(stdout) as { readonly packages: readonly object[] }).packages).toHaveLength(1);
  });

  it("prints Markdown", async () => {
    const argv = ["compare", "node:22", "--to", "reference/node:22", "--format", "markdown"];
    const { stdout } = await basaltOn(HOST, ...argv);
    expect(stdout).toMatch(/^## `node:22` compared with `reference\/node:22`\n/);
  });

  const EXITS = [
    { image: "node:22", to: "reference/node:22", on: "vulnerability", code: 0 },
    { image: "reference/node:22", to: "node:22", on: "vulnerability", code: 2 },
    { image: "node:22", to: "reference/node:22", on: "package", code: 2 },
    { image: "node:22", to: "same:1", on: "package", code: 0 },
    { image: "node:22", to: "same:1", on: "vulnerability,package", code: 0 },
    { image: "node:22", to: "reference/node:22", on: "vulnerability, package", code: 2 },
  ];

  it.each(EXITS)("ends with $code for $image against $to on $on", async ({ image, to, on, code }) => {
    expect((await basaltOn(HOST, "compare", image, "--to", to, "--exit-on", on)).code).toBe(code);
    expect((await basaltOn(HOST, "compare", image, "--to", to)).code).toBe(0);
  });

  const USAGE = [
    { summary: "an unknown condition", argv: ["--exit-on", "weather"] },
    { summary: "an unknown format", argv: ["--format", "sarif"] },
  ];

  it.each(USAGE)("refuses $summary", async ({ argv }) => {
    const ended = await basaltOn(HOST, "compare", "node:22", "--to", "same:1", ...argv);
    expect([ended.code, ended.stdout]).toEqual([64, ""]);
    expect(ended.stderr).toMatch(/^error: USAGE: unknown [^\n]+; known: [^\n]+\n$/);
  });

  it("says which of the two is not there", async () => {
    const ended = await basaltOn(HOST, "compare", "node:22", "--to", "none:1");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: MANIFEST_UNKNOWN: [^\n]*none:1/);
  });
});

describe("basalt quickview", () => {
  it("sets a hardened image against the ordinary one that it replaces", async () => {
    const { code, stdout, stderr } = await basaltOn(HOST, "quickview", "node:22");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ {2}Target +│ node:22 +│/m);
    expect(stdout).toMatch(/^ {2}Replaces +│ reference\/node:22 +│/m);
  });

  it("does without one that is not in the store", async () => {
    const host = testHost();
    const image = debianImage({ packages: ["zlib1g 1-1 zlib"], config: { Labels: LABELS } });
    await putImage(await testStore(host), "node", image, ["22"]);
    const { code, stdout } = await basaltOn(host, "qv", "node:22");
    expect(code).toBe(0);
    expect(stdout).not.toContain("Replaces");
  });

  it("does without one for an image that replaces nothing", async () => {
    const { stdout } = await basaltOn(HOST, "quickview", "same:1");
    expect(stdout).not.toContain("Replaces");
  });

  it("--json prints one document", async () => {
    const { stdout, stderr } = await basaltOn(HOST, "quickview", "node:22", "--json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      target: { reference: "node:22", vulnerabilities: { low: 1 }, dataAsOf: "2026-11-01T00:00:00.000Z" },
      replaces: { reference: "reference/node:22", vulnerabilities: { high: 1 } },
    });
  });

  it("refuses an unknown format", async () => {
    expect((await basaltOn(HOST, "quickview", "node:22", "--format", "markdown")).code).toBe(64);
  });

  it("refuses a platform that nobody builds for", async () => {
    const ended = await basaltOn(HOST, "quickview", "node:22", "--platform", "plan9/386");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: PLATFORM_UNKNOWN: /);
  });
});
