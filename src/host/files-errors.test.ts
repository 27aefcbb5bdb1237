// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { BasaltError } from "../errors.js";
import {
  appendToFile,
  copyFileIfAny,
  createTemporaryFile,
  fileError,
  hasErrno,
  listNames,
  makeDirectory,
  moveFile,
  readBytes,
  readBytesIfAny,
  statIfAny,
  streamFile,
  writeAll,
  writeFileAtomic,
} from "./files.js";

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: from the operating system`), { code });
}

/** A folder with a `file`, and a link named `loop` that points to itself. */
function testFolder(): string {
  const root = temporaryFolder();
  writeFileSync(join(root, "file"), "content");
  symlinkSync("loop", join(root, "loop"));
  return root;
}

describe("codes of errors", () => {
  const codes = [
    { summary: "a full disk", code: "ENOSPC", expected: "DISK_FULL" },
    { summary: "a used-up quota", code: "EDQUOT", expected: "DISK_FULL" },
    { summary: "an absent file", code: "ENOENT", expected: "FILE_NOT_FOUND" },
    { summary: "a file where a folder should be", code: "ENOTDIR", expected: "FILE_NOT_FOUND" },
    { summary: "a forbidden file", code: "EACCES", expected: "FILE_UNREADABLE" },
    { summary: "a protected file", code: "EPERM", expected: "FILE_UNREADABLE" },
    { summary: "a read-only file system", code: "EROFS", expected: "FILE_UNREADABLE" },
    { summary: "a folder where a file should be", code: "EISDIR", expected: "FILE_UNREADABLE" },
  ];
  it.each(codes)("$summary", ({ code, expected }) => {
    const cause = errno(code);
    const error = fileError(cause, "/some/path");
    expect(error).toMatchObject({ code: expected, cause });
    expect((error as Error).message).toContain("/some/path");
  });

  it("our own errors pass through", () => {
    const error = new BasaltError("CANCELLED", "no");
    expect(fileError(error, "/some/path")).toBe(error);
  });

  it("mistakes of the program pass through", () => {
    const error = new TypeError("internal");
    expect(fileError(error, "/some/path")).toBe(error);
    expect(fileError("text", "/some/path")).toBe("text");
  });

  const errnos = [
    { summary: "the code of an error is found", error: errno("ENOENT"), expected: true },
    { summary: "one of several codes is found", error: errno("ENOTDIR"), expected: true },
    { summary: "another code is not found", error: errno("EACCES"), expected: false },
    { summary: "an error without a code has none", error: new Error("ENOENT"), expected: false },
    { summary: "what is no error has none", error: { code: "ENOENT" }, expected: false },
    { summary: "nothing has none", error: undefined, expected: false },
  ];
  it.each(errnos)("$summary", ({ error, expected }) => {
    expect(hasErrno(error, "ENOENT", "ENOTDIR")).toBe(expected);
  });
});

describe("real situations", () => {
  const tooLong = "a".repeat(300); // file systems take 255 bytes
  const cases = [
    {
      summary: "reading what does not exist",
      work: (root: string) => readBytes(join(root, "no")),
      code: "FILE_NOT_FOUND",
    },
    {
      summary: "reading below a file",
      work: (root: string) => readBytes(join(root, "file", "a")),
      code: "FILE_NOT_FOUND",
    },
    { summary: "reading a folder", work: (root: string) => readBytes(root), code: "FILE_UNREADABLE" },
    { summary: "reading a folder, if any", work: (root: string) => readBytesIfAny(root), code: "FILE_UNREADABLE" },
    {
      summary: "streaming what does not exist",
      work: (root: string) => bytesOfStream(streamFile(join(root, "no"))),
      code: "FILE_NOT_FOUND",
    },
    { summary: "streaming a folder", work: (root: string) => bytesOfStream(streamFile(root)), code: "FILE_UNREADABLE" },
    {
      summary: "moving what does not exist",
      work: (root: string) => moveFile(join(root, "no"), join(root, "to")),
      code: "FILE_NOT_FOUND",
    },
    {
      summary: "moving over a folder",
      work: async (root: string) => {
        await makeDirectory(join(root, "folder", "full"));
        await moveFile(join(root, "file"), join(root, "folder"));
      },
      code: "FILE_UNREADABLE",
    },
    {
      summary: "copying a folder as if it were a file",
      work: async (root: string) => {
        await makeDirectory(join(root, "folder"));
        await copyFileIfAny(join(root, "folder"), join(root, "to"));
      },
      code: "FILE_UNREADABLE",
    },
    {
      summary: "a folder below a file",
      work: (root: string) => makeDirectory(join(root, "file", "a")),
      code: "FILE_NOT_FOUND",
    },
    {
      summary: "writing below a file",
      work: (root: string) => writeFileAtomic(join(root, "file", "a", "b"), ""),
      code: "FILE_NOT_FOUND",
    },
    {
      summary: "a folder where a file is",
      work: (root: string) => makeDirectory(join(root, "file")),
      code: "FILE_UNREADABLE",
    },
    {
      summary: "a folder of links that go in a circle",
      work: (root: string) => readBytes(join(root, "loop")),
      code: "FILE_UNREADABLE",
    },
    {
      summary: "asking what lies behind such a link",
      work: (root: string) => statIfAny(join(root, "loop")),
      code: "FILE_UNREADABLE",
    },
    {
      summary: "listing behind such a link",
      work: (root: string) => listNames(join(root, "loop")),
      code: "FILE_UNREADABLE",
    },
    {
      summary: "writing a name that is too long",
      work: (root: string) => writeFileAtomic(join(root, tooLong), ""),
      code: "FILE_UNREADABLE",
    },
  ];
  it.each(cases)("$summary", async ({ work, code }) => {
    expect(await codeOf(() => work(testFolder()))).toBe(code);
  });

  it("a name that is too long for a file is absent", async () => {
    const path = join(temporaryFolder(), tooLong);
    expect(await statIfAny(path)).toBeUndefined();
    expect(await readBytesIfAny(path)).toBeUndefined();
  });
});

describe("temporary files", () => {
  it("what is written is whole after closing, whatever the chunks were", async () => {
    const file = await createTemporaryFile(join(temporaryFolder(), "a"));
    await writeAll(file, streamOf("one ", "", "two ", "x".repeat(1_000_000)));
    await file.write(Buffer.from(" three"));
    await file.close();
    expect(readFileSync(file.path, "utf8")).toBe(`one two ${"x".repeat(1_000_000)} three`);
  });

  it("two files in one folder do not meet", async () => {
    const folder = temporaryFolder();
    const files = await Promise.all([1, 2, 3].map(() => createTemporaryFile(folder)));
    expect(new Set(files.map((file) => file.path)).size).toBe(3);
    for (const file of files) await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("discarding is safe before and after closing, moving, and twice", async () => {
    const folder = temporaryFolder();
    const open = await createTemporaryFile(folder);
    await open.discard();
    await open.discard();
    const closed = await createTemporaryFile(folder);
    await closed.close();
    await closed.discard();
    const moved = await createTemporaryFile(folder);
    await moved.close();
    await moveFile(moved.path, join(folder, "kept"));
    await moved.discard();
    expect(readdirSync(folder)).toEqual(["kept"]);
  });

  it("closing twice is safe", async () => {
    const file = await createTemporaryFile(temporaryFolder());
    await file.close();
    await file.close();
    expect(existsSync(file.path)).toBe(true);
  });

  it("writing after closing is a mistake of the program", async () => {
    const file = await createTemporaryFile(temporaryFolder());
    await file.close();
    await expect(file.write(Buffer.from("a"))).rejects.toThrow(/^internal: /);
  });

  it("a file is made or continued at its end", async () => {
    const path = join(temporaryFolder(), "a", "file");
    for (const part of ["one ", "two ", "three"]) {
      const file = await appendToFile(path);
      await file.write(Buffer.from(part));
      await file.close();
    }
    expect(readFileSync(path, "utf8")).toBe("one two three");
  });
});
