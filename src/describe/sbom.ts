// SPDX-License-Identifier: Apache-2.0
import type { AssembledImage } from "../assemble/index.js";
import type { FileRequest, Software } from "../definition/index.js";
import { splitDigest, type Digest } from "../formats/digest.js";
import { gitLocation } from "../formats/git-location.js";
import { integrityHex, integrityAlgorithm } from "../formats/integrity.js";
import {
  licenseExpression,
  spdxId,
  type SpdxDocument,
  type SpdxPackage,
  type SpdxRelationship,
} from "../formats/spdx.js";
import type { Inventory, InventoryPackage } from "../inventory/index.js";

const ROOT = "SPDXRef-Image";
const SUPPLIERS: Readonly<Record<InventoryPackage["kind"], string>> = {
  deb: "Organization: Debian",
  apk: "Organization: Alpine Linux",
  nodejs: "Organization: OpenJS Foundation",
  npm: "NOASSERTION",
};

/** The SBOM of one platform's image. Equal images have equal documents: the time in it is the image's own. */
export function toSpdx(assembled: AssembledImage, inventory: Inventory, tool: string): SpdxDocument {
  const { image, manifest } = assembled;
  const packages = [
    ...inventory.packages.map((item) => toPackage(item, assembled)),
    ...declaredSoftware(assembled, inventory),
  ];
  const relationships: readonly SpdxRelationship[] = [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: ROOT },
    ...packages.map((item) => ({
      spdxElementId: ROOT,
      relationshipType: "CONTAINS" as const,
      relatedSpdxElement: item.SPDXID,
    })),
  ];
  const name = `${image.image} ${image.platform}`;
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `https://spdx.org/spdxdocs/basalt-${image.image.replaceAll("/", "-")}-${splitDigest(manifest.digest).hex}`,
    creationInfo: {
      created: assembled.createdAt.toISOString().replace(/\.[0-9]{3}Z$/, "Z"),
      creators: [`Tool: ${tool}`],
    },
    packages: [rootPackage(assembled, manifest.digest), ...packages],
    relationships,
  };
}

function rootPackage({ image, annotations }: AssembledImage, digest: Digest): SpdxPackage {
  const { hex } = splitDigest(digest);
  const base = image.image.split("/").at(-1) ?? image.image;
  return {
    SPDXID: ROOT,
    name: image.image,
    versionInfo: annotations["org.opencontainers.image.version"] ?? "",
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    checksums: [{ algorithm: "SHA256", checksumValue: hex }],
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    primaryPackagePurpose: "CONTAINER",
    externalRefs: [purlRef(`pkg:oci/${encodeURIComponent(base)}@sha256%3A${hex}?arch=${image.platform.split("/")[1]}`)],
  };
}

function toPackage(item: InventoryPackage, { image, locked }: AssembledImage): SpdxPackage {
  const lockedPackage =
    item.kind === "deb" || item.kind === "apk"
      ? locked.packages.find((candidate) => candidate.name === item.name)
      : undefined;
  const source =
    item.source === undefined
      ? {}
      : { sourceInfo: `built from source package ${item.source} ${item.sourceVersion ?? ""}`.trim() };
  const cpe =
    item.kind === "nodejs"
      ? [
          {
            referenceCategory: "SECURITY",
            referenceType: "cpe23Type",
            referenceLocator: `cpe:2.3:a:nodejs:node.js:${item.version}:*:*:*:*:*:*:*`,
          } as const,
        ]
      : [];
  return {
    SPDXID: spdxId("Package", item.kind, item.name, item.version),
    name: item.name,
    versionInfo: item.version,
    supplier: isOfOthers(lockedPackage?.repository) ? "NOASSERTION" : SUPPLIERS[item.kind],
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    ...(lockedPackage === undefined
      ? {}
      : { checksums: [{ algorithm: "SHA256", checksumValue: lockedPackage.sha256 }] }),
    ...source,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: licenseExpression(item.license) ?? "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [purlRef(image.mappings[item.name] ?? item.purl), ...cpe],
  };
}

/** Whether a package comes from a repository that the definition adds, which has an address in place of a name. */
function isOfOthers(repository: string | undefined): boolean {
  return repository !== undefined && /^https?:/.test(repository);
}

/** Software that a definition declares for its downloads and that nothing in the files shows. */
function declaredSoftware({ image, locked }: AssembledImage, inventory: Inventory): readonly SpdxPackage[] {
  const known = new Set(inventory.packages.map((item) => `${item.name} ${item.version}`));
  const files = [image, ...image.stages].flatMap((inputs) => inputs.files);
  const declared: readonly { readonly software: Software; readonly file?: FileRequest }[] = [
    ...files.flatMap((file) => file.software.map((software) => ({ software, file }))),
    ...image.stages.flatMap((stage) => stage.software.map((software) => ({ software }))),
  ];
  const unknown = declared.filter(({ software }) => !known.has(`${software.name} ${software.version ?? ""}`));
  const unique = new Map(unknown.map((item) => [`${item.software.name} ${item.software.version ?? ""}`, item]));
  return [...unique.values()].map(({ software, file }) => {
    const artifacts = [locked, ...Object.values(locked.stages ?? {})].flatMap((inputs) => inputs.artifacts);
    const artifact = artifacts.find((candidate) => candidate.url === file?.url);
    const algorithm = artifact === undefined ? undefined : integrityAlgorithm(artifact.integrity);
    return {
      SPDXID: spdxId("Software", software.name, software.version ?? ""),
      name: software.name,
      ...(software.version === undefined ? {} : { versionInfo: software.version }),
      downloadLocation: artifact?.commit === undefined ? "NOASSERTION" : gitLocation(artifact.url, artifact.commit),
      filesAnalyzed: false,
      // The hash of a commit is in its location.
      ...(artifact === undefined || algorithm === "sha384" || artifact.commit !== undefined
        ? {}
        : {
            checksums: [
              {
                algorithm: algorithm === "sha512" ? ("SHA512" as const) : ("SHA256" as const),
                checksumValue: integrityHex(artifact.integrity),
              },
            ],
          }),
      licenseConcluded: "NOASSERTION",
      licenseDeclared: licenseExpression(software.license) ?? "NOASSERTION",
      copyrightText: "NOASSERTION",
      ...(software.purl === undefined ? {} : { externalRefs: [purlRef(software.purl)] }),
    };
  });
}

function purlRef(purl: string): NonNullable<SpdxPackage["externalRefs"]>[number] {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl };
}
