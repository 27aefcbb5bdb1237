// SPDX-License-Identifier: Apache-2.0
import type { Description, StatementSource } from "../describe/index.js";
import { collect } from "../formats/bytes.js";
import { canonicalJson, type Json } from "../formats/canonical-json.js";
import type { Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import { PREDICATE_TYPE_ANNOTATION, PREDICATE_TYPES, toStatement } from "../formats/in-toto.js";
import { descriptorOf, type Descriptor, type ImageManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { BUNDLE_PREDICATE_ANNOTATION, parseSigstoreBundle, SIGNER_ANNOTATION } from "../formats/sigstore-bundle.js";
import { attestationTag, signatureTag } from "../formats/simple-signing.js";
import { listReferrers, loadManifest, resolveManifest, type Store } from "../store/index.js";
import {
  attachBundle,
  attachStatement,
  bytesOfStatement,
  isSignedBy,
  signAttestation,
  signImage,
  signStatement,
  tagEnvelopes,
  type EvidenceArtifact,
  type SignedStatement,
  type StatementBytes,
} from "./documents.js";
import type { Signer } from "./signer.js";

export interface SignOptions {
  readonly repository: RepositoryName;
  readonly signer: Signer;
  readonly store: Store;
  /** Statements about images that others made are signed, the images are not. @default true */
  readonly signsImages?: boolean;
}

/** What becomes visible beside images. */
export interface Evidence {
  readonly artifacts: readonly EvidenceArtifact[];
  /** Manifests that are no longer so: what took their place is among the artifacts, or they are taken back. */
  readonly outdated: readonly Digest[];
}

/**
 * Makes the evidence that the store does not have yet: of each manifest its signature, beside those of others, and each statement in every
 * form that somebody looks for (docs/provenance.md, "Where it lies"). Signatures differ from one making to the next, so an image that did
 * not change keeps those it has; what is said of the world around it takes the place of what was said before. Kinds of statements that are
 * not given stay as they are.
 */
export async function signDescriptions(descriptions: readonly Description[], options: SignOptions): Promise<Evidence> {
  const all: Evidence[] = [];
  for (const description of descriptions) all.push(await signDescription(description, options));
  return {
    artifacts: all.flatMap(({ artifacts }) => artifacts),
    outdated: all.flatMap(({ outdated }) => outdated),
  };
}

async function signDescription({ subject, statements }: Description, options: SignOptions): Promise<Evidence> {
  const { repository, store } = options;
  const referrers = await listReferrers(store.db, repository, subject.digest);
  const signature = options.signsImages === false ? [] : await signIfNot(subject, referrers, options);
  const placed: Placed[] = [];
  for (const source of statements) placed.push(await place(source, subject, referrers, options));
  const artifacts = placed.flatMap((each) => each.artifacts);
  return {
    artifacts: [...signature, ...artifacts, ...(await tagStatements(placed, subject.digest, options))],
    outdated: placed.flatMap(({ outdated }) => outdated),
  };
}

/** The image's signature where cosign 2 looks for it, and in the bundle that cosign 3 looks for. */
async function signIfNot(
  subject: Descriptor,
  referrers: readonly Descriptor[],
  options: SignOptions,
): Promise<readonly EvidenceArtifact[]> {
  const { repository, signer } = options;
  const { digest } = subject;
  const predicateType = PREDICATE_TYPES.cosignSignature;
  const signatures = await loadTagged(signatureTag(digest), options);
  const made: EvidenceArtifact[] = [];
  if (!signer.isForBundles && (signatures === undefined || !isSignedBy(signer, repository, digest, signatures)))
    made.push(await signImage(repository, digest, signer, signatures));
  if ((await ownBundle(predicateType, referrers, options)) === undefined) {
    const statement = bytesOfStatement(toStatement({ name: repository, digest }, predicateType, {}));
    made.push(attachBundle(await signStatement(statement, signer), statement, subject, signer));
  }
  return made;
}

/** A statement and what has to be made so that it is there in each form. */
interface Placed {
  readonly predicateType: string;
  readonly artifacts: readonly EvidenceArtifact[];
  readonly outdated: readonly Digest[];
  /** Whether it was signed now. */
  readonly isNew: boolean;
  /** Reads it, where it was signed before; absent where there is nothing to say. */
  readonly signed?: () => Promise<SignedStatement>;
}

async function place(
  source: StatementSource,
  subject: Descriptor,
  referrers: readonly Descriptor[],
  options: SignOptions,
): Promise<Placed> {
  const { repository, signer } = options;
  const { predicateType } = source;
  const plain = referrers.findLast(isOf(MEDIA_TYPES.inToto, { [PREDICATE_TYPE_ANNOTATION]: predicateType }));
  const bundle = await ownBundle(predicateType, referrers, options);
  const isWhole = plain !== undefined && bundle !== undefined && (await isAttestationSigned(plain, options));
  if (isWhole && source.isRenewed !== true)
    return { predicateType, artifacts: [], outdated: [], isNew: false, signed: () => readBundle(bundle, options) };
  const chosen = await chooseStatement(source, { plain, bundle }, options);
  const outdated = chosen?.isKept === true ? [] : await formerOnes(predicateType, referrers, options);
  if (chosen === undefined) return { predicateType, artifacts: [], outdated, isNew: false };
  const { statement, isKept } = chosen;
  const attached = attachStatement(statement, subject);
  const artifacts: EvidenceArtifact[] = isKept && plain !== undefined ? [] : [attached];
  const own = isKept && plain !== undefined ? plain : descriptorOf(attached.manifest, MEDIA_TYPES.manifest);
  if (!(await isAttestationSigned(own, options)))
    artifacts.push(await signAttestation(repository, own, { predicateType, subject: subject.digest }, signer));
  if (isKept && bundle !== undefined)
    return { predicateType, artifacts, outdated, isNew: false, signed: () => readBundle(bundle, options) };
  const signed = await signStatement(statement, signer);
  artifacts.push(attachBundle(signed, statement, subject, signer));
  return { predicateType, artifacts, outdated, isNew: true, signed: () => Promise.resolve(signed) };
}

/** The bundle in which this signer signed a statement. */
async function ownBundle(
  predicateType: string,
  referrers: readonly Descriptor[],
  options: SignOptions,
): Promise<Descriptor | undefined> {
  const { signer } = options;
  const wanted = { [BUNDLE_PREDICATE_ANNOTATION]: predicateType, [SIGNER_ANNOTATION]: signer.name };
  const named = referrers.findLast(isOf(MEDIA_TYPES.sigstoreBundle, wanted));
  if (named === undefined || signer.hasSignedStatement === undefined) return named;
  return signer.hasSignedStatement(await readBundle(named, options)) ? named : undefined;
}

/** The statement that is there, unless what it says is no longer so; nothing where there is nothing to say. */
async function chooseStatement(
  source: StatementSource,
  { plain, bundle }: { readonly plain: Descriptor | undefined; readonly bundle: Descriptor | undefined },
  options: SignOptions,
): Promise<{ readonly statement: StatementBytes; readonly isKept: boolean } | undefined> {
  const { predicateType, isRenewed = false } = source;
  const kept =
    plain !== undefined
      ? await readLayer(plain, options)
      : bundle !== undefined
        ? Buffer.from((await readBundle(bundle, options)).envelope.payload, "base64")
        : undefined;
  if (kept !== undefined && !isRenewed) return { statement: { predicateType, bytes: kept }, isKept: true };
  const made = source.make();
  if (made === undefined) return undefined;
  const fresh = bytesOfStatement(made);
  return kept !== undefined && isSameButTimes(kept, fresh.bytes)
    ? { statement: { predicateType, bytes: kept }, isKept: true }
    : { statement: fresh, isKept: false };
}

/** What was said of the kind before, in whatever form and by whichever key, and signatures of it. */
async function formerOnes(
  predicateType: string,
  referrers: readonly Descriptor[],
  { repository, store }: SignOptions,
): Promise<readonly Digest[]> {
  const former = referrers.filter(({ annotations = {} }) =>
    [annotations[PREDICATE_TYPE_ANNOTATION], annotations[BUNDLE_PREDICATE_ANNOTATION]].includes(predicateType),
  );
  const digests: Digest[] = [];
  for (const { digest } of former)
    digests.push(...(await listReferrers(store.db, repository, digest)).map((each) => each.digest), digest);
  return digests;
}

/** Members of predicates that say when something was found, not what. */
const TIMES = new Set([
  "timestamp",
  "last_updated",
  "timeVerified",
  "scanStartedOn",
  "scanFinishedOn",
  "startedOn",
  "finishedOn",
]);

function isSameButTimes(a: Buffer, b: Buffer): boolean {
  return canonicalJson(withoutTimes(parse(a))) === canonicalJson(withoutTimes(parse(b)));
}

function parse(bytes: Buffer): Json {
  return JSON.parse(bytes.toString("utf8")) as Json;
}

function withoutTimes(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutTimes);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (TIMES.has(key) ? [] : [[key, withoutTimes(member)]])),
  );
}

