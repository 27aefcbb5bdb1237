// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import {
  descriptorOfManifest,
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeTwoPlatforms,
  repository,
  tagged,
  type TestImage,
} from "../../test/support/images.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import type { Descriptor, ImageIndex } from "../formats/oci/manifest.js";
import { copyImage } from "./copy-image.js";
import type { ImageReader } from "./endpoint.js";
import { openFolder } from "./layout-files.js";
import { blobPath, createLayoutWriter, openLayoutImage, type LayoutChoice } from "./oci-layout.js";
import { openStoreImage } from "./store-image.js";

const APP = repository("app");
const REF_NAME = "org.opencontainers.image.ref.name";

describe("the folder", () => {
  it("is what the specification says", async () => {
    const image = makeTwoPlatforms();
    const folder = await layoutOf(image, ["1.0", "1"]);
    expect(JSON.parse(readFileSync(join(folder, "oci-layout"), "utf8"))).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(readIndex(folder)).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: ["1.0", "1"].map((tag) => ({ ...descriptorOfManifest(image.root), annotations: { [REF_NAME]: tag } })),
    });
    const expected = [...image.blobs.keys(), ...image.manifests.map((manifest) => manifest.digest)];
    expect(readdirSync(join(folder, "blobs", "sha256")).toSorted()).toEqual(
      expected.map((digest) => digest.slice("sha256:".length)).toSorted(),
    );
    for (const [digest, bytes] of image.blobs) expect(readFileSync(join(folder, blobPath(digest)))).toEqual(bytes);
  });

  it("takes further images, and keeps those that it has", async () => {
    const [first, second] = [makeImage(), makeImage({ platform: "linux/arm64" })];
    const folder = await layoutOf(first, ["1.0"]);
    await writeInto(folder, second, ["2.0"]);
    expect((await open(folder, { tag: "1.0" as Tag })).root.digest).toBe(first.root.digest);
    expect((await open(folder, { tag: "2.0" as Tag })).root.digest).toBe(second.root.digest);
  });

  it("has an image without a name, too, as the only one", async () => {
    const image = makeTwoPlatforms();
    const folder = await layoutOf(image, []);
    expect((await open(folder, {})).root.digest).toBe(image.root.digest);
    expect((await open(folder, { digest: image.root.digest })).root.digest).toBe(image.root.digest);
  });

  it("does not list evidence twice when it is written twice", async () => {
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    const folder = await layoutOf(image, ["1.0"], [artifact]);
    await writeInto(folder, image, ["1.0"], [artifact]);
    expect(readIndex(folder).manifests).toHaveLength(2);
    const reader = await open(folder, {});
    expect(await reader.listReferrers(image.root.digest)).toHaveLength(1);
  });

  it("is not changed while something is written that is not finished", async () => {
    const folder = await layoutOf(makeImage(), ["1.0"]);
    const before = readFileSync(join(folder, "index.json"), "utf8");
    const image = makeImage({ platform: "linux/arm64" });
    const writer = createLayoutWriter(folder);
    for (const [digest, bytes] of image.blobs)
      await writer.writeBlob({ mediaType: "x", digest, size: bytes.length }, streamOf(bytes));
    await writer.writeManifest(image.root, tagged("2.0"));
    expect(readFileSync(join(folder, "index.json"), "utf8")).toBe(before);
  });

  it("a blob of another size than it should have is not taken for the blob", async () => {
    const image = makeImage();
    const folder = await layoutOf(image, ["1.0"]);
    const [digest, bytes] = [...image.blobs][0]!;
    writeFileSync(join(folder, blobPath(digest)), bytes.subarray(1));
    expect(await createLayoutWriter(folder).hasBlob({ mediaType: "x", digest, size: bytes.length })).toBe(false);
  });
});

describe("which image is meant", () => {
  it.each([
    { summary: "the only one, where none is named", choice: {}, code: undefined },
    { summary: "the one of a tag", choice: { tag: "1.0" as Tag }, code: undefined },
    { summary: "none of an unknown tag", choice: { tag: "2.0" as Tag }, code: "MANIFEST_UNKNOWN" },
    { summary: "none of an unknown digest", choice: { digest: sha256Digest("x") }, code: "MANIFEST_UNKNOWN" },
  ])("$summary", async ({ choice, code }) => {
    const image = makeImage();
    const folder = await layoutOf(image, ["1.0"], [makeArtifact(image.root, { artifactType: "application/test" })]);
    expect(await codeOf(() => open(folder, choice))).toBe(code);
    if (code === undefined) expect((await open(folder, choice)).root.digest).toBe(image.root.digest);
  });

  it("the only one, where it has two names", async () => {
    const image = makeImage();
    expect((await open(await layoutOf(image, ["1.0", "1"]), {})).root.digest).toBe(image.root.digest);
  });

  it("the only one, where a cosign signature of it lies there under its tag", async () => {
    const image = makeImage();
    const folder = await layoutOf(image, ["1.0"], [], true);
    expect((await open(folder, {})).root.digest).toBe(image.root.digest);
  });

  it("nobody knows, where there are several and none is named", async () => {
    const folder = await layoutOf(makeImage(), ["1.0"]);
    await writeInto(folder, makeImage({ platform: "linux/arm64" }), ["2.0"]);
    expect(await codeOf(() => open(folder, {}))).toBe("REFERENCE_INVALID");
  });

  it.each(["1.0", "app:1.0", "registry.example:5000/team/app:1.0"])(
    "the tag 1.0 is that of the image that another tool named %s",
    async (name) => {
      const image = makeImage();
      const folder = await layoutOf(image, ["other"]);
      const index = readFileSync(join(folder, "index.json"), "utf8");
      writeFileSync(join(folder, "index.json"), index.replace('"other"', JSON.stringify(name)));
      const reader = await open(folder, { tag: "1.0" as Tag });
      expect(reader.root.digest).toBe(image.root.digest);
      expect((await reader.findTag("1.0" as Tag))?.digest).toBe(image.root.digest);
    },
  );

  it("an artifact can be read by its digest", async () => {
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    const folder = await layoutOf(image, ["1.0"], [artifact]);
    expect((await open(folder, { digest: artifact.root.digest })).root.digest).toBe(artifact.root.digest);
  });
});

