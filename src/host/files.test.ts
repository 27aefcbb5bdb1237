// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, streamOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import {
  copyFileIfAny,
  listNames,
  makeDirectory,
  moveFile,
  readBytes,
  readBytesIfAny,
  readText,
  readTextIfAny,
  removeTree,
  statIfAny,
  streamFile,
  writeFileAtomic,
  writeStreamAtomic,
} from "./files.js";

const MODE_BITS = 0o777;

function modeOf(path: string): number {
  return statSync(path).mode & MODE_BITS;
}

function fileWith(content: string): string {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, content);
  return path;
}

describe("reading", () => {
  it("a file is read as bytes and as text", async () => {
    const path = fileWith("grüße\n");
    expect(await readBytes(path)).toEqual(Buffer.from("grüße\n"));
    expect(await readText(path)).toBe("grüße\n");
    expect(await readBytesIfAny(path)).toEqual(Buffer.from("grüße\n"));
    expect(await readTextIfAny(path)).toBe("grüße\n");
  });

  const absent = [
    { summary: "a file that does not exist is absent", path: (file: string) => `${file}.not` },
    {
      summary: "a file below a folder that does not exist is absent",
      path: (file: string) => join(`${file}.not`, "a"),
    },
    { summary: "a file below a file is absent", path: (file: string) => join(file, "a") },
  ];
  it.each(absent)("$summary", async ({ path }) => {
    const nothing = path(fileWith(""));
    expect(await readBytesIfAny(nothing)).toBeUndefined();
    expect(await readTextIfAny(nothing)).toBeUndefined();
    expect(await statIfAny(nothing)).toBeUndefined();
    expect(await listNames(nothing)).toEqual([]);
  });

  it("what lies at a path is told: a file with its size and time", async () => {
    const path = fileWith("12345");
    const facts = await statIfAny(path);
    expect(facts).toMatchObject({ kind: "file", sizeBytes: 5, modifiedAt: statSync(path).mtime });
  });

  it("what lies at a path is told: a folder, something else, and what a link points to", async () => {
    const folder = temporaryFolder();
    symlinkSync(fileWith("12"), join(folder, "link"));
    symlinkSync("nowhere", join(folder, "broken"));
    expect(await statIfAny(folder)).toMatchObject({ kind: "directory" });
    expect(await statIfAny("/dev/null")).toMatchObject({ kind: "other" });
    expect(await statIfAny(join(folder, "link"))).toMatchObject({ kind: "file", sizeBytes: 2 });
    expect(await statIfAny(join(folder, "broken"))).toBeUndefined();
  });

  it("names in a folder come sorted, whatever order the disk has", async () => {
    const folder = temporaryFolder();
    for (const name of ["b", "a10", "B", "a2", ".hidden", "ü"]) writeFileSync(join(folder, name), "");
    expect(await listNames(folder)).toEqual([".hidden", "B", "a10", "a2", "b", "ü"]);
  });
});

describe("streaming", () => {
  const ranges = [
    { summary: "without a range the whole file is streamed", range: {}, expected: "0123456789" },
    { summary: "from an offset the rest is streamed", range: { offset: 7 }, expected: "789" },
    { summary: "a size bounds what is streamed", range: { sizeBytes: 3 }, expected: "012" },
    { summary: "offset and size name a part", range: { offset: 2, sizeBytes: 5 }, expected: "23456" },
    { summary: "one byte is a part", range: { offset: 9, sizeBytes: 1 }, expected: "9" },
    { summary: "no bytes are a part", range: { offset: 4, sizeBytes: 0 }, expected: "" },
    { summary: "a part that reaches over the end is cut there", range: { offset: 8, sizeBytes: 5 }, expected: "89" },
    { summary: "behind the end there is nothing", range: { offset: 10 }, expected: "" },
    { summary: "far behind the end there is nothing", range: { offset: 1_000, sizeBytes: 4 }, expected: "" },
  ];
  it.each(ranges)("$summary", async ({ range, expected }) => {
    expect((await bytesOfStream(streamFile(fileWith("0123456789"), range))).toString()).toBe(expected);
  });

  it("a large file comes in chunks, and reading may stop after the first", async () => {
    const path = fileWith("x".repeat(1_000_000));
    let chunks = 0;
    for await (const chunk of streamFile(path)) {
      expect(chunk.length).toBeLessThan(1_000_000);
      chunks += 1;
      if (chunks === 2) break;
    }
    expect(chunks).toBe(2);
  });
});

