// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { TarEntry } from "../formats/archive/tar-entry.js";
import { findFinalFiles } from "./final-files.js";

/** A layer of these paths; those that end in `/` are folders. */
async function* layer(...paths: readonly string[]): AsyncGenerator<{ readonly entry: TarEntry }> {
  for (const path of paths) {
    const common = { path: path.replace(/\/$/, ""), mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 };
    yield { entry: path.endsWith("/") ? { kind: "directory", ...common } : { kind: "file", ...common, sizeBytes: 0 } };
  }
}

const cases: readonly {
  summary: string;
  layers: readonly (readonly string[])[];
  expected: Readonly<Record<string, number>>;
}[] = [
  {
    summary: "the last layer that has a path wins",
    layers: [
      ["a", "b"],
      ["b", "c"],
    ],
    expected: { a: 0, b: 1, c: 1 },
  },
  { summary: "a whiteout removes a file of lower layers", layers: [["a", "b"], [".wh.a"]], expected: { b: 0 } },
  {
    summary: "a whiteout removes a folder with all below it",
    layers: [["d/", "d/a", "d/e/", "d/e/b", "dd"], [".wh.d"]],
    expected: { dd: 0 },
  },
  { summary: "a whiteout leaves what its own layer has", layers: [["d/a"], [".wh.d", "d/b"]], expected: { "d/b": 1 } },
  { summary: "in any order", layers: [["d/a"], ["d/b", ".wh.d"]], expected: { "d/b": 1 } },
  {
    summary: "an opaque folder hides what lower layers have in it",
    layers: [
      ["d/a", "e"],
      ["d/", "d/.wh..wh..opq", "d/b"],
    ],
    expected: { d: 1, "d/b": 1, e: 0 },
  },
  { summary: "an opaque root hides everything", layers: [["a"], [".wh..wh..opq", "b"]], expected: { b: 1 } },
  { summary: "a file in place of a folder hides what was in it", layers: [["d/", "d/a"], ["d"]], expected: { d: 1 } },
  { summary: "no layers are no files", layers: [], expected: {} },
];
it.each(cases)("$summary", async ({ layers, expected }) => {
  const final = await findFinalFiles(layers.map((paths) => layer(...paths)));
  expect(Object.fromEntries(final)).toEqual(expected);
});
