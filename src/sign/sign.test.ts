// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { streamOf } from "../../test/support/bytes.js";
import {
  descriptorOfManifest,
  makeCosignSignature,
  makeTwoPlatforms,
  repository,
  type TestImage,
} from "../../test/support/images.js";
import { testSigner } from "../../test/support/signer.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import type { Description } from "../describe/index.js";
import { sha256Digest } from "../formats/digest.js";
import { PREDICATE_TYPES, toStatement } from "../formats/in-toto.js";
import { artifactTypeOf, parseManifest, type ParsedManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { signatureTag } from "../formats/simple-signing.js";
import { recordBlobs, recordManifest, recordTag, type Store } from "../store/index.js";
import type { EvidenceArtifact } from "./documents.js";
import { signDescriptions } from "./sign.js";

const APP = repository("app");

describe("an image that has no evidence", () => {
  it("gets a signature of each manifest, and each statement both plain and signed", async () => {
    const store = await memoryStore();
    const image = makeTwoPlatforms();
    const evidence = await signDescriptions(describeAll(image), { repository: APP, signer: testSigner(), store });
    const [first, second, index] = image.manifests.map(({ digest }) => digest);
    expect(evidence.map((item) => item.tag ?? subjectOf(item)?.digest)).toEqual([
      signatureTag(first!),
      first,
      first,
      first,
      first,
      signatureTag(second!),
      second,
      second,
      second,
      second,
      signatureTag(index!),
      index,
      index,
    ]);
    const types = evidence.flatMap((item) =>
      item.tag === undefined ? [artifactTypeOf(parseManifest(item.manifest))] : [],
    );
    expect(types.filter((type) => type === MEDIA_TYPES.inToto)).toHaveLength(5);
    expect(types.filter((type) => type === MEDIA_TYPES.sigstoreBundle)).toHaveLength(5);
  });

  it("of which nothing is said gets nothing", async () => {
    const store = await memoryStore();
    expect(await signDescriptions([], { repository: APP, signer: testSigner(), store })).toEqual([]);
  });
});

describe("an image that has evidence", () => {
  it("and did not change gets nothing new", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    await keep(store, await signDescriptions(descriptions, { repository: APP, signer, store }));
    expect(await signDescriptions(descriptions, { repository: APP, signer, store })).toEqual([]);
  });

  it("of which one part is missing gets that part", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    const evidence = await signDescriptions(descriptions, { repository: APP, signer, store });
    for (const missing of evidence) {
      const other = await memoryStore();
      await keep(
        other,
        evidence.filter((item) => item !== missing),
      );
      const made = await signDescriptions(descriptions, { repository: APP, signer, store: other });
      expect(made.map((item) => item.tag ?? [subjectOf(item)?.digest, typeOf(item)])).toEqual([
        missing.tag ?? [subjectOf(missing)?.digest, typeOf(missing)],
      ]);
    }
  });

  it("by another key gets signatures by this one; plain statements need none", async () => {
    const store = await memoryStore();
    const descriptions = describeAll(makeTwoPlatforms());
    await keep(store, await signDescriptions(descriptions, { repository: APP, signer: testSigner(), store }));
    const again = await signDescriptions(descriptions, { repository: APP, signer: testSigner(), store });
    expect(again.filter((item) => item.tag !== undefined)).toHaveLength(3);
    expect(again.filter((item) => typeOf(item) === MEDIA_TYPES.sigstoreBundle)).toHaveLength(5);
    expect(again.filter((item) => typeOf(item) === MEDIA_TYPES.inToto)).toHaveLength(0);
  });

  it("in another repository only gets all of it here", async () => {
    const store = await memoryStore();
    const signer = testSigner();
    const descriptions = describeAll(makeTwoPlatforms());
    const evidence = await signDescriptions(descriptions, { repository: APP, signer, store });
    await keep(store, evidence);
    const elsewhere = await signDescriptions(descriptions, { repository: repository("other"), signer, store });
    expect(elsewhere).toHaveLength(evidence.length);
  });

  it("by somebody else with cosign keeps that signature beside the new one", async () => {
    const store = await memoryStore();
    const image = makeTwoPlatforms();
    const theirs = makeCosignSignature(image.root, "dGhlaXJz");
    await putImage(store, APP, theirs.image, [theirs.tag]);
    const [description] = describeAll(image).slice(-1);
    const evidence = await signDescriptions([description!], { repository: APP, signer: testSigner(), store });
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
    const statements = types.map((type) => toStatement({ name: APP, digest: manifest.digest }, type, { about: type }));
    return { subject: descriptorOfManifest(manifest), statements };
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

function typeOf({ manifest }: EvidenceArtifact): string | undefined {
  return artifactTypeOf(parseManifest(manifest));
}
