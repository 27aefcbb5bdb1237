// SPDX-License-Identifier: Apache-2.0
import { splitDigest } from "../formats/digest.js";
import type {
  SpdxChecksum,
  SpdxDocument,
  SpdxExtractedLicense,
  SpdxFile,
  SpdxPackage,
  SpdxRelationship,
} from "../formats/spdx.js";
import { verificationCode, type Bill, type BillFile, type BillItem } from "./bill.js";

const ROOT = "SPDXRef-Image";
const OS = "SPDXRef-OperatingSystem";
const UNSAID = { licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION" };

/** The SBOM of one platform's image in SPDX 2.3. Equal images have equal documents: the time in it is the image's own. */
export function toSpdx(bill: Bill, tool: string): SpdxDocument {
  const { image, platform, digest, items } = bill;
  const files = new FileList();
  const relationships = [
    ...(bill.os === undefined ? [] : [relationship(ROOT, "CONTAINS", OS)]),
    ...files.add(ROOT, bill.files),
    ...items.flatMap((item) => [
      relationship(ROOT, "CONTAINS", idOf(item.ref)),
      ...files.add(idOf(item.ref), item.files),
      ...item.dependsOn.map((ref) => relationship(idOf(item.ref), "DEPENDS_ON", idOf(ref))),
    ]),
  ];
  const licenses = extractedLicenses(items);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${image} ${platform}`,
    documentNamespace: `https://spdx.org/spdxdocs/basalt-${image.replaceAll("/", "-")}-${splitDigest(digest).hex}`,
    creationInfo: {
      created: bill.createdAt.toISOString().replace(/\.[0-9]{3}Z$/, "Z"),
      creators: [`Tool: ${tool}`],
    },
    packages: [rootPackage(bill), ...osPackage(bill), ...items.map(toPackage)],
    ...(files.all.length === 0 ? {} : { files: files.all }),
    relationships: [relationship("SPDXRef-DOCUMENT", "DESCRIBES", ROOT), ...relationships],
    ...(licenses.length === 0 ? {} : { hasExtractedLicensingInfos: licenses }),
  };
}

/** Files in the order in which they were added, each with its number as its name. */
class FileList {
  readonly all: SpdxFile[] = [];

  add(owner: string, files: readonly BillFile[]): readonly SpdxRelationship[] {
    return files.map(({ path, sha1, sha256 }) => {
      const id = `SPDXRef-File-${this.all.length + 1}`;
      this.all.push({
        SPDXID: id,
        fileName: `./${path}`,
        checksums: [checksum("SHA1", sha1), checksum("SHA256", sha256)],
      });
      return relationship(owner, "CONTAINS", id);
    });
  }
}

function rootPackage({ image, version, digest, purl, files }: Bill): SpdxPackage {
  return {
    SPDXID: ROOT,
    name: image,
    ...(version === "" ? {} : { versionInfo: version }),
    downloadLocation: "NOASSERTION",
    ...analysis(files),
    checksums: [checksum("SHA256", splitDigest(digest).hex)],
    licenseDeclared: "NOASSERTION",
    ...UNSAID,
    primaryPackagePurpose: "CONTAINER",
    externalRefs: [purlRef(purl)],
  };
}

/** Which distribution the packages are of: scanners look for it to choose their data. */
function osPackage({ os }: Bill): readonly SpdxPackage[] {
  if (os === undefined) return [];
  return [
    {
      SPDXID: OS,
      name: os.id,
      versionInfo: os.versionId,
      downloadLocation: "NOASSERTION",
      filesAnalyzed: false,
      licenseDeclared: "NOASSERTION",
      ...UNSAID,
      primaryPackagePurpose: "OPERATING-SYSTEM",
    },
  ];
}

function toPackage(item: BillItem): SpdxPackage {
  const { ref, name, version, supplier, maintainer, source, purl, cpe } = item;
  const references = [
    ...(purl === undefined ? [] : [purlRef(purl)]),
    ...(cpe === undefined
      ? []
      : [{ referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: cpe } as const]),
  ];
  const hashes = item.checksums.map(({ algorithm, value }) =>
    checksum(algorithm === "sha512" ? "SHA512" : "SHA256", value),
  );
  return {
    SPDXID: idOf(ref),
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    supplier: supplier === undefined ? "NOASSERTION" : `Organization: ${supplier}`,
    ...(maintainer === undefined ? {} : { originator: actor(maintainer) }),
    downloadLocation: item.downloadLocation ?? "NOASSERTION",
    ...analysis(item.files),
    ...(hashes.length === 0 ? {} : { checksums: hashes }),
    ...(source === undefined ? {} : { sourceInfo: `built from source package ${source.name} ${source.version}` }),
    licenseDeclared: item.license ?? "NOASSERTION",
    ...UNSAID,
    ...(references.length === 0 ? {} : { externalRefs: references }),
  };
}

function analysis(files: readonly BillFile[]): Pick<SpdxPackage, "filesAnalyzed" | "packageVerificationCode"> {
  if (files.length === 0) return { filesAnalyzed: false };
  return {
    filesAnalyzed: true,
    packageVerificationCode: { packageVerificationCodeValue: verificationCode(files) },
  };
}

/** `NAME <ADDRESS>` as SPDX writes it. Whether it is a person nobody says. Source: SPDX 2.3, clause 7.6. */
function actor(maintainer: string): string {
  const [, name = maintainer, address] = /^"?([^"<]+?)"?\s*<([^<>\s]+)>/.exec(maintainer) ?? [];
  const plain = name.replaceAll(/[()]/g, "").trim();
  return `Organization: ${plain}${address === undefined ? "" : ` (${address})`}`;
}

/** Licences that the list of SPDX does not have, and where their texts are. */
function extractedLicenses(items: readonly BillItem[]): readonly SpdxExtractedLicense[] {
  const found = new Map<string, string>();
  for (const { name, license = "" } of items)
    for (const [id] of license.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)) if (!found.has(id)) found.set(id, name);
  return [...found].map(([licenseId, name]) => ({
    licenseId,
    name: licenseId.replace(/^LicenseRef-(?:debian-)?/, ""),
    extractedText: `Not in the list of SPDX; its text is in /usr/share/doc/${name}/copyright, in the image.`,
  }));
}

function idOf(ref: string): string {
  return `SPDXRef-${ref}`;
}

function relationship(
  spdxElementId: string,
  relationshipType: SpdxRelationship["relationshipType"],
  relatedSpdxElement: string,
): SpdxRelationship {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

function checksum(algorithm: SpdxChecksum["algorithm"], checksumValue: string): SpdxChecksum {
  return { algorithm, checksumValue };
}

function purlRef(purl: string): NonNullable<SpdxPackage["externalRefs"]>[number] {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl };
}
