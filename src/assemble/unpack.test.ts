// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeTar, type TestEntry } from "../../test/support/archives.js";
import { streamOf } from "../../test/support/bytes.js";
import { memoryStore } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { collect } from "../formats/bytes.js";
import { RootFolder } from "../host/root-folder.js";
import { diffIdOfHex, sha256Hex } from "../formats/digest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { LayerObserver } from "../inventory/index.js";
import type { BlobStore } from "../store/index.js";
import type { Layer } from "./layer.js";
import { readLayerFile, unpackLayers } from "./unpack.js";

async function makeLayer(entries: readonly TestEntry[], blobs: BlobStore): Promise<Layer> {
  const tar = makeTar(entries);
  const { digest, sizeBytes } = await blobs.put(streamOf(gzipSync(tar)));
  return {
    descriptor: { mediaType: MEDIA_TYPES.layerGzip, digest, size: sizeBytes },
    diffId: diffIdOfHex(sha256Hex(tar)),
    title: "test",
    newestMtimeSeconds: 0,
    entries: entries.map((entry) => ({
      path: entry.path,
      kind: entry.kind ?? "file",
      mode: 0,
      uid: 0,
      gid: 0,
      sizeBytes: 0,
      ...("target" in entry ? { target: entry.target } : {}),
    })),
    packages: [],
    facts: new LayerObserver().facts(),
  };
}

const file = (path: string): TestEntry => ({ path, content: path });

describe("a file of layers", () => {
  const layers: readonly (readonly TestEntry[])[] = [
    [{ path: "a", content: "old" }, file("b"), { path: "c", kind: "hardlink", target: "b" }],
    [{ path: "a", content: "new" }, file("d")],
  ];
  const cases: readonly { summary: string; path: string; expected: string }[] = [
    { summary: "is that of the highest layer that has it", path: "a", expected: "new" },
    { summary: "is that of a lower one where no other has it", path: "b", expected: "b" },
    { summary: "is what a hard link leads to", path: "c", expected: "b" },
    { summary: "is nothing where none has it", path: "e", expected: "" },
  ];
  it.each(cases)("$summary", async ({ path, expected }) => {
    const { blobs } = await memoryStore();
    const made = await Promise.all(layers.map((entries) => makeLayer(entries, blobs)));
    const content = await collect(readLayerFile(made, path, blobs), { maxBytes: 100, name: path });
    expect(content.toString()).toBe(expected);
  });
});

describe("unpacked layers", () => {
  const cases: readonly { summary: string; layers: readonly (readonly TestEntry[])[]; files: readonly string[] }[] = [
    { summary: "lie on each other", layers: [[file("a/b")], [file("a/c")]], files: ["a/b", "a/c"] },
    {
      summary: "take away files of those below",
      layers: [[file("a/b"), file("a/c")], [file("a/.wh.b")]],
      files: ["a/c"],
    },
    { summary: "take away folders of those below", layers: [[file("a/b")], [file(".wh.a")]], files: [] },
    {
      summary: "take away what is in a folder, and fill it anew",
      layers: [
        [file("a/b"), file("a/d/e")],
        [{ path: "a", kind: "directory" }, file("a/!"), file("a/.wh..wh..opq"), file("a/d/f")],
      ],
      files: ["a/!", "a/d/f"],
    },
    { summary: "take nothing of their own away", layers: [[file("a")], [file("a/b"), file(".wh.a")]], files: ["a/b"] },
    { summary: "take away what is not there", layers: [[file("a")], [file("b/.wh.c")]], files: ["a"] },
  ];
  it.each(cases)("$summary", async ({ layers: texts, files }) => {
    const { blobs } = await memoryStore();
    const layers: Layer[] = [];
    for (const entries of texts) layers.push(await makeLayer(entries, blobs));
    const root = new RootFolder(temporaryFolder());
    await unpackLayers(layers, root, blobs);
    const found: string[] = [];
    for await (const { path, kind } of root.list("")) if (kind === "file") found.push(path);
    expect(found).toEqual(files);
  });
});
