// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeIndex,
  makeLayer,
  makeTwoPlatforms,
  repository,
  tagged,
  type TestImage,
} from "../../test/support/images.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import type { Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import type { Store } from "../store/index.js";
import { copyImage } from "./copy-image.js";
import type { ImageReader, ImageWriter } from "./endpoint.js";
import { createStoreWriter, openStoreImage } from "./store-image.js";

const APP = repository("app");

/** What a writer was asked to take, in order. */
type Step = { readonly blob: Digest } | { readonly manifest: Digest; readonly tags: readonly Tag[] } | "finish";

describe("the order", () => {
  it("is blobs first, then manifests with children before parents, and names last of all", async () => {
    const image = makeTwoPlatforms();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    const signature = makeCosignSignature(image.root);
    const store = await storeWith(image, artifact);
    await putImage(store, APP, signature.image, [signature.tag]);
    const steps = await record(await open(store), true);
    const kinds = steps.map((step) => (step === "finish" ? "finish" : "blob" in step ? "blob" : "manifest"));
    expect(kinds.lastIndexOf("blob")).toBeLessThan(kinds.indexOf("manifest"));
    const manifests = steps.flatMap((step) => (step !== "finish" && "manifest" in step ? [step] : []));
    expect(manifests).toEqual([
      ...image.manifests.slice(0, -1).map(({ digest }) => ({ manifest: digest, tags: [] })),
      { manifest: artifact.root.digest, tags: [] },
      { manifest: signature.image.root.digest, tags: [signature.tag] },
      { manifest: image.root.digest, tags: tagged("1.0", "1") },
    ]);
    expect(kinds.at(-1)).toBe("finish");
  });
});

describe("what is copied", () => {
  it("is each blob once, though several platforms share it", async () => {
    const layers = [makeLayer([{ path: "shared", content: "shared" }])];
    const image = makeIndex([makeImage({ layers }), makeImage({ platform: "linux/arm64", layers })]);
    const steps = await record(await open(await storeWith(image)), false);
    const blobs = steps.flatMap((step) => (step !== "finish" && "blob" in step ? [step.blob] : []));
    expect(blobs.toSorted()).toEqual([...image.blobs.keys()].toSorted());
  });

  it("is not what the writer has, and its size is reported anyway", async () => {
    const image = makeTwoPlatforms();
    const store = await storeWith(image);
    const sizes: number[] = [];
    const writer = await createStoreWriter(repository("other"), store);
    const silent: ImageReader = { ...(await open(store)), readBlob: () => failing() };
    await copyImage(silent, writer, {
      tags: tagged("1.0"),
      withReferrers: false,
      onBlob: (size) => void sizes.push(size),
    });
    await writer.close();
    const expected = [...image.blobs.values()].map((bytes) => bytes.length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
  });

  it.each([
    { summary: "not evidence, unless it is wanted", withReferrers: false, count: 1 },
    { summary: "evidence, where it is wanted, and evidence about that", withReferrers: true, count: 4 },
  ])("is $summary", async ({ withReferrers, count }) => {
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    const about = makeArtifact(artifact.root, { artifactType: "application/test", body: "about the evidence" });
    const signature = makeCosignSignature(image.root);
    const store = await storeWith(image, artifact, about);
    await putImage(store, APP, signature.image, [signature.tag]);
    const steps = await record(await open(store), withReferrers);
    expect(steps.filter((step) => step !== "finish" && "manifest" in step)).toHaveLength(count);
  });

  it("ends, where a reader says that two manifests refer to each other", async () => {
    const [first, second] = [makeImage(), makeArtifact(makeImage().root, { artifactType: "application/test" })];
    const store = await storeWith(first, second);
    const reader = await open(store);
    const circular: ImageReader = {
      ...reader,
      listReferrers: () =>
        Promise.resolve(
          [first, second].map(({ root }) => ({
            mediaType: root.mediaType,
            digest: root.digest,
            size: root.bytes.length,
          })),
        ),
    };
    const steps = await record(circular, true);
    expect(steps.filter((step) => step !== "finish" && "manifest" in step)).toHaveLength(2);
  });
});

describe("failures", () => {
  it("of a blob end the copy before any manifest is written", async () => {
    const reader = await open(await storeWith(makeTwoPlatforms()));
    const steps: Step[] = [];
    const broken: ImageReader = { ...reader, readBlob: () => failing() };
    await expect(copyImage(broken, recorder(steps), { tags: tagged("1.0"), withReferrers: true })).rejects.toThrow(
      "need not",
    );
    expect(steps.filter((step) => step === "finish" || "manifest" in step)).toEqual([]);
  });

  it("of a manifest end the copy before the name is written", async () => {
    const image = makeTwoPlatforms();
    const reader = await open(await storeWith(image));
    const steps: Step[] = [];
    const writer: ImageWriter = { ...recorder(steps), writeManifest: () => Promise.reject(new Error("refused")) };
    await expect(copyImage(reader, writer, { tags: tagged("1.0"), withReferrers: true })).rejects.toThrow("refused");
    expect(steps).not.toContain("finish");
  });
});

async function storeWith(image: TestImage, ...artifacts: readonly TestImage[]): Promise<Store> {
  const store = await memoryStore();
  await putImage(store, APP, image, ["source"]);
  for (const artifact of artifacts) await putImage(store, APP, artifact, []);
  return store;
}

function open(store: Store): Promise<ImageReader> {
  return openStoreImage({ repository: APP, tag: "source" as Tag }, "app:source", store);
}

async function record(reader: ImageReader, withReferrers: boolean): Promise<readonly Step[]> {
  const steps: Step[] = [];
  await copyImage(reader, recorder(steps), { tags: tagged("1.0", "1"), withReferrers });
  return steps;
}

/** A place that notes what it is given. */
function recorder(steps: Step[]): ImageWriter {
  return {
    hasBlob: () => Promise.resolve(false),
    writeBlob: async ({ digest }, source) => {
      for await (const _chunk of source);
      steps.push({ blob: digest });
    },
    writeManifest: ({ digest }, tags) => Promise.resolve(void steps.push({ manifest: digest, tags })),
    finish: () => Promise.resolve(void steps.push("finish")),
    close: () => Promise.resolve(),
  };
}

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(0);
  throw new Error("this blob need not be read");
}
