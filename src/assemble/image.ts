// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition } from "../definition/index.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import { chainIdOf, type ImageConfig } from "../formats/oci/config.js";
import { descriptorOf, formatManifest, type Descriptor, type ImageManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { architectureOf } from "../formats/platform.js";
import type { Layer } from "./layer.js";
import { CA_BUNDLE, type Interfaces } from "./rules.js";

/** A configuration and a manifest, and the bytes whose digests they have. */
export interface ImageDocuments {
  readonly config: ImageConfig;
  readonly configBytes: Buffer;
  readonly manifestBytes: Buffer;
  readonly manifest: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What configuration and manifest are made from. */
export interface ImageFacts {
  readonly image: ImageDefinition;
  readonly layers: readonly Layer[];
  readonly interfaces: Interfaces;
  readonly createdAt: Date;
  readonly hasCaBundle: boolean;
}

/** Rule `config`: configuration and manifest of one platform. Key order is fixed, so equal facts are equal bytes. */
export function describeImage(facts: ImageFacts): ImageDocuments {
  const config = toConfig(facts);
  const configBytes = Buffer.from(JSON.stringify(config));
  const annotations = annotationsOf(facts);
  const manifestValue: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(configBytes, MEDIA_TYPES.config),
    layers: facts.layers.map((layer) => layer.descriptor),
    annotations,
  };
  const manifestBytes = formatManifest(manifestValue);
  const platform = { architecture: architectureOf(facts.image.platform), os: "linux" };
  return {
    config,
    configBytes,
    manifestBytes,
    manifest: { ...descriptorOf(manifestBytes, MEDIA_TYPES.manifest), platform },
    annotations,
  };
}

/** Annotations that are the same on every platform's manifest, for the index. */
export function annotationsOf({
  image,
  createdAt,
}: Pick<ImageFacts, "image" | "createdAt">): Readonly<Record<string, string>> {
  return sorted({
    "org.opencontainers.image.created": createdAt.toISOString(),
    "org.opencontainers.image.title": image.title,
    "org.opencontainers.image.version": versionOf(image),
    "io.basalt.name": image.image,
    "io.basalt.variant": image.variant,
    ...(image.dates.endOfLife === undefined ? {} : { "io.basalt.date.end-of-life": image.dates.endOfLife }),
    ...image.annotations,
  });
}

/** The longest tag: the one that says most. */
export function versionOf(image: Pick<ImageDefinition, "tags">): string {
  return image.tags.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))[0] ?? "";
}

function toConfig(facts: ImageFacts): ImageConfig {
  const { image, layers, createdAt } = facts;
  const created = createdAt.toISOString();
  return {
    created,
    architecture: architectureOf(image.platform),
    os: "linux",
    config: {
      User: `${image.accounts.runAs.uid}:${image.accounts.runAs.gid}`,
      ...(image.ports.length === 0 ? {} : { ExposedPorts: Object.fromEntries(image.ports.map((port) => [port, {}])) }),
      Env: environmentOf(facts),
      ...(image.entrypoint.length === 0 ? {} : { Entrypoint: image.entrypoint }),
      ...(image.cmd.length === 0 ? {} : { Cmd: image.cmd }),
      ...(image.volumes.length === 0
        ? {}
        : { Volumes: Object.fromEntries(image.volumes.map((volume) => [volume, {}])) }),
      WorkingDir: image.workDir ?? "/",
      Labels: labelsOf(facts),
      ...(image.stopSignal === undefined ? {} : { StopSignal: image.stopSignal }),
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((layer) => ({ created, created_by: `basalt: ${layer.title}` })),
  };
}

function environmentOf({ image, hasCaBundle }: ImageFacts): readonly string[] {
  const defaults = { PATH: DEFAULT_PATH, ...(hasCaBundle ? { SSL_CERT_FILE: `/${CA_BUNDLE}` } : {}) };
  return Object.entries(sorted({ ...defaults, ...image.environment })).map(([name, value]) => `${name}=${value}`);
}

function labelsOf({ image, layers, interfaces, createdAt }: ImageFacts): Readonly<Record<string, string>> {
  return sorted({
    "org.opencontainers.image.created": createdAt.toISOString(),
    "org.opencontainers.image.title": image.title,
    "org.opencontainers.image.version": versionOf(image),
    "io.basalt.name": image.image,
    "io.basalt.variant": image.variant,
    "io.basalt.flavor": image.flavor ?? "",
    "io.basalt.distro": `${image.osRelease.id}-${image.osRelease.versionId}`,
    "io.basalt.shell": interfaces.shell,
    "io.basalt.package-manager": interfaces.packageManager,
    // What an image is tested with does not make it another one.
    "io.basalt.definition.digest": `sha256:${sha256Hex(canonicalJson({ ...image, tests: undefined }))}`,
    "io.basalt.chain-id": chainIdOf(layers.map((layer) => layer.diffId)),
    ...(image.dates.release === undefined ? {} : { "io.basalt.date.release": image.dates.release }),
    ...(image.dates.endOfLife === undefined ? {} : { "io.basalt.date.end-of-life": image.dates.endOfLife }),
    ...image.labels,
  });
}

function sorted(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
