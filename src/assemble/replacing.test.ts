// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { memoryStore } from "../../test/support/store.js";
import type { ContentItem, PackageFacts } from "../distro/index.js";
import { defaultGzipCompressor } from "../formats/archive/gzip.js";
import { bytesOf } from "../formats/bytes.js";
import { BasaltError } from "../errors.js";
import { makeLayer, type LayerDeps } from "./make-layer.js";
import { mergeLayers } from "./merge-layers.js";
import { inReplacingOrder } from "./replacing.js";
import { readLayerFile } from "./unpack.js";
import type { Layer } from "./layer.js";

interface Package {
  readonly name: string;
  readonly content: string;
  readonly replaces?: readonly string[];
}

/** A layer of packages that all have the file `x`, and one of their own. */
async function layerOf(packages: readonly Package[], deps: LayerDeps): Promise<Layer> {
  const items = async function* ({ name, content }: Package): AsyncGenerator<ContentItem> {
    const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 7 };
    yield { entry: { kind: "directory", path: "folder", ...common, mode: 0o755 }, content: bytesOf() };
    for (const [path, text] of [
      [`own-${name}`, name],
      ["x", content],
    ] as const)
      yield { entry: { kind: "file", path, ...common, sizeBytes: text.length }, content: bytesOf(text) };
  };
  const facts = packages.map(({ name, replaces = [] }): PackageFacts => {
    return { name, version: "1", statusParagraph: "", alternatives: [], triggers: [], retained: {}, replaces };
  });
  return makeLayer(
    {
      title: "test",
      recipe: { kind: "packages", compressor: defaultGzipCompressor(), rules: {}, packages },
      open: () => ({
        sources: packages.map((one) => ({ owner: one.name, items: items(one) })),
        packages: () => facts,
        files: [],
      }),
    },
    deps,
  );
}

const cases: readonly {
  readonly summary: string;
  readonly packages: readonly Package[];
  /** The content of `x`, or the code of the error. */
  readonly expected: string;
}[] = [
  {
    summary: "two with the same content",
    packages: [
      { name: "a", content: "1" },
      { name: "b", content: "1" },
    ],
    expected: "1",
  },
  {
    summary: "two with other content",
    packages: [
      { name: "a", content: "1" },
      { name: "b", content: "2" },
    ],
    expected: "ASSEMBLE_CONFLICT",
  },
  {
    summary: "the later replaces the earlier",
    packages: [
      { name: "a", content: "1" },
      { name: "b", content: "2", replaces: ["a"] },
    ],
    expected: "2",
  },
  {
    summary: "the earlier replaces the later",
    packages: [
      { name: "a", content: "1", replaces: ["b"] },
      { name: "b", content: "2" },
    ],
    expected: "1",
  },
  {
    summary: "one in the middle replaces both",
    packages: [
      { name: "a", content: "1" },
      { name: "b", content: "2", replaces: ["c", "a"] },
      { name: "c", content: "1" },
    ],
    expected: "2",
  },
  {
    summary: "a chain, from the first to the last",
    packages: [
      { name: "a", content: "1", replaces: ["b", "c"] },
      { name: "b", content: "2", replaces: ["c"] },
      { name: "c", content: "3" },
    ],
    expected: "1",
  },
  {
    summary: "the last replaces the first, and that the one in the middle",
    packages: [
      { name: "a", content: "1", replaces: ["b"] },
      { name: "b", content: "2" },
      { name: "c", content: "3", replaces: ["a", "b"] },
    ],
    expected: "3",
  },
  {
    summary: "three replace each other in a circle",
    packages: [
      { name: "a", content: "1", replaces: ["b"] },
      { name: "b", content: "2", replaces: ["c"] },
      { name: "c", content: "3", replaces: ["a"] },
    ],
    expected: "ASSEMBLE_CONFLICT",
  },
  {
    summary: "what is replaced is not in the image",
    packages: [
      { name: "a", content: "1", replaces: ["z"] },
      { name: "b", content: "2" },
    ],
    expected: "ASSEMBLE_CONFLICT",
  },
];

async function contentOf(layers: readonly Layer[], deps: LayerDeps): Promise<string> {
  const ordered = inReplacingOrder(layers);
  const { tree } = mergeLayers(ordered);
  const names = layers.flatMap(({ packages }) => packages.map(({ name }) => name));
  expect(names.filter((name) => !tree.has(`own-${name}`))).toEqual([]);
  return (await bytesOfStream(readLayerFile(ordered, "x", deps.blobs))).toString();
}

describe("a file of several packages", () => {
  for (const where of ["each in a layer of its own", "all in one layer"]) {
    it.each(cases)(`${where}: $summary`, async ({ packages, expected }) => {
      const host = testHost();
      const { blobs } = await memoryStore(host);
      const deps: LayerDeps = { host, blobs, pin: () => Promise.resolve() };
      const groups = where === "all in one layer" ? [packages] : packages.map((one) => [one]);
      const found = await Promise.all(groups.map(async (group) => layerOf(group, deps)))
        .then(async (layers) => contentOf(layers, deps))
        .catch((error: unknown) => (error instanceof BasaltError ? error.code : Promise.reject(error as Error)));
      expect(found).toBe(expected);
    });
  }

  it("layers that replace nothing stay in their order", async () => {
    const host = testHost();
    const { blobs } = await memoryStore(host);
    const deps: LayerDeps = { host, blobs, pin: () => Promise.resolve() };
    const layers = await Promise.all(
      ["c", "a", "b"].map(async (name) => layerOf([{ name, content: "1", replaces: ["a", "b", "c"] }], deps)),
    );
    expect(inReplacingOrder(layers)).toEqual(layers);
    expect(await codeOf(() => mergeLayers(layers))).toBeUndefined();
  });
});
