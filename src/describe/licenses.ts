// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../formats/canonical-json.js";
import type { Bill, BillItem } from "./bill.js";

/** Source: docs/provenance.md. */
export interface LicenseList {
  /** By SPDX expression, as packages state it. */
  readonly licenses: readonly { readonly license: string; readonly packages: readonly string[] }[];
  /** What states none that can be read. */
  readonly unknown: readonly string[];
}

/** Licences of everything in an image, and what is under each. */
export function toLicenses({ items }: Bill): LicenseList {
  const byLicense = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const item of items) {
    const { license } = item;
    if (license === undefined) unknown.push(nameOf(item));
    else byLicense.set(license, [...(byLicense.get(license) ?? []), nameOf(item)]);
  }
  return {
    licenses: [...byLicense]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([license, packages]) => ({ license, packages: packages.toSorted(compareText) })),
    unknown: unknown.toSorted(compareText),
  };
}

function nameOf({ purl, name, version }: BillItem): string {
  return purl ?? (version === undefined ? name : `${name} ${version}`);
}
