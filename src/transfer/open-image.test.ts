// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { makeImage, makeTwoPlatforms, repository, tagged, type TestImage } from "../../test/support/images.js";
import { startEngine } from "../../test/support/engine.js";
import { pushImage, startRegistry } from "../../test/support/registry.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Digest } from "../formats/digest.js";
import { parseImageReference, type Tag } from "../formats/image-reference.js";
import type { Host } from "../host/host.js";
import type { Store } from "../store/index.js";
import { createArchiveWriter } from "./archive-writer.js";
import { copyImage } from "./copy-image.js";
import type { ImageWriter } from "./endpoint.js";
import { createLayoutWriter } from "./oci-layout.js";
import { openImage, requireRemote } from "./open-image.js";
import { openStoreImage } from "./store-image.js";

const UNKNOWN = sha256Digest("unknown");

describe("names with a prefix", () => {
  it.each([
    { summary: "a layout", text: (folder: string) => `oci-dir://${folder}` },
    { summary: "a layout with a tag", text: (folder: string) => `oci-dir://${folder}:1.0` },
    { summary: "a layout with a digest", text: (folder: string, digest: string) => `oci-dir://${folder}@${digest}` },
    { summary: "a layout with both", text: (folder: string, digest: string) => `oci-dir://${folder}:1.0@${digest}` },
  ])("$summary is opened", async ({ text }) => {
    const deps = await create();
    const image = makeTwoPlatforms();
    const folder = join(temporaryFolder(), "layout");
    await copyTo(createLayoutWriter(folder), image);
    const name = text(folder, image.root.digest);
    const reader = await openImage(name, deps);
    expect(reader.root.digest).toBe(image.root.digest);
    await reader.close();
  });

  it.each([
    { summary: "an archive", text: (file: string) => `archive://${file}` },
    { summary: "an archive with a tag", text: (file: string) => `archive://${file}:1.0` },
    { summary: "an archive with a digest", text: (file: string, digest: string) => `archive://${file}@${digest}` },
  ])("$summary is opened", async ({ text }) => {
    const deps = await create();
    const image = makeTwoPlatforms();
    const file = join(temporaryFolder(), "image.tar");
    await copyTo(await createArchiveWriter(file, { engineNames: [], enginePlatform: "linux/amd64" }), image);
    const reader = await openImage(text(file, image.root.digest), deps);
    expect(reader.root.digest).toBe(image.root.digest);
    await reader.close();
  });

  it("a path that holds a colon or an at sign is taken as it stands, where there is such a path", async () => {
    const deps = await create();
    const image = makeImage();
    for (const name of ["with:colon", "with@sha256:sign"]) {
      const folder = join(temporaryFolder(), name);
      await copyTo(createLayoutWriter(folder), image);
      expect((await openImage(`oci-dir://${folder}`, deps)).root.digest).toBe(image.root.digest);
    }
  });

  it("an image of a registry is opened by tag, by digest, and as the latest", async () => {
    const deps = await create();
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", image, "1.0");
    await pushImage(registry.writer, "team/app", image, "latest");
    for (const suffix of [":1.0", "", `@${image.root.digest}`, `:1.0@${image.root.digest}`])
      for (const prefix of ["registry://", ""]) {
        const text = `${prefix}${registry.address}/team/app${suffix}`;
        const reader = await openImage(text, deps);
        expect([reader.name, reader.root.digest]).toEqual([text, image.root.digest]);
      }
  });

  it.each([
    { text: "oci-dir:///nowhere", code: "FILE_NOT_FOUND" },
    { text: "oci-dir:///nowhere:1.0", code: "IMAGE_UNREADABLE" },
    { text: "oci-dir:///nowhere:not/a/tag", code: "FILE_NOT_FOUND" },
    { text: "oci-dir:///nowhere:-", code: "REFERENCE_INVALID" },
    { text: "oci-dir:///nowhere@sha256:abc", code: "DIGEST_INVALID" },
    { text: "oci-dir://", code: "FILE_NOT_FOUND" },
    { text: "archive:///nowhere.tar", code: "FILE_NOT_FOUND" },
    { text: "archive:///nowhere.tar:1.0", code: "FILE_NOT_FOUND" },
    { text: "registry://app:1.0", code: "REFERENCE_INVALID" },
    { text: "registry://", code: "REFERENCE_INVALID" },
    { text: "registry://host.example/Upper", code: "REFERENCE_INVALID" },
    { text: "local://app:1.0", code: "ENGINE_UNAVAILABLE" },
    { text: "containers-storage://app", code: "USAGE" },
    { text: "https://host.example/app", code: "USAGE" },
    { text: "file:///etc/passwd", code: "USAGE" },
  ])("$text cannot be opened", async ({ text, code }) => {
    expect(await codeOf(async () => openImage(text, await create()))).toBe(code);
  });
});

