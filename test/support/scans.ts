// SPDX-License-Identifier: Apache-2.0
import type { Advisories } from "../../src/advisories/index.js";
import { DISTROS } from "../../src/distro/index.js";
import { sha256Digest } from "../../src/formats/digest.js";
import type { RunConfig } from "../../src/formats/oci/config.js";
import { parseManifest } from "../../src/formats/oci/manifest.js";
import type { Inventory, InventoryPackage } from "../../src/inventory/index.js";
import { match, toScan, type Finding, type ImageScan } from "../../src/scan/index.js";

/** A Debian package: `name`, `version`, and the source and its version where they differ. */
export function deb(
  name: string,
  version: string,
  from: { readonly source?: string; readonly sourceVersion?: string } = {},
): InventoryPackage {
  const { source = name, sourceVersion = version } = from;
  const installed = { name, version, architecture: "amd64", source, sourceVersion };
  const purl = DISTROS[0]?.purl(installed, { versionId: "13" }) ?? "";
  return { kind: "deb", ...installed, purl, paths: [] };
}

/** The Node.js program. */
export function nodejs(version: string): InventoryPackage {
  const paths = ["usr/local/bin/node"];
  return { kind: "nodejs", name: "node", version, purl: `pkg:generic/node@${version}`, license: "MIT", paths };
}

export function npm(name: string, version: string): InventoryPackage {
  const paths = [`usr/local/lib/node_modules/${name}/package.json`];
  return { kind: "npm", name, version, purl: `pkg:npm/${name}@${version}`, paths };
}

/** Debian 13 with these packages. */
export function debianInventory(...packages: readonly InventoryPackage[]): Inventory {
  return { distro: { id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13 (trixie)" }, packages };
}

/** Findings as `vulnerability package severity`, in order; what is counted apart says why. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return findings.map((finding) => {
    const apart = finding.suppression === undefined ? (finding.isUnimportant ? " unimportant" : "") : " suppressed";
    const state = finding.state === "undetermined" ? " undetermined" : "";
    return `${finding.vulnerability} ${finding.package.name} ${finding.severity}${apart}${state}`;
  });
}

export function linesOf(inventory: Inventory, advisories: Advisories): readonly string[] {
  return findingLines(match(inventory, advisories).findings);
}

export interface TestScan {
  readonly reference?: string;
  readonly sizeBytes?: number;
  readonly config?: RunConfig;
}

/** The scan of an image that has this inventory; its digest depends on its reference. */
export function scanOf(inventory: Inventory, advisories: Advisories, facts: TestScan = {}): ImageScan {
  const { reference = "app:1", sizeBytes = 41_000_000, config = {} } = facts;
  const configDescriptor = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: sha256Digest(reference),
    size: 2,
  };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: configDescriptor,
      layers: [],
    }),
  );
  const manifest = parseManifest(bytes);
  if (manifest.kind !== "image") throw new Error("internal: the test's manifest is one of an image");
  const imageConfig = {
    architecture: "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers" as const, diff_ids: [] },
  };
  const image = { root: manifest.digest, manifest, config: imageConfig, platform: "linux/amd64", sizeBytes };
  return toScan(reference, image, inventory, { advisories });
}
