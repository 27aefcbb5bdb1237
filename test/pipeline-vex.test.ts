// SPDX-License-Identifier: Apache-2.0
// From what people and distributions state about vulnerabilities to what scanners make of an image, wherever it went.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VexDocument } from "../src/formats/openvex.js";
import type { Digest } from "../src/formats/digest.js";
import type { Host } from "../src/host/host.js";
import { loadDefinition } from "../src/definition/index.js";
import { build } from "../src/pipeline.js";
import { openSigner } from "../src/sign/index.js";
import { vexFileOf } from "../src/vex/index.js";
import { basaltOn } from "./support/commands.js";
import { advisoriesOf, trackerText } from "./support/feed-files.js";
import { definitionText } from "./support/definitions.js";
import { hostFor, PARTS, withStore, world, type World } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

const TRACKER = trackerText({
  toolset: {
    "CVE-2026-1": { trixie: { status: "open", urgency: "high" } },
    "CVE-2026-2": { trixie: { status: "open", urgency: "medium" } },
    "CVE-2026-3": { trixie: { status: "open", urgency: "unimportant", nodsa: "Minor issue", as_of: "2026-10-02" } },
    "CVE-2026-4": { trixie: { status: "resolved", fixed_version: "0" } },
    "CVE-2026-5": { trixie: { status: "resolved", fixed_version: "1.0" } },
  },
});
interface Built {
  readonly here: World;
  readonly host: Host;
  /** Of the index. */
  readonly digest: Digest;
}

/** What is looked at by itself. */
const NO_MORE = { products: [], timestamp: "" };
const WHY = ["--status", "not_affected", "--justification", "vulnerable_code_not_in_execute_path"];

/** A world whose definition is a file. */
async function newWorld(): Promise<World> {
  const { mirror } = await world();
  const file = join(temporaryFolder(), "test.yaml");
  writeFileSync(file, definitionText(PARTS));
  return { mirror, definition: await loadDefinition(file) };
}

async function built(options: { readonly file?: boolean } = {}): Promise<Built> {
  const here = await newWorld();
  const host = hostFor(here, { env: { BASALT_MIRRORS: "mirror.test/team" } });
  await advisoriesOf([TRACKER], { host });
  if (options.file === true) {
    const { file } = here.definition;
    const argv = ["vex", "add", file, "--cve", "CVE-2026-1", "--package", "toolset", ...WHY, "--author", "Ann"];
    const { code, stdout, stderr } = await basaltOn(host, ...argv);
    expect([code, stdout], stderr).toEqual([
      0,
      `${vexFileOf(file)}: CVE-2026-1 in pkg:deb/debian/toolset: not affected\n`,
    ]);
  }
  return { here, host, digest: await buildOn(host, here) };
}

async function buildOn(host: Host, { definition }: World): Promise<Digest> {
  const signer = await openSigner(host);
  const options = { builderId: "urn:test", version: "0.9.0", onEvent: () => undefined, registries: ["reg.test:5050"] };
  return (await withStore(host, (store) => build(definition, options, { host, store, signer }))).digest;
}

async function vexOf(host: Host, ...flags: readonly string[]): Promise<VexDocument> {
  const { code, stdout, stderr } = await basaltOn(host, "vex", "get", "test:2", ...flags);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as VexDocument;
}

/** What counts, and what does not. */
async function scanned(
  host: Host,
  image: string,
  ...flags: readonly string[]
): Promise<{ readonly counted: readonly string[]; readonly suppressed: readonly string[] }> {
  const { code, stdout, stderr } = await basaltOn(host, "cves", image, "--json", "--show-suppressed", ...flags);
  expect(code, stderr).toBe(0);
  interface Found {
    readonly vulnerability: string;
    readonly isUnimportant: boolean;
    readonly suppression?: { readonly by: string; readonly reason: string };
  }
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] };
  return {
    counted: findings.flatMap(({ vulnerability, isUnimportant, suppression }) =>
      isUnimportant || suppression !== undefined ? [] : [vulnerability],
    ),
    suppressed: findings.flatMap(({ vulnerability, suppression }) =>
      suppression === undefined ? [] : [`${vulnerability} ${suppression.by}`],
    ),
  };
}