describe("names without a prefix", () => {
  it("are those of the store first", async () => {
    const engine = await startEngine({ images: { "app:1.0": makeImage({ platform: "linux/arm64" }) } });
    const deps = await create({ DOCKER_HOST: engine.host });
    const image = makeImage();
    await putImage(deps.store, "app", image, ["1.0", "latest"]);
    for (const text of ["app:1.0", "app", `app@${image.root.digest}`]) {
      const reader = await openImage(text, deps);
      expect([reader.name, reader.root.digest]).toEqual([text, image.root.digest]);
    }
    expect(engine.requests).toEqual([]);
  });

  it("are those of the engine next, with a host or without", async () => {
    const image = makeImage();
    const engine = await startEngine({ images: { "app:1.0": image, "host.example/app:1.0": image } });
    const deps = await create({ DOCKER_HOST: engine.host });
    for (const text of ["app:1.0", "host.example/app:1.0"]) {
      const reader = await openImage(text, deps);
      expect(reader.name).toBe(`local://${text}`);
      expect(reader.root.kind === "image" && reader.root.value.layers).toHaveLength(1);
      await reader.close();
    }
  });

  it("with a host are those of its registry last", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "app", image, "1.0");
    const engine = await startEngine({ images: {} });
    const deps = await create({ DOCKER_HOST: engine.host });
    expect((await openImage(`${registry.address}/app:1.0`, deps)).root.digest).toBe(image.root.digest);
    expect(await codeOf(() => openImage(`${registry.address}/app:2.0`, deps))).toBe("MANIFEST_UNKNOWN");
  });

  it.each([
    { text: "app:2.0", code: "MANIFEST_UNKNOWN" },
    { text: "other", code: "MANIFEST_UNKNOWN" },
    { text: `app@${UNKNOWN}`, code: "MANIFEST_UNKNOWN" },
    { text: "", code: "REFERENCE_INVALID" },
    { text: "App", code: "REFERENCE_INVALID" },
    { text: "../app", code: "REFERENCE_INVALID" },
    { text: "app@sha256:abc", code: "REFERENCE_INVALID" },
  ])("$text leads nowhere", async ({ text, code }) => {
    const deps = await create();
    await putImage(deps.store, "app", makeImage(), ["1.0"]);
    expect(await codeOf(() => openImage(text, deps))).toBe(code);
  });
});

it.each([
  { text: "host.example/app:1.0", code: undefined },
  { text: "localhost/app", code: undefined },
  { text: "app:1.0", code: "REFERENCE_INVALID" },
  { text: "team/app", code: "REFERENCE_INVALID" },
])("where a registry is needed, $text is met with $code", async ({ text, code }) => {
  expect(await codeOf(() => requireRemote(parseImageReference(text)))).toBe(code);
});

async function create(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly host: Host; readonly store: Store }> {
  const host = testHost({ env });
  return { host, store: await memoryStore(host) };
}

async function copyTo(writer: ImageWriter, image: TestImage): Promise<void> {
  const store = await memoryStore();
  await putImage(store, "source", image, ["1.0"]);
  const reference = { repository: repository("source"), tag: "1.0" as Tag };
  const reader = await openStoreImage(reference, "source:1.0", store);
  await copyImage(reader, writer, { tags: tagged("1.0"), withReferrers: false });
  await writer.close();
}
