// SPDX-License-Identifier: Apache-2.0
// What a build says of an image: by the command, from packages to statements.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CycloneDxBom } from "../src/formats/cyclonedx.js";
import type { SpdxDocument } from "../src/formats/spdx.js";
import type { Host } from "../src/host/host.js";
import { build } from "../src/pipeline.js";
import type { VulnsPredicate } from "../src/scan/index.js";
import { openSigner } from "../src/sign/index.js";
import { basaltOn } from "./support/commands.js";
import { faultsOfCycloneDx } from "./support/cyclonedx-schema.js";
import { advisoriesOf, trackerText } from "./support/feed-files.js";
import { hostFor, withStore, world, type World } from "./support/pipeline.js";
import { sharedFolder } from "./support/shared.js";
import { temporaryFolder } from "./support/temporary.js";

const COPYRIGHT =
  "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n";
const PACKAGES = [
  {
    name: "base-files",
    architecture: "all",
    files: [{ path: "usr/lib/os-release", content: "ID=debian\n" }],
  },
  {
    name: "tool",
    version: "2.0-1",
    fields: { Depends: "libtool (>= 1), virtual-data | data", Source: "toolset (2.0)" },
    files: [
      { path: "usr/bin/tool", content: "x".repeat(3_000), mode: 0o755 },
      { path: "usr/share/doc/tool/copyright", content: `${COPYRIGHT}\nFiles: contrib/*\nLicense: Custom-1\n` },
    ],
  },
  { name: "libtool", files: [{ path: "usr/lib/libtool.so.1", content: "lib" }] },
  { name: "real-data", fields: { Provides: "virtual-data" }, files: [{ path: "usr/share/data", content: "d" }] },
];
const PARTS = {
  tags: ["2"],
  platforms: ["linux/amd64"],
  contents: { packages: ["base-files", "tool"] },
  paths: [{ type: "file", path: "/etc/own.conf", content: "own\n" }],
};

const VULNS = "https://in-toto.io/attestation/vulns/v0.1";

/** The tracker, with one vulnerability that this version fixes. */
function about(fixed: string): string {
  return trackerText({ toolset: { "CVE-2026-1": { trixie: { status: "resolved", fixed_version: fixed } } } });
}

async function countOfReferrers(host: Host): Promise<number> {
  const { stdout } = await basaltOn(host, "attest", "list", "test:2", "--predicate-type", VULNS, "--json");
  return (JSON.parse(stdout) as { attestations: readonly unknown[] }).attestations.length;
}

function newWorld(): Promise<World> {
  return world({ packages: PACKAGES }, PARTS);
}

async function buildOn(host: Host, { definition }: World): Promise<void> {
  const signer = await openSigner(host);
  const options = { builderId: "urn:test", version: "0.9.0", onEvent: () => undefined };
  await withStore(host, (store) => build(definition, options, { host, store, signer }));
}

async function predicateOf<T>(host: Host, type: string): Promise<T> {
  const flags = ["--predicate-type", type, "--platform", "linux/amd64"];
  const { code, stdout, stderr } = await basaltOn(host, "attest", "get", "test:2", ...flags);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { predicate: T }).predicate;
}

