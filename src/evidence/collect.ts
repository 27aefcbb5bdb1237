// SPDX-License-Identifier: Apache-2.0
import { collect as collectBytes } from "../formats/bytes.js";
import { compareText } from "../formats/canonical-json.js";
import type { Digest } from "../formats/digest.js";
import { isTag } from "../formats/image-reference.js";
import { PREDICATE_TYPE_ANNOTATION } from "../formats/in-toto.js";
import { artifactTypeOf, type Descriptor, type ParsedManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { attestationTag, signatureTag } from "../formats/simple-signing.js";
import { BUNDLE_PREDICATE_ANNOTATION } from "../formats/sigstore-bundle.js";
import { openPlatformImage, type ImageReader } from "../transfer/index.js";

/** A manifest that evidence is about. */
export interface Subject {
  readonly digest: Digest;
  /** `os/architecture`; absent for an index. */
  readonly platform?: string;
}

/** A signature of an image, as cosign keeps it beside the image. */
export interface FoundSignature {
  readonly subject: Subject;
  /** The signature and, where a certificate made it, what it is checked with: cosign keeps them there. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What was signed. @throws BasaltError `BLOB_DIGEST_MISMATCH`, `SIZE_LIMIT_EXCEEDED` */
  readonly read: () => Promise<Buffer>;
}

/** Where a statement lies: in a sigstore bundle, plain, or in an envelope under cosign's tag. */
export type AttestationForm = "bundle" | "plain" | "envelope";

export interface FoundAttestation {
  readonly subject: Subject;
  readonly form: AttestationForm;
  /** As the manifest says it, which nobody signed. */
  readonly predicateType: string;
  /** Of the blob. */
  readonly descriptor: Descriptor;
  /** @throws BasaltError `BLOB_DIGEST_MISMATCH`, `SIZE_LIMIT_EXCEEDED` */
  readonly read: () => Promise<Buffer>;
}

/** What lies beside an image, unread. */
export interface ImageEvidence {
  readonly subjects: readonly Subject[];
  readonly signatures: readonly FoundSignature[];
  readonly attestations: readonly FoundAttestation[];
}

const MAX_EVIDENCE_BYTES = 128 * 1024 * 1024; // an SBOM of a large image with its files has some ten
const MAX_REFERRERS = 1_000;
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle/;

/** Attestations of one kind and one manifest, wherever cosign and OCI put them; others are not read as far as their place names their kind. */
export async function collectAttestations(
  subject: Subject,
  predicateType: string,
  reader: ImageReader,
): Promise<ImageEvidence> {
  const found = [...(await referrersOf(subject, reader, predicateType)), ...(await taggedOf(subject, reader))];
  const attestations = found.filter((each) => each.predicateType === predicateType);
  return { subjects: [subject], signatures: [], attestations };
}

/** Finds signatures and attestations of an image and of the images of its platforms, wherever cosign and OCI put them. */
export async function collectEvidence(reader: ImageReader): Promise<ImageEvidence> {
  const subjects = await subjectsOf(reader);
  const signatures: FoundSignature[] = [];
  const attestations: FoundAttestation[] = [];
  for (const subject of subjects) {
    signatures.push(...(await signaturesOf(subject, reader)));
    const found = [...(await referrersOf(subject, reader)), ...(await taggedOf(subject, reader))];
    attestations.push(...found.toSorted((a, b) => compareText(sortKey(a), sortKey(b))));
  }
  return { subjects, signatures, attestations };
}

/** Registries list referrers in any order. */
function sortKey({ predicateType, form, descriptor }: FoundAttestation): string {
  return `${predicateType} ${form} ${descriptor.digest}`;
}

async function subjectsOf(reader: ImageReader): Promise<readonly Subject[]> {
  const { root } = reader;
  if (root.kind === "image")
    return [{ digest: root.digest, platform: (await openPlatformImage(reader, undefined)).platform }];
  const images = root.value.manifests.filter(
    ({ platform, artifactType }) => artifactType === undefined && platform !== undefined && platform.os !== "unknown",
  );
  return [
    { digest: root.digest },
    ...images.map(({ digest, platform }) => ({ digest, platform: `${platform?.os}/${platform?.architecture}` })),
  ];
}

async function signaturesOf(subject: Subject, reader: ImageReader): Promise<readonly FoundSignature[]> {
  const manifest = await tagged(signatureTag(subject.digest), reader);
  if (manifest?.kind !== "image") return [];
  return manifest.value.layers
    .filter(({ mediaType }) => mediaType === MEDIA_TYPES.simpleSigning)
    .map((layer) => ({
      subject,
      annotations: layer.annotations ?? {},
      read: () => readBlob(layer, reader),
    }));
}

async function referrersOf(
  subject: Subject,
  reader: ImageReader,
  wanted?: string,
): Promise<readonly FoundAttestation[]> {
  const found: FoundAttestation[] = [];
  for (const referrer of (await reader.listReferrers(subject.digest)).slice(0, MAX_REFERRERS)) {
    const form = formOf(referrer.artifactType);
    const said =
      referrer.annotations?.[BUNDLE_PREDICATE_ANNOTATION] ?? referrer.annotations?.[PREDICATE_TYPE_ANNOTATION];
    if (form === undefined || (wanted !== undefined && said !== undefined && said !== wanted)) continue;
    const manifest = await reader.readManifest(referrer);
    if (manifest.kind !== "image" || formOf(artifactTypeOf(manifest)) !== form) continue;
    const annotations = { ...referrer.annotations, ...manifest.value.annotations };
    for (const layer of manifest.value.layers)
      if (formOf(layer.mediaType) === form)
        found.push({
          subject,
          form,
          predicateType:
            layer.annotations?.[PREDICATE_TYPE_ANNOTATION] ??
            annotations[BUNDLE_PREDICATE_ANNOTATION] ??
            annotations[PREDICATE_TYPE_ANNOTATION] ??
            "",
          descriptor: layer,
          read: () => readBlob(layer, reader),
        });
  }
  return found;
}

/** Attestations as cosign 2 keeps them. Source: sigstore/cosign, specs/ATTESTATION_SPEC.md. */
async function taggedOf(subject: Subject, reader: ImageReader): Promise<readonly FoundAttestation[]> {
  const manifest = await tagged(attestationTag(subject.digest), reader);
  if (manifest?.kind !== "image") return [];
  return manifest.value.layers
    .filter(({ mediaType }) => mediaType === MEDIA_TYPES.dsse)
    .map((layer) => ({
      subject,
      form: "envelope",
      predicateType: layer.annotations?.["predicateType"] ?? "",
      descriptor: layer,
      read: () => readBlob(layer, reader),
    }));
}

function formOf(type: string | undefined): "bundle" | "plain" | undefined {
  if (type === MEDIA_TYPES.inToto) return "plain";
  return BUNDLE.test(type ?? "") ? "bundle" : undefined;
}

/** What is derived from a SHA-512 is too long for a tag. */
async function tagged(tag: string, reader: ImageReader): Promise<ParsedManifest | undefined> {
  return isTag(tag) ? reader.findTag(tag) : undefined;
}

async function readBlob(descriptor: Descriptor, reader: ImageReader): Promise<Buffer> {
  return collectBytes(reader.readBlob(descriptor), { maxBytes: MAX_EVIDENCE_BYTES, name: descriptor.digest });
}
