// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary.js";
import { memoryStore } from "../../test/support/store.js";
import { testHost } from "../../test/support/host.js";
import type { ContentItem } from "../distro/index.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { ZSTD_COMPRESSOR } from "../formats/archive/zstd-compressor.js";
import { bytesOf } from "../formats/bytes.js";
import { RootFolder } from "../host/root-folder.js";
import type { BlobStore } from "../store/index.js";
import type { Layer } from "./layer.js";
import { makeLayer, type LayerDeps } from "./make-layer.js";
import { mergeLayers } from "./merge-layers.js";
import { squashWork } from "./squash.js";
import { TopLayer } from "./top-layer.js";
import { readLayer, unpackLayers } from "./unpack.js";

type Line = readonly [path: string, content?: string, mode?: number];

/** Paths that end in `/` are folders; `=x` is a hard link to x, `>x` a link. */
function entryOf([path, content = path, mode = 0o644]: Line): ContentItem {
  const common = { path: path.replace(/\/$/, ""), mode, uid: 0, gid: 0, mtimeSeconds: 7 };
  const entry: WritableEntry = path.endsWith("/")
    ? { kind: "directory", ...common, mode: content === path ? 0o755 : Number.parseInt(content, 8) }
    : /^[=>]/.test(content)
      ? { kind: content.startsWith("=") ? "hardlink" : "symlink", ...common, target: content.slice(1) }
      : { kind: "file", ...common, sizeBytes: Buffer.byteLength(content) };
  return { entry, content: entry.kind === "file" ? bytesOf(content) : bytesOf() };
}

async function layerOf(lines: readonly Line[], owner: string, deps: LayerDeps): Promise<Layer> {
  const items = async function* (): AsyncGenerator<ContentItem> {
    for (const line of lines) yield entryOf(line);
  };
  const facts = { name: owner, version: "1", statusParagraph: "", alternatives: [], triggers: [], retained: {} };
  return makeLayer(
    {
      title: owner,
      recipe: { kind: "packages", compressor: ZSTD_COMPRESSOR, rules: {}, lines },
      open: () => ({
        sources: [{ owner, items: items() }],
        packages: () => [{ ...facts, replaces: ["p0", "p1", "p2"] }],
        files: [],
      }),
    },
    deps,
  );
}

async function linesOf(layer: Layer, blobs: BlobStore): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { entry } of readLayer(layer, blobs)) {
    const link = "target" in entry ? ` ${entry.kind === "hardlink" ? "=" : ">"}${entry.target}` : "";
    lines.push(`${entry.path}${entry.kind === "directory" ? `/ ${entry.mode.toString(8)}` : link}`);
  }
  return lines;
}

async function unpacked(layers: readonly Layer[], blobs: BlobStore): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const root = await RootFolder.open(folder);
  await unpackLayers(layers, root, blobs);
  const found: string[] = [];
  for await (const { path, kind } of root.list("")) found.push(`${kind} ${path}`);
  return found.toSorted();
}

const cases: readonly {
  summary: string;
  layers: readonly (readonly Line[])[];
  edit?: (top: TopLayer) => void;
  expected: readonly string[];
}[] = [
  {
    summary: "layers lie on each other, in their order, and each folder is there once",
    layers: [
      [["a/"], ["a/x"]],
      [["a/"], ["a/b/"], ["a/b/y"]],
    ],
    expected: ["a/ 755", "a/x", "a/b/ 755", "a/b/y"],
  },
  {
    summary: "of a file of two layers the upper one is left",
    layers: [
      [["a/"], ["a/x", "old"]],
      [["a/"], ["a/x", "new"]],
    ],
    expected: ["a/ 755", "a/x"],
  },
  {
    summary: "a folder has the mode of the end, from the beginning",
    layers: [[["a/"], ["a/x"]]],
    edit: (top) => top.put({ kind: "directory", path: "a", mode: 0o700 }),
    expected: ["a/ 700", "a/x"],
  },
  {
    summary: "what is deleted is not in it, and no whiteout either",
    layers: [[["a/"], ["a/x"], ["a/y"], ["b"]]],
    edit: (top) => {
      top.delete("a/x");
      top.delete("b");
    },
    expected: ["a/ 755", "a/y"],
  },
  {
    summary: "a folder that is made anew is empty",
    layers: [[["a/"], ["a/x"]]],
    edit: (top) => {
      top.delete("a");
      top.put({ kind: "directory", path: "a", mode: 0o711 });
    },
    expected: ["a/ 711"],
  },
  {
    summary: "a link in place of a folder takes what was in it away",
    layers: [[["a/"], ["a/x"], ["b/"]]],
    edit: (top) => top.put({ kind: "symlink", path: "a", target: "b" }),
    expected: ["b/ 755", "a >b"],
  },
  {
    summary: "hard links go with their file",
    layers: [[["a"], ["b", "=a"]]],
    expected: ["a", "b =a"],
  },
  {
    summary: "hard links stay where their file goes: the first becomes it",
    layers: [[["a", "content"], ["d/"], ["d/b", "=a"], ["c", "=a"]]],
    edit: (top) => top.delete("a"),
    expected: ["d/ 755", "d/b", "c =d/b"],
  },
  {
    summary: "hard links keep the content that a layer above replaces",
    layers: [
      [
        ["a", "old"],
        ["b", "=a"],
      ],
      [["a", "new"]],
    ],
    expected: ["b", "a"],
  },
  {
    summary: "what the image adds comes last",
    layers: [[["a/"], ["a/x"]]],
    edit: (top) => top.put({ kind: "file", path: "a/new/z", mode: 0o600, content: "z" }),
    expected: ["a/ 755", "a/x", "a/new/ 755", "a/new/z"],
  },
];

describe("squashed", () => {
  it.each(cases)("$summary", async ({ layers: written, edit, expected }) => {
    const host = testHost();
    const { blobs } = await memoryStore();
    const deps: LayerDeps = { host, blobs, pin: () => Promise.resolve() };
    const lower: Layer[] = [];
    for (const [index, lines] of written.entries()) lower.push(await layerOf(lines, `p${index}`, deps));
    const { tree, removed } = mergeLayers(lower);
    const top = new TopLayer(tree, removed);
    edit?.(top);
    const stack = { lower, top: top.entries(9), tree };
    const read = (layer: Layer): ReturnType<typeof readLayer> => readLayer(layer, blobs);
    const layer = await makeLayer(squashWork(stack, { compressor: ZSTD_COMPRESSOR, read }), deps);
    expect(await linesOf(layer, blobs)).toEqual(expected);
    expect(layer.descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+zstd");
    // Whoever unpacks the one layer has the same tree as whoever unpacks all of them.
    const items = async function* (): AsyncGenerator<ContentItem> {
      for (const { entry, content } of stack.top) yield { entry, content: bytesOf(content) };
    };
    const upper = await makeLayer(
      {
        title: "top",
        recipe: { kind: "top", compressor: ZSTD_COMPRESSOR, rules: {}, expected },
        open: () => ({ sources: [{ items: items() }], packages: () => [], files: [] }),
      },
      deps,
    );
    expect(await unpacked([layer], blobs)).toEqual(await unpacked([...lower, upper], blobs));
  });
});
