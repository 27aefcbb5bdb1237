// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseVexDocument, type VexDocument, type VexStatement } from "../formats/openvex.js";
import { packageRoot } from "../host/paths.js";
import type { SourcePackage } from "../inventory/index.js";
import type { Digest } from "../formats/digest.js";
import { mergeVexDocuments, toVexDocument } from "./document.js";
import { imageProducts, imageTargets, packageProducts, packageTargets } from "./names.js";
import { parsePurl, purlMatches } from "./purl.js";
import { suppressionsBy } from "./statements.js";

const DIGEST = `sha256:${"a".repeat(64)}` as Digest;
const OTHER = `sha256:${"b".repeat(64)}` as Digest;
const DISTRO = { id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13 (trixie)" };
const ZLIB: SourcePackage = {
  kind: "deb",
  name: "zlib",
  version: "1:1.3.dfsg+really1.3.1-1",
  purl: "pkg:deb/debian/zlib1g@1:1.3.dfsg%2Breally1.3.1-1%2Bb1?arch=amd64&distro=debian-13&upstream=zlib",
  binaries: [
    {
      name: "zlib1g",
      version: "1:1.3.dfsg+really1.3.1-1+b1",
      purl: "pkg:deb/debian/zlib1g@1:1.3.dfsg%2Breally1.3.1-1%2Bb1?arch=amd64&distro=debian-13&upstream=zlib",
    },
  ],
};
const IMAGE = { repository: "team/node", registries: ["reg.test:5050", "mirror.test/copy"], digests: [DIGEST] };

describe("purls", () => {
  /** As openvex/go-vex, pkg/vex, "TestPurlMatches". */
  const curl = "pkg:apk/wolfi/curl@8.1.2-r0";
  const oci = `pkg:oci/curl@${DIGEST}`;
  const cases: readonly (readonly [summary: string, stated: string, target: string, matches: boolean])[] = [
    ["the same", `${curl}?arch=x86_64`, `${curl}?arch=x86_64`, true],
    ["another type", `${curl}?arch=x86_64`, "pkg:rpm/wolfi/curl@8.1.2-r0?arch=x86_64", false],
    ["another namespace", `${curl}?arch=x86_64`, "pkg:apk/alpine/curl@8.1.2-r0?arch=x86_64", false],
    ["another name", curl, "pkg:apk/wolfi/bash@8.1.2-r0", false],
    ["another version", curl, "pkg:apk/wolfi/curl@8.1.3-r0", false],
    ["fewer qualifiers are stated", curl, `${curl}?arch=x86_64`, true],
    ["more qualifiers are stated", `${curl}?arch=x86_64`, curl, false],
    ["no version is stated", "pkg:oci/curl", oci, true],
    ["a version is stated of what has none", oci, "pkg:oci/curl", false],
    ["another qualifier", `${oci}?arch=amd64`, `${oci}?arch=arm64`, false],
    ["an escaped digest", `pkg:oci/curl@sha256%3A${"a".repeat(64)}`, oci, true],
    ["an escaped registry", "pkg:oci/a?repository_url=r%3A1%2Fa", "pkg:oci/a?repository_url=r:1/a", true],
  ];

  it.each(cases)("%s", (_summary, stated, target, matches) => {
    expect(purlMatches(parsePurl(stated)!, parsePurl(target)!)).toBe(matches);
  });

  const none = [
    "",
    "pkg:",
    "pkg:deb",
    "zlib",
    "pkg:deb/debian/%zz",
    "x".repeat(10_000),
    `pkg:deb/${"a".repeat(5_000)}`,
  ];
  it.each(none)("what is none is none: %s", (text) => {
    expect(parsePurl(text)).toBeUndefined();
  });
});

/** How Grype and Trivy name what they look at. Source: grype/vex/openvex, "identifiersFromDigests"; trivy/pkg/purl, "parseOCI". */
const SCANNERS = [
  { scanner: "Grype, by digest", image: `pkg:oci/node@${DIGEST}`, item: ZLIB.purl },
  {
    scanner: "Grype, in the registry it is from",
    image: `pkg:oci/node@${DIGEST}?repository_url=reg.test:5050/team/node`,
    item: ZLIB.purl,
  },
  {
    scanner: "Grype, in a registry that nobody knew of",
    image: `pkg:oci/node@${DIGEST}?repository_url=else.test/x/node`,
    item: ZLIB.purl,
  },
  {
    scanner: "Trivy",
    image: `pkg:oci/node@${DIGEST}?arch=amd64&repository_url=reg.test%3A5050%2Fteam%2Fnode`,
    item: "pkg:deb/debian/zlib1g@1.3.dfsg%2Breally1.3.1-1%2Bb1?arch=amd64&distro=debian-13.2&epoch=1",
  },
  {
    scanner: "Docker Scout",
    image: "pkg:docker/team/node@22",
    item: "pkg:deb/debian/zlib@1%3A1.3.dfsg%2Breally1.3.1-1",
  },
];

/** Whether one of the names that are stated is this. */
function finds(names: readonly string[], target: string): boolean {
  return names.some((name) => purlMatches(parsePurl(name)!, parsePurl(target)!));
}

describe("names that are published", () => {
  it.each(SCANNERS)("$scanner finds image and package", ({ image, item }) => {
    expect(finds(imageProducts(IMAGE), image)).toBe(true);
    expect(finds(packageProducts(ZLIB), item)).toBe(true);
  });

  it("are of this image and this version only", () => {
    const stated = imageProducts(IMAGE).map((name) => parsePurl(name)!);
    expect(stated.filter(({ type }) => type === "oci").every(({ version }) => version === DIGEST)).toBe(true);
    expect(packageProducts(ZLIB).every((name) => parsePurl(name)!.version !== "")).toBe(true);
    expect(packageProducts(ZLIB)).toContain("pkg:deb/debian/zlib1g@1.3.dfsg+really1.3.1-1+b1?epoch=1");
  });
});

function documentOf(...statements: readonly Partial<VexStatement>[]): VexDocument {
  const defaults = { vulnerability: { name: "CVE-1" }, status: "not_affected", impact_statement: "no" } as const;
  return {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "urn:x",
    author: "Ann",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements: statements.map((statement) => ({
      ...defaults,
      timestamp: "2026-01-01T00:00:00Z",
      products: [],
      ...statement,
    })),
  };
}

function isSuppressed(...statements: readonly Partial<VexStatement>[]): boolean {
  const lookedAt = { image: IMAGE, distro: DISTRO };
  return suppressionsBy([{ document: documentOf(...statements), origin: "x" }], lookedAt)("CVE-1", ZLIB) !== undefined;
}

describe("statements about a vulnerability of a package", () => {
  const products: readonly (readonly [summary: string, product: VexStatement["products"][number], is: boolean])[] = [
    ["its source", { "@id": "pkg:deb/debian/zlib" }, true],
    ["what was built from it", { "@id": "pkg:deb/debian/zlib1g" }, true],
    ["its version", { "@id": "pkg:deb/debian/zlib@1:1.3.dfsg%2Breally1.3.1-1" }, true],
    ["another version", { "@id": "pkg:deb/debian/zlib@1:1.2" }, false],
    ["this release, as Scout says it", { "@id": "pkg:deb/debian/zlib?os_name=debian&os_version=13" }, true],
    ["its code name", { "@id": "pkg:deb/debian/zlib?os_distro=trixie" }, true],
    ["another release", { "@id": "pkg:deb/debian/zlib?os_distro=bookworm&os_version=12" }, false],
    ["another processor", { "@id": "pkg:deb/debian/zlib1g?arch=arm64" }, false],
    ["another package", { "@id": "pkg:deb/debian/bash" }, false],
    ["all of the image", { "@id": `pkg:oci/node@${DIGEST}` }, true],
    ["all of another image", { "@id": `pkg:oci/node@${OTHER}` }, false],
    ["the image in a registry", { "@id": "pkg:oci/node?repository_url=mirror.test%2Fcopy%2Fteam%2Fnode" }, true],
    ["the image in another registry", { "@id": "pkg:oci/node?repository_url=else.test%2Fteam%2Fnode" }, false],
    ["the image by the hash of its manifest", { hashes: { "sha-256": "a".repeat(64) } }, true],
    ["the image by a purl among identifiers", { identifiers: { purl: `pkg:oci/node@${DIGEST}` } }, true],
    ["it in the image", part("pkg:docker/team/node", "pkg:deb/debian/zlib1g"), true],
    ["it in another image", part("pkg:docker/team/python", "pkg:deb/debian/zlib1g"), false],
    ["another package in the image", part("pkg:docker/team/node", "pkg:deb/debian/bash"), false],
    ["it in the image, as DHI's documents name that", part("pkg:oci/team%2Fnode", "pkg:deb/debian/zlib"), true],
  ];

  it.each(products)("about %s", (_summary, product, is) => {
    expect(isSuppressed({ products: [product] })).toBe(is);
  });

  const ABOUT = { products: [{ "@id": "pkg:deb/debian/zlib" }] };
  const cases: readonly (readonly [summary: string, statements: readonly Partial<VexStatement>[], is: boolean])[] = [
    ["fixed", [{ status: "fixed" }], true],
    ["affected", [{ status: "affected" }], false],
    ["under investigation", [{ status: "under_investigation" }], false],
    ["by another name of it", [{ vulnerability: { name: "GHSA-1", aliases: ["CVE-1"] } }], true],
    ["about another one", [{ vulnerability: { name: "CVE-11" } }], false],
    ["affected, later", [{}, { status: "affected", timestamp: "2026-02-01T00:00:00Z" }], false],
    ["affected, earlier", [{ timestamp: "2026-02-01T00:00:00Z" }, { status: "affected" }], true],
    ["at one time, the last in the document", [{}, { status: "affected" }], false],
    [
      "later by the clock, not by the letters",
      [{ timestamp: "2026-01-01T00:30:00Z" }, { status: "affected", timestamp: "2026-01-01T01:00:00+01:00" }],
      true,
    ],
  ];

  it.each(cases)("%s", (_summary, statements, is) => {
    expect(isSuppressed(...statements.map((statement) => ({ ...ABOUT, ...statement })))).toBe(is);
  });

  const file = join(packageRoot(), "..", "shared", "feeds", "dhi-node.vex.json");
  it.runIf(existsSync(file))("those of Docker's hardened images fit packages of their release, and of no other", () => {
    const document = parseVexDocument(readFileSync(file), file);
    const lz4 = { kind: "deb", name: "lz4", version: "1.10.0-4" } as const;
    const about = (distro: typeof DISTRO): boolean => {
      const item = {
        ...lz4,
        purl: "",
        binaries: [{ name: "lz4", version: "1.10.0-4", purl: "pkg:deb/debian/lz4@1.10.0-4" }],
      };
      return suppressionsBy([{ document, origin: file }], { image: {}, distro })("CVE-2025-62813", item) !== undefined;
    };
    expect(about(DISTRO)).toBe(true);
    expect(about({ id: "debian", versionId: "12", prettyName: "Debian GNU/Linux 12 (bookworm)" })).toBe(false);
  });
});

function part(image: string, name: string): VexStatement["products"][number] {
  return { "@id": image, subcomponents: [{ "@id": name }] };
}

describe("a document about an image", () => {
  const lookedAt = { image: IMAGE, distro: DISTRO };
  const maker = { author: "Ann", tooling: "basalt 1" };
  const derived = [
    {
      item: ZLIB,
      statement: {
        vulnerability: { name: "CVE-1" },
        timestamp: "2026-01-01T00:00:00Z",
        status: "not_affected",
        impact_statement: "by data",
      },
    },
  ] as const;

  it("has one statement for a vulnerability of a package: people's before that of data, the last of them", () => {
    const { statements: stated } = documentOf(
      { products: [{ "@id": "pkg:deb/debian/zlib" }], timestamp: "2025-02-01T00:00:00Z", impact_statement: "second" },
      { products: [{ "@id": "pkg:deb/debian/zlib1g" }], timestamp: "2025-01-01T00:00:00Z", impact_statement: "first" },
      { products: [{ "@id": "pkg:deb/debian/bash" }], impact_statement: "not here" },
    );
    const document = toVexDocument({ packages: [ZLIB], stated, derived }, lookedAt, maker);
    expect(document?.statements.map(({ impact_statement: text }) => text)).toEqual(["second"]);
    expect(document?.timestamp).toBe("2025-02-01T00:00:00Z");
  });

  it("is none where nothing is stated", () => {
    expect(toVexDocument({ packages: [ZLIB], stated: [], derived: [] }, lookedAt, maker)).toBeUndefined();
    expect(mergeVexDocuments([])).toBeUndefined();
  });

  it("of several platforms says each statement once, about all of them", () => {
    const contents = { packages: [ZLIB], stated: [], derived };
    const documents = [DIGEST, OTHER].flatMap(
      (digest) => toVexDocument(contents, { ...lookedAt, image: { ...IMAGE, digests: [digest] } }, maker) ?? [],
    );
    const merged = mergeVexDocuments(documents);
    expect(merged?.statements).toHaveLength(1);
    const names = merged?.statements[0]?.products.flatMap((product) => product["@id"] ?? []) ?? [];
    expect(names).toEqual([...new Set(names)]);
    for (const digest of [DIGEST, OTHER]) expect(names).toContain(`pkg:oci/node@${digest}`);
  });

  it("may be named by digest, name and place; an image without a name by its digest", () => {
    expect(imageTargets({ digests: [DIGEST] })).toEqual([DIGEST, "a".repeat(64)]);
    expect(imageTargets(IMAGE)).toContain(`reg.test:5050/team/node@${DIGEST}`);
    expect(packageTargets(ZLIB, undefined).map(({ name }) => name)).toEqual(["zlib", "zlib", "zlib1g", "zlib1g"]);
  });
});
