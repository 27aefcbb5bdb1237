// SPDX-License-Identifier: Apache-2.0
import type { Description } from "../describe/index.js";
import type { RepositoryName } from "../formats/image-reference.js";
import { PREDICATE_TYPE_ANNOTATION } from "../formats/in-toto.js";
import type { Descriptor, ImageManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { BUNDLE_PREDICATE_ANNOTATION } from "../formats/sigstore-bundle.js";
import { signatureTag } from "../formats/simple-signing.js";
import { listReferrers, loadManifest, resolveManifest, type Store } from "../store/index.js";
import {
  attachBundle,
  attachStatement,
  isSignedBy,
  KEY_ANNOTATION,
  signImage,
  type EvidenceArtifact,
} from "./documents.js";
import type { Signer } from "./keys.js";

export interface SignOptions {
  readonly repository: RepositoryName;
  readonly signer: Signer;
  readonly store: Store;
}

/**
 * Makes the evidence that the store does not have yet: of each manifest its signature, beside those of others, and each
 * statement both plain and signed. Signatures differ from one making to the next, so an image that did not change keeps those it has.
 */
export async function signDescriptions(
  descriptions: readonly Description[],
  options: SignOptions,
): Promise<readonly EvidenceArtifact[]> {
  const evidence: EvidenceArtifact[] = [];
  for (const description of descriptions) evidence.push(...(await signDescription(description, options)));
  return evidence;
}

async function signDescription(
  { subject, statements }: Description,
  options: SignOptions,
): Promise<readonly EvidenceArtifact[]> {
  const { repository, signer, store } = options;
  const referrers = await listReferrers(store.db, repository, subject.digest);
  const has = (type: string, annotations: Readonly<Record<string, string>>): boolean =>
    referrers.some(
      (referrer) =>
        referrer.artifactType === type &&
        Object.entries(annotations).every(([name, value]) => referrer.annotations?.[name] === value),
    );
  const evidence: EvidenceArtifact[] = [];
  const signatures = await loadSignatures(subject, options);
  if (signatures === undefined || !isSignedBy(signer, repository, subject.digest, signatures))
    evidence.push(signImage(repository, subject.digest, signer, signatures));
  for (const statement of statements) {
    const { predicateType } = statement;
    const plain = { [PREDICATE_TYPE_ANNOTATION]: predicateType };
    if (!has(MEDIA_TYPES.inToto, plain)) evidence.push(attachStatement(statement, subject));
    const signed = { [BUNDLE_PREDICATE_ANNOTATION]: predicateType, [KEY_ANNOTATION]: signer.keyHint };
    if (!has(MEDIA_TYPES.sigstoreBundle, signed)) evidence.push(attachBundle(statement, subject, signer));
  }
  return evidence;
}

/** What lies under the tag at which cosign looks for signatures. */
async function loadSignatures(
  subject: Descriptor,
  { repository, store }: SignOptions,
): Promise<ImageManifest | undefined> {
  const tag = signatureTag(subject.digest);
  if ((await resolveManifest(store.db, repository, tag)) === undefined) return undefined;
  const manifest = await loadManifest(store.db, store.blobs, repository, tag);
  return manifest.kind === "image" ? manifest.value : undefined;
}
