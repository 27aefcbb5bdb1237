// SPDX-License-Identifier: Apache-2.0
import { verify } from "node:crypto";
import { canonicalJson } from "../formats/canonical-json.js";
import { dsseSigningBytes, type DsseEnvelope } from "../formats/dsse.js";
import { sha256Digest, type Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import { PREDICATE_TYPE_ANNOTATION, type Statement } from "../formats/in-toto.js";
import {
  descriptorOf,
  EMPTY_CONFIG,
  formatManifest,
  type Descriptor,
  type ImageManifest,
} from "../formats/oci/manifest.js";
import { BUNDLE_PREDICATE_ANNOTATION } from "../formats/sigstore-bundle.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { formatSimpleSigning, SIGNATURE_ANNOTATION, signatureTag } from "../formats/simple-signing.js";
import type { Signer } from "./keys.js";

/** A manifest that belongs to an image, with the blobs it needs. */
export interface EvidenceArtifact {
  readonly manifest: Buffer;
  readonly blobs: readonly Buffer[];
  /** Under which cosign looks for it; referrers need none. */
  readonly tag?: Tag;
}

/** Says which key signed a bundle, so that one by a former key is told apart. */
export const KEY_ANNOTATION = "io.basalt.signing-key";

/**
 * The image's signature as cosign 2 looks for it: under a tag derived from the digest, beside those that are there already.
 * Source: sigstore/cosign, specs/SIGNATURE_SPEC.md.
 */
export function signImage(
  repository: RepositoryName,
  digest: Digest,
  signer: Signer,
  present?: ImageManifest,
): EvidenceArtifact {
  const payload = formatSimpleSigning(repository, digest);
  const signature = signer.sign(payload).toString("base64");
  const layers = [
    ...(present?.layers ?? []),
    { ...descriptorOf(payload, MEDIA_TYPES.simpleSigning), annotations: { [SIGNATURE_ANNOTATION]: signature } },
  ];
  const config = Buffer.from(
    JSON.stringify({
      architecture: "",
      created: "0001-01-01T00:00:00Z",
      os: "",
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
      config: {},
    }),
  );
  const manifest: ImageManifest = {
    ...(present ?? { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest }),
    config: descriptorOf(config, present?.config.mediaType ?? MEDIA_TYPES.config),
    layers,
  };
  return { manifest: formatManifest(manifest), blobs: [config, payload], tag: signatureTag(digest) };
}

/** Whether one of the signatures of an image is by this key. */
export function isSignedBy(
  { publicKey }: Signer,
  repository: RepositoryName,
  digest: Digest,
  { layers }: ImageManifest,
): boolean {
  const payload = formatSimpleSigning(repository, digest);
  return layers
    .filter((layer) => layer.digest === sha256Digest(payload))
    .map((layer) => Buffer.from(layer.annotations?.[SIGNATURE_ANNOTATION] ?? "", "base64"))
    .some((signature) => verify("sha256", payload, publicKey, signature));
}

/** A statement as a plain in-toto referrer, which oras, Docker Scout and others list and read. */
export function attachStatement(statement: Statement, subject: Descriptor): EvidenceArtifact {
  const body = Buffer.from(canonicalJson(statement));
  const annotations = { [PREDICATE_TYPE_ANNOTATION]: statement.predicateType };
  return artifact({ body, mediaType: MEDIA_TYPES.inToto, layerAnnotations: annotations, annotations, subject });
}

/** The same statement, signed: a sigstore bundle that cosign 2.4 and later verify. Source: sigstore/protobuf-specs, bundle v0.3. */
export function attachBundle(statement: Statement, subject: Descriptor, signer: Signer): EvidenceArtifact {
  const payload = Buffer.from(canonicalJson(statement));
  const envelope: DsseEnvelope = {
    payload: payload.toString("base64"),
    payloadType: MEDIA_TYPES.inToto,
    // cosign takes a key id as a demand for that very id, and finds none
    signatures: [{ keyid: "", sig: signer.sign(dsseSigningBytes(MEDIA_TYPES.inToto, payload)).toString("base64") }],
  };
  const bundle = {
    mediaType: MEDIA_TYPES.sigstoreBundle,
    verificationMaterial: { publicKey: { hint: signer.keyHint }, tlogEntries: [] },
    dsseEnvelope: envelope,
  };
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    [BUNDLE_PREDICATE_ANNOTATION]: statement.predicateType,
    [KEY_ANNOTATION]: signer.keyHint,
  };
  return artifact({
    body: Buffer.from(JSON.stringify(bundle)),
    mediaType: MEDIA_TYPES.sigstoreBundle,
    annotations,
    subject,
  });
}

interface ArtifactParts {
  readonly body: Buffer;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layerAnnotations?: Readonly<Record<string, string>>;
  readonly subject: Descriptor;
}

function artifact({ body, mediaType, annotations, layerAnnotations, subject }: ArtifactParts): EvidenceArtifact {
  const { mediaType: subjectType, digest, size } = subject;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: mediaType,
    config: EMPTY_CONFIG,
    layers: [
      {
        ...descriptorOf(body, mediaType),
        ...(layerAnnotations === undefined ? {} : { annotations: layerAnnotations }),
      },
    ],
    subject: { mediaType: subjectType, digest, size },
    annotations,
  };
  return { manifest: formatManifest(manifest), blobs: [Buffer.from("{}"), body] };
}
