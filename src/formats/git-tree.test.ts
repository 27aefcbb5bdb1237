// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../test/support/bytes.js";
import { GitBlobReader, parseGitTree, requireSafeGitPath, type GitEntry } from "./git-tree.js";

const A = "a".repeat(40);
const B = "b".repeat(64);

async function parse(bytes: Buffer, pieceBytes = 7): Promise<readonly GitEntry[]> {
  const entries: GitEntry[] = [];
  for await (const entry of parseGitTree(inPieces(bytes, pieceBytes), "x.git")) entries.push(entry);
  return entries;
}

describe("what ls-tree prints", () => {
  it("is read, whatever is in names", async () => {
    const records = [
      `100644 blob ${A}\ta\tb\nc`,
      `100755 blob ${B}\tgrüße/x`,
      `120000 blob ${A}\tl`,
      `040000 tree ${A}\td`,
      `160000 commit ${A}\ts`,
    ];
    const text = records.map((record) => `${record}\0`).join("");
    for (const pieceBytes of [1, 7, 1000])
      expect(await parse(Buffer.from(text), pieceBytes)).toEqual([
        { kind: "file", id: A, path: "a\tb\nc" },
        { kind: "program", id: B, path: "grüße/x" },
        { kind: "symlink", id: A, path: "l" },
        { kind: "directory", id: A, path: "d" },
        { kind: "submodule", id: A, path: "s" },
      ]);
  });

  const cases = [
    { summary: "a mode that is none", text: `100600 blob ${A}\ta\0` },
    { summary: "a type that is none", text: `100644 tag ${A}\ta\0` },
    { summary: "an id that is short", text: `100644 blob ${A.slice(1)}\ta\0` },
    { summary: "no name", text: `100644 blob ${A}\t\0` },
    { summary: "an end in the middle", text: `100644 blob ${A}\ta` },
    { summary: "a record without an end", text: "x".repeat(10_000) },
    { summary: "an empty record", text: "\0" },
    { summary: "a parent folder", text: `100644 blob ${A}\ta/../b\0` },
    {
      summary: "bytes that are not UTF-8",
      text: Buffer.concat([Buffer.from(`100644 blob ${A}\t`), Buffer.from([0xff, 0])]),
    },
  ];
  it.each(cases)("refused: $summary", async ({ text }) => {
    expect(await codeOf(() => parse(Buffer.from(text as string)))).toBe("GIT_CONTENT");
  });

  it("any bytes end with a code", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect([undefined, "GIT_CONTENT"]).toContain(await codeOf(() => parse(Buffer.from(bytes))));
      }),
    );
  });
});

describe("paths", () => {
  it.each(["a", "a/b", ".gitignore", ".gitmodules", "a.git", "..a", "a..", ".github/x", "git~2"])(
    "%s",
    async (path) => {
      expect(await codeOf(() => requireSafeGitPath(path, "x"))).toBeUndefined();
    },
  );

  const refused = [
    "",
    "/a",
    "a//b",
    "a/",
    ".",
    "..",
    "a/./b",
    "../a",
    ".git",
    ".GiT/config",
    "a/.git",
    ".git ",
    ".git.",
    "git~1",
    "a\0b",
  ];
  it.each([...refused, "a".repeat(5000)])("refused: %j", async (path) => {
    expect(await codeOf(() => requireSafeGitPath(path, "x"))).toBe("GIT_CONTENT");
  });
});

describe("what cat-file prints", () => {
  it("is given blob by blob", async () => {
    const reader = new GitBlobReader(streamOf(`${A} blob 3\nabc\n${A} blob 0\n\n`), "x");
    const first = await reader.next(A);
    expect([first.sizeBytes, (await bytesOfStream(first.content)).toString()]).toEqual([3, "abc"]);
    const second = await reader.next(A);
    expect([second.sizeBytes, (await bytesOfStream(second.content)).length]).toEqual([0, 0]);
  });

  const cases = [
    { summary: "nothing", text: "" },
    { summary: "a missing object", text: `${A} missing\n` },
    { summary: "another object", text: `${"c".repeat(40)} blob 1\nx\n` },
    { summary: "a tree", text: `${A} tree 1\nx\n` },
    { summary: "a size that is none", text: `${A} blob -1\nx\n` },
    { summary: "a size without an end", text: `${A} blob ${"1".repeat(100)}` },
    { summary: "less than was said", text: `${A} blob 3\nab` },
    { summary: "no end of the content", text: `${A} blob 3\nabc` },
  ];
  it.each(cases)("refused: $summary", async ({ text }) => {
    const read = async (): Promise<unknown> =>
      bytesOfStream((await new GitBlobReader(streamOf(text), "x").next(A)).content);
    expect(await codeOf(read)).toBe("GIT_CONTENT");
  });
});
