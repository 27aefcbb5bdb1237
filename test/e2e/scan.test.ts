// SPDX-License-Identifier: Apache-2.0
// What Basalt finds, against a count that shares nothing with it but the feeds: dpkg's own list and version order.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import semver from "semver";
import type { Server } from "./support/basalt.js";
import { DOCKER, FEEDS, HAS_FEEDS, must } from "./support/run.js";
import { shared } from "./support/shared.js";

interface Side {
  readonly reference: string;
  readonly digest: string;
  readonly vulnerabilities: Readonly<Record<"critical" | "high" | "medium" | "low" | "unspecified", number>> | null;
}

interface Release {
  readonly status: string;
  readonly fixed_version?: string;
  readonly urgency?: string;
}

type Tracker = Readonly<
  Record<string, Readonly<Record<string, { readonly releases: Readonly<Record<string, Release>> }>>>
>;

const basalt = shared();
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-scan-"));
  server = await basalt.serve();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Findings that count; unimportant and suppressed ones are counted apart. */
function total({ vulnerabilities }: Side): number {
  if (vulnerabilities === null) throw new Error("nothing was assessed");
  const { critical, high, medium, low, unspecified } = vulnerabilities;
  return critical + high + medium + low + unspecified;
}

/** `source version` of every installed package, as dpkg sees them; images without dpkg carry its fragments. */
async function sourcesOf(image: string): Promise<ReadonlySet<string>> {
  const format = "${source:Package} ${source:Version}\n";
  const root = await mkdtemp(join(folder, "root-"));
  const archive = join(root, "image.tar");
  const container = (await must(DOCKER, ["create", image, "none"])).trim();
  await must("sh", ["-c", `${DOCKER} export ${container} > ${archive}`]);
  await must(DOCKER, ["rm", container]);
  await must("tar", ["-C", root, "-xf", archive, "var/lib/dpkg/status"]);
  await must("mkdir", ["-p", join(root, "var/lib/dpkg/info")]);
  const output = await must("dpkg-query", [`--admindir=${join(root, "var/lib/dpkg")}`, "-W", "-f", format]);
  return new Set(output.trim().split("\n"));
}

/** Distinct vulnerability and source; unimportant ones, and the kernel's for headers, left out as decisions say. */
async function independentCount(sources: ReadonlySet<string>, release: string, nodeVersion: string): Promise<number> {
  const tracker = JSON.parse(
    gunzipSync(readFileSync(join(FEEDS, "debian-tracker.json.gz"))).toString("utf8"),
  ) as Tracker;
  const found = new Set<string>();
  const toCompare: string[] = [];
  for (const line of sources) {
    const [source = "", version = ""] = line.split(" ");
    if (source === "linux") continue;
    for (const [id, { releases }] of Object.entries(tracker[source] ?? {})) {
      const state = releases[release];
      if (state === undefined || state.urgency?.replace(/\*+$/, "") === "unimportant") continue;
      if (state.status === "open") found.add(`${id} ${source}`);
      const fixed = state.status === "resolved" ? (state.fixed_version ?? "0") : "0";
      if (fixed !== "0") toCompare.push(`${version} ${fixed} ${id} ${source}`);
    }
  }
  const script = 'while read -r a b c; do if dpkg --compare-versions "$a" lt "$b"; then echo "$c"; fi; done';
  const lower = await must("sh", ["-c", script], { input: `${toCompare.join("\n")}\n` });
  for (const line of lower.split("\n")) if (line !== "") found.add(line);
  const core = JSON.parse(readFileSync(join(FEEDS, "vuln-core-index.json"), "utf8")) as Readonly<
    Record<string, { readonly cve?: readonly string[]; readonly vulnerable: string; readonly patched?: string }>
  >;
  for (const [number, { cve = [number], vulnerable, patched = "" }] of Object.entries(core))
    if (semver.satisfies(nodeVersion, vulnerable) && (patched === "" || !semver.satisfies(nodeVersion, patched)))
      for (const id of cve) found.add(`${id} node`);
  return found.size;
}

describe.runIf(HAS_FEEDS)("with the feeds", () => {
  const images = [
    { summary: "the hardened image", image: "node:22", release: "trixie", atMost: 20 },
    { summary: "the ordinary image", image: "reference/node:22", release: "bookworm", atMost: 400 },
  ];
  it.each(images)("$summary has the findings of an independent count", async ({ image, release, atMost }) => {
    await must(DOCKER, ["pull", "-q", `${server.host}/${image}`]);
    const nodeVersion = (await must(DOCKER, ["run", "--rm", `${server.host}/${image}`, "node", "--version"])).trim();
    const expected = await independentCount(await sourcesOf(`${server.host}/${image}`), release, nodeVersion);
    const side = await basalt.json<Side>(["cves", image, "--format", "json"]);
    expect(total(side)).toBe(expected);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(atMost);
  });

  it("the demo printed these numbers", async () => {
    const output = inject("demoOutput");
    for (const { image } of images) {
      const side = await basalt.json<Side>(["cves", image, "--format", "json"]);
      const { critical, high, medium, low } = side.vulnerabilities ?? { critical: -1, high: -1, medium: -1, low: -1 };
      expect(output).toMatch(new RegExp(`${critical}C\\s+${high}H\\s+${medium}M\\s+${low}L`));
    }
    expect(output).toContain("not assessed");
  });
});

describe("an image is the same wherever it lies", () => {
  let sources: readonly string[];

  beforeAll(async () => {
    const remote = `docker://${server.host}/node:22`;
    await must("skopeo", [
      "copy",
      "-q",
      "--src-tls-verify=false",
      remote,
      `oci-archive:${join(folder, "oci.tar")}:node:22`,
    ]);
    await must(DOCKER, ["pull", "-q", `${server.host}/node:22`]);
    await must(DOCKER, ["save", "-o", join(folder, "docker.tar"), `${server.host}/node:22`]);
    await must("skopeo", ["copy", "-q", "--src-tls-verify=false", remote, `oci:${join(folder, "layout")}:22`]);
    sources = [
      "node:22",
      `registry://${server.host}/node:22`,
      `archive://${join(folder, "oci.tar")}`,
      `archive://${join(folder, "docker.tar")}`,
      `oci-dir://${join(folder, "layout")}`,
      `local://${server.host}/node:22`,
    ];
  });

  it("compare finds no difference between them", async () => {
    const [first = "", ...others] = sources;
    for (const other of others) {
      const compared = await basalt.json<{
        readonly analyzed: Side;
        readonly comparison: Side;
        readonly packages: readonly { readonly change: string }[];
      }>(["compare", other, "--to", first, "--format", "json"]);
      expect(compared.analyzed.vulnerabilities, other).toEqual(compared.comparison.vulnerabilities);
      expect(new Set(compared.packages.map(({ change }) => change)), other).toEqual(new Set(["unchanged"]));
    }
  });

  it("quickview and compare print their tables for each", async () => {
    for (const source of sources) {
      expect(await basalt.must(["quickview", source]), source).toContain("Target");
      const table = await basalt.must(["compare", source, "--to", "reference/node:22"]);
      expect(table, source).toContain("Analyzed Image");
      expect(table, source).toContain("reference/node:22");
    }
  });

  it("without data the answer is unknown, never zero", async () => {
    const empty = { env: { BASALT_HOME: join(folder, "empty") } };
    const output = await basalt.must(["quickview", `archive://${join(folder, "oci.tar")}`], empty);
    expect(output).toMatch(/unknown|\?/);
    expect(output).not.toMatch(/0C\s+0H/);
  });
});
