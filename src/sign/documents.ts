// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from "../formats/canonical-json.js";
import { toCosignAnnotations } from "../formats/cosign-material.js";
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
import {
  BUNDLE_PREDICATE_ANNOTATION,
  formatSigstoreBundle,
  SIGNER_ANNOTATION,
  type SigstoreBundle,
} from "../formats/sigstore-bundle.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { attestationTag, formatSimpleSigning, SIGNATURE_ANNOTATION, signatureTag } from "../formats/simple-signing.js";
import type { Signed, Signer } from "./signer.js";

/** A manifest that belongs to an image, with the blobs it needs. */
export interface EvidenceArtifact {
  readonly manifest: Buffer;
  readonly blobs: readonly Buffer[];
  /** Under which cosign looks for it; referrers need none. */
  readonly tag?: Tag;
}

/**
 * The image's signature as cosign 2 looks for it: under a tag derived from the digest, beside those that are there already.
 * Source: sigstore/cosign, specs/SIGNATURE_SPEC.md.
 */
export async function signImage(
  repository: RepositoryName,
  digest: Digest,
  signer: Signer,
  present?: ImageManifest,
): Promise<EvidenceArtifact> {
  const payload = formatSimpleSigning(repository, digest);
  const layer = await signedLayer(payload, signer);
  return tagged([...(present?.layers ?? []), layer], [payload], signatureTag(digest), present);
}

async function signedLayer(payload: Buffer, signer: Signer): Promise<Descriptor> {
  const { signature, material } = await signer.signBytes(payload);
  return {
    ...descriptorOf(payload, MEDIA_TYPES.simpleSigning),
    annotations: { [SIGNATURE_ANNOTATION]: signature.toString("base64"), ...toCosignAnnotations(material) },
  };
}

/** What cosign keeps under a tag: layers that no container has. Source: sigstore/cosign, specs/SIGNATURE_SPEC.md. */
function tagged(
  layers: readonly Descriptor[],
  blobs: readonly Buffer[],
  tag: Tag,
  present?: ImageManifest,
): EvidenceArtifact {
  const config = stubConfig(layers);
  const manifest: ImageManifest = {
    ...(present ?? { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest }),
    config: descriptorOf(config, present?.config.mediaType ?? MEDIA_TYPES.config),
    layers,
  };
  return { manifest: formatManifest(manifest), blobs: [config, ...blobs], tag };
}

function stubConfig(layers: readonly Descriptor[]): Buffer {
  const created = "0001-01-01T00:00:00Z";
  const rootfs = { type: "layers", diff_ids: layers.map((layer) => layer.digest) };
  return Buffer.from(JSON.stringify({ architecture: "", created, os: "", rootfs, config: {} }));
}

/** Whether one of the signatures of an image is by this signer. */
export function isSignedBy(
  signer: Signer,
  repository: RepositoryName,
  digest: Digest,
  { layers }: ImageManifest,
): boolean {
  const payload = formatSimpleSigning(repository, digest);
  return layers
    .filter((layer) => layer.digest === sha256Digest(payload))
    .some(({ annotations = {} }) => signer.hasSigned(payload, annotations));
}

/** A statement as it is stored and signed. */
export interface StatementBytes {
  readonly predicateType: string;
  readonly bytes: Buffer;
}

/** The bytes of a statement: keys sorted, so that equal statements are equal bytes. */
export function bytesOfStatement(statement: Statement): StatementBytes {
  return { predicateType: statement.predicateType, bytes: Buffer.from(canonicalJson(statement)) };
}

/** A statement as a plain in-toto referrer, which oras, Docker Scout and others list and read. */
export function attachStatement({ predicateType, bytes }: StatementBytes, subject: Descriptor): EvidenceArtifact {
  const annotations = { [PREDICATE_TYPE_ANNOTATION]: predicateType };
  return artifact({ body: bytes, mediaType: MEDIA_TYPES.inToto, layerAnnotations: annotations, annotations, subject });
}

/** A signed statement with what it is checked with: what a bundle holds. */
export type SignedStatement = Pick<SigstoreBundle, "envelope" | "material">;

/** Signs a statement. */
export async function signStatement({ bytes }: StatementBytes, signer: Signer): Promise<SignedStatement> {
  return toSignedStatement(bytes, await signer.signStatement(bytes));
}