/** By itself; where it has to be in a bundle, there is nothing to sign. */
async function isAttestationSigned(attestation: Descriptor, options: SignOptions): Promise<boolean> {
  const { repository, signer, store } = options;
  if (signer.isForBundles) return true;
  const wanted = { [SIGNER_ANNOTATION]: signer.name };
  const named = (await listReferrers(store.db, repository, attestation.digest)).findLast(
    isOf(MEDIA_TYPES.cosignSignature, wanted),
  );
  if (named === undefined || signer.hasSignedStatement === undefined) return named !== undefined;
  const { annotations = {} } = await layerOf(named, options);
  return signer.hasSigned(await readLayer(named, options), annotations);
}

/** All statements once more under the tag at which cosign 2 looks, if it lacks one or has one that is outdated. */
async function tagStatements(
  placed: readonly Placed[],
  digest: Digest,
  options: SignOptions,
): Promise<readonly EvidenceArtifact[]> {
  if (options.signer.isForBundles) return [];
  const present = await loadTagged(attestationTag(digest), options);
  const { name } = options.signer;
  const there = (present?.layers ?? [])
    .filter((layer) => layer.annotations?.[SIGNER_ANNOTATION] === name)
    .map((layer) => layer.annotations?.["predicateType"]);
  const isComplete = placed.every(({ isNew, signed, predicateType }) => {
    const copies = there.filter((type) => type === predicateType).length;
    return !isNew && copies === (signed === undefined ? 0 : 1);
  });
  if (isComplete) return [];
  const statements: (SignedStatement & { readonly predicateType: string })[] = [];
  for (const { predicateType, signed } of placed)
    if (signed !== undefined) statements.push({ predicateType, ...(await signed()) });
  const kinds = placed.map(({ predicateType }) => predicateType);
  return [tagEnvelopes(statements, { digest, kinds }, options.signer, present)];
}

