// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { sha256Digest, type Digest } from "../../src/formats/digest.js";
import type { Tag } from "../../src/formats/image-reference.js";
import { formatManifest, parseManifest, type Descriptor, type ParsedManifest } from "../../src/formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../src/formats/oci/media-types.js";
import { recordManifest, type Store } from "../../src/store/index.js";
import {
  copyImage,
  createStoreWriter,
  openStoreImage,
  type ImageReader,
  type ImageWriter,
} from "../../src/transfer/index.js";
import { bytesOfStream, codeOf, streamOf } from "../support/bytes.js";
import {
  descriptorOfManifest,
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeTwoPlatforms,
  repository,
  sha512Digest,
  tagged,
  type TestImage,
} from "../support/images.js";
import { memoryStore, putImage } from "../support/store.js";

export interface ImageEndpoint {
  readonly createWriter: () => Promise<ImageWriter>;
  readonly open: (choice: { readonly tag?: Tag; readonly digest?: Digest }) => Promise<ImageReader>;
  /** Whether nothing is visible before the writer has finished. */
  readonly isAtomic: boolean;
}

const APP = repository("team/app");
const [TAG, OTHER_TAG] = tagged("1.0", "2.0") as readonly [Tag, Tag];
const UNKNOWN = sha256Digest("unknown");

/** What every place that images are read from and written to must do. `create` is called within a test. */
export function describeImageEndpoint(name: string, create: () => Promise<ImageEndpoint>): void {
  describe(`${name}: a copy`, () => describeCopies(create));
  describe(`${name}: reading`, () => describeReading(create));
  describe(`${name}: writing`, () => describeWriting(create));
}