/** Source: secure-systems-lab/dsse, envelope.md. */
export function toSignedStatement(bytes: Buffer, { signature, material }: Signed): SignedStatement {
  const envelope = {
    payload: bytes.toString("base64"),
    payloadType: MEDIA_TYPES.inToto,
    // cosign takes a key id as a demand for that very id, and finds none
    signatures: [{ sig: signature.toString("base64") }],
  };
  return { envelope, material };
}

/** A signed statement in a sigstore bundle that cosign 2.4 and later verify. Source: sigstore/protobuf-specs, bundle v0.3. */
export function attachBundle(
  signed: SignedStatement,
  { predicateType }: Pick<StatementBytes, "predicateType">,
  subject: Descriptor,
  { name }: Pick<Signer, "name">,
): EvidenceArtifact {
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    [BUNDLE_PREDICATE_ANNOTATION]: predicateType,
    [SIGNER_ANNOTATION]: name,
  };
  return artifact({
    body: formatSigstoreBundle(signed),
    mediaType: MEDIA_TYPES.sigstoreBundle,
    annotations,
    subject,
  });
}

type TaggedStatement = SignedStatement & { readonly predicateType: string };

/** Layers under cosign's tag, each with its blob. */
export function envelopeLayers(
  statements: readonly TaggedStatement[],
  { name }: Pick<Signer, "name">,
): readonly { readonly layer: Descriptor; readonly body: Buffer }[] {
  return statements.map(({ predicateType, envelope, material }) => {
    const body = Buffer.from(JSON.stringify(envelope));
    const annotations = {
      [SIGNATURE_ANNOTATION]: "",
      predicateType,
      [SIGNER_ANNOTATION]: name,
      ...toCosignAnnotations(material),
    };
    return { layer: { ...descriptorOf(body, MEDIA_TYPES.dsse), annotations }, body };
  });
}

/**
 * Statements that one signer signed, as cosign 2 keeps them under a tag, in the place of its others of these kinds. Source:
 * sigstore/cosign, specs/ATTESTATION_SPEC.md.
 */
export function tagEnvelopes(
  statements: readonly TaggedStatement[],
  { digest, kinds }: { readonly digest: Digest; readonly kinds: ReadonlySet<string> },
  signer: Pick<Signer, "name">,
  present?: ImageManifest,
): EvidenceArtifact {
  const made = envelopeLayers(statements, signer);
  const others = (present?.layers ?? []).filter(
    ({ annotations = {} }) =>
      annotations[SIGNER_ANNOTATION] !== signer.name || !kinds.has(annotations["predicateType"] ?? ""),
  );
  const layers = [...others, ...made.map(({ layer }) => layer)];
  return tagged(
    layers,
    made.map(({ body }) => body),
    attestationTag(digest),
    present,
  );
}

/** What a statement is about, and of which kind. */
export interface AttestationSubject {
  readonly predicateType: string;
  readonly subject: Digest;
}

/** What the signature of a plain statement covers. */
export function attestationPayload(
  repository: RepositoryName,
  attestation: Pick<Descriptor, "digest">,
  { predicateType, subject }: AttestationSubject,
): Buffer {
  const optional = { type: "https://in-toto.io/Statement/v1", predicateType, subject: `${repository}@${subject}` };
  return formatSimpleSigning(repository, attestation.digest, optional);
}

/**
 * The signature of a plain statement as Docker's hardened images have it: a referrer of the statement's own manifest, which signs its
 * digest. Source: dhi.io images, as third-party verifiers pin them; sigstore/cosign, specs/SIGNATURE_SPEC.md.
 */
export async function signAttestation(
  repository: RepositoryName,
  attestation: Descriptor,
  about: AttestationSubject,
  signer: Signer,
): Promise<EvidenceArtifact> {
  const payload = attestationPayload(repository, attestation, about);
  const layers = [await signedLayer(payload, signer)];
  const config = stubConfig(layers);
  const { mediaType, digest, size } = attestation;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: MEDIA_TYPES.cosignSignature,
    config: descriptorOf(config, MEDIA_TYPES.config),
    layers,
    subject: { mediaType, digest, size },
    annotations: { [SIGNER_ANNOTATION]: signer.name },
  };
  return { manifest: formatManifest(manifest), blobs: [config, payload] };
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
