// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { isDigest, sha256Digest, type Digest } from "../digest.js";
import { isIndexType, isManifestType, MEDIA_TYPES } from "./media-types.js";

/** Names some content. Source: OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  readonly platform?: OciPlatform;
  /** Base64 of the content, for tiny ones. */
  readonly data?: string;
}

export interface OciPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** Source: OCI image-spec, manifest.md. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Source: OCI image-spec, image-index.md. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest of either kind, and the bytes whose digest it has. */
export type ParsedManifest = ParsedBase &
  ({ readonly kind: "image"; readonly value: ImageManifest } | { readonly kind: "index"; readonly value: ImageIndex });

interface ParsedBase {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** The empty JSON object that artifacts use as their config. Source: OCI image-spec, manifest.md, "Guidance for an Empty Descriptor". */
export const EMPTY_CONFIG: Descriptor = {
  mediaType: MEDIA_TYPES.empty,
  digest: sha256Digest("{}"),
  size: 2,
  data: "e30=",
};

export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024; // OCI distribution-spec, "Pushing Manifests": at least 4 MiB should be accepted

/**
 * Reads a manifest or index. `mediaType` is what the transport said; what the document itself says must not contradict it.
 * @throws BasaltError `MANIFEST_INVALID`
 */
export function parseManifest(bytes: Buffer, mediaType?: string): ParsedManifest {
  const value = parseObject(bytes);
  if (value["schemaVersion"] !== 2) throw invalid("schemaVersion must be 2");
  const own = value["mediaType"];
  if (own !== undefined && typeof own !== "string") throw invalid("mediaType must be text");
  const type =
    own ??
    (mediaType !== undefined && (isIndexType(mediaType) || isManifestType(mediaType)) ? mediaType : guessType(value));
  if (
    own !== undefined &&
    mediaType !== undefined &&
    (isIndexType(mediaType) || isManifestType(mediaType)) &&
    own !== mediaType
  ) {
    throw invalid(`it was sent as ${mediaType} and says that it is ${own}`);
  }
  const common = { bytes, digest: sha256Digest(bytes), mediaType: type };
  const shared = {
    ...optionalText(value, "mediaType"),
    ...optionalText(value, "artifactType"),
    ...optionalAnnotations(value),
    ...(value["subject"] === undefined || value["subject"] === null
      ? {}
      : { subject: descriptor(value["subject"], "subject") }),
  };
  if (value["manifests"] !== undefined && (value["layers"] !== undefined || value["config"] !== undefined))
    throw invalid("it is an image and an index at once"); // CVE-2021-41190
  if (isIndexType(type)) {
    const manifests = list(value["manifests"], "manifests").map((item, index) =>
      descriptor(item, `manifests[${index}]`),
    );
    return { ...common, kind: "index", value: { schemaVersion: 2, ...shared, manifests } };
  }
  if (isManifestType(type)) {
    const layers = list(value["layers"], "layers").map((item, index) => descriptor(item, `layers[${index}]`));
    return {
      ...common,
      kind: "image",
      value: { schemaVersion: 2, ...shared, config: descriptor(value["config"], "config"), layers },
    };
  }
  throw invalid(`the media type ${JSON.stringify(type)} is not that of a manifest`);
}

/** Bytes of a manifest: keys in the order given, no white space. */
export function formatManifest(value: ImageManifest | ImageIndex): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function descriptorOf(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.byteLength };
}

/** What the referrers list shows as a manifest's type. Source: OCI distribution-spec, "Listing Referrers". */
export function artifactTypeOf(manifest: ParsedManifest): string | undefined {
  if (manifest.value.artifactType !== undefined && manifest.value.artifactType !== "")
    return manifest.value.artifactType;
  return manifest.kind === "image" ? manifest.value.config.mediaType : undefined;
}

function guessType(value: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(value["manifests"])) return MEDIA_TYPES.index;
  return value["config"] === undefined ? "" : MEDIA_TYPES.manifest;
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  throw invalid("it is not a JSON object");
}

function descriptor(value: unknown, at: string): Descriptor {
  if (value === null || typeof value !== "object") throw invalid(`${at} must be a descriptor`);
  const fields = value as Readonly<Record<string, unknown>>;
  const { mediaType, digest, size } = fields;
  if (typeof mediaType !== "string" || mediaType === "") throw invalid(`${at}.mediaType must be text`);
  if (typeof digest !== "string" || !isDigest(digest)) throw invalid(`${at}.digest must be a digest`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`${at}.size must be a number of bytes`);
  return {
    mediaType,
    digest,
    size,
    ...optionalAnnotations(fields),
    ...optionalText(fields, "artifactType"),
    ...optionalText(fields, "data"),
    ...optionalPlatform(fields["platform"], at),
  };
}

function optionalPlatform(value: unknown, at: string): { readonly platform?: OciPlatform } {
  if (value === undefined || value === null) return {};
  const { architecture, os, variant } = value as Readonly<Record<string, unknown>>;
  if (typeof architecture !== "string" || typeof os !== "string")
    throw invalid(`${at}.platform must name os and architecture`);
  return { platform: { architecture, os, ...(typeof variant === "string" ? { variant } : {}) } };
}

function optionalText<K extends "mediaType" | "artifactType" | "data">(
  fields: Readonly<Record<string, unknown>>,
  key: K,
): { readonly [P in K]?: string } {
  const value = fields[key];
  return typeof value === "string" ? ({ [key]: value } as { readonly [P in K]?: string }) : {};
}

function optionalAnnotations(fields: Readonly<Record<string, unknown>>): {
  readonly annotations?: Readonly<Record<string, string>>;
} {
  const value = fields["annotations"];
  if (value === undefined || value === null) return {};
  if (
    typeof value !== "object" ||
    Array.isArray(value) ||
    Object.values(value).some((text) => typeof text !== "string")
  )
    throw invalid("annotations must map text to text");
  return { annotations: value as Readonly<Record<string, string>> };
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${at} must be a list`);
  return value;
}

function invalid(why: string, cause?: unknown): BasaltError {
  return new BasaltError("MANIFEST_INVALID", `not a valid manifest: ${why}`, cause === undefined ? {} : { cause });
}
