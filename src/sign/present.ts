// SPDX-License-Identifier: Apache-2.0
// What lies beside an image already. Whoever may push may put things there: what counts is what the signer's own signature covers.
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import { sha256Digest, type Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import { isAbout } from "../formats/in-toto.js";
import type { Descriptor, ImageManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import {
  BUNDLE_PREDICATE_ANNOTATION,
  parseSigstoreBundle,
  parseStatement,
  SIGNER_ANNOTATION,
} from "../formats/sigstore-bundle.js";
import { listReferrers, loadManifest, resolveManifest, type Store } from "../store/index.js";
import type { SignedStatement, StatementBytes } from "./documents.js";
import type { Signer } from "./signer.js";

export interface PresentOptions {
  readonly repository: RepositoryName;
  readonly signer: Signer;
  readonly store: Store;
}

/** A statement that the signer signed before. */
export interface OwnStatement {
  /** The bundle's manifest. */
  readonly digest: Digest;
  readonly signed: SignedStatement;
  readonly statement: StatementBytes;
}

/** What the signer said of a manifest, of one kind: its own signature, about this manifest, of this kind. */
export async function ownStatement(
  about: { readonly predicateType: string; readonly digest: Digest },
  referrers: readonly Descriptor[],
  options: PresentOptions,
): Promise<OwnStatement | undefined> {
  for (const { digest, annotations = {}, artifactType } of referrers.toReversed()) {
    const isNamed =
      artifactType === MEDIA_TYPES.sigstoreBundle &&
      annotations[BUNDLE_PREDICATE_ANNOTATION] === about.predicateType &&
      annotations[SIGNER_ANNOTATION] === options.signer.name;
    const found = isNamed ? await readable(() => readOwn(digest, about, options)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readOwn(
  digest: Digest,
  about: { readonly predicateType: string; readonly digest: Digest },
  options: PresentOptions,
): Promise<OwnStatement | undefined> {
  const name = `bundle ${digest}`;
  const { envelope, material } = parseSigstoreBundle(await readLayer(digest, options), name);
  const signed = { envelope, material };
  if (envelope.payloadType !== MEDIA_TYPES.inToto || !options.signer.hasSignedStatement(signed)) return undefined;
  const bytes = Buffer.from(envelope.payload, "base64");
  const statement = parseStatement(bytes, name);
  const { predicateType } = statement;
  const isOf = predicateType === about.predicateType && isAbout(statement, about.digest);
  return isOf ? { digest, signed, statement: { predicateType, bytes } } : undefined;
}

/** Whether a bundle holds these bytes, by whomever. */
export async function holds(digest: Digest, bytes: Buffer, options: PresentOptions): Promise<boolean> {
  const found = await readable(async () => {
    const { envelope } = parseSigstoreBundle(await readLayer(digest, options), `bundle ${digest}`);
    return Buffer.from(envelope.payload, "base64").equals(bytes);
  });
  return found === true;
}

/** Whether the signer signed this payload in a referrer of a manifest. */
export async function hasSignedReferrer(subject: Digest, payload: Buffer, options: PresentOptions): Promise<boolean> {
  const { repository, signer, store } = options;
  for (const { digest, artifactType, annotations } of await listReferrers(store.db, repository, subject)) {
    if (artifactType !== MEDIA_TYPES.cosignSignature || annotations?.[SIGNER_ANNOTATION] !== signer.name) continue;
    const layer = await readable(() => layerOf(digest, options));
    if (layer?.digest === sha256Digest(payload) && signer.hasSigned(payload, layer.annotations ?? {})) return true;
  }
  return false;
}

/** What lies under a tag at which cosign looks; nothing where that is something else. */
export async function loadTagged(tag: Tag, { repository, store }: PresentOptions): Promise<ImageManifest | undefined> {
  if ((await resolveManifest(store.db, repository, tag)) === undefined) return undefined;
  const manifest = await readable(() => loadManifest(store.db, store.blobs, repository, tag));
  return manifest?.kind === "image" ? manifest.value : undefined;
}

const MAX_STATEMENT_BYTES = 128 * 1024 * 1024; // an SBOM of a large image with its files has some ten

/** The one blob of an artifact. @throws BasaltError `EVIDENCE_INVALID` and what the store throws */
async function readLayer(artifact: Digest, options: PresentOptions): Promise<Buffer> {
  const { digest } = await layerOf(artifact, options);
  return collect(options.store.blobs.read(digest), { maxBytes: MAX_STATEMENT_BYTES, name: digest });
}

async function layerOf(artifact: Digest, { repository, store }: PresentOptions): Promise<Descriptor> {
  const manifest = await loadManifest(store.db, store.blobs, repository, artifact);
  const layer = manifest.kind === "image" ? manifest.value.layers[0] : undefined;
  if (layer === undefined) throw new BasaltError("EVIDENCE_INVALID", `${artifact} has no blob`);
  return layer;
}

/** What is wrong with a thing that somebody pushed; a store that does not work is another matter. */
const FAULTS: ReadonlySet<string> = new Set([
  "EVIDENCE_INVALID",
  "BLOB_DIGEST_MISMATCH",
  "BLOB_UNKNOWN",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "SIZE_LIMIT_EXCEEDED",
]);

/** Nothing, where it cannot be read: it is made anew. */
async function readable<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BasaltError && FAULTS.has(error.code)) return undefined;
    throw error;
  }
}
