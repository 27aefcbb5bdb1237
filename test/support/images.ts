// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { diffIdOfHex, sha256Digest, sha256Hex, type Digest, type DiffId } from "../../src/formats/digest.js";
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../../src/formats/image-reference.js";
import type { RunConfig } from "../../src/formats/oci/config.js";
import {
  descriptorOf,
  EMPTY_CONFIG,
  formatManifest,
  parseManifest,
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  type ParsedManifest,
} from "../../src/formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../src/formats/oci/media-types.js";
import type { Platform } from "../../src/formats/platform.js";
import { formatSimpleSigning, SIGNATURE_ANNOTATION, signatureTag } from "../../src/formats/simple-signing.js";
import { makeTar, type TestEntry } from "./archives.js";

/** An image with everything that it is made of. */
export interface TestImage {
  readonly root: ParsedManifest;
  /** All manifests, children before parents; the root comes last. */
  readonly manifests: readonly ParsedManifest[];
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

export interface TestLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
  readonly bytes: Buffer;
}

export interface TestImageOptions {
  /** @default linux/amd64 */
  readonly platform?: Platform;
  /** Lowest first. @default one layer with a file that names the platform */
  readonly layers?: readonly TestLayer[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** What containers get. @default a command */
  readonly run?: RunConfig;
  /** Media types of Docker's own format. @default false */
  readonly isDocker?: boolean;
}

export interface TestArtifactOptions {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default the empty config */
  readonly config?: Descriptor;
}

/** What the tests call a layer's compression. */
export type LayerForm = "gzip" | "none";

export function makeLayer(entries: readonly TestEntry[], form: LayerForm = "gzip"): TestLayer {
  const tar = makeTar(entries);
  const bytes = form === "gzip" ? gzipSync(tar) : tar;
  const mediaType = form === "gzip" ? MEDIA_TYPES.layerGzip : MEDIA_TYPES.layerTar;
  return { descriptor: descriptorOf(bytes, mediaType), diffId: diffIdOfHex(sha256Hex(tar)), bytes };
}

/** An image of one platform. */
export function makeImage(options: TestImageOptions = {}): TestImage {
  const { platform = "linux/amd64", isDocker = false } = options;
  const layers = options.layers ?? [makeLayer([{ path: "etc/issue", content: `for ${platform}\n` }])];
  const config = Buffer.from(
    JSON.stringify({
      created: "2026-11-01T00:00:00Z",
      architecture: platform.slice("linux/".length),
      os: "linux",
      config: options.run ?? { Cmd: ["/bin/app"] },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    }),
  );
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: isDocker ? MEDIA_TYPES.dockerManifest : MEDIA_TYPES.manifest,
    config: descriptorOf(config, isDocker ? MEDIA_TYPES.dockerConfig : MEDIA_TYPES.config),
    layers: layers.map(({ descriptor }) =>
      isDocker ? { ...descriptor, mediaType: MEDIA_TYPES.dockerLayerGzip } : descriptor,
    ),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  };
  return toImage(manifest, [config, ...layers.map((layer) => layer.bytes)]);
}

/** An index over images, in the order given. */
export function makeIndex(images: readonly TestImage[]): TestImage {
  const value: ImageIndex = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: images.map(({ root, blobs }) => ({ ...descriptorOfManifest(root), ...platformOf(root, blobs) })),
  };
  const root = parseManifest(formatManifest(value));
  return {
    root,
    manifests: [...images.flatMap((image) => image.manifests), root],
    blobs: new Map(images.flatMap((image) => [...image.blobs])),
  };
}

/** An index with an image of each platform. */
export function makeTwoPlatforms(): TestImage {
  return makeIndex([makeImage({ platform: "linux/amd64" }), makeImage({ platform: "linux/arm64" })]);
}

/** Something that is attached to a manifest, or, without a subject, stands alone. */
export function makeArtifact(subject: ParsedManifest | undefined, options: TestArtifactOptions = {}): TestImage {
  const { artifactType, annotations, body = "evidence", config = EMPTY_CONFIG } = options;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    ...(artifactType === undefined ? {} : { artifactType }),
    config,
    layers: [descriptorOf(Buffer.from(body), artifactType ?? "text/plain")],
    ...(subject === undefined ? {} : { subject: descriptorOfManifest(subject) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return toImage(manifest, [Buffer.from("{}"), Buffer.from(body)]);
}

/** A signature as cosign 2 pushes it, and the tag under which it lies. */
export function makeCosignSignature(
  subject: ParsedManifest,
  signature = "c2lnbmF0dXJl",
): { readonly image: TestImage; readonly tag: Tag } {
  const payload = formatSimpleSigning(repository("somebody/app"), subject.digest);
  const config = Buffer.from(
    JSON.stringify({
      architecture: "",
      created: "0001-01-01T00:00:00Z",
      os: "",
      rootfs: { type: "layers", diff_ids: [sha256Digest(payload)] },
      config: {},
    }),
  );
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(config, MEDIA_TYPES.config),
    layers: [
      { ...descriptorOf(payload, MEDIA_TYPES.simpleSigning), annotations: { [SIGNATURE_ANNOTATION]: signature } },
    ],
  };
  return { image: toImage(manifest, [config, payload]), tag: signatureTag(subject.digest) };
}

export function descriptorOfManifest({ mediaType, digest, bytes }: ParsedManifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

/** The descriptor by which some manifest of the image names a blob. */
export function descriptorIn(image: TestImage, digest: Digest): Descriptor {
  const found = image.manifests
    .flatMap((manifest) => (manifest.kind === "image" ? [manifest.value.config, ...manifest.value.layers] : []))
    .find((descriptor) => descriptor.digest === digest);
  if (found === undefined) throw new Error(`no manifest names ${digest}`);
  return found;
}

export function repository(name: string): RepositoryName {
  return parseRepositoryName(name);
}

export function tagged(...names: readonly string[]): readonly Tag[] {
  return names.map(parseTag);
}

export function sha512Digest(bytes: Buffer): Digest {
  return `sha512:${createHash("sha512").update(bytes).digest("hex")}` as Digest;
}

/** Bytes that no compression shrinks. */
export function noise(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes);
}

function toImage(manifest: ImageManifest, contents: readonly Buffer[]): TestImage {
  const root = parseManifest(formatManifest(manifest));
  const named = new Set([manifest.config, ...manifest.layers].map((descriptor) => descriptor.digest));
  const blobs = contents.map((bytes) => [sha256Digest(bytes), bytes] as const);
  return { root, manifests: [root], blobs: new Map(blobs.filter(([digest]) => named.has(digest))) };
}

function platformOf({ kind, value }: ParsedManifest, blobs: ReadonlyMap<Digest, Buffer>): Pick<Descriptor, "platform"> {
  const config = kind === "image" ? blobs.get(value.config.digest) : undefined;
  if (config === undefined) return {};
  const { os, architecture } = JSON.parse(config.toString("utf8")) as { os?: string; architecture?: string };
  return os === undefined || architecture === undefined ? {} : { platform: { os, architecture } };
}