function describeCopies(create: () => Promise<ImageEndpoint>): void {
  it.each([
    { summary: "an image of two platforms", image: makeTwoPlatforms() },
    { summary: "an image of one platform", image: makeImage() },
    { summary: "an image of another platform than this machine's", image: makeImage({ platform: "linux/arm64" }) },
    { summary: "an image of Docker's own format", image: makeImage({ isDocker: true }) },
    { summary: "an image without layers", image: makeImage({ layers: [] }) },
    { summary: "an image with annotations", image: makeImage({ annotations: { key: "value" } }) },
  ])("of $summary has the same digests and bytes", async ({ image }) => {
    const endpoint = await create();
    await copyInto(endpoint, await sourceOf(image), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    await expectSame(reader, image);
    await reader.close();
  });

  it("with evidence has all referrers, those of evidence, too, and what lies under cosign's tags", async () => {
    const endpoint = await create();
    const image = makeTwoPlatforms();
    const { store, evidence } = await withEvidence(image);
    await copyInto(endpoint, await openSource(store), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    await expectSame(reader, image);
    for (const { subject, artifact, artifactType } of evidence.referrers) {
      const found = await reader.listReferrers(subject.digest);
      expect(found).toContainEqual({
        ...descriptorOfManifest(artifact.root),
        artifactType,
        annotations: { about: subject.digest },
      });
      expect((await reader.readManifest(descriptorOfManifest(artifact.root))).bytes).toEqual(artifact.root.bytes);
      await expectBlobs(reader, artifact);
    }
    for (const { tag, image: signature } of evidence.signatures) {
      expect((await reader.findTag(tag))?.digest).toBe(signature.root.digest);
      await expectBlobs(reader, signature);
    }
    await reader.close();
  });

  it("is found under each of its names and by its digest", async () => {
    const endpoint = await create();
    const image = makeTwoPlatforms();
    await copyInto(endpoint, await sourceOf(image), [TAG, OTHER_TAG]);
    for (const choice of [{ tag: TAG }, { tag: OTHER_TAG }, { digest: image.root.digest }]) {
      const reader = await endpoint.open(choice);
      expect(reader.root.digest).toBe(image.root.digest);
      await reader.close();
    }
  });

  it("of a copy is the same again, and copying twice changes nothing", async () => {
    const endpoint = await create();
    const image = makeTwoPlatforms();
    const { store } = await withEvidence(image);
    await copyInto(endpoint, await openSource(store), [TAG]);
    await copyInto(endpoint, await openSource(store), [TAG]);
    const back = await memoryStore();
    await copyFrom(endpoint, back);
    const there = await openSource(back);
    await expectSame(there, image);
    const here = await openSource(store);
    for (const { digest } of image.manifests)
      expect((await there.listReferrers(digest)).map(byDigest).toSorted()).toEqual(
        (await here.listReferrers(digest)).map(byDigest).toSorted(),
      );
  });

  it("keeps a digest in the algorithm in which the index names it", async () => {
    const endpoint = await create();
    const store = await memoryStore();
    const child = makeImage();
    const digest = sha512Digest(child.root.bytes);
    await putImage(store, APP, child, []);
    await store.blobs.put(streamOf(child.root.bytes), digest);
    await recordManifest(store.db, APP, { ...child.root, digest }, store.now());
    const descriptor = { mediaType: MEDIA_TYPES.manifest, digest, size: child.root.bytes.length };
    const index = formatManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [descriptor] });
    await putImage(store, APP, { root: parseManifest(index), manifests: [parseManifest(index)], blobs: new Map() }, [
      TAG,
    ]);
    await copyInto(endpoint, await openSource(store), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    const read = await reader.readManifest(descriptor);
    expect(read.bytes).toEqual(child.root.bytes);
    expect(read.digest).toBe(digest);
    await reader.close();
  });
}

function describeReading(create: () => Promise<ImageEndpoint>): void {
  it.each([
    { summary: "an unknown tag", choice: { tag: OTHER_TAG } },
    { summary: "an unknown digest", choice: { digest: UNKNOWN } },
  ])("$summary leads nowhere", async ({ choice }) => {
    const endpoint = await create();
    await copyInto(endpoint, await sourceOf(makeImage()), [TAG]);
    expect(await codeOf(() => endpoint.open(choice))).toBe("MANIFEST_UNKNOWN");
  });

  it("what else lies there under a tag is found, and what does not is not", async () => {
    const endpoint = await create();
    const [first, second] = [makeImage(), makeImage({ platform: "linux/arm64" })];
    const source = await memoryStore();
    await putImage(source, APP, first, [TAG]);
    await copyInto(endpoint, await openSource(source), [TAG, OTHER_TAG]);
    const reader = await endpoint.open({ tag: TAG });
    expect((await reader.findTag(OTHER_TAG))?.digest).toBe(first.root.digest);
    expect(await reader.findTag("3.0" as Tag)).toBeUndefined();
    expect(await reader.listReferrers(second.root.digest)).toEqual([]);
    await reader.close();
  });

  it.each([
    {
      summary: "a manifest that is not there",
      use: (reader: ImageReader) => reader.readManifest({ mediaType: MEDIA_TYPES.manifest, digest: UNKNOWN, size: 7 }),
      code: "MANIFEST_UNKNOWN",
    },
    {
      summary: "a blob that is not there",
      use: (reader: ImageReader) => readAll(reader, { mediaType: MEDIA_TYPES.config, digest: UNKNOWN, size: 7 }),
      code: "BLOB_UNKNOWN",
    },
    {
      summary: "a blob that is longer than its descriptor says",
      use: (reader: ImageReader) => readAll(reader, resized(configOf(reader), -1)),
      code: "BLOB_DIGEST_MISMATCH",
    },
    {
      summary: "a blob that is shorter than its descriptor says",
      use: (reader: ImageReader) => readAll(reader, resized(configOf(reader), 1)),
      code: "BLOB_DIGEST_MISMATCH",
    },
  ])("$summary is an error that says so", async ({ use, code }) => {
    const endpoint = await create();
    await copyInto(endpoint, await sourceOf(makeImage()), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    expect(await codeOf(() => use(reader))).toBe(code);
    await reader.close();
  });

  it("many blobs can be read at once", async () => {
    const endpoint = await create();
    const image = makeTwoPlatforms();
    await copyInto(endpoint, await sourceOf(image), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    const manifests = await Promise.all(childrenOf(reader.root).map((child) => reader.readManifest(child)));
    await Promise.all(manifests.map((manifest) => expectManifestBlobs(reader, manifest, image)));
    await reader.close();
  });
}

function describeWriting(create: () => Promise<ImageEndpoint>): void {
  it("a writer knows which blobs are there already", async () => {
    const endpoint = await create();
    const image = makeImage();
    const reader = await sourceOf(image);
    const config = configOf(reader);
    const writer = await endpoint.createWriter();
    expect(await writer.hasBlob(config)).toBe(false);
    await writer.writeBlob(config, reader.readBlob(config));
    expect(await writer.hasBlob(config)).toBe(true);
    await writer.close();
  });

  it("a source that breaks off is an error, and nothing is visible", async () => {
    const endpoint = await create();
    const reader = await sourceOf(makeImage());
    const broken: ImageReader = { ...reader, readBlob: breaking };
    const writer = await endpoint.createWriter();
    await expect(copyImage(broken, writer, { tags: [TAG], withReferrers: false })).rejects.toThrow();
    await writer.close();
    expect(await codeOf(() => endpoint.open({ tag: TAG }))).toBeDefined();
  });

  it("closing gives up what was not finished, and is safe at any time", async () => {
    const endpoint = await create();
    const image = makeImage();
    const reader = await sourceOf(image);
    const writer = await endpoint.createWriter();
    for (const blob of [configOf(reader), ...layersOf(reader)]) await writer.writeBlob(blob, reader.readBlob(blob));
    await writer.writeManifest(image.root, [TAG]);
    if (endpoint.isAtomic) expect(await codeOf(() => endpoint.open({ tag: TAG }))).toBeDefined();
    await writer.close();
    await writer.close();
    if (endpoint.isAtomic) expect(await codeOf(() => endpoint.open({ tag: TAG }))).toBeDefined();
    await copyInto(endpoint, reader, [TAG]);
    const written = await endpoint.open({ tag: TAG });
    expect(written.root.digest).toBe(image.root.digest);
    await written.close();
  });

  it("a name moves to the image that was written last", async () => {
    const endpoint = await create();
    const second = makeImage({ platform: "linux/arm64" });
    await copyInto(endpoint, await sourceOf(makeImage()), [TAG]);
    await copyInto(endpoint, await sourceOf(second), [TAG]);
    const reader = await endpoint.open({ tag: TAG });
    await expectSame(reader, second);
    await reader.close();
  });
}

interface Evidence {
  readonly referrers: readonly {
    readonly subject: ParsedManifest;
    readonly artifact: TestImage;
    readonly artifactType: string;
  }[];
  readonly signatures: readonly { readonly tag: Tag; readonly image: TestImage }[];
}

/** A store with the image, what refers to each of its manifests and to that, and cosign signatures of all manifests. */
async function withEvidence(image: TestImage): Promise<{ readonly store: Store; readonly evidence: Evidence }> {
  const store = await memoryStore();
  await putImage(store, APP, image, [TAG]);
  const first = image.manifests.map((manifest) => attach(manifest, "application/sbom"));
  const second = first.map(({ artifact }) => attach(artifact.root, "application/signature"));
  const signatures = image.manifests.map((manifest) => makeCosignSignature(manifest));
  for (const { artifact } of [...first, ...second]) await putImage(store, APP, artifact, []);
  for (const signature of signatures) await putImage(store, APP, signature.image, [signature.tag]);
  return { store, evidence: { referrers: [...first, ...second], signatures } };
}

function attach(subject: ParsedManifest, artifactType: string): Evidence["referrers"][number] {
  const artifact = makeArtifact(subject, {
    artifactType,
    annotations: { about: subject.digest },
    body: subject.digest,
  });
  return { subject, artifactType, artifact };
}

async function sourceOf(image: TestImage): Promise<ImageReader> {
  const store = await memoryStore();
  await putImage(store, APP, image, [TAG]);
  return openSource(store);
}

function openSource(store: Store): Promise<ImageReader> {
  return openStoreImage({ repository: APP, tag: TAG }, "team/app:1.0", store);
}

async function copyInto(endpoint: ImageEndpoint, reader: ImageReader, tags: readonly Tag[]): Promise<void> {
  const writer = await endpoint.createWriter();
  await copyImage(reader, writer, { tags, withReferrers: true });
  await writer.close();
}

async function copyFrom(endpoint: ImageEndpoint, store: Store): Promise<void> {
  const reader = await endpoint.open({ tag: TAG });
  const writer = await createStoreWriter(APP, store);
  await copyImage(reader, writer, { tags: [TAG], withReferrers: true });
  await writer.close();
  await reader.close();
}

async function expectSame(reader: ImageReader, image: TestImage): Promise<void> {
  expect(reader.root.digest).toBe(image.root.digest);
  expect(reader.root.bytes).toEqual(image.root.bytes);
  expect(reader.root.mediaType).toBe(image.root.mediaType);
  for (const child of childrenOf(reader.root)) {
    const manifest = await reader.readManifest(child);
    expect(manifest.digest).toBe(child.digest);
    await expectManifestBlobs(reader, manifest, image);
  }
  await expectManifestBlobs(reader, reader.root, image);
}

async function expectManifestBlobs(reader: ImageReader, manifest: ParsedManifest, image: TestImage): Promise<void> {
  if (manifest.kind === "index") return;
  for (const blob of [manifest.value.config, ...manifest.value.layers])
    expect(await readAll(reader, blob)).toEqual(image.blobs.get(blob.digest));
}

function expectBlobs(reader: ImageReader, image: TestImage): Promise<void> {
  return expectManifestBlobs(reader, image.root, image);
}

function childrenOf(manifest: ParsedManifest): readonly Descriptor[] {
  return manifest.kind === "index" ? manifest.value.manifests : [];
}

function configOf({ root }: ImageReader): Descriptor {
  if (root.kind === "index") throw new Error("an index has no config");
  return root.value.config;
}

function layersOf({ root }: ImageReader): readonly Descriptor[] {
  return root.kind === "index" ? [] : root.value.layers;
}

function readAll(reader: ImageReader, descriptor: Descriptor): Promise<Buffer> {
  return bytesOfStream(reader.readBlob(descriptor));
}

function resized(descriptor: Descriptor, byBytes: number): Descriptor {
  return { ...descriptor, size: descriptor.size + byBytes };
}

function byDigest(descriptor: Descriptor): string {
  return descriptor.digest;
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from("{");
  throw new Error("broken off");
}
