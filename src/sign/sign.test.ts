// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { streamOf } from "../../test/support/bytes.js";
import { sourcesOf, statementAbout } from "../../test/support/evidence.js";
import {
  descriptorOfManifest,
  makeCosignSignature,
  makeImage,
  makeTwoPlatforms,
  repository,
  type TestImage,
} from "../../test/support/images.js";
import { testSigner } from "../../test/support/signer.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import type { Description } from "../describe/index.js";
import { compareText } from "../formats/canonical-json.js";
import { sha256Digest } from "../formats/digest.js";
import { PREDICATE_TYPES, toStatement, type Statement } from "../formats/in-toto.js";
import { artifactTypeOf, parseManifest, type ParsedManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { attestationTag, signatureTag } from "../formats/simple-signing.js";
import { recordBlobs, recordManifest, recordTag, type Store } from "../store/index.js";
import type { EvidenceArtifact } from "./documents.js";
import { signDescriptions } from "./sign.js";

const APP = repository("app");
const NOTHING = { artifacts: [], outdated: [] };

/** Something that changes, or nothing. */
function renewed(root: ParsedManifest, predicate: object | undefined): Description {
  const predicateType = "https://openvex.dev/ns/v0.2.0";
  const make = (): Statement | undefined =>
    predicate === undefined ? undefined : toStatement({ name: APP, digest: root.digest }, predicateType, predicate);
  return { subject: descriptorOfManifest(root), statements: [{ predicateType, make, isRenewed: true }] };
}

/** What lies beside an image, and is not found by a tag. */
function digestsOf(artifacts: readonly EvidenceArtifact[]): ReadonlySet<string> {
  const beside = artifacts.filter((item) => item.tag === undefined && !isImageSignature(item));
  return new Set(beside.map(({ manifest }) => sha256Digest(manifest)));
}

/** A bundle that says nothing but that the image is signed. */
function isImageSignature({ manifest }: EvidenceArtifact): boolean {
  const { annotations = {} } = parseManifest(manifest).value;
  return annotations["dev.sigstore.bundle.predicateType"] === "https://sigstore.dev/cosign/sign/v1";
}

describe("an image that has no evidence", () => {
  it("gets a signature of each manifest, and each statement both plain and signed", async () => {
    const store = await memoryStore();
    const image = makeTwoPlatforms();
    const { artifacts: evidence } = await signDescriptions(describeAll(image), {
      repository: APP,
      signer: testSigner(),
      store,
    });
    for (const { digest, kind } of image.manifests) {
      const own = evidence.filter((item) => subjectOf(item)?.digest === digest);
      const count = kind === "index" ? 1 : 2;
      expect(own.map(typeOf).map(String).toSorted(compareText)).toEqual([
        // One more than there are statements: the image's own signature, as cosign 3 has it.
        ...Array.from({ length: count + 1 }, () => MEDIA_TYPES.sigstoreBundle),
        ...Array.from({ length: count }, () => MEDIA_TYPES.inToto),
      ]);
      for (const plain of own.filter((item) => typeOf(item) === MEDIA_TYPES.inToto)) {
        const signatures = evidence.filter((item) => subjectOf(item)?.digest === sha256Digest(plain.manifest));
        expect(signatures.map(typeOf)).toEqual([MEDIA_TYPES.cosignSignature]);
      }
      const tags = evidence.flatMap(({ tag = "" }) => (tag.startsWith(digest.replace(":", "-")) ? [tag] : []));
      expect(tags).toEqual([signatureTag(digest), attestationTag(digest)]);
    }
    expect(evidence).toHaveLength(6 + 3 * 5 + 3);
  });

  it("has under cosign's tag the envelopes of the bundles, each with its kind", async () => {
    const store = await memoryStore();
    const [description] = describeAll(makeTwoPlatforms());
    const { artifacts: evidence } = await signDescriptions([description!], {
      repository: APP,
      signer: testSigner(),
      store,
    });
    const tagged = evidence.find(({ tag = "" }) => tag.endsWith(".att"))!;
    const manifest = parseManifest(tagged.manifest);
    const layers = manifest.kind === "image" ? manifest.value.layers : [];
    expect(layers.map(({ annotations = {} }) => annotations["predicateType"])).toEqual([
      "https://spdx.dev/Document",
      "https://slsa.dev/provenance/v1",
    ]);
    const envelopes = tagged.blobs.slice(1).map((blob) => blob.toString("utf8"));
    const bundles = evidence.filter((item) => typeOf(item) === MEDIA_TYPES.sigstoreBundle && !isImageSignature(item));
    expect(bundles.map(({ blobs }) => blobs[1]!.toString("utf8"))).toEqual(
      envelopes.map((envelope) => expect.stringContaining(`"dsseEnvelope":${envelope}`) as string),
    );
  });

  it("of which nothing is said gets nothing", async () => {
    const store = await memoryStore();
    expect(await signDescriptions([], { repository: APP, signer: testSigner(), store })).toEqual(NOTHING);
  });
});

describe("an image that has evidence", () => {
  it("and did not change gets nothing new", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    await keep(store, (await signDescriptions(descriptions, { repository: APP, signer, store })).artifacts);
    expect(await signDescriptions(descriptions, { repository: APP, signer, store })).toEqual(NOTHING);
  });

  it("of which one part is missing gets that part", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    const { artifacts: evidence } = await signDescriptions(descriptions, { repository: APP, signer, store });
    for (const missing of evidence) {
      const other = await memoryStore();
      await keep(
        other,
        evidence.filter((item) => item !== missing),
      );
      const { artifacts: made } = await signDescriptions(descriptions, { repository: APP, signer, store: other });
      const isBundle = typeOf(missing) === MEDIA_TYPES.sigstoreBundle && !isImageSignature(missing);
      // What is signed anew lies under cosign's tag, too.
      expect(made.map(nameOf)).toEqual([
        nameOf(missing),
        ...(isBundle ? [attestationTag(subjectOf(missing)!.digest)] : []),
      ]);
      if (typeOf(missing) === MEDIA_TYPES.inToto) expect(made[0]?.manifest).toEqual(missing.manifest);
    }
  });

  it("of which something is said that changes gets the new, in the place of the old, and only if it is another", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const { root } = makeTwoPlatforms();
    const say = (timestamp: string, status: string): readonly Description[] => [renewed(root, { timestamp, status })];
    const first = await signDescriptions(say("2026-01-01", "a"), { repository: APP, signer, store });
    await keep(store, first.artifacts);
    expect(await signDescriptions(say("2026-01-02", "a"), { repository: APP, signer, store })).toEqual(NOTHING);
    const second = await signDescriptions(say("2026-01-03", "b"), { repository: APP, signer, store });
    expect(second.artifacts.map((item) => item.tag?.slice(-4) ?? typeOf(item))).toEqual([
      MEDIA_TYPES.inToto,
      MEDIA_TYPES.cosignSignature,
      MEDIA_TYPES.sigstoreBundle,
      ".att",
    ]);
    expect(new Set(second.outdated)).toEqual(digestsOf(first.artifacts));
    expect(second.artifacts[3]?.blobs).toHaveLength(2);
  });

  it("of which nothing of a kind is said any more has none of it left, and keeps what is said besides", async () => {
    const store = await memoryStore();
    const options = { repository: APP, signer: testSigner(), store };
    const { root } = makeTwoPlatforms();
    const subject = descriptorOfManifest(root);
    const other = { subject, statements: sourcesOf(statementAbout(root, "lock")) };
    const said = await signDescriptions([renewed(root, { status: "a" })], options);
    await keep(store, said.artifacts);
    await keep(store, (await signDescriptions([other], options)).artifacts);
    const after = await signDescriptions([renewed(root, undefined)], options);
    expect(new Set(after.outdated)).toEqual(digestsOf(said.artifacts));
    const [tagged, ...rest] = after.artifacts.map(({ manifest }) => parseManifest(manifest));
    expect(rest).toEqual([]);
    const layers = tagged?.kind === "image" ? tagged.value.layers : [];
    expect(layers.map(({ annotations = {} }) => annotations["predicateType"])).toEqual(["urn:basalt:predicate:lock:1"]);
    const stranger = makeImage().root;
    expect(await signDescriptions([renewed(stranger, undefined)], { ...options, signsImages: false })).toEqual(NOTHING);
  });

  it("by another key gets signatures by this one; plain statements need none", async () => {
    const store = await memoryStore();
    const descriptions = describeAll(makeTwoPlatforms());
    await keep(
      store,
      (await signDescriptions(descriptions, { repository: APP, signer: testSigner(), store })).artifacts,
    );
    const { artifacts: again } = await signDescriptions(descriptions, { repository: APP, signer: testSigner(), store });
    expect(again.filter((item) => item.tag !== undefined)).toHaveLength(6);
    expect(again.filter((item) => typeOf(item) === MEDIA_TYPES.sigstoreBundle)).toHaveLength(5 + 3);
    expect(again.filter((item) => typeOf(item) === MEDIA_TYPES.inToto)).toHaveLength(0);
  });

  it("in another repository only gets all of it here", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    const { artifacts: evidence } = await signDescriptions(descriptions, { repository: APP, signer, store });
    await keep(store, evidence);
    const { artifacts: elsewhere } = await signDescriptions(descriptions, {
      repository: repository("other"),
      signer,
      store,
    });
    expect(elsewhere).toHaveLength(evidence.length);
  });

  it("by somebody else with cosign keeps that signature beside the new one", async () => {
    const store = await memoryStore();
    const image = makeTwoPlatforms();
    const theirs = makeCosignSignature(image.root, "dGhlaXJz");
    await putImage(store, APP, theirs.image, [theirs.tag]);
    const [description] = describeAll(image).slice(-1);
    const { artifacts: evidence } = await signDescriptions([description!], {
      repository: APP,
      signer: testSigner(),
      store,
    });
    const signature = evidence.find((item) => item.tag === theirs.tag);
    const parsed = signature === undefined ? undefined : parseManifest(signature.manifest);
    const signatures = parsed?.kind === "image" ? parsed.value.layers.map((layer) => layer.annotations) : [];
    expect(signatures).toHaveLength(2);
    expect(signatures).toContainEqual({ "dev.cosignproject.cosign/signature": "dGhlaXJz" });
  });
});

