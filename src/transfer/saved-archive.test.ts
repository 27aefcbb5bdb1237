// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeTar, sha256, type TestEntry } from "../../test/support/archives.js";
import { bytesOfStream, codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import type { ImageManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { ImageReader } from "./endpoint.js";
import { openArchive } from "./layout-files.js";
import type { LayoutChoice } from "./oci-layout.js";
import { openArchiveImage } from "./saved-archive.js";

const BASE = makeTar([{ path: "etc/os-release", content: "ID=debian\n" }]);
const APP = makeTar([{ path: "app/main.js", content: "main\n" }]);

describe("what docker save wrote", () => {
  it("is an image with the layers under their diff ids", async () => {
    const reader = await open(saved({ layers: [BASE, APP] }));
    const manifest = manifestOf(reader);
    expect(manifest.layers.map((layer) => layer.digest)).toEqual([BASE, APP].map((layer) => sha256Digest(layer)));
    expect(manifest.layers.map((layer) => layer.mediaType)).toEqual([MEDIA_TYPES.layerTar, MEDIA_TYPES.layerTar]);
    expect(await bytesOfStream(reader.readBlob(manifest.layers[1]!))).toEqual(APP);
    const config = JSON.parse((await bytesOfStream(reader.readBlob(manifest.config))).toString("utf8")) as object;
    expect(config).toMatchObject({ architecture: "amd64", os: "linux" });
    expect(reader.root.digest).toBe(sha256Digest(reader.root.bytes));
    expect(await reader.listReferrers(reader.root.digest)).toEqual([]);
    expect(await reader.findTag("1.0" as Tag)).toBeUndefined();
    expect(await codeOf(() => reader.readManifest(manifest.config))).toBe("MANIFEST_UNKNOWN");
    await reader.close();
  });

  it("may be compressed as a whole", async () => {
    const reader = await open(gzipSync(saved({ layers: [BASE] })));
    expect(await bytesOfStream(reader.readBlob(manifestOf(reader).layers[0]!))).toEqual(BASE);
    await reader.close();
  });

  it("may have layers that are compressed", async () => {
    const layer = gzipSync(APP);
    const reader = await open(saved({ layers: [layer], diffIds: [sha256(APP)] }));
    const [descriptor] = manifestOf(reader).layers;
    expect(descriptor).toEqual({ mediaType: MEDIA_TYPES.layerGzip, digest: sha256Digest(layer), size: layer.length });
    expect(await bytesOfStream(reader.readBlob(descriptor!))).toEqual(layer);
  });

  it("may have a layer that is used twice, as a link to where it stands first", async () => {
    const diffId = sha256(BASE);
    const config = configOf([diffId, diffId]);
    const tar = makeTar([
      { path: "first/layer.tar", content: BASE },
      { kind: "symlink", path: "second/layer.tar", target: "../first/layer.tar" },
      { path: "config.json", content: config },
      {
        path: "manifest.json",
        content: JSON.stringify([
          { Config: "config.json", RepoTags: null, Layers: ["first/layer.tar", "second/layer.tar"] },
        ]),
      },
    ]);
    const { layers } = manifestOf(await open(tar));
    expect(layers.map((layer) => layer.digest)).toEqual([sha256Digest(BASE), sha256Digest(BASE)]);
    expect(layers[1]?.size).toBe(BASE.length);
  });

  it.each([
    { summary: "the only image", tags: [["app:1.0"]], choice: undefined, found: 0 },
    { summary: "the image of a tag", tags: [["app:1.0"], ["app:2.0", "app:2"]], choice: "2", found: 1 },
    { summary: "an image without names, as the only one", tags: [null], choice: undefined, found: 0 },
  ])("gives $summary", async ({ tags, choice, found }) => {
    const images = tags.map((repoTags, index) => ({ repoTags, layers: [index === 0 ? BASE : APP] }));
    const reader = await open(saved(...images), choice);
    expect(manifestOf(reader).layers[0]?.digest).toBe(sha256Digest(found === 0 ? BASE : APP));
  });

  it.each([
    { summary: "an unknown tag", tags: [["app:1.0"]], choice: "2.0", code: "MANIFEST_UNKNOWN" },
    { summary: "a tag that only ends in the same", tags: [["app:11.0"]], choice: "1.0", code: "MANIFEST_UNKNOWN" },
    {
      summary: "no tag, where there are several images",
      tags: [["app:1"], ["app:2"]],
      choice: undefined,
      code: "REFERENCE_INVALID",
    },
  ])("cannot say what $summary means", async ({ tags, choice, code }) => {
    const images = tags.map((repoTags, index) => ({ repoTags, layers: [index === 0 ? BASE : APP] }));
    expect(await codeOf(() => open(saved(...images), choice))).toBe(code);
  });
});

describe("archives that are damaged or hostile", () => {
  const config = configOf([sha256(BASE)]);
  const layer = { path: "layer.tar", content: BASE };
  const form = (value: unknown, ...more: readonly TestEntry[]): Buffer =>
    makeTar([
      { path: "config.json", content: config },
      layer,
      ...more,
      { path: "manifest.json", content: JSON.stringify(value) },
    ]);
  const good = { Config: "config.json", RepoTags: ["app:1.0"], Layers: ["layer.tar"] };

  it("the one that they are made from is fine", async () => {
    expect(await codeOf(() => open(form([good])))).toBeUndefined();
  });

  it.each([
    { summary: "nothing in it", tar: makeTar([]) },
    { summary: "no list of images", tar: form({}) },
    { summary: "an empty list", tar: form([]) },
    { summary: "null for the list", tar: form(null) },
    { summary: "null for an image", tar: form([null]) },
    { summary: "an empty image", tar: form([{}]) },
    { summary: "an image without layers", tar: form([{ Config: "config.json", RepoTags: null }]) },
    { summary: "layers that are no list", tar: form([{ ...good, Layers: "layer.tar" }]) },
    { summary: "a layer that is a number", tar: form([{ ...good, Layers: [5] }]) },
    { summary: "a config that is a number", tar: form([{ ...good, Config: 5 }]) },
    { summary: "a config that is missing", tar: form([{ ...good, Config: "missing.json" }]) },
    { summary: "a config beyond the archive", tar: form([{ ...good, Config: "../../etc/passwd" }]) },
    { summary: "a layer that is missing", tar: form([{ ...good, Layers: ["missing.tar"] }]) },
    {
      summary: "a layer for which the config has no diff id",
      tar: form([{ ...good, Layers: ["layer.tar", "layer.tar"] }]),
    },
    { summary: "a diff id for which there is no layer", tar: form([{ ...good, Layers: [] }]) },
  ])("$summary cannot be read", async ({ tar }) => {
    expect(await codeOf(() => open(tar))).toBe("IMAGE_UNREADABLE");
  });

  it.each([
    { summary: "names that are a number", image: { ...good, RepoTags: 5 } },
    { summary: "names that are text", image: { ...good, RepoTags: "app:1.0" } },
    { summary: "a name that is a number", image: { ...good, RepoTags: [5] } },
    { summary: "a name that is null", image: { ...good, RepoTags: [null] } },
    { summary: "null for the image", image: null },
    { summary: "an empty image", image: {} },
  ])("a tag is not found among $summary", async ({ image }) => {
    expect(["IMAGE_UNREADABLE", "MANIFEST_UNKNOWN"]).toContain(await codeOf(() => open(form([image]), "1.0")));
  });

  it.each([
    { summary: "that is no JSON", content: "{" },
    { summary: "that is null", content: "null" },
    { summary: "without layers", content: '{"architecture":"amd64","os":"linux"}' },
  ])("a config $summary cannot be read", async ({ content }) => {
    const tar = form([{ ...good, Config: "other.json" }], { path: "other.json", content });
    expect(await codeOf(() => open(tar))).toBe("MANIFEST_INVALID");
  });

  it("a layer that is not what its diff id says fails at its end", async () => {
    const reader = await open(saved({ layers: [APP], diffIds: [sha256(BASE)] }));
    expect(await codeOf(() => bytesOfStream(reader.readBlob(manifestOf(reader).layers[0]!)))).toBe(
      "BLOB_DIGEST_MISMATCH",
    );
  });
});

interface Saved {
  readonly layers: readonly Buffer[];
  readonly diffIds?: readonly string[];
  readonly repoTags?: readonly string[] | null;
}

/** An archive as `docker save` of older engines writes it. */
function saved(...images: readonly Saved[]): Buffer {
  const entries: TestEntry[] = [];
  const list = images.map(({ layers, diffIds, repoTags = ["app:1.0"] }, index) => {
    const paths = layers.map((layer, number) => {
      const path = `${index}-${number}/layer.tar`;
      entries.push({ kind: "directory", path: `${index}-${number}` }, { path, content: layer });
      return path;
    });
    const content = configOf(diffIds ?? layers.map((layer) => sha256(layer)));
    entries.push({ path: `config-${index}.json`, content });
    return { Config: `config-${index}.json`, RepoTags: repoTags, Layers: paths };
  });
  return makeTar([...entries, { path: "manifest.json", content: JSON.stringify(list) }]);
}

function configOf(diffIds: readonly string[]): string {
  return JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: diffIds.map((hex) => `sha256:${hex}`) },
  });
}

async function open(bytes: Buffer, tag?: string): Promise<ImageReader> {
  const file = join(temporaryFolder(), "saved.tar");
  writeFileSync(file, bytes);
  const choice: LayoutChoice = tag === undefined ? {} : { tag: tag as Tag };
  return openArchiveImage(await openArchive(file, testHost()), choice);
}

function manifestOf({ root }: ImageReader): ImageManifest {
  if (root.kind === "index") throw new Error("docker save wrote no index");
  return root.value;
}
