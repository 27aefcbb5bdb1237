// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { compareText } from "./canonical-json.js";

/** One package of an SPDX document, in words; empty where nothing is said. */
export interface SpdxEntry {
  readonly name: string;
  readonly version: string;
  /** Of its purl: `deb`, `npm`. */
  readonly kind: string;
  readonly purl: string;
  readonly license: string;
  readonly supplier: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Lists the packages of an SPDX 2 document, whoever wrote it, by kind and name; not the image and its operating system, which it has as
 * packages, too. Source: SPDX 2.3, clause 7. @throws BasaltError `EVIDENCE_INVALID`
 */
export function readSpdxPackages(document: unknown, name: string): readonly SpdxEntry[] {
  const { packages } = fields(document);
  if (!Array.isArray(packages))
    throw new BasaltError("EVIDENCE_INVALID", `${name} lists no packages: it is no SPDX document`);
  return (packages as readonly unknown[])
    .map(fields)
    .filter(({ primaryPackagePurpose: purpose }) => purpose !== "CONTAINER" && purpose !== "OPERATING-SYSTEM")
    .map(toEntry)
    .toSorted(
      (a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name) || compareText(a.version, b.version),
    );
}

function toEntry(item: Fields): SpdxEntry {
  const purl = purlOf(item["externalRefs"]);
  return {
    name: said(item["name"]),
    version: said(item["versionInfo"]),
    kind: /^pkg:([a-z0-9.+-]+)\//i.exec(purl)?.[1] ?? "",
    purl,
    license: said(item["licenseDeclared"]) || said(item["licenseConcluded"]),
    supplier: said(item["supplier"]).replace(/^(?:Organization|Person): /, ""),
  };
}

function purlOf(references: unknown): string {
  const all = Array.isArray(references) ? (references as readonly unknown[]).map(fields) : [];
  return said(all.find(({ referenceType }) => referenceType === "purl")?.["referenceLocator"]);
}

/** Source: SPDX 2.3, annex on `NOASSERTION` and `NONE`. */
function said(value: unknown): string {
  return typeof value !== "string" || value === "NOASSERTION" || value === "NONE" ? "" : value;
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