/** A file that is gone states nothing: the next build takes back what it said. */
async function takenBack(host: Host, here: World): Promise<void> {
  const file = vexFileOf(here.definition.file);
  expect(existsSync(file)).toBe(true);
  writeFileSync(file, readFileSync(file, "utf8").replace("CVE-2026-1", "CVE-2026-999"));
  await buildOn(host, here);
  const after = await vexOf(host);
  expect(after.statements.map(({ vulnerability }) => vulnerability.name)).toEqual([
    "CVE-2026-3",
    "CVE-2026-4",
    "CVE-2026-999",
  ]);
  expect((await scanned(host, "test:2")).counted).toEqual(["CVE-2026-1", "CVE-2026-2"]);
}

describe("what is stated beside a definition", () => {
  it("is published with the image, under the names that tools know it by, with what the distribution says", async () => {
    const { host, here, digest } = await built({ file: true });
    const document = await vexOf(host, "--platform", "linux/amd64");
    expect(document).toMatchObject({ "@context": "https://openvex.dev/ns/v0.2.0", author: "urn:test", version: 1 });
    expect(document.statements.map((statement) => ({ ...statement, products: [], timestamp: "" }))).toEqual([
      {
        ...NO_MORE,
        vulnerability: { name: "CVE-2026-1" },
        status: "not_affected",
        justification: "vulnerable_code_not_in_execute_path",
        status_notes: "stated by Ann",
      },
      {
        ...NO_MORE,
        vulnerability: { name: "CVE-2026-3" },
        status: "not_affected",
        impact_statement: expect.stringMatching(/^Debian security tracker: unimportant for toolset/) as string,
      },
      {
        ...NO_MORE,
        vulnerability: { name: "CVE-2026-4" },
        status: "not_affected",
        justification: "vulnerable_code_not_present",
        status_notes: "Debian security tracker: toolset is not affected",
      },
    ]);
    const names = document.statements[0]?.products.flatMap((product) => product["@id"] ?? []) ?? [];
    expect(names.filter((name) => !name.includes("@sha256:"))).toEqual([
      "pkg:docker/test",
      "pkg:deb/debian/toolset@2.0",
      "pkg:deb/debian/tool@2.0-1",
    ]);
    expect(names).toContain(`pkg:oci/test@${digest}`);
    expect(names).toContain(`pkg:oci/test@${digest}?repository_url=reg.test%3A5050%2Ftest`);
    expect(document.statements[0]?.products).toContainEqual({
      hashes: { "sha-256": digest.slice("sha256:".length) },
      subcomponents: expect.any(Array) as object,
    });
    expect(document.statements[0]?.products[0]?.subcomponents).toEqual([
      { "@id": "pkg:deb/debian/toolset@2.0" },
      { "@id": "pkg:deb/debian/tool@2.0-1" },
    ]);
    expect(document.statements.map(({ timestamp }) => timestamp)).toEqual([
      "2026-11-20T12:00:00.000Z",
      "2026-10-02T00:00:00.000Z",
      "2026-10-02T00:00:00.000Z",
    ]);
    expect(await scanned(host, "test:2")).toEqual({
      counted: ["CVE-2026-2"],
      suppressed: ["CVE-2026-1 VEX, published with the image: not affected"],
    });
    expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
    const text = await basaltOn(host, "cves", "test:2", "--explain", "CVE-2026-1");
    expect(text.stdout).toContain("vulnerable code not in execute path; stated by Ann");
    await takenBack(host, here);
  });

  it("goes with the image to where its evidence goes, and counts there if its key is trusted", async () => {
    const { host } = await built({ file: true });
    const layout = join(temporaryFolder(), "copy");
    expect((await basaltOn(host, "copy", "--referrers", "test:2", `oci-dir://${layout}`)).code).toBe(0);
    const key = join(host.home.keys, "cosign.pub");
    const elsewhere = hostFor(await newWorld());
    await advisoriesOf([TRACKER], { host: elsewhere });
    const image = `oci-dir://${layout}`;
    const all = { counted: ["CVE-2026-1", "CVE-2026-2"], suppressed: [] };
    expect(await scanned(elsewhere, image)).toEqual(all);
    expect(await scanned(elsewhere, image, "--key", key)).toEqual({
      counted: ["CVE-2026-2"],
      suppressed: ["CVE-2026-1 VEX, attested: not affected"],
    });
    const file = join(temporaryFolder(), "vex.json");
    writeFileSync(file, JSON.stringify(await vexOf(host)));
    expect((await scanned(elsewhere, image, "--vex", file)).suppressed).toEqual([
      `CVE-2026-1 VEX, ${file}: not affected`,
    ]);
    expect((await basaltOn(elsewhere, "vex", "get", image)).stderr).toContain("EVIDENCE_MISSING");
    expect((await basaltOn(elsewhere, "vex", "get", image, "--key", key)).code).toBe(0);
  });

  it("is refused when it is no OpenVEX, before anything is published", async () => {
    const here = await newWorld();
    const host = hostFor(here);
    writeFileSync(vexFileOf(here.definition.file), "{}");
    await expect(buildOn(host, here)).rejects.toMatchObject({ code: "VEX_INVALID" });
    expect((await basaltOn(host, "attest", "list", "test:2")).code).toBe(1);
  });
});

