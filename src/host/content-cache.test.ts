// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { putInCache } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Hex } from "../formats/digest.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import { ContentCache, type CachedFile } from "./content-cache.js";

const LARGE = "0123456789".repeat(100_000);

function testCache(): { readonly cache: ContentCache; readonly folder: string } {
  const folder = temporaryFolder();
  return { cache: new ContentCache(folder), folder };
}

function integrityOf(text: string, algorithm: "sha256" | "sha384" | "sha512" = "sha512"): Integrity {
  return parseIntegrity(`${algorithm}-${createHash(algorithm).update(text).digest("base64")}`);
}

async function adopt(cache: ContentCache, folder: string, text: string, integrity: Integrity): Promise<CachedFile> {
  const path = join(folder, "finished");
  writeFileSync(path, text);
  return cache.adopt(path, { sha256: sha256Hex(text), sizeBytes: Buffer.byteLength(text), integrity });
}

async function shasOf(cache: ContentCache): Promise<readonly string[]> {
  const shas: string[] = [];
  for await (const file of cache.list()) shas.push(file.sha256);
  return shas;
}

describe("putting and finding", () => {
  it("what was put is found under its hash, with its size", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf("hel", "lo"));
    expect(put).toMatchObject({ sha256: sha256Hex("hello"), sizeBytes: 5 });
    expect(await cache.find(sha256Hex("hello"))).toEqual(put);
    expect(readFileSync(put.path, "utf8")).toBe("hello");
  });

  it("what was not put is absent", async () => {
    expect(await testCache().cache.find(sha256Hex("hello"))).toBeUndefined();
  });

  it("the same content put twice, and at once, is kept once", async () => {
    const { cache } = testCache();
    await Promise.all([
      putInCache(cache, streamOf("a")),
      putInCache(cache, streamOf("a")),
      putInCache(cache, streamOf("a")),
    ]);
    await putInCache(cache, streamOf("a"));
    expect(await shasOf(cache)).toEqual([sha256Hex("a")]);
  });

  it("a source that breaks off leaves nothing behind", async () => {
    const { cache, folder } = testCache();
    const source = (async function* () {
      yield Buffer.from("half");
      await Promise.reject(new TypeError("broken"));
    })();
    await expect(putInCache(cache, source)).rejects.toThrow(TypeError);
    expect(await shasOf(cache)).toEqual([]);
    expect(readdirSync(join(folder, "content", "partial"))).toEqual([]);
  });

  it("the list has every file once, in the order of the hashes", async () => {
    const { cache } = testCache();
    const texts = ["a", "b", "c", "d", "e"];
    for (const text of texts) await putInCache(cache, streamOf(text));
    expect(await shasOf(cache)).toEqual(texts.map((text) => sha256Hex(text)).toSorted());
  });

  it("the list of a cache that was never used is empty", async () => {
    expect(await shasOf(testCache().cache)).toEqual([]);
  });

  it("the list passes over what others put into its folders", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf("a"));
    writeFileSync(join(dirname(put.path), ".DS_Store"), "");
    expect(await shasOf(cache)).toEqual([put.sha256]);
  });
});

describe("other hashes", () => {
  const algorithms = [
    { summary: "a file adopted by its sha256 is found by it", algorithm: "sha256" as const },
    { summary: "a file adopted by its sha384 is found by it", algorithm: "sha384" as const },
    { summary: "a file adopted by its sha512 is found by it", algorithm: "sha512" as const },
  ];
  it.each(algorithms)("$summary", async ({ algorithm }) => {
    const { cache, folder } = testCache();
    const integrity = integrityOf("hello", algorithm);
    const adopted = await adopt(cache, folder, "hello", integrity);
    expect(await cache.findByIntegrity(integrity)).toEqual(adopted);
    expect(await cache.find(sha256Hex("hello"))).toEqual(adopted);
    expect(existsSync(join(folder, "finished"))).toBe(false);
  });

  it("a hash under which nothing was put is absent", async () => {
    const { cache } = testCache();
    await putInCache(cache, streamOf("hello"));
    expect(await cache.findByIntegrity(integrityOf("hello"))).toBeUndefined();
    expect(await cache.findByIntegrity(integrityOf("hello", "sha256"))).toMatchObject({ sizeBytes: 5 });
  });

  it("an alias of a file that was pruned is absent", async () => {
    const { cache, folder } = testCache();
    const adopted = await adopt(cache, folder, "hello", integrityOf("hello"));
    rmSync(adopted.path);
    expect(await cache.findByIntegrity(integrityOf("hello"))).toBeUndefined();
  });

  it("an alias that was damaged on the disk is absent, so that the file is loaded again", async () => {
    const { cache, folder } = testCache();
    await adopt(cache, folder, "hello", integrityOf("hello"));
    const aliases = join(folder, "content", "by-integrity");
    for (const name of readdirSync(aliases)) truncateSync(join(aliases, name), 0);
    expect(await cache.findByIntegrity(integrityOf("hello"))).toBeUndefined();
  });

  it("downloads of different files are kept apart", () => {
    const { cache } = testCache();
    const paths = [integrityOf("a"), integrityOf("b"), integrityOf("a", "sha256")].map((it) => cache.partialPath(it));
    expect(new Set(paths).size).toBe(3);
  });
});

