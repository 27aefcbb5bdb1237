// SPDX-License-Identifier: Apache-2.0
import type { CycloneDxBom, CycloneDxComponent, CycloneDxLicense } from "../formats/cyclonedx.js";
import { sha256Hex, splitDigest } from "../formats/digest.js";
import type { Bill, BillFile, BillItem } from "./bill.js";

const ROOT = "Image";

/** The SBOM of one platform's image in CycloneDX 1.6, of the same bill as SPDX. Equal images have equal documents. */
export function toCycloneDx(bill: Bill, tool: { readonly name: string; readonly version: string }): CycloneDxBom {
  const { image, version, digest, purl, os, items, files } = bill;
  const root: CycloneDxComponent = {
    type: "container",
    "bom-ref": ROOT,
    name: image,
    ...(version === "" ? {} : { version }),
    hashes: [{ alg: "SHA-256", content: splitDigest(digest).hex }],
    purl,
  };
  const system: readonly CycloneDxComponent[] =
    os === undefined
      ? []
      : [{ type: "operating-system", "bom-ref": "OperatingSystem", name: os.id, version: os.versionId }];
  const components = [...system, ...items.map(toComponent), ...files.map(toFile)];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(`cyclonedx ${digest}`)}`,
    version: 1,
    metadata: {
      timestamp: bill.createdAt.toISOString(),
      tools: { components: [{ type: "application", ...tool }] },
      component: root,
    },
    components,
    dependencies: [
      { ref: ROOT, dependsOn: components.flatMap((each) => each["bom-ref"] ?? []) },
      ...items.map(({ ref, dependsOn }) => ({ ref, dependsOn })),
    ],
    compositions: [{ aggregate: bill.isComplete ? "complete" : "incomplete", assemblies: [ROOT] }],
  };
}

const TYPES: Readonly<Record<BillItem["kind"], CycloneDxComponent["type"]>> = {
  deb: "library",
  apk: "library",
  npm: "library",
  nodejs: "platform",
  software: "application",
};

function toComponent(item: BillItem): CycloneDxComponent {
  const { ref, kind, name, version, purl, cpe, supplier, maintainer, license, source, downloadLocation: from } = item;
  const hashes = item.checksums.map(
    ({ algorithm, value }) => ({ alg: algorithm === "sha512" ? "SHA-512" : "SHA-256", content: value }) as const,
  );
  const isGit = from?.startsWith("git+") === true;
  return {
    type: TYPES[kind],
    "bom-ref": ref,
    ...(supplier === undefined ? {} : { supplier: { name: supplier } }),
    ...(maintainer === undefined ? {} : { publisher: maintainer }),
    name,
    ...(version === undefined ? {} : { version }),
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(license === undefined ? {} : { licenses: [toLicense(license)] }),
    ...(cpe === undefined ? {} : { cpe }),
    ...(purl === undefined ? {} : { purl }),
    ...(from === undefined ? {} : { externalReferences: [{ type: isGit ? "vcs" : "distribution", url: from }] }),
    // By these names Trivy knows what an advisory about a source package is about.
    ...(source === undefined
      ? {}
      : {
          properties: [
            { name: "aquasecurity:trivy:SrcName", value: source.name },
            { name: "aquasecurity:trivy:SrcVersion", value: source.version },
          ],
        }),
    ...(item.files.length === 0 ? {} : { components: item.files.map(toFile) }),
    ...(item.paths.length === 0
      ? {}
      : { evidence: { occurrences: item.paths.map((location) => ({ location: `/${location}` })) } }),
  };
}

function toFile({ path, sha1, sha256 }: BillFile): CycloneDxComponent {
  return {
    type: "file",
    name: `/${path}`,
    hashes: [
      { alg: "SHA-1", content: sha1 },
      { alg: "SHA-256", content: sha256 },
    ],
  };
}

function toLicense(expression: string): CycloneDxLicense {
  if (/[ ()]/.test(expression)) return { expression };
  return expression.startsWith("LicenseRef-")
    ? { license: { name: expression.slice("LicenseRef-".length) } }
    : { license: { id: expression } };
}

/** A UUID of version 8 made from text. Source: RFC 9562, 5.8. */
function uuidOf(text: string): string {
  const hex = sha256Hex(text);
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
