// SPDX-License-Identifier: Apache-2.0
import type { Description, StatementSource } from "../describe/index.js";
import { canonicalJson, type Json } from "../formats/canonical-json.js";
import type { Digest } from "../formats/digest.js";
import { PREDICATE_TYPE_ANNOTATION, PREDICATE_TYPES, toStatement } from "../formats/in-toto.js";
import { descriptorOf, type Descriptor } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { BUNDLE_PREDICATE_ANNOTATION, SIGNER_ANNOTATION } from "../formats/sigstore-bundle.js";
import { attestationTag, signatureTag } from "../formats/simple-signing.js";
import { listReferrers } from "../store/index.js";
import {
  attachBundle,
  attachStatement,
  attestationPayload,
  bytesOfStatement,
  envelopeLayers,
  isSignedBy,
  signAttestation,
  signImage,
  signStatement,
  tagEnvelopes,
  type EvidenceArtifact,
  type SignedStatement,
  type StatementBytes,
} from "./documents.js";
import {
  hasSignedReferrer,
  holds,
  loadTagged,
  ownStatement,
  type OwnStatement,
  type PresentOptions,
} from "./present.js";

export interface SignOptions extends PresentOptions {
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
 * not change keeps those it has; what is said of the world around it takes the place of what was said before. Nothing is signed that
 * somebody else wrote: what this signer did not sign before is made anew. Kinds of statements that are not given stay as they are.
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
  const signature =
    options.signsImages === false ? { artifacts: [], outdated: [] } : await signIfNot(subject, referrers, options);
  const placed: Placed[] = [];
  for (const source of statements) placed.push(await place(source, subject, referrers, options));
  const artifacts = placed.flatMap((each) => each.artifacts);
  return {
    artifacts: [...signature.artifacts, ...artifacts, ...(await tagStatements(placed, subject.digest, options))],
    outdated: [...signature.outdated, ...placed.flatMap(({ outdated }) => outdated)],
  };
}

/** The image's signature where cosign 2 looks for it, and in the bundle that cosign 3 looks for. */
async function signIfNot(
  subject: Descriptor,
  referrers: readonly Descriptor[],
  options: SignOptions,
): Promise<Evidence> {
  const { repository, signer } = options;
  const { digest } = subject;
  const predicateType = PREDICATE_TYPES.cosignSignature;
  const signatures = await loadTagged(signatureTag(digest), options);
  const made: EvidenceArtifact[] = [];
  if (!signer.isForBundles && (signatures === undefined || !isSignedBy(signer, repository, digest, signatures)))
    made.push(await signImage(repository, digest, signer, signatures));
  const own = await ownStatement({ predicateType, digest }, referrers, options);
  if (own === undefined) {
    const statement = bytesOfStatement(toStatement({ name: repository, digest }, predicateType, {}));
    made.push(attachBundle(await signStatement(statement, signer), statement, subject, signer));
  }
  const falselyNamed = formerOf(predicateType, referrers).filter(
    (former) => former.digest !== own?.digest && former.annotations?.[SIGNER_ANNOTATION] === signer.name,
  );
  return { artifacts: made, outdated: await withSignatures(falselyNamed, options) };
}

/** A statement and what has to be made so that it is there in each form. */
interface Placed {
  readonly predicateType: string;
  readonly artifacts: readonly EvidenceArtifact[];
  readonly outdated: readonly Digest[];
  /** Absent where there is nothing to say. */
  readonly signed?: SignedStatement;
}

