// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { EntryRecord } from "./entry-record.js";
import { FileTree } from "./tree.js";

function tree(...entries: readonly string[]): FileTree {
  const made = new FileTree();
  for (const text of entries) {
    const [path = "", target] = text.split(" -> ");
    const kind: EntryRecord["kind"] = target !== undefined ? "symlink" : path.endsWith("/") ? "directory" : "file";
    made.set({
      path: path.replace(/\/$/, ""),
      kind,
      mode: 0o755,
      uid: 0,
      gid: 0,
      sizeBytes: 0,
      ...(target === undefined ? {} : { target }),
    });
  }
  return made;
}

const resolved = [
  { summary: "a plain path leads to itself", entries: ["usr/", "usr/bin/"], path: "usr/bin", expected: "usr/bin" },
  { summary: "a link on the way is followed", entries: ["bin -> usr/bin"], path: "bin/sh", expected: "usr/bin/sh" },
  { summary: "an absolute link begins at the root", entries: ["a/b -> /c/d"], path: "a/b/e", expected: "c/d/e" },
  { summary: "a link may climb", entries: ["a/b -> ../c"], path: "a/b/d", expected: "c/d" },
  {
    summary: "a link that climbs above the root stays at the root",
    entries: ["a -> ../../../etc"],
    path: "a/x",
    expected: "etc/x",
  },
  { summary: "links to links are followed", entries: ["a -> b", "b -> c"], path: "a/x", expected: "c/x" },
  { summary: "a circle of links ends", entries: ["a -> b", "b -> a"], path: "a/x", expected: "a/x" },
];
it.each(resolved)("$summary", ({ entries, path, expected }) => {
  expect(tree(...entries).resolve(path)).toBe(expected);
});

it("the last component is not followed where only its place is asked for", () => {
  expect(tree("bin -> usr/bin", "usr/bin/awk -> /etc/alternatives/awk").resolveParent("bin/awk")).toBe("usr/bin/awk");
});

it("a file in place of a folder hides what was in the folder", () => {
  const made = tree("a/", "a/b", "ab");
  made.set({ path: "a", kind: "file", mode: 0o644, uid: 0, gid: 0, sizeBytes: 0 });
  expect([...made.values()].map((entry) => entry.path).toSorted()).toEqual(["a", "ab"]);
});

it("deleting takes what is below and nothing beside", () => {
  const made = tree("a/", "a/b", "ab");
  expect(made.delete("a")).toBe(true);
  expect(made.delete("a")).toBe(false);
  expect([...made.values()].map((entry) => entry.path)).toEqual(["ab"]);
});