function isOf(artifactType: string, annotations: Readonly<Record<string, string>>): (referrer: Descriptor) => boolean {
  return (referrer) =>
    referrer.artifactType === artifactType &&
    Object.entries(annotations).every(([name, value]) => referrer.annotations?.[name] === value);
}

/** What lies under a tag at which cosign looks. */
async function loadTagged(tag: Tag, { repository, store }: SignOptions): Promise<ImageManifest | undefined> {
  if ((await resolveManifest(store.db, repository, tag)) === undefined) return undefined;
  const manifest = await loadManifest(store.db, store.blobs, repository, tag);
  return manifest.kind === "image" ? manifest.value : undefined;
}

async function readBundle(bundle: Descriptor, options: SignOptions): Promise<SignedStatement> {
  const { envelope, material } = parseSigstoreBundle(await readLayer(bundle, options), `bundle ${bundle.digest}`);
  return { envelope, material };
}

const MAX_STATEMENT_BYTES = 128 * 1024 * 1024; // an SBOM of a large image with its files has some ten

/** The one blob of an artifact. */
async function readLayer(artifact: Descriptor, options: SignOptions): Promise<Buffer> {
  const { digest } = await layerOf(artifact, options);
  return collect(options.store.blobs.read(digest), { maxBytes: MAX_STATEMENT_BYTES, name: digest });
}

async function layerOf({ digest }: Descriptor, { repository, store }: SignOptions): Promise<Descriptor> {
  const manifest = await loadManifest(store.db, store.blobs, repository, digest);
  const layer = manifest.kind === "image" ? manifest.value.layers[0] : undefined;
  if (layer === undefined) throw new Error(`internal: ${digest} has no blob`);
  return layer;
}
