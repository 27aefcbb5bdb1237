// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, inPieces } from "../../test/support/bytes.js";
import {
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeIndex,
  makeLayer,
  makeTwoPlatforms,
  noise,
  repository,
  tagged,
  type TestImage,
} from "../../test/support/images.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { createArchiveWriter } from "./archive-writer.js";
import { copyImage } from "./copy-image.js";
import type { ImageReader } from "./endpoint.js";
import { blobPath } from "./oci-layout.js";
import { openStoreImage } from "./store-image.js";

const APP = repository("app");
const OPTIONS = { engineNames: ["localhost:5000/app:1.0"], enginePlatform: "linux/amd64" };

interface Saved {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

describe("what an engine loads", () => {
  const amd64 = makeImage({ platform: "linux/amd64" });
  const arm64 = makeImage({ platform: "linux/arm64" });
  it.each([
    { summary: "the image of its platform", image: makeIndex([arm64, amd64]), chosen: amd64 },
    { summary: "the only image", image: amd64, chosen: amd64 },
    { summary: "the only image, though it is for another platform", image: arm64, chosen: arm64 },
    { summary: "the first image, where none is for its platform", image: makeIndex([arm64]), chosen: arm64 },
  ])("is $summary", async ({ image, chosen }) => {
    expect(await savedIn(await archiveOf(await readerOf(image)))).toEqual([savedForm(chosen)]);
  });

  it.each([
    { summary: "an image of its platform", image: amd64 },
    { summary: "an image of another platform", image: arm64 },
  ])("is $summary and not the signature that comes along", async ({ image }) => {
    const reader = await readerOf(image, async (put) => {
      const signature = makeCosignSignature(image.root);
      await put(signature.image, [signature.tag]);
    });
    expect(await savedIn(await archiveOf(reader))).toEqual([savedForm(image)]);
  });

  it("is an image of Docker's own format, too", async () => {
    const image = makeImage({ isDocker: true });
    expect(await savedIn(await archiveOf(await readerOf(image)))).toEqual([savedForm(image)]);
  });

  it("is nothing where there is no image to run", async () => {
    const artifact = makeArtifact(undefined, { artifactType: "application/test" });
    expect(await savedIn(await archiveOf(await readerOf(artifact)))).toBeUndefined();
  });
});

describe("the file", () => {
  it("has the same bytes each time, however its parts arrive", async () => {
    const layers = Array.from({ length: 9 }, (_, index) =>
      makeLayer([{ path: `file${index}`, content: noise((index % 3) * 40_000 + 1) }]),
    );
    const reader = await readerOf(makeIndex([makeImage({ layers }), makeImage({ platform: "linux/arm64" })]));
    const inBits: ImageReader = { ...reader, readBlob: (descriptor) => slowly(reader, descriptor) };
    const [first, second, third] = [await archiveOf(reader), await archiveOf(reader), await archiveOf(inBits)];
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
    expect(readFileSync(first).equals(readFileSync(third))).toBe(true);
  });

  it("names no user and no time, and each blob once", async () => {
    const layer = makeLayer([{ path: "shared", content: "shared" }]);
    const platforms = (["linux/amd64", "linux/arm64"] as const).map((platform) =>
      makeImage({ platform, layers: [layer] }),
    );
    const file = await archiveOf(await readerOf(makeIndex(platforms)));
    const paths: string[] = [];
    for await (const { entry } of readTar(inPieces(readFileSync(file), 10_000), { name: "archive" })) {
      paths.push(entry.path);
      expect(entry).toMatchObject({ kind: "file", uid: 0, gid: 0, mode: 0o644, mtimeSeconds: 0 });
    }
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.filter((path) => path.startsWith("blobs/sha256/"))).toHaveLength(2 + 1 + 3);
    expect(paths.slice(-3)).toEqual(["oci-layout", "index.json", "manifest.json"]);
  });

  it("appears when it is whole, and its folder is clean before and afterwards", async () => {
    const file = join(temporaryFolder(), "image.tar");
    const reader = await readerOf(makeImage());
    const writer = await createArchiveWriter(file, OPTIONS);
    await copyImage(
      reader,
      { ...writer, finish: () => Promise.resolve() },
      { tags: tagged("1.0"), withReferrers: false },
    );
    expect(existsSync(file)).toBe(false);
    await writer.finish();
    await writer.close();
    expect(readdirSync(dirname(file))).toEqual(["image.tar"]);
  });

  it("of an earlier image stays as it is when the next one fails", async () => {
    const file = await archiveOf(await readerOf(makeImage()));
    const before = readFileSync(file);
    const reader = await readerOf(makeTwoPlatforms());
    const writer = await createArchiveWriter(file, OPTIONS);
    const broken: ImageReader = { ...reader, readBlob: breaking };
    await expect(copyImage(broken, writer, { tags: tagged("1.0"), withReferrers: false })).rejects.toThrow(
      "broken off",
    );
    await writer.close();
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dirname(file))).toEqual(["image.tar"]);
  });
});

type Put = (image: TestImage, tags: readonly string[]) => Promise<void>;

async function readerOf(
  image: TestImage,
  more: (put: Put) => Promise<void> = () => Promise.resolve(),
): Promise<ImageReader> {
  const store = await memoryStore();
  await putImage(store, APP, image, ["1.0"]);
  await more((other, tags) => putImage(store, APP, other, tags));
  return openStoreImage({ repository: APP, digest: image.root.digest }, "app:1.0", store);
}

async function archiveOf(reader: ImageReader): Promise<string> {
  const file = join(temporaryFolder(), "image.tar");
  const writer = await createArchiveWriter(file, OPTIONS);
  await copyImage(reader, writer, { tags: tagged("1.0"), withReferrers: true });
  await writer.close();
  return file;
}

async function savedIn(file: string): Promise<readonly Saved[] | undefined> {
  for await (const { entry, content } of readTar(inPieces(readFileSync(file), 10_000), { name: "archive" }))
    if (entry.path === "manifest.json")
      return JSON.parse((await bytesOfStream(content)).toString("utf8")) as readonly Saved[];
  return undefined;
}

function savedForm({ root }: TestImage): Saved {
  if (root.kind === "index") throw new Error("an index cannot be loaded");
  return {
    Config: blobPath(root.value.config.digest),
    RepoTags: OPTIONS.engineNames,
    Layers: root.value.layers.map((layer) => blobPath(layer.digest)),
  };
}

async function* slowly(
  reader: ImageReader,
  ...[descriptor]: Parameters<ImageReader["readBlob"]>
): AsyncGenerator<Buffer> {
  for await (const chunk of inPieces(await bytesOfStream(reader.readBlob(descriptor)), 1_000)) {
    await new Promise((resolve) => setImmediate(resolve));
    yield chunk;
  }
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from("{");
  throw new Error("broken off");
}