describe("writing at once", () => {
  const writers = [
    {
      summary: "content in memory",
      write: (path: string, content: string) => writeFileAtomic(path, content),
    },
    {
      summary: "bytes in memory",
      write: (path: string, content: string) => writeFileAtomic(path, Buffer.from(content)),
    },
    {
      summary: "a stream",
      write: (path: string, content: string) =>
        writeStreamAtomic(path, streamOf(content.slice(0, 2), content.slice(2))),
    },
  ];

  describe("writes, makes the folder, and leaves nothing else", () => {
    it.each(writers)("$summary", async ({ write }) => {
      const folder = join(temporaryFolder(), "a", "b");
      await write(join(folder, "file"), "hello");
      expect(readFileSync(join(folder, "file"), "utf8")).toBe("hello");
      expect(readdirSync(folder)).toEqual(["file"]);
    });
  });

  describe("replaces what was there", () => {
    it.each(writers)("$summary", async ({ write }) => {
      const path = fileWith("a much longer content than the new one");
      await write(path, "hello");
      expect(readFileSync(path, "utf8")).toBe("hello");
    });
  });

  describe("leaves nothing behind when it fails", () => {
    it.each(writers)("$summary", async ({ write }) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, "occupied", "by"), { recursive: true });
      await expect(write(join(folder, "occupied"), "hello")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
      expect(readdirSync(folder)).toEqual(["occupied"]);
    });
  });

  it("a stream that breaks off leaves the old content, and nothing beside it", async () => {
    const path = fileWith("old");
    const source = (async function* () {
      yield Buffer.from("half of the n");
      await Promise.reject(new TypeError("broken"));
    })();
    await expect(writeStreamAtomic(path, source)).rejects.toThrow(TypeError);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(join(path, ".."))).toEqual(["file"]);
  });

  it("readers see the old content or the new, whole", async () => {
    const [old, fresh] = ["o".repeat(500_000), "n".repeat(500_000)];
    const path = fileWith(old);
    const writing = Promise.all([1, 2, 3].map(() => writeFileAtomic(path, fresh)));
    const seen = await Promise.all(Array.from({ length: 20 }, () => readText(path)));
    await writing;
    expect(seen.filter((text) => text !== old && text !== fresh)).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe(fresh);
  });

  const modes = [
    { summary: "a private file is private", mode: 0o600 },
    { summary: "a file that only its owner may run is just that", mode: 0o700 },
    { summary: "a read-only file is read-only", mode: 0o400 },
  ];
  it.each(modes)("$summary", async ({ mode }) => {
    const path = join(temporaryFolder(), "file");
    await writeFileAtomic(path, "secret", { mode });
    expect(modeOf(path)).toBe(mode);
  });

  it("a private file stays private when it replaces one that everybody could read", async () => {
    const path = fileWith("old");
    await writeFileAtomic(path, "secret", { mode: 0o600 });
    expect(modeOf(path)).toBe(0o600);
  });
});

describe("folders and moves", () => {
  it("a folder is made with its parents, and may exist already", async () => {
    const folder = join(temporaryFolder(), "a", "b");
    await makeDirectory(folder, 0o700);
    await makeDirectory(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  it("a tree is removed with everything in it, and may be gone already", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    await removeTree(join(folder, "a"));
    await removeTree(join(folder, "a"));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("removing a link leaves what it points to", async () => {
    const [folder, kept] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(kept, "file"), "");
    symlinkSync(kept, join(folder, "link"));
    await removeTree(join(folder, "link"));
    expect([existsSync(join(folder, "link")), existsSync(join(kept, "file"))]).toEqual([false, true]);
  });

  it("a file moves to a folder that does not exist yet, over what is there", async () => {
    const folder = temporaryFolder();
    const target = join(folder, "new", "file");
    for (const content of ["first", "second"]) {
      writeFileSync(join(folder, "file"), content);
      await moveFile(join(folder, "file"), target);
      expect(readFileSync(target, "utf8")).toBe(content);
    }
    expect(readdirSync(folder)).toEqual(["new"]);
  });

  it("a file is copied, and stays", async () => {
    const from = fileWith("hello");
    const to = join(temporaryFolder(), "a", "copy");
    expect(await copyFileIfAny(from, to)).toBe(true);
    expect([readFileSync(from, "utf8"), readFileSync(to, "utf8")]).toEqual(["hello", "hello"]);
  });

  it("where there is no file nothing is copied", async () => {
    const to = join(temporaryFolder(), "copy");
    expect(await copyFileIfAny(`${to}.not`, to)).toBe(false);
    expect(existsSync(to)).toBe(false);
  });
});
