// SPDX-License-Identifier: Apache-2.0

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
  readonly relationships: readonly SpdxRelationship[];
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly supplier?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly checksums?: readonly { readonly algorithm: "SHA256" | "SHA512"; readonly checksumValue: string }[];
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
  readonly relationshipType: "DESCRIBES" | "CONTAINS";
  readonly relatedSpdxElement: string;
}

/** An SPDX identifier from any text: letters, digits, dots and dashes. Source: SPDX 2.3, 7.2. */
export function spdxId(...parts: readonly string[]): string {
  return `SPDXRef-${parts.join("-").replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
}

/** What a package says of its licence, where that is plainly an SPDX expression. */
export function licenseExpression(license: string | undefined): string | undefined {
  return license !== undefined &&
    /^[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*$/.test(license) &&
    !/^(?:UNLICENSED|SEE)/.test(license)
    ? license
    : undefined;
}
