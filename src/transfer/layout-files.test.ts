// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeTar, type TestEntry } from "../../test/support/archives.js";
import { bytesOfStream, codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { noise } from "../../test/support/images.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { openArchive, openFolder, readDocument, type LayoutFiles } from "./layout-files.js";

describe("a folder", () => {
  it("has files by path, and knows their sizes", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "b"), "hello");
    const files = openFolder(folder);
    expect(files.name).toBe(folder);
    expect(await files.sizeOf("a/b")).toBe(5);
    expect(await files.sizeOf("a")).toBeUndefined();
    expect(await files.sizeOf("c")).toBeUndefined();
    expect((await bytesOfStream(files.read("a/b"))).toString()).toBe("hello");
    expect(await codeOf(() => bytesOfStream(files.read("c")))).toBe("FILE_NOT_FOUND");
    await files.close();
  });
});

describe("an archive", () => {
  it.each([
    { summary: "plain", pack: (tar: Buffer) => tar },
    { summary: "compressed with gzip", pack: (tar: Buffer) => gzipSync(tar) },
  ])("that is $summary has files by path, wherever they stand in it", async ({ pack }) => {
    const big = noise(200_000);
    const entries: readonly TestEntry[] = [
      { kind: "directory", path: "blobs" },
      { path: "blobs/big", content: big },
      { path: "empty", content: "" },
      { path: "index.json", content: "{}" },
    ];
    const files = await open(pack(makeTar(entries)));
    expect(await files.sizeOf("blobs/big")).toBe(200_000);
    expect(await files.sizeOf("empty")).toBe(0);
    expect(await files.sizeOf("blobs")).toBeUndefined();
    const [first, second] = await Promise.all([bytesOfStream(files.read("blobs/big")), readText(files, "index.json")]);
    expect(first.equals(big)).toBe(true);
    expect(second).toBe("{}");
    expect(await readText(files, "empty")).toBe("");
    expect(await codeOf(() => readText(files, "other"))).toBe("IMAGE_UNREADABLE");
    await files.close();
  });

  it("that was unpacked leaves nothing behind when it is closed", async () => {
    const host = testHost();
    const files = await open(gzipSync(makeTar([{ path: "a", content: "a" }])), host);
    expect(readdirSync(host.home.temporary)).toHaveLength(1);
    await files.close();
    expect(readdirSync(host.home.temporary)).toEqual([]);
  });

  it.each([
    { summary: "is cut off", pack: (tar: Buffer) => tar.subarray(0, 700), code: "TAR_INVALID" },
    {
      summary: "has a broken header",
      pack: (tar: Buffer) => Buffer.concat([tar.subarray(1), tar]),
      code: "TAR_INVALID",
    },
    { summary: "is no archive", pack: () => noise(2048), code: "TAR_INVALID" },
    { summary: "is cut off gzip", pack: (tar: Buffer) => gzipSync(tar).subarray(0, 30), code: "GZIP_INVALID" },
    { summary: "is gzip of what is no archive", pack: () => gzipSync(noise(2048)), code: "TAR_INVALID" },
    { summary: "leaves its folder", pack: () => makeTar([{ path: "../x", content: "x" }]), code: "TAR_PATH_UNSAFE" },
    { summary: "has an absolute path", pack: () => makeTar([{ path: "/x", content: "x" }]), code: "TAR_PATH_UNSAFE" },
  ])("that $summary cannot be opened, and leaves nothing behind", async ({ pack, code }) => {
    const host = testHost();
    const tar = makeTar([{ path: "a", content: "a".repeat(600) }]);
    expect(await codeOf(() => open(pack(tar), host))).toBe(code);
    expect(existsSync(host.home.temporary) ? readdirSync(host.home.temporary) : []).toEqual([]);
  });

  it("that is not there is a file that was not found", async () => {
    expect(await codeOf(() => openArchive(join(temporaryFolder(), "none.tar"), testHost()))).toBe("FILE_NOT_FOUND");
  });

  it("the later of two entries of one path counts, as it does for tar", async () => {
    const entries = ["first", "second"].map((content) => ({ path: "a", content }));
    expect(await readText(await open(makeTar(entries)), "a")).toBe("second");
  });
});

describe("links in an archive", () => {
  const target = { path: "layer.tar", content: "layer" };
  it.each([
    { summary: "beside its target", link: { path: "link", target: "layer.tar" } },
    { summary: "in a folder", link: { path: "id/layer.tar", target: "../layer.tar" } },
    { summary: "deep in folders", link: { path: "a/b/c", target: "./../.././layer.tar" } },
    { summary: "from the root", link: { path: "id/layer.tar", target: "/layer.tar" } },
  ])("$summary leads to it", async ({ link }) => {
    const files = await open(makeTar([target, { kind: "symlink", ...link }]));
    expect(await files.sizeOf(link.path)).toBe(5);
    expect(await readText(files, link.path)).toBe("layer");
  });

  it("before its target, and over others, leads to it", async () => {
    const chain = Array.from({ length: 8 }, (_, index) => `link${index}`);
    const links = chain.map((path, index) => ({
      kind: "symlink" as const,
      path,
      target: chain[index + 1] ?? "layer.tar",
    }));
    expect(await readText(await open(makeTar([...links, target])), "link0")).toBe("layer");
  });

  it("a hard link is the file, too", async () => {
    const files = await open(makeTar([target, { kind: "hardlink", path: "id/layer.tar", target: "layer.tar" }]));
    expect(await readText(files, "id/layer.tar")).toBe("layer");
  });

  it.each([
    { summary: "to itself", links: [{ path: "a", target: "a" }] },
    {
      summary: "in a circle",
      links: [
        { path: "a", target: "b" },
        { path: "b", target: "a" },
      ],
    },
    { summary: "to nothing", links: [{ path: "a", target: "missing" }] },
    { summary: "that leaves the archive", links: [{ path: "a", target: "../../layer.tar" }] },
    { summary: "to a folder", links: [{ path: "a", target: "." }] },
  ])("$summary leads nowhere", async ({ links }) => {
    const entries = links.map((link) => ({ kind: "symlink" as const, ...link }));
    const files = await open(makeTar([target, ...entries]));
    expect(await files.sizeOf("a")).toBeUndefined();
    expect(await codeOf(() => readText(files, "a"))).toBe("IMAGE_UNREADABLE");
  });
});

describe("a small document", () => {
  it.each([
    { summary: "is read", text: '{"a":1}', code: undefined },
    { summary: "that is no JSON cannot be read", text: "{", code: "IMAGE_UNREADABLE" },
    { summary: "that is empty cannot be read", text: "", code: "IMAGE_UNREADABLE" },
    { summary: "that is not small cannot be read", text: " ".repeat(17 * 1024 * 1024), code: "SIZE_LIMIT_EXCEEDED" },
  ])("$summary", async ({ text, code }) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "index.json"), text);
    expect(await codeOf(() => readDocument(openFolder(folder), "index.json"))).toBe(code);
    expect(await readDocument(openFolder(folder), "other.json")).toBeUndefined();
  });
});

async function open(bytes: Buffer, host: Host = testHost()): Promise<LayoutFiles> {
  const file = join(temporaryFolder(), "image.tar");
  writeFileSync(file, bytes);
  return openArchive(file, host);
}

async function readText(files: LayoutFiles, path: string): Promise<string> {
  return (await bytesOfStream(files.read(path))).toString("utf8");
}
