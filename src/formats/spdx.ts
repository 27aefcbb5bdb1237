// SPDX-License-Identifier: Apache-2.0
import parseLicense from "spdx-expression-parse";

/** SPDX 2.3 document in JSON, as far as Basalt writes it. Source: SPDX 2.3 specification, clauses 6 to 11. */
export interface SpdxDocument {
  readonly spdxVersion: "SPDX-2.3";
  readonly dataLicense: "CC0-1.0";
  readonly SPDXID: "SPDXRef-DOCUMENT";
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: {
    readonly created: string;
    readonly creators: readonly string[];
    readonly licenseListVersion?: string;
  };
  readonly packages: readonly SpdxPackage[];
  readonly files?: readonly SpdxFile[];
  readonly relationships: readonly SpdxRelationship[];
  readonly hasExtractedLicensingInfos?: readonly SpdxExtractedLicense[];
}

/** Source: SPDX 2.3, clause 8; a SHA-1 is demanded of every file. */
export interface SpdxFile {
  readonly SPDXID: string;
  /** Relative to the root of the image. */
  readonly fileName: string;
  readonly checksums: readonly SpdxChecksum[];
}

export interface SpdxChecksum {
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
  readonly checksumValue: string;
}

/** A licence that has no identifier in the list of SPDX. */
export interface SpdxExtractedLicense {
  readonly licenseId: string;
  readonly name?: string;
  readonly extractedText: string;
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly supplier?: string;
  readonly originator?: string;
  readonly downloadLocation: string;
  /** Whether its files are listed. */
  readonly filesAnalyzed: boolean;
  readonly packageVerificationCode?: { readonly packageVerificationCodeValue: string };
  readonly checksums?: readonly SpdxChecksum[];
  readonly sourceInfo?: string;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly primaryPackagePurpose?: "CONTAINER" | "OPERATING-SYSTEM" | "APPLICATION" | "LIBRARY";
  readonly externalRefs?: readonly SpdxExternalRef[];
}

export interface SpdxExternalRef {
  readonly referenceCategory: "PACKAGE-MANAGER" | "SECURITY";
  readonly referenceType: "purl" | "cpe23Type";
  readonly referenceLocator: string;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: "DESCRIBES" | "CONTAINS" | "DEPENDS_ON";
  readonly relatedSpdxElement: string;
}

/** An SPDX identifier from any text: letters, digits, dots and dashes. Source: SPDX 2.3, 7.2. */
export function spdxId(...parts: readonly string[]): string {
  return `SPDXRef-${parts.join("-").replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
}

/** Whether text is an SPDX expression of licences that are in the list, or of `LicenseRef`s. Source: SPDX 2.3, annex D. */
function isLicenseExpression(text: string): boolean {
  try {
    parseLicense(text);
    return true;
  } catch {
    return false;
  }
}

const MAX_EXPRESSION = 2_000; // characters: what packages write themselves is not trusted

/** What a package says of its licence, where that is plainly an SPDX expression. */
export function licenseExpression(license: string | undefined): string | undefined {
  return license !== undefined && license.length <= MAX_EXPRESSION && isLicenseExpression(license)
    ? license
    : undefined;
}

/** One identifier of the list, as it is written there; not `ID+`, an expression that SPDX's own validator does not take. */
export function knownLicense(name: string): string | undefined {
  return /^[A-Za-z0-9.+-]{1,100}$/.test(name) && isIdentifier(name) ? name : undefined;
}

function isIdentifier(name: string): boolean {
  try {
    const parsed = parseLicense(name);
    return "license" in parsed && parsed.plus !== true;
  } catch {
    return false;
  }
}

/** An identifier for what the list does not have. Source: SPDX 2.3, clause 10.1. */
export function licenseReference(name: string): string {
  return `LicenseRef-${name
    .slice(0, 100)
    .replaceAll(/[^A-Za-z0-9.-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")}`;
}
