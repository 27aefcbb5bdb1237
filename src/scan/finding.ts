// SPDX-License-Identifier: Apache-2.0
import type { Severity } from "../formats/severity.js";
import type { InventoryPackage, SourcePackage } from "../inventory/index.js";

/** One vulnerability in one package of an image, and how it was found. */
export interface Finding {
  readonly vulnerability: string;
  readonly title?: string;
  readonly severity: Severity;
  readonly cvss?: { readonly vector: string; readonly score: number; readonly source: string };
  readonly isExploited: boolean;
  /** When the vulnerability became public, where a feed says so: RFC 3339. */
  readonly publishedAt?: string;
  readonly package: AffectedPackage;
  /** `affected`, or `undetermined`: nobody has looked yet. */
  readonly state: "affected" | "undetermined";
  readonly fixedVersion?: string;
  /** Versions that are affected, in words. */
  readonly affectedRange: string;
  /** Why it counts, in words: what was compared with what. */
  readonly rule: string;
  readonly advisory: { readonly feed: string; readonly asOf: string; readonly note?: string };
  /** The distribution calls it unimportant; counted apart. */
  readonly isUnimportant: boolean;
  /** Why it does not count, if it does not. */
  readonly suppression?: { readonly by: string; readonly reason: string };
}

/** What a vulnerability was found in: the source package where there is one, and what was built from it. */
export type AffectedPackage = SourcePackage;

/** Packages that nothing is known about: neither clean nor affected. */
export interface Unknown {
  readonly kind: InventoryPackage["kind"];
  /** Source packages where there are such. */
  readonly names: readonly string[];
  readonly why: string;
}

/** A vulnerability that the distribution says a package does not have. */
export interface NotAffected {
  readonly vulnerability: string;
  readonly package: AffectedPackage;
  readonly advisory: Finding["advisory"];
}

export interface ScanResult {
  /** Worst first; distinct by vulnerability and package. */
  readonly findings: readonly Finding[];
  readonly notAffected: readonly NotAffected[];
  /** How many packages were compared with advisories. */
  readonly assessedPackages: number;
  readonly unknown: readonly Unknown[];
  /** Date of the oldest data that took part; undefined when none did. */
  readonly dataAsOf: string | undefined;
}