describe("reading", () => {
  it("a whole file is read as it was put", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf(LARGE));
    expect((await bytesOfStream(cache.read(put))).toString()).toBe(LARGE);
    expect(await cache.find(put.sha256)).toEqual(put);
  });

  it("an empty file is read as nothing", async () => {
    const { cache } = testCache();
    expect(await bytesOfStream(cache.read(await putInCache(cache, streamOf())))).toHaveLength(0);
  });

  const damages = [
    { summary: "other bytes at the beginning are damage", damaged: `X${LARGE.slice(1)}` },
    { summary: "other bytes at the end are damage", damaged: `${LARGE.slice(1)}X` },
    { summary: "a file that was cut off is damaged", damaged: LARGE.slice(0, -1) },
    { summary: "a file that grew is damaged", damaged: `${LARGE}0` },
    { summary: "a file that was emptied is damaged", damaged: "" },
  ];

  describe("damage is found at the end, and the file removed", () => {
    it.each(damages)("$summary", async ({ damaged }) => {
      const { cache } = testCache();
      const put = await putInCache(cache, streamOf(LARGE));
      writeFileSync(put.path, damaged);
      expect(await codeOf(() => bytesOfStream(cache.read(put)))).toBe("CACHE_DAMAGED");
      expect(await cache.find(put.sha256)).toBeUndefined();
    });
  });

  describe("damage is found although reading stops early, and the file removed", () => {
    it.each(damages.filter(({ damaged }) => damaged !== ""))("$summary", async ({ damaged }) => {
      const { cache } = testCache();
      const put = await putInCache(cache, streamOf(LARGE));
      writeFileSync(put.path, damaged);
      const work = async (): Promise<void> => {
        for await (const chunk of cache.read(put)) if (chunk.length > 0) break;
      };
      expect(await codeOf(work)).toBe("CACHE_DAMAGED");
      expect(await cache.find(put.sha256)).toBeUndefined();
    });
  });

  it("the error of whoever reads damaged bytes reaches the caller, and the file is removed", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf(LARGE));
    writeFileSync(put.path, `X${LARGE}`);
    const work = async (): Promise<void> => {
      for await (const chunk of cache.read(put)) throw new RangeError(`cannot parse ${chunk.length} bytes`);
    };
    await expect(work()).rejects.toThrow(RangeError);
    expect(await cache.find(put.sha256)).toBeUndefined();
  });

  it("a good file stays although reading stops early", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf(LARGE));
    for await (const chunk of cache.read(put)) if (chunk.length > 0) break;
    expect(await cache.find(put.sha256)).toEqual(put);
  });

  it("a file that is gone before it is read is not found", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf("hello"));
    rmSync(put.path);
    expect(await codeOf(() => bytesOfStream(cache.read(put)))).toBe("FILE_NOT_FOUND");
  });

  it("a good file that another process prunes while it is read is read to its end", async () => {
    const { cache } = testCache();
    const put = await putInCache(cache, streamOf(LARGE));
    let receivedBytes = 0;
    for await (const chunk of cache.read(put)) {
      rmSync(put.path, { force: true });
      receivedBytes += chunk.length;
    }
    expect(receivedBytes).toBe(LARGE.length);
  });
});