async function place(
  source: StatementSource,
  subject: Descriptor,
  referrers: readonly Descriptor[],
  options: SignOptions,
): Promise<Placed> {
  const { repository, signer } = options;
  const { predicateType } = source;
  const own = await ownStatement({ predicateType, digest: subject.digest }, referrers, options);
  const statement = chooseStatement(source, own);
  if (statement === undefined)
    return {
      predicateType,
      artifacts: [],
      outdated: await withSignatures(formerOf(predicateType, referrers), options),
    };
  const attached = attachStatement(statement, subject);
  const plain = descriptorOf(attached.manifest, MEDIA_TYPES.manifest);
  const about = { predicateType, subject: subject.digest };
  const artifacts: EvidenceArtifact[] = referrers.some(({ digest }) => digest === plain.digest) ? [] : [attached];
  // Where it has to be in a bundle, a plain statement has no signature of its own.
  const payload = attestationPayload(repository, plain, about);
  if (!signer.isForBundles && !(await hasSignedReferrer(plain.digest, payload, options)))
    artifacts.push(await signAttestation(repository, plain, about, signer));
  const isKept = statement === own?.statement;
  const signed = isKept ? own.signed : await signStatement(statement, signer);
  if (!isKept) artifacts.push(attachBundle(signed, statement, subject, signer));
  const kept = new Set([plain.digest, ...(isKept ? [own.digest] : [])]);
  const outdated = await outdatedOf({ ...source, statement }, referrers, { kept, options });
  return { predicateType, artifacts, outdated, signed };
}

/** What this signer said before, unless that is no longer so; nothing where there is nothing to say. */
function chooseStatement(
  { isRenewed = false, make }: StatementSource,
  own: OwnStatement | undefined,
): StatementBytes | undefined {
  if (own !== undefined && !isRenewed) return own.statement;
  const made = make();
  if (made === undefined) return undefined;
  const fresh = bytesOfStatement(made);
  return own !== undefined && isSameButTimes(own.statement.bytes, fresh.bytes) ? own.statement : fresh;
}

/** What is said of a kind, in whatever form and by whichever key. */
function formerOf(predicateType: string, referrers: readonly Descriptor[]): readonly Descriptor[] {
  return referrers.filter(({ annotations = {} }) =>
    [annotations[PREDICATE_TYPE_ANNOTATION], annotations[BUNDLE_PREDICATE_ANNOTATION]].includes(predicateType),
  );
}

/**
 * Plain statements that say something else than the signed one, and bundles that call themselves those of this signer; where something new is
 * said, also what other keys of a Basalt signed, if it is not the same. What people say of the image with tools of their own stays, unless
 * the kind is of those that are renewed.
 */
async function outdatedOf(
  { predicateType, isRenewed = false, statement }: StatementSource & { readonly statement: StatementBytes },
  referrers: readonly Descriptor[],
  { kept, options }: { readonly kept: ReadonlySet<Digest>; readonly options: SignOptions },
): Promise<readonly Digest[]> {
  const outdated: Descriptor[] = [];
  for (const former of formerOf(predicateType, referrers)) {
    if (kept.has(former.digest)) continue;
    const by = former.annotations?.[SIGNER_ANNOTATION];
    const isPlain = former.artifactType === MEDIA_TYPES.inToto;
    const isSame = !isPlain && by !== options.signer.name && (await holds(former.digest, statement.bytes, options));
    if (isPlain || (!isSame && (isRenewed || by !== undefined))) outdated.push(former);
  }
  return withSignatures(outdated, options);
}

/** And signatures of them. */
async function withSignatures(
  former: readonly Descriptor[],
  { repository, store }: SignOptions,
): Promise<readonly Digest[]> {
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

/** All statements once more under the tag at which cosign 2 looks, if what this signer has there of these kinds is something else. */
async function tagStatements(
  placed: readonly Placed[],
  digest: Digest,
  options: SignOptions,
): Promise<readonly EvidenceArtifact[]> {
  if (options.signer.isForBundles) return [];
  const present = await loadTagged(attestationTag(digest), options);
  const statements = placed.flatMap(({ predicateType, signed }) =>
    signed === undefined ? [] : [{ predicateType, ...signed }],
  );
  const kinds = new Set(placed.map(({ predicateType }) => predicateType));
  const wanted = new Set(envelopeLayers(statements, options.signer).map(({ layer }) => canonicalJson(layer)));
  const there = (present?.layers ?? []).filter(
    ({ annotations = {} }) =>
      annotations[SIGNER_ANNOTATION] === options.signer.name && kinds.has(annotations["predicateType"] ?? ""),
  );
  const isSame = there.length === wanted.size && there.every((layer) => wanted.has(canonicalJson(layer)));
  return isSame ? [] : [tagEnvelopes(statements, { digest, kinds }, options.signer, present)];
}
