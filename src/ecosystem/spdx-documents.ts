// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import { licenseExpression } from "../formats/spdx.js";
import type { FoundSoftware } from "./contract.js";

/** Where images of Docker's catalogue, and stages of ours, have documents of software that no file shows any more. */
const DOCUMENT = /^opt\/docker\/sbom\/(?:[^/]+\/)*[^/]+\.spdx\.json$/;
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024; // 10,000 packages with 0.5 KiB each are 5 MiB

export function isSpdxDocument(path: string): boolean {
  return DOCUMENT.test(path);
}

/** Packages of one type of package URL that a document lists, with the version that they have there. What is malformed lists none. */
export function packagesInDocument(path: string, text: string, type: string): readonly FoundSoftware[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  const packages: unknown = field(document, "packages");
  if (!Array.isArray(packages)) return [];
  return packages.flatMap((entry: unknown) => {
    const purl = purlOf(entry, type);
    if (purl?.version === null || purl?.version === undefined) return [];
    const declared = field(entry, "licenseDeclared");
    const license =
      declared === "NOASSERTION" || typeof declared !== "string" ? undefined : licenseExpression(declared);
    return [
      {
        name: [purl.namespace, purl.name]
          .filter((part) => part !== null && part !== undefined && part !== "")
          .join("/"),
        version: purl.version,
        purl: new PackageURL(purl.type, purl.namespace, purl.name, purl.version, undefined, undefined).toString(),
        ...(license === undefined ? {} : { license }),
        paths: [path],
      },
    ];
  });
}

function purlOf(entry: unknown, type: string): PackageURL | undefined {
  const refs: unknown = field(entry, "externalRefs");
  for (const ref of Array.isArray(refs) ? (refs as readonly unknown[]) : []) {
    const text = field(ref, "referenceLocator");
    if (field(ref, "referenceType") !== "purl" || typeof text !== "string" || !text.startsWith(`pkg:${type}/`))
      continue;
    try {
      return PackageURL.fromString(text);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function field(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
