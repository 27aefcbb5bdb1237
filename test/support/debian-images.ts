// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { openAdvisories } from "../../src/advisories/index.js";
import type { CatalogInfo } from "../../src/definition/index.js";
import { sha256Digest } from "../../src/formats/digest.js";
import { parseImageReference } from "../../src/formats/image-reference.js";
import type { RunConfig } from "../../src/formats/oci/config.js";
import { descriptorOf, formatManifest, parseManifest } from "../../src/formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../src/formats/oci/media-types.js";
import { parsePlatform, type Platform } from "../../src/formats/platform.js";
import { scanImage } from "../../src/scan/index.js";
import type { Store } from "../../src/store/index.js";
import { openStoreImage } from "../../src/transfer/index.js";
import type { TestEntry } from "./archives.js";
import { makeLayer, type TestImage } from "./images.js";
import { temporaryFolder } from "./temporary.js";

export interface DebianImageOptions {
  /** Installed packages as `name version`, or `name version source`. */
  readonly packages?: readonly string[];
  /** Version of the Node.js program, if there is one. */
  readonly node?: string;
  readonly entries?: readonly TestEntry[];
  /** @default linux/amd64 */
  readonly platform?: Platform;
  readonly config?: RunConfig;
  /** In place of the configuration. */
  readonly rawConfig?: string;
}

/** A small image of Debian 13: package database, os-release, and what is asked for. */
export function debianImage(options: DebianImageOptions = {}): TestImage {
  const { platform = "linux/amd64", packages = [], node, config = {}, entries = [] } = options;
  const architecture = platform.slice("linux/".length);
  const layer = makeLayer([
    { path: "usr/lib/os-release", content: 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n' },
    { path: "var/lib/dpkg/status", content: packages.map((line) => statusOf(line, architecture)).join("\n") },
    ...(node === undefined ? [] : [nodeProgram(node)]),
    ...entries,
  ]);
  const document = {
    created: "2026-11-01T00:00:00Z",
    architecture,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  };
  const configBytes = Buffer.from(options.rawConfig ?? JSON.stringify(document));
  const manifest = formatManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(configBytes, MEDIA_TYPES.config),
    layers: [layer.descriptor],
  });
  const root = parseManifest(manifest);
  const blobs = new Map([
    [sha256Digest(configBytes), configBytes],
    [layer.descriptor.digest, layer.bytes],
  ]);
  return { root, manifests: [root], blobs };
}

function statusOf(line: string, architecture: string): string {
  const [name = "", version = "", source] = line.split(" ");
  const from = source === undefined ? "" : `Source: ${source}\n`;
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: ${architecture}\n${from}Version: ${version}\n`;
}

function nodeProgram(version: string): TestEntry {
  return { path: "usr/local/bin/node", mode: 0o755, content: `\u007fELF node.js/v${version}\0${"\0".repeat(64)}` };
}

/** Looks through an image of the store on all its platforms, as a worker does. */
export async function lookThrough(store: Store, text: string): Promise<void> {
  const advisories = await openAdvisories(join(temporaryFolder(), "none.db"));
  const reader = await openStoreImage(parseImageReference(text), text, store);
  const { root } = reader;
  const platforms =
    root.kind === "image"
      ? [{}]
      : root.value.manifests.map((item) => ({
          platform: parsePlatform(`${item.platform?.os}/${item.platform?.architecture}`),
        }));
  for (const platform of platforms) await scanImage(reader, { ...platform, advisories, store });
}

/** What the catalogue shows about a repository; what is not given is empty. */
export async function putCatalogEntry(store: Store, repository: string, parts: Partial<CatalogInfo>): Promise<void> {
  const info: CatalogInfo = {
    displayName: repository,
    shortDescription: `the image ${repository}`,
    isFeatured: false,
    categories: [],
    tools: [],
    overview: "",
    guides: "",
    ...parts,
  };
  await store.db
    .insertInto("catalog_entries")
    .values({ repository, entry: JSON.stringify(info), updated_at: store.now().toISOString() })
    .execute();
}
