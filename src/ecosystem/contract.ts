// SPDX-License-Identifier: Apache-2.0

/** How a file is looked at while an image is read. */
export type FileInterest =
  /** Keep its text; larger files are passed over. */
  | { readonly kind: "text"; readonly maxBytes: number }
  /** Look through its bytes and keep what was found. */
  | { readonly kind: "scan"; readonly start: () => Scanner };

/** Sees a file's bytes in pieces, as a hash does. */
export interface Scanner {
  readonly update: (chunk: Uint8Array) => void;
  /** What was found, if anything. */
  readonly result: () => string | undefined;
}

/** Software that is not a distribution package. */
export interface FoundSoftware {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** SPDX expression, where the software states one. */
  readonly license?: string;
  /** Files that show it, without a leading slash. */
  readonly paths: readonly string[];
}

/**
 * Packages of a language or of one program: how they are found in an image, and how their versions are compared with
 * advisories. Every implementation must pass `test/contract/ecosystem.ts`.
 */
export interface Ecosystem {
  /** Name in inventories and advisory data. */
  readonly id: "nodejs" | "npm";
  /** For people. */
  readonly title: string;
  readonly interest: (path: string) => FileInterest | undefined;
  /** Software that the files show; values are texts or scan results by path. */
  readonly find: (files: ReadonlyMap<string, string>) => readonly FoundSoftware[];
  readonly compareVersions: (a: string, b: string) => -1 | 0 | 1;
  /** Whether a version lies in a range as this ecosystem's advisories write it; undefined when either cannot be read. */
  readonly satisfies: (version: string, range: string) => boolean | undefined;
}