describe("the SBOMs", () => {
  const home = sharedFolder();
  let spdx: SpdxDocument;
  let cycloneDx: CycloneDxBom;

  it("are there, and signed", async () => {
    const here = await newWorld();
    const host = hostFor(here, { home });
    await buildOn(host, here);
    spdx = await predicateOf(host, "https://spdx.dev/Document");
    cycloneDx = await predicateOf(host, "https://cyclonedx.org/bom");
    expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
  });

  it("are taken by the schema of CycloneDX, which takes nothing else", () => {
    expect(faultsOfCycloneDx(cycloneDx)).toEqual([]);
    const [first, ...rest] = cycloneDx.components;
    const changed = { ...cycloneDx, components: [{ ...first, type: "thing" }, ...rest] };
    expect(faultsOfCycloneDx(changed)).not.toEqual([]);
  });

  it("list the same packages", () => {
    const inSpdx = spdx.packages.flatMap(({ name, versionInfo, externalRefs = [] }) =>
      externalRefs.some(({ referenceLocator }) => referenceLocator.startsWith("pkg:deb/"))
        ? [`${name} ${versionInfo}`]
        : [],
    );
    expect(inSpdx).toEqual(["base-files 1.0-1", "libtool 1.0-1", "real-data 1.0-1", "tool 2.0-1"]);
    const inCycloneDx = cycloneDx.components.flatMap(({ purl = "", name, version }) =>
      purl.startsWith("pkg:deb/") ? [`${name} ${version}`] : [],
    );
    expect(inCycloneDx).toEqual(inSpdx);
  });

  it("say of a package where it is from, who maintains it, its licence and the hash of its file", () => {
    const tool = spdx.packages.find(({ name }) => name === "tool");
    expect(tool).toMatchObject({
      supplier: "Organization: Debian",
      originator: "Organization: Tests (tests@example.test)",
      sourceInfo: "built from source package toolset 2.0",
      licenseDeclared: "GPL-2.0-or-later AND LicenseRef-debian-Custom-1",
      checksums: [{ algorithm: "SHA256", checksumValue: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    });
    expect(spdx.hasExtractedLicensingInfos).toMatchObject([
      {
        licenseId: "LicenseRef-debian-Custom-1",
        extractedText: expect.stringContaining("doc/tool/copyright") as string,
      },
    ]);
    expect(cycloneDx.components.find(({ name }) => name === "tool")).toMatchObject({
      supplier: { name: "Debian" },
      publisher: "Tests <tests@example.test>",
      licenses: [{ expression: "GPL-2.0-or-later AND LicenseRef-debian-Custom-1" }],
      properties: [
        { name: "aquasecurity:trivy:SrcName", value: "toolset" },
        { name: "aquasecurity:trivy:SrcVersion", value: "2.0" },
      ],
    });
  });

  it("say what needs what, by way of what is provided, too", () => {
    const names = new Map(spdx.packages.map(({ SPDXID, name }) => [SPDXID, name]));
    const needs = spdx.relationships.flatMap(({ relationshipType, spdxElementId, relatedSpdxElement }) =>
      relationshipType === "DEPENDS_ON" ? [[names.get(spdxElementId), names.get(relatedSpdxElement)]] : [],
    );
    expect(needs).toEqual([
      ["tool", "libtool"],
      ["tool", "real-data"],
    ]);
    const tool = cycloneDx.dependencies.find(({ ref }) => ref.includes("-tool-"));
    expect(tool?.dependsOn.map((ref) => ref.split("-deb-")[1])).toEqual(["libtool-1.0-1", "real-data-1.0-1"]);
  });

  it("list each file once, with its hashes, at its package or at the image", () => {
    const files = new Map((spdx.files ?? []).map(({ SPDXID, fileName }) => [SPDXID, fileName]));
    const names = new Map(spdx.packages.map(({ SPDXID, name }) => [SPDXID, name]));
    const holders = new Map(
      spdx.relationships.flatMap(({ relationshipType, spdxElementId, relatedSpdxElement }) => {
        const file = relationshipType === "CONTAINS" ? files.get(relatedSpdxElement) : undefined;
        return file === undefined ? [] : [[file, names.get(spdxElementId)] as const];
      }),
    );
    expect(holders.size).toBe(files.size);
    expect(holders.get("./usr/bin/tool")).toBe("tool");
    expect(holders.get("./usr/lib/libtool.so.1")).toBe("libtool");
    expect(holders.get("./etc/own.conf")).toBe("test");
    expect(holders.get("./var/lib/dpkg/status")).toBe("test");
    const content = "x".repeat(3_000);
    expect(spdx.files?.find(({ fileName }) => fileName === "./usr/bin/tool")?.checksums).toEqual([
      { algorithm: "SHA1", checksumValue: createHash("sha1").update(content).digest("hex") },
      { algorithm: "SHA256", checksumValue: createHash("sha256").update(content).digest("hex") },
    ]);
    const nested = cycloneDx.components.find(({ name }) => name === "tool")?.components?.map(({ name }) => name);
    expect(nested).toEqual([
      "/usr/bin/tool",
      "/usr/share/doc/tool/copyright",
      "/var/lib/dpkg/status.d/tool",
      "/var/lib/dpkg/status.d/tool.md5sums",
    ]);
    expect(cycloneDx.components.some(({ type, name }) => type === "file" && name === "/etc/own.conf")).toBe(true);
  });

  it("have references that lead somewhere, each once", () => {
    const ids = [...spdx.packages, ...(spdx.files ?? [])].map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set([...ids, "SPDXRef-DOCUMENT"]);
    for (const { spdxElementId, relatedSpdxElement } of spdx.relationships)
      expect([spdxElementId, relatedSpdxElement].filter((id) => !known.has(id))).toEqual([]);
    const refs = new Set(["Image", ...cycloneDx.components.flatMap((each) => each["bom-ref"] ?? [])]);
    for (const { ref, dependsOn } of cycloneDx.dependencies)
      expect([ref, ...dependsOn].filter((each) => !refs.has(each))).toEqual([]);
  });

  it("are the same for the same image, wherever and whenever it is built", async () => {
    const here = await newWorld();
    const host = hostFor(here, { home: temporaryFolder(), now: () => new Date("2026-11-20T13:00:00Z") });
    await buildOn(host, here);
    expect(await predicateOf(host, "https://spdx.dev/Document")).toEqual(spdx);
    expect(await predicateOf(host, "https://cyclonedx.org/bom")).toEqual(cycloneDx);
  });
});

describe("what is known against an image", () => {
  it("is not said without data, said with them, and said anew when it is no longer so", async () => {
    const here = await newWorld();
    let host = hostFor(here, { home: temporaryFolder() });
    await buildOn(host, here);
    expect(await countOfReferrers(host)).toBe(0);
    await advisoriesOf([about("2.1")], { host });
    await buildOn(host, here);
    const found = await predicateOf<VulnsPredicate>(host, VULNS);
    expect(found.scanner.result).toMatchObject([
      {
        id: "CVE-2026-1",
        annotations: [{ state: "affected", source: { name: "toolset", version: "2.0" }, fixedVersion: "2.1" }],
      },
    ]);
    expect(found.unassessed).toMatchObject([{ kind: "deb", names: ["base-files", "libtool", "real-data"] }]);
    expect(found.scanner.db.version).toMatch(/^debian-tracker sha256:[0-9a-f]{64}$/);
    expect(await countOfReferrers(host)).toBe(3);
    // Said once more only where it is another thing, and then in the place of what was said before.
    const first = JSON.stringify(await predicateOf(host, VULNS));
    host = hostFor(here, { home: host.home.root, now: () => new Date("2026-11-20T15:00:00Z") });
    await buildOn(host, here);
    expect(JSON.stringify(await predicateOf(host, VULNS))).toBe(first);
    await advisoriesOf([about("1.9")], { host });
    await buildOn(host, here);
    expect((await predicateOf<VulnsPredicate>(host, VULNS)).scanner.result).toEqual([]);
    expect(await countOfReferrers(host)).toBe(3);
    expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
  });
});