describe("what is stated about an image of the store", () => {
  it("is published at once, outlives the next build, and is replaced by what is stated later", async () => {
    const { host, here } = await built();
    expect((await scanned(host, "test:2")).counted).toEqual(["CVE-2026-1", "CVE-2026-2"]);
    const add = ["vex", "add", "test:2", "--package", "tool"];
    const added = await basaltOn(host, ...add, "--cve", "CVE-2026-1,CVE-2026-2", ...WHY);
    expect(added).toMatchObject({
      code: 0,
      stdout: [
        "test: CVE-2026-1 in pkg:deb/debian/tool: not affected; published for 2 images\n",
        "test: CVE-2026-2 in pkg:deb/debian/tool: not affected; published for 2 images\n",
      ].join(""),
    });
    expect((await scanned(host, "test:2")).counted).toEqual([]);
    expect((await vexOf(host)).statements).toHaveLength(4);
    expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
    await buildOn(host, here);
    expect((await scanned(host, "test:2")).counted).toEqual([]);
    const later = hostFor(here, { home: host.home.root, now: () => new Date("2026-11-21T00:00:00Z") });
    const flags = ["--status", "affected", "--action", "update", "--json"];
    expect((await basaltOn(later, ...add, "--cve", "CVE-2026-1", ...flags)).code).toBe(0);
    expect((await scanned(later, "test:2")).counted).toEqual(["CVE-2026-1"]);
    const said = (await vexOf(later)).statements.filter(({ vulnerability }) => vulnerability.name === "CVE-2026-1");
    expect(said).toMatchObject([{ status: "affected", action_statement: "update" }]);
  });

  const wrong = [
    { summary: "a package that the image has not", argv: ["--package", "bash", ...WHY], says: "has no package bash" },
    { summary: "no reason", argv: ["--package", "tool", "--status", "not_affected"], says: "needs --justification or" },
    { summary: "an unknown status", argv: ["--package", "tool", "--status", "fine"], says: "--status is one of" },
    {
      summary: "an unknown justification",
      argv: ["--package", "tool", "--status", "not_affected", "--justification", "trust me"],
      says: "--justification is one of",
    },
    { summary: "nothing to do", argv: ["--package", "tool", "--status", "affected"], says: "affected needs --action" },
    {
      summary: "a reason for what is affected",
      argv: ["--package", "tool", "--status", "affected", "--action", "x", "--impact", "y"],
      says: "say why an image is not affected",
    },
  ];

  it("of what cannot be stated nothing is", async () => {
    const { host } = await built();
    for (const { argv, says } of wrong) {
      const { code, stdout, stderr } = await basaltOn(host, "vex", "add", "test:2", "--cve", "CVE-2026-1", ...argv);
      expect([code, stdout]).toEqual([64, ""]);
      expect(stderr).toContain(says);
    }
    expect((await scanned(host, "test:2")).suppressed).toEqual([]);
  });
});
