// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import semver from "semver";
import type { Ecosystem, FoundSoftware } from "./contract.js";
import { isSpdxDocument, MAX_DOCUMENT_BYTES, packagesInDocument } from "./spdx-documents.js";

/** A package's own manifest; those of examples and of markers below it lie deeper. */
const MANIFEST = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;
/** Names of old included. Source: validate-npm-package-name, README, "Naming Rules" and "Legacy Names". */
const NAME = /^(?:(@[\w!'()*~-][\w!'()*.~-]*)\/)?([\w!'()*~-][\w!'()*.~-]*)$/;
const MAX_MANIFEST_BYTES = 1024 * 1024; // the largest on the registry that we know has 0.3 MiB

/** Installed npm packages, and those that documents in the image say programs of it were made of. Nothing is matched with advisories yet; reports say so. */
export const npm: Ecosystem = {
  id: "npm",
  title: "npm packages",
  interest: (path) => {
    if (isSpdxDocument(path)) return { kind: "text", maxBytes: MAX_DOCUMENT_BYTES };
    return MANIFEST.test(path) ? { kind: "text", maxBytes: MAX_MANIFEST_BYTES } : undefined;
  },
  find: (files) =>
    [...files].flatMap(([path, text]) => {
      if (isSpdxDocument(path))
        return packagesInDocument(path, text, "npm").filter(({ version }) => semver.valid(version) !== null);
      return MANIFEST.test(path) ? readManifest(path, text) : [];
    }),
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
  // The folder may have another name: `npm install string-width-cjs@npm:string-width`.
  const [, scope, name] = NAME.exec(manifest.name) ?? [];
  if (name === undefined || semver.valid(manifest.version) === null) return [];
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
