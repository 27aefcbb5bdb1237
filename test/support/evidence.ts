// SPDX-License-Identifier: Apache-2.0
import type { Description } from "../../src/describe/index.js";
import type { Digest } from "../../src/formats/digest.js";
import { dsseSigningBytes, type DsseEnvelope } from "../../src/formats/dsse.js";
import { PREDICATE_TYPES, toStatement, type Statement } from "../../src/formats/in-toto.js";
import { artifactTypeOf, parseManifest, type Descriptor, type ParsedManifest } from "../../src/formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../src/formats/oci/media-types.js";
import { attachBundle, attachStatement, bytesOfStatement } from "../../src/sign/documents.js";
import type { Evidence, EvidenceArtifact } from "../../src/sign/index.js";
import type { Store } from "../../src/store/index.js";
import { createStoreWriter, type ImageReader } from "../../src/transfer/index.js";
import { streamOf } from "./bytes.js";
import { descriptorOfManifest, repository, type TestImage } from "./images.js";
import type { TestSigner } from "./signer.js";

/** An image with what lies beside it, in memory. */
export function readerOf(image: TestImage, evidence: readonly EvidenceArtifact[]): ImageReader {
  const manifests = [...image.manifests, ...evidence.map(({ manifest }) => parseManifest(manifest))];
  const known = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const blobs = new Map<Digest, Buffer>(image.blobs);
  for (const [index, { blobs: parts }] of evidence.entries()) {
    const manifest = manifests[image.manifests.length + index];
    if (manifest?.kind !== "image") continue;
    for (const [at, descriptor] of [manifest.value.config, ...manifest.value.layers].entries())
      blobs.set(descriptor.digest, parts[at] ?? Buffer.alloc(0));
  }
  const find = (digest: Digest): ParsedManifest => {
    const found = known.get(digest);
    if (found === undefined) throw new Error(`there is no ${digest}`);
    return found;
  };
  return {
    name: "app:1",
    root: image.root,
    readManifest: ({ digest }) => Promise.resolve(find(digest)),
    readBlob: ({ digest }) => streamOf(blobs.get(digest) ?? Buffer.alloc(0)),
    listReferrers: (subject) =>
      Promise.resolve(manifests.filter(({ value }) => value.subject?.digest === subject).map(toReferrer)),
    findTag: (tag) => {
      const found = evidence.find((item) => item.tag === tag);
      return Promise.resolve(found === undefined ? undefined : parseManifest(found.manifest));
    },
    close: () => Promise.resolve(),
  };
}

function toReferrer(manifest: ParsedManifest): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  return {
    ...descriptorOfManifest(manifest),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(manifest.value.annotations === undefined ? {} : { annotations: manifest.value.annotations }),
  };
}

/** SBOM or provenance of a manifest. */
export function statementAbout(
  subject: ParsedManifest,
  type: keyof typeof PREDICATE_TYPES = "spdx",
  predicate: object = { name: "app" },
): Statement {
  return toStatement({ name: repository("app"), digest: subject.digest }, PREDICATE_TYPES[type], predicate);
}

/** A statement as its plain referrer. */
export function plainOf(statement: Statement, subject: Descriptor): EvidenceArtifact {
  return attachStatement(bytesOfStatement(statement), subject);
}

/** A signed statement as its bundle. */
export function bundleOf(statement: Statement, subject: Descriptor, signer: TestSigner): EvidenceArtifact {
  const material = { publicKey: { hint: signer.keyHint }, tlogEntries: [] };
  return attachBundle({ envelope: envelopeOf(statement, signer), material }, statement, subject, signer);
}

export function envelopeOf(statement: Statement, signer: TestSigner): DsseEnvelope {
  const { bytes } = bytesOfStatement(statement);
  const sig = signer.signNow(dsseSigningBytes(MEDIA_TYPES.inToto, bytes)).toString("base64");
  return { payload: bytes.toString("base64"), payloadType: MEDIA_TYPES.inToto, signatures: [{ sig }] };
}

/** What a build says of a manifest, in the order in which it says it. */
export function sourcesOf(...statements: readonly Statement[]): Description["statements"] {
  return statements.map((statement) => ({ predicateType: statement.predicateType, make: () => statement }));
}

/** Puts evidence beside an image of a store. */
export async function putEvidence(store: Store, name: string, { artifacts }: Evidence): Promise<void> {
  const writer = await createStoreWriter(repository(name), store);
  for (const { manifest: bytes, blobs, tag } of artifacts) {
    const manifest = parseManifest(bytes);
    if (manifest.kind === "index") throw new Error("evidence is no index");
    for (const [at, descriptor] of [manifest.value.config, ...manifest.value.layers].entries())
      await writer.writeBlob(descriptor, streamOf(blobs[at] ?? Buffer.alloc(0)));
    await writer.writeManifest(manifest, tag === undefined ? [] : [tag]);
  }
  await writer.finish();
  await writer.close();
}
