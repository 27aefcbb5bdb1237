// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import type { PackageFacts } from "../distro/index.js";
import { parseDigest, sha256Hex, type DiffId } from "../formats/digest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { EntryRecord } from "./entry-record.js";
import type { Layer } from "./layer.js";
import { mergeLayers } from "./merge-layers.js";

function layer(owner: string, entries: readonly Partial<EntryRecord>[], replaces: readonly string[] = []): Layer {
  const facts: PackageFacts = {
    name: owner,
    version: "1",
    statusParagraph: "",
    replaces,
    alternatives: [],
    triggers: [],
    retained: {},
  };
  const digest = parseDigest(`sha256:${sha256Hex(owner)}`);
  return {
    descriptor: { mediaType: MEDIA_TYPES.layerGzip, digest, size: 1 },
    diffId: digest as string as DiffId,
    title: owner,
    newestMtimeSeconds: 0,
    entries: entries.map((entry) => ({
      path: "x",
      kind: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: 0,
      sha256: sha256Hex("same"),
      owner,
      ...entry,
    })),
    packages: [facts],
    facts: { files: {}, removed: [], emptied: [] },
  };
}

const folder = (path: string, mode: number, more: Partial<EntryRecord> = {}): Partial<EntryRecord> => ({
  path,
  kind: "directory",
  mode,
  ...more,
});

it("files of several packages come together", () => {
  const { tree } = mergeLayers([layer("a", [{ path: "a" }]), layer("b", [{ path: "b" }])]);
  expect([...tree.values()].map((entry) => entry.path)).toEqual(["a", "b"]);
});

const conflicts: readonly {
  readonly summary: string;
  readonly layers: readonly Layer[];
  readonly code: string | undefined;
}[] = [
  {
    summary: "the same file with the same content is no conflict",
    layers: [layer("a", [{}]), layer("b", [{}])],
    code: undefined,
  },
  {
    summary: "the same file with another content is one",
    layers: [layer("a", [{}]), layer("b", [{ sha256: sha256Hex("other") }])],
    code: "ASSEMBLE_CONFLICT",
  },
  {
    summary: "unless the later package replaces the earlier",
    layers: [layer("a", [{}]), layer("b", [{ sha256: sha256Hex("other") }], ["a"])],
    code: undefined,
  },
  {
    summary: "a link to another place is a conflict",
    layers: [layer("a", [{ kind: "symlink", target: "p" }]), layer("b", [{ kind: "symlink", target: "q" }])],
    code: "ASSEMBLE_CONFLICT",
  },
  {
    summary: "a folder in place of a link to a folder is a conflict",
    layers: [
      layer("a", [folder("real", 0o755), { path: "l", kind: "symlink", target: "real" }]),
      layer("b", [folder("l", 0o755)]),
    ],
    code: "ASSEMBLE_CONFLICT",
  },
];
it.each(conflicts)("$summary", async ({ layers, code }) => {
  expect(await codeOf(() => mergeLayers(layers))).toBe(code);
});

it("a folder keeps the mode of the package that brought it first, and the layer on top mends it", () => {
  const { tree, folderFixes } = mergeLayers([
    layer("a", [folder("var/tmp", 0o1777)]),
    layer("b", [folder("var/tmp", 0o755)]),
  ]);
  expect(folderFixes.map((fix) => [fix.path, fix.mode])).toEqual([["var/tmp", 0o1777]]);
  expect(tree.get("var/tmp")?.mode).toBe(0o1777);
});

it("a folder that a package lists goes before one that was only implied", () => {
  const { folderFixes } = mergeLayers([
    layer("a", [folder("root", 0o755, { isImplied: true })]),
    layer("b", [folder("root", 0o700)]),
  ]);
  expect(folderFixes).toEqual([]);
  const reversed = mergeLayers([
    layer("b", [folder("root", 0o700)]),
    layer("a", [folder("root", 0o755, { isImplied: true })]),
  ]);
  expect(reversed.folderFixes.map((fix) => fix.mode)).toEqual([0o700]);
});

it("a download replaces files, and leaves folders as their package has them", () => {
  const packaged = layer("a", [folder("opt", 0o750), { path: "opt/x" }]);
  const download: Layer = {
    ...layer("", []),
    packages: [],
    entries: [
      { path: "opt", kind: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0, isImplied: true },
      { path: "opt/x", kind: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 1, sha256: sha256Hex("other") },
    ],
  };
  const { tree, folderFixes } = mergeLayers([packaged, download]);
  expect(tree.get("opt/x")?.sha256).toBe(sha256Hex("other"));
  expect(folderFixes.map((fix) => [fix.path, fix.mode])).toEqual([["opt", 0o750]]);
});

it("what a layer takes away is gone, unless a later one brings it back", () => {
  const base = layer("base", [folder("d", 0o755), { path: "d/a" }, { path: "d/b" }, { path: "e" }, { path: "keep" }]);
  const remover = { ...layer("stage", [{ path: "new" }]), removals: ["d", "e", "not-there"] };
  const after = layer("after", [folder("d", 0o700), { path: "d/b" }]);
  const { tree, removed, folderFixes } = mergeLayers([base, remover, after]);
  expect([...tree.values()].map((entry) => entry.path).toSorted()).toEqual(["d", "d/b", "keep", "new"]);
  expect(removed).toEqual(["d/a", "e"]);
  expect(folderFixes).toEqual([]);
});
