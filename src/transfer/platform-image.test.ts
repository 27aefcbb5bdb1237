// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  makeArtifact,
  makeImage,
  makeIndex,
  makeTwoPlatforms,
  repository,
  type TestImage,
} from "../../test/support/images.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { formatManifest, parseManifest, type Descriptor } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { Platform } from "../formats/platform.js";
import type { ImageReader } from "./endpoint.js";
import { openPlatformImage } from "./platform-image.js";
import { openStoreImage } from "./store-image.js";

const OWN: Platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
const OTHER: Platform = OWN === "linux/amd64" ? "linux/arm64" : "linux/amd64";

describe("an index", () => {
  it.each([
    { summary: "the one that is wanted", wanted: "linux/arm64", found: "linux/arm64" },
    { summary: "the other one that is wanted", wanted: "linux/amd64", found: "linux/amd64" },
    { summary: "that of this machine, without a wish", wanted: undefined, found: OWN },
  ] as const)("gives $summary", async ({ wanted, found }) => {
    const image = await openPlatformImage(await readerOf(makeTwoPlatforms()), wanted);
    expect(image.platform).toBe(found);
    expect(`${image.config.os}/${image.config.architecture}`).toBe(found);
    expect(image.manifest.digest).toBe(makeImage({ platform: found }).root.digest);
  });

  it("gives the first without a wish, where this machine's is not there", async () => {
    const reader = await readerOf(makeIndex([makeImage({ platform: OTHER })]));
    expect((await openPlatformImage(reader, undefined)).platform).toBe(OTHER);
  });

  it("has not what it does not list", async () => {
    const reader = await readerOf(makeIndex([makeImage({ platform: "linux/amd64" })]));
    expect(await codeOf(() => openPlatformImage(reader, "linux/arm64"))).toBe("MANIFEST_UNKNOWN");
  });

  it("without anything has nothing", async () => {
    expect(await codeOf(async () => openPlatformImage(await readerOf(makeIndex([])), undefined))).toBe(
      "MANIFEST_UNKNOWN",
    );
  });

  it.each([
    {
      summary: "attestations as BuildKit writes them",
      extra: { platform: { os: "unknown", architecture: "unknown" } },
    },
    { summary: "artifacts", extra: { artifactType: "application/test" } },
  ])("$summary are no platform, though they come first", async ({ extra }) => {
    const artifact = makeArtifact(makeImage().root);
    const reader = await readerOf(
      indexOf(makeImage({ platform: OTHER }), [{ ...entryOf(artifact), ...extra }]),
      artifact,
    );
    expect((await openPlatformImage(reader, undefined)).platform).toBe(OTHER);
  });

  it("lists a variant, which does not matter", async () => {
    const image = makeImage({ platform: "linux/arm64" });
    const platform = { os: "linux", architecture: "arm64", variant: "v8" };
    const reader = await readerOf(indexOf(image, [], { platform }), image);
    expect((await openPlatformImage(reader, "linux/arm64")).platform).toBe("linux/arm64");
  });

  it("within an index has no platform", async () => {
    const inner = makeTwoPlatforms();
    const reader = await readerOf(indexOf(inner, [], { platform: { os: "linux", architecture: "amd64" } }), inner);
    expect(await codeOf(() => openPlatformImage(reader, "linux/amd64"))).toBe("MANIFEST_INVALID");
  });

  it("that calls an image by the wrong platform is not believed", async () => {
    const image = makeImage({ platform: "linux/arm64" });
    const reader = await readerOf(indexOf(image, [], { platform: { os: "linux", architecture: "amd64" } }), image);
    expect(await codeOf(() => openPlatformImage(reader, "linux/amd64"))).toBe("MANIFEST_UNKNOWN");
  });
});

describe("an image without an index", () => {
  it.each([
    { summary: "without a wish", wanted: undefined, code: undefined },
    { summary: "where its platform is wanted", wanted: OTHER, code: undefined },
    { summary: "not where another one is wanted", wanted: OWN, code: "MANIFEST_UNKNOWN" },
  ])("is given $summary", async ({ wanted, code }) => {
    const reader = await readerOf(makeImage({ platform: OTHER }));
    expect(await codeOf(() => openPlatformImage(reader, wanted))).toBe(code);
  });

  it("has the size that a pull transfers", async () => {
    const image = makeImage();
    const sizes = [...image.blobs.values()].map((bytes) => bytes.length);
    const { sizeBytes } = await openPlatformImage(await readerOf(image), undefined);
    expect(sizeBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it("is none, where its config is not that of an image", async () => {
    const artifact = makeArtifact(undefined, { artifactType: "application/test" });
    expect(await codeOf(async () => openPlatformImage(await readerOf(artifact), undefined))).toBe("MANIFEST_INVALID");
  });
});

async function readerOf(image: TestImage, ...parts: readonly TestImage[]): Promise<ImageReader> {
  const store = await memoryStore();
  for (const part of parts) await putImage(store, "app", part, []);
  await putImage(store, "app", image, []);
  return openStoreImage({ repository: repository("app"), digest: image.root.digest }, "app", store);
}

function entryOf({ root }: TestImage): Descriptor {
  return { mediaType: root.mediaType, digest: root.digest, size: root.bytes.length };
}

/** An index with `before` and then the image, which is described as `extra` says. */
function indexOf(image: TestImage, before: readonly Descriptor[], extra: Partial<Descriptor> = {}): TestImage {
  const own = makeIndex([image]).root;
  const [listed] = own.kind === "index" ? own.value.manifests : [];
  if (listed === undefined) throw new Error("an index lists its image");
  const manifests = [...before, { ...listed, ...extra }];
  const root = parseManifest(formatManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests }));
  return { root, manifests: [...image.manifests, root], blobs: image.blobs };
}
