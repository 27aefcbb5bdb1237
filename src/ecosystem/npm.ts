// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import semver from "semver";
import type { Ecosystem, FoundSoftware } from "./contract.js";

const MANIFEST = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;
const MAX_MANIFEST_BYTES = 1024 * 1024; // the largest on the registry that we know has 0.3 MiB

/** Installed npm packages. Nothing is matched with advisories yet; reports say so. */
export const npm: Ecosystem = {
  id: "npm",
  title: "npm packages",
  interest: (path) => (MANIFEST.test(path) ? { kind: "text", maxBytes: MAX_MANIFEST_BYTES } : undefined),
  find: (files) => [...files].flatMap(([path, text]) => (MANIFEST.test(path) ? readManifest(path, text) : [])),
  compareVersions: (a, b) => semver.compare(a, b),
  satisfies: (version, range) =>
    semver.valid(version) === null || semver.validRange(range) === null ? undefined : semver.satisfies(version, range),
};

function readManifest(path: string, text: string): readonly FoundSoftware[] {
  let manifest: { readonly name?: unknown; readonly version?: unknown; readonly license?: unknown } | null;
  try {
    manifest = JSON.parse(text) as typeof manifest;
  } catch {
    return []; // test fixtures of packages hold broken manifests on purpose
  }
  if (manifest === null || typeof manifest.name !== "string" || typeof manifest.version !== "string") return [];
  // Files below a package (examples, ES module markers) have manifests, too; only the package's own names its folder.
  if (MANIFEST.exec(path)?.[1] !== manifest.name || semver.valid(manifest.version) === null) return [];
  const [scope, name] = manifest.name.startsWith("@") ? manifest.name.split("/") : [undefined, manifest.name];
  if (name === undefined || name === "") return [];
  return [
    {
      name: manifest.name,
      version: manifest.version,
      purl: new PackageURL("npm", scope, name, manifest.version, undefined, undefined).toString(),
      ...(typeof manifest.license === "string" ? { license: manifest.license } : {}),
      paths: [path],
    },
  ];
}
