// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { FileCheck } from "../definition/index.js";
import { FileTree, type EntryRecord } from "../assemble/index.js";
import { findFault } from "./file-checks.js";

const COMMON = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
const ENTRIES: readonly EntryRecord[] = [
  { ...COMMON, path: "usr", kind: "directory" },
  { ...COMMON, path: "usr/bin", kind: "directory" },
  { ...COMMON, path: "usr/bin/node", kind: "file" },
  { ...COMMON, path: "usr/bin/again", kind: "hardlink", target: "usr/bin/node" },
  { ...COMMON, path: "usr/bin/sudo", kind: "file", mode: 0o4755 },
  { ...COMMON, path: "usr/bin/nodejs", kind: "symlink", mode: 0o777, target: "node" },
  { ...COMMON, path: "usr/bin/gone", kind: "symlink", mode: 0o777, target: "/no/such" },
  { ...COMMON, path: "bin", kind: "symlink", mode: 0o777, target: "usr/bin" },
  { ...COMMON, path: "app", kind: "directory", uid: 1000, gid: 1001 },
];

async function* read(path: string): AsyncGenerator<Buffer> {
  expect(["usr/bin/node", "usr/bin/again"]).toContain(path);
  for (const piece of ["the be", "ginn", "ing of a file"]) yield Buffer.from(piece);
}

/** What is wrong with a path of a small image; `node` holds a text in pieces. */
async function faultOf(check: Partial<FileCheck> & { readonly path: string }): Promise<string | undefined> {
  const tree = new FileTree();
  for (const entry of ENTRIES) tree.set(entry);
  return findFault({ isAbsent: false, ...check }, { tree, read });
}

describe("a file check finds nothing wrong with", () => {
  const cases: readonly { summary: string; check: Partial<FileCheck> & { readonly path: string } }[] = [
    { summary: "what is there", check: { path: "usr/bin/node" } },
    { summary: "kind, mode and owners", check: { path: "app", kind: "directory", mode: 0o755, uid: 1000, gid: 1001 } },
    { summary: "what is not there", check: { path: "usr/bin/sh", isAbsent: true } },
    { summary: "what is not there behind a link", check: { path: "bin/sh", isAbsent: true } },
    { summary: "what is not there in a file", check: { path: "usr/bin/node/sh", isAbsent: true } },
    { summary: "a file behind links", check: { path: "bin/nodejs", kind: "file", mode: 0o755 } },
    { summary: "a link itself", check: { path: "bin/nodejs", kind: "symlink" } },
    { summary: "a hard link, which is a file", check: { path: "bin/again", kind: "file", contains: "file" } },
    { summary: "set-user-ID bits", check: { path: "bin/sudo", mode: 0o4755 } },
    { summary: "a text across pieces", check: { path: "bin/node", contains: "beginning of" } },
    { summary: "the whole text", check: { path: "bin/nodejs", contains: "the beginning of a file" } },
  ];
  it.each(cases)("$summary", async ({ check }) => {
    expect(await faultOf(check)).toBeUndefined();
  });
});

describe("a file check tells", () => {
  const cases: readonly {
    summary: string;
    check: Partial<FileCheck> & { readonly path: string };
    fault: RegExp;
  }[] = [
    { summary: "what is missing", check: { path: "bin/sh" }, fault: /^it is not there$/ },
    { summary: "what must not be there", check: { path: "bin/node", isAbsent: true }, fault: /^it is there, a file$/ },
    { summary: "a link that must not be there", check: { path: "bin/gone", isAbsent: true }, fault: /a symlink/ },
    { summary: "a link that leads nowhere", check: { path: "bin/gone" }, fault: /a link to \/no\/such, which is not/ },
    {
      summary: "everything that differs",
      check: { path: "app", kind: "file", mode: 0o700, uid: 0, gid: 0 },
      fault: /kind is directory, not file, its mode is 0755, not 0700, its uid is 1000, not 0, its gid is 1001, not 0/,
    },
    {
      summary: "a set-user-ID bit too much",
      check: { path: "bin/sudo", mode: 0o755 },
      fault: /mode is 4755, not 0755/,
    },
    { summary: "a missing text", check: { path: "bin/node", contains: "end" }, fault: /does not contain "end"/ },
    { summary: "text of a folder", check: { path: "app", contains: "a" }, fault: /does not contain/ },
  ];
  it.each(cases)("$summary", async ({ check, fault }) => {
    expect(await faultOf(check)).toMatch(fault);
  });
});
