// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../canonical-json.js";
import { knownLicense, licenseReference } from "../spdx.js";

/** Names of the machine-readable format, and of custom, whose SPDX identifiers are others. Source: copyright-format 1.0, "License specification". */
const SPDX_NAMES: Readonly<Record<string, string>> = {
  artistic: "Artistic-1.0-Perl",
  "apache-2": "Apache-2.0",
  "bsd-2": "BSD-2-Clause",
  "bsd-2-clause": "BSD-2-Clause",
  "bsd-3": "BSD-3-Clause",
  "bsd-3-clause": "BSD-3-Clause",
  "bsd-4-clause": "BSD-4-Clause",
  boost: "BSL-1.0",
  cc0: "CC0-1.0",
  expat: "MIT",
  "isc-license": "ISC",
  "mit/x11": "MIT",
  openldap: "OLDAP-2.8",
  "openldap-2.8": "OLDAP-2.8",
  psf: "PSF-2.0",
  "psf-2": "PSF-2.0",
  zlib: "Zlib",
};
/** Families of which Debian's names say a version and "or later" in many spellings. */
const GNU = /^(agpl|gpl|lgpl|gfdl)v?-?([0-9](?:\.[0-9])?)(?:\.0)?(\+|-or-later|-only)?$/i;
const MAX_NAMES = 200; // licences of one package; the most that Debian has is below 100

/**
 * Licences that a package's `copyright` file names, as one SPDX expression: those of the machine-readable format, else the texts of
 * `/usr/share/common-licenses` that it refers to. What has no SPDX identifier becomes a `LicenseRef`. Undefined where it names none.
 * Source: Debian, copyright-format 1.0; Debian Policy, 12.5.
 */
export function licensesInCopyright(text: string): string | undefined {
  const named = /^Format:\s*\S+copyright-format|^Format-Specification:/m.test(text)
    ? [...text.matchAll(/^License:[ \t]*(\S[^\n]*)$/gm)].map((match) => (match[1] ?? "").trim())
    : [...text.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]*[A-Za-z0-9+])/g)].map(
        (match) => match[1] ?? "",
      );
  const expressions = named.slice(0, MAX_NAMES * 50).map(toExpression);
  const parts = expressions.flatMap((each) => (each.includes(" OR ") ? [each] : each.split(" AND ")));
  const sorted = [...new Set(parts)]
    .filter((each) => each !== "")
    .toSorted(compareText)
    .slice(0, MAX_NAMES);
  if (sorted.length === 0) return undefined;
  return sorted.map((each) => (sorted.length > 1 && each.includes(" OR ") ? `(${each})` : each)).join(" AND ");
}

/** One value of a `License` field; a sentence where a name should stand is none. */
function toExpression(text: string): string {
  if (/[.;:]$/.test(text) || text.split(" ").length > 12) return "";
  const alternatives = text.split(/,?\s+or\s+|_or_|\s*\|\s*/i).map((alternative) =>
    alternative
      .split(/,?\s+and\s+|\s*[&,]\s*/i)
      .filter((name) => name !== "")
      .map(toIdentifier)
      .join(" AND "),
  );
  const parts = alternatives.filter((part) => part !== "");
  return parts.length < 2
    ? (parts[0] ?? "")
    : parts.map((part) => (part.includes(" AND ") ? `(${part})` : part)).join(" OR ");
}

function toIdentifier(name: string): string {
  const gnu = GNU.exec(name);
  if (gnu !== null) {
    const [, family = "", version = "", later] = gnu;
    const number = version.includes(".") ? version : `${version}.0`;
    const found = `${family.toUpperCase()}-${number}-${later === "+" || later === "-or-later" ? "or-later" : "only"}`;
    if (knownLicense(found) !== undefined) return found;
  }
  return (
    SPDX_NAMES[name.toLowerCase()] ??
    knownLicense(name) ??
    licenseReference(`debian-${name.replace(/\+$/, "-or-later")}`)
  );
}
