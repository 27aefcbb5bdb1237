// SPDX-License-Identifier: Apache-2.0
import type { Statement } from "../in-toto.js";
import { PREDICATE_TYPE_ANNOTATION } from "../in-toto.js";
import { canonicalJson } from "../canonical-json.js";
import { descriptorOf, formatManifest, type Descriptor, type ImageIndex, type ImageManifest } from "./manifest.js";
import { MEDIA_TYPES } from "./media-types.js";

const REFERENCE_TYPE = "vnd.docker.reference.type";
const REFERENCE_DIGEST = "vnd.docker.reference.digest";

/** A manifest of statements that stands in an index beside the image that they are about. */
export interface InIndexAttestation {
  readonly manifest: Buffer;
  readonly blobs: readonly Buffer[];
  /** As the index lists it. */
  readonly entry: Descriptor;
}

/** Statements as BuildKit puts them into an index, for `docker buildx imagetools`. Source: moby/buildkit, docs/attestations/attestation-storage.md. */
export function toInIndexAttestation(statements: readonly Statement[], subject: Descriptor): InIndexAttestation {
  const bodies = statements.map((statement) => Buffer.from(canonicalJson(statement)));
  const layers = bodies.map((body, index) => ({
    ...descriptorOf(body, MEDIA_TYPES.inToto),
    annotations: { [PREDICATE_TYPE_ANNOTATION]: statements[index]?.predicateType ?? "" },
  }));
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const config = Buffer.from(JSON.stringify({ architecture: "unknown", os: "unknown", config: {}, rootfs }));
  const value: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(config, MEDIA_TYPES.config),
    layers,
  };
  const manifest = formatManifest(value);
  const entry = {
    ...descriptorOf(manifest, MEDIA_TYPES.manifest),
    platform: { architecture: "unknown", os: "unknown" },
    annotations: { [REFERENCE_TYPE]: "attestation-manifest", [REFERENCE_DIGEST]: subject.digest },
  };
  return { manifest, blobs: [config, ...bodies], entry };
}

/** Whether an entry of an index is such a manifest, and no image. */
export function isInIndexAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.[REFERENCE_TYPE] === "attestation-manifest" && platform?.os === "unknown";
}

/** An index of ours with more entries, behind those that it has. Where they are from makes no difference to its bytes. */
export function appendToIndex(index: Buffer, entries: readonly Descriptor[]): Buffer {
  if (entries.length === 0) return index;
  const value = JSON.parse(index.toString("utf8")) as ImageIndex;
  const added = entries.map(({ mediaType, digest, size, platform, annotations }) => ({
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform: { architecture: platform.architecture, os: platform.os } }),
    ...(annotations === undefined
      ? {}
      : {
          annotations: {
            [REFERENCE_TYPE]: annotations[REFERENCE_TYPE] ?? "",
            [REFERENCE_DIGEST]: annotations[REFERENCE_DIGEST] ?? "",
          },
        }),
  }));
  return formatManifest({ ...value, manifests: [...value.manifests, ...added] });
}
