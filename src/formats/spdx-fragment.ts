// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, prettyJson } from "./canonical-json.js";
import { sha256Hex } from "./digest.js";
import { spdxId, type SpdxDocument, type SpdxPackage } from "./spdx.js";

/** What a fragment says of one piece of software. */
export interface FragmentSoftware {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  /** An SPDX licence expression. */
  readonly license?: string;
}

/**
 * An SPDX document of software that no package manager knows of, as a file inside an image. The same software gives the same bytes: it has
 * no time but the earliest there is, and its name space is made from its content.
 */
export function formatSpdxFragment(name: string, software: readonly FragmentSoftware[]): string {
  const packages = software.map(toPackage);
  const document: SpdxDocument = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name,
    documentNamespace: `https://spdx.org/spdxdocs/basalt-fragment-${sha256Hex(canonicalJson({ name, packages }))}`,
    creationInfo: { created: "1970-01-01T00:00:00Z", creators: ["Tool: basalt"] },
    packages,
    relationships: packages.map(({ SPDXID }) => ({
      spdxElementId: "SPDXRef-DOCUMENT",
      relationshipType: "DESCRIBES",
      relatedSpdxElement: SPDXID,
    })),
  };
  return prettyJson(document);
}

function toPackage({ name, version, purl, license }: FragmentSoftware): SpdxPackage {
  return {
    SPDXID: spdxId("Software", name, version ?? ""),
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: license ?? "NOASSERTION",
    copyrightText: "NOASSERTION",
    ...(purl === undefined
      ? {}
      : {
          externalRefs: [
            { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl } as const,
          ],
        }),
  };
}