/** SBOM and provenance of the platforms, provenance of the index. */
function describeAll(image: TestImage): readonly Description[] {
  return image.manifests.map((manifest) => {
    const { spdx, slsaProvenance } = PREDICATE_TYPES;
    const types = manifest.kind === "index" ? [slsaProvenance] : [spdx, slsaProvenance];
    const about = { name: APP, digest: manifest.digest };
    const statements = types.map((type) => toStatement(about, type, { about: type }));
    return { subject: descriptorOfManifest(manifest), statements: sourcesOf(...statements) };
  });
}

/** Puts evidence into the store as publishing does. */
async function keep(store: Store, evidence: readonly EvidenceArtifact[]): Promise<void> {
  const at = store.now();
  for (const { manifest, blobs, tag } of evidence) {
    for (const bytes of [...blobs, manifest]) await store.blobs.put(streamOf(bytes));
    await recordBlobs(
      store.db,
      APP,
      blobs.map((bytes) => sha256Digest(bytes)),
      at,
    );
    await recordManifest(store.db, APP, parseManifest(manifest), at);
    if (tag !== undefined) await recordTag(store.db, APP, tag, sha256Digest(manifest), at);
  }
}

function subjectOf({ manifest }: EvidenceArtifact): ParsedManifest["value"]["subject"] {
  return parseManifest(manifest).value.subject;
}

function nameOf(item: EvidenceArtifact): unknown {
  return item.tag ?? [subjectOf(item)?.digest, typeOf(item)];
}

function typeOf({ manifest }: EvidenceArtifact): string | undefined {
  return artifactTypeOf(parseManifest(manifest));
}