describe("folders that are no layouts", () => {
  it.each([
    { summary: "an empty one", index: undefined, code: "IMAGE_UNREADABLE" },
    { summary: "one whose index is no JSON", index: "{", code: "IMAGE_UNREADABLE" },
    { summary: "one whose index is a list", index: "[]", code: "MANIFEST_INVALID" },
    { summary: "one whose index is null", index: "null", code: "MANIFEST_INVALID" },
    { summary: "one whose index has no manifests", index: '{"schemaVersion":2}', code: "MANIFEST_INVALID" },
    { summary: "one without images", index: '{"schemaVersion":2,"manifests":[]}', code: "MANIFEST_UNKNOWN" },
    { summary: "one whose index is a manifest", index: makeImage().root.bytes.toString(), code: "MANIFEST_INVALID" },
    {
      summary: "one that names a path in place of a digest",
      index: '{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:../../../etc/passwd","size":1}]}',
      code: "MANIFEST_INVALID",
    },
  ])("$summary cannot be read", async ({ index, code }) => {
    const folder = join(temporaryFolder(), "layout");
    mkdirSync(folder);
    if (index !== undefined) writeFileSync(join(folder, "index.json"), index);
    expect(await codeOf(() => open(folder, {}))).toBe(code);
  });

  it("a folder that is not there is no layout", async () => {
    expect(await codeOf(() => open(join(temporaryFolder(), "none"), {}))).toBe("IMAGE_UNREADABLE");
  });
});

describe("damage", () => {
  it("a manifest with other bytes is not read", async () => {
    const image = makeImage();
    const folder = await layoutOf(image, ["1.0"]);
    const path = join(folder, blobPath(image.root.digest));
    writeFileSync(path, readFileSync(path, "utf8").replace("linux", "xinul").replace("schemaVersion", "schemaversioN"));
    expect(await codeOf(() => open(folder, {}))).toBe("BLOB_DIGEST_MISMATCH");
  });

  it("a blob with other bytes of the same length fails at its end", async () => {
    const image = makeImage();
    const folder = await layoutOf(image, ["1.0"]);
    const { config } = configOf(await open(folder, {}));
    const path = join(folder, blobPath(config.digest));
    writeFileSync(path, readFileSync(path, "utf8").replace("amd64", "64amd"));
    const reader = await open(folder, {});
    expect(await codeOf(() => bytesOfStream(reader.readBlob(config)))).toBe("BLOB_DIGEST_MISMATCH");
  });
});

async function layoutOf(
  image: TestImage,
  tags: readonly string[],
  evidence: readonly TestImage[] = [],
  isSigned = false,
): Promise<string> {
  const folder = join(temporaryFolder(), "layout");
  await writeInto(folder, image, tags, evidence, isSigned);
  return folder;
}

async function writeInto(
  folder: string,
  image: TestImage,
  tags: readonly string[],
  evidence: readonly TestImage[] = [],
  isSigned = false,
): Promise<void> {
  const store = await memoryStore();
  await putImage(store, APP, image, ["source"]);
  for (const artifact of evidence) await putImage(store, APP, artifact, []);
  const signature = makeCosignSignature(image.root);
  if (isSigned) await putImage(store, APP, signature.image, [signature.tag]);
  const reader = await openStoreImage({ repository: APP, tag: "source" as Tag }, "app", store);
  await copyImage(reader, createLayoutWriter(folder), { tags: tagged(...tags), withReferrers: true });
}

function open(folder: string, choice: LayoutChoice): Promise<ImageReader> {
  return openLayoutImage(openFolder(folder), choice);
}

function readIndex(folder: string): ImageIndex {
  return JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as ImageIndex;
}

function configOf({ root }: ImageReader): { readonly config: Descriptor } {
  if (root.kind === "index") throw new Error("an index has no config");
  return root.value;
}
