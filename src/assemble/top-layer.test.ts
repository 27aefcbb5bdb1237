// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { EntryRecord } from "./entry-record.js";
import { TopLayer } from "./top-layer.js";
import { FileTree } from "./tree.js";

function below(...paths: readonly string[]): FileTree {
  const tree = new FileTree();
  for (const text of paths) {
    const [path = "", target] = text.split(" -> ");
    const kind: EntryRecord["kind"] = target !== undefined ? "symlink" : path.endsWith("/") ? "directory" : "file";
    tree.set({
      path: path.replace(/\/$/, ""),
      kind,
      mode: 0o755,
      uid: 0,
      gid: 0,
      sizeBytes: 0,
      ...(target === undefined ? {} : { target }),
    });
  }
  return tree;
}

const file = (path: string): Parameters<TopLayer["put"]>[0] => ({ kind: "file", path, mode: 0o644, content: "x" });

const cases: readonly {
  readonly summary: string;
  readonly tree: FileTree;
  readonly edit: (top: TopLayer) => void;
  readonly expected: readonly string[];
}[] = [
  {
    summary: "a file brings the folders above it",
    tree: below(),
    edit: (top) => top.put(file("etc/x/y")),
    expected: ["directory etc", "directory etc/x", "file etc/x/y"],
  },
  {
    summary: "folders of lower layers on the way are written, too",
    tree: below("etc/"),
    edit: (top) => top.put(file("etc/x")),
    expected: ["directory etc", "file etc/x"],
  },
  {
    summary: "a path through a link ends where the link leads",
    tree: below("usr/", "usr/bin/", "bin -> usr/bin"),
    edit: (top) => top.put(file("bin/sh")),
    expected: ["directory usr", "directory usr/bin", "file usr/bin/sh"],
  },
  {
    summary: "a deleted file leaves a whiteout",
    tree: below("etc/", "etc/x"),
    edit: (top) => top.delete("etc/x"),
    expected: ["directory etc", "file etc/.wh.x"],
  },
  {
    summary: "a file that is deleted and made again needs no whiteout",
    tree: below("etc/", "etc/x"),
    edit: (top) => (top.delete("etc/x"), top.put(file("etc/x"))),
    expected: ["directory etc", "file etc/x"],
  },
  {
    summary: "a folder that is deleted and made again says that its old content is gone",
    tree: below("a/", "a/b"),
    edit: (top) => (top.delete("a"), top.put({ kind: "directory", path: "a", mode: 0o755 })),
    expected: ["directory a", "file a/.wh..wh..opq"],
  },
  {
    summary: "a link in place of a folder needs no whiteout",
    tree: below("var/", "var/run/", "var/run/x"),
    edit: (top) => top.put({ kind: "symlink", path: "var/run", target: "/run" }),
    expected: ["directory var", "symlink var/run"],
  },
  { summary: "deleting what is not there leaves nothing", tree: below(), edit: (top) => top.delete("x"), expected: [] },
  {
    summary: "what is made and deleted in the same layer leaves nothing but the mark",
    tree: below(),
    edit: (top) => (top.put(file("x")), top.delete("x")),
    expected: ["file .wh.x"],
  },
  {
    summary: "entries stand in the order of their paths",
    tree: below(),
    edit: (top) => (top.put(file("b")), top.put(file("a"))),
    expected: ["file a", "file b"],
  },
];
it.each(cases)("$summary", ({ tree, edit, expected }) => {
  const top = new TopLayer(tree);
  edit(top);
  expect(top.entries(7).map(({ entry }) => `${entry.kind} ${entry.path}`)).toEqual(expected);
});

it("a folder on the way keeps its owner and mode", () => {
  const tree = new FileTree();
  tree.set({ path: "root", kind: "directory", mode: 0o700, uid: 0, gid: 8, sizeBytes: 0 });
  const top = new TopLayer(tree);
  top.put(file("root/.profile"));
  expect(top.entries(7)[0]?.entry).toEqual({
    kind: "directory",
    path: "root",
    mode: 0o700,
    uid: 0,
    gid: 8,
    mtimeSeconds: 0,
  });
});

it("later rules see what earlier ones did", () => {
  const top = new TopLayer(below("bin -> usr/bin", "usr/", "usr/bin/"));
  top.put(file("bin/sh"));
  expect(top.tree.find("bin/sh")?.path).toBe("usr/bin/sh");
});

it("starts with what layers took away from each other, folders as a whole", () => {
  const top = new TopLayer(below("etc/"), ["etc/d", "etc/d/x", "etc/e", "usr"]);
  expect(top.entries(0).map(({ entry }) => `${entry.kind} ${entry.path}`)).toEqual([
    "file .wh.usr",
    "directory etc",
    "file etc/.wh.d",
    "file etc/.wh.e",
  ]);
});

it("gives a folder away with what is its own in it, and answers files of lower layers", () => {
  const top = new TopLayer(below("a/", "a/b/", "a/b/file", "a/l -> b", "other/"));
  top.put(file("a/b/own"));
  expect(top.own("a", { uid: 5, gid: 6, mode: 0o700 })).toEqual(["a/b/file"]);
  const owners = top.entries(0).map(({ entry }) => `${entry.path} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`);
  expect(owners).toEqual(["a 755 0:0", "a/b 700 5:6", "a/b/own 644 5:6", "a/l 777 5:6"]);
});
