// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";

type PackageUrlModule = typeof import("packageurl-js");

export interface PackageUrlParts {
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers?: Readonly<Record<string, string>>;
}

/** A purl in its canonical form. The library is loaded for the first one: most commands name no package so. Source: ECMA-427. */
export function formatPackageUrl({ type, namespace, name, version, qualifiers }: PackageUrlParts): string {
  const { PackageURL } = createRequire(import.meta.url)("packageurl-js") as PackageUrlModule;
  return new PackageURL(type, namespace, name, version, qualifiers, undefined).toString();
}
