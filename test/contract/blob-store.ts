// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { sha256Digest, type Digest } from "../../src/formats/digest.js";
import type { BlobStore } from "../../src/store/index.js";
import { bytesOfStream, codeOf, streamOf } from "../support/bytes.js";
import { HOUR_MS } from "../support/clock.js";
import { noise, sha512Digest } from "../support/images.js";

export interface BlobStoreUnderTest {
  readonly blobs: BlobStore;
  /** Lets time pass for all that the store holds. */
  readonly age: (ms: number) => void | Promise<void>;
  readonly now: () => Date;
}

const HELLO = Buffer.from("hello, world");
const HELLO_DIGEST = sha256Digest(HELLO);
const UNKNOWN = sha256Digest("never stored");
const UNKNOWN_UPLOAD = "00000000-0000-4000-8000-000000000000";

/** What every blob store must do. `create` is called within a test. */
export function describeBlobStore(name: string, create: () => BlobStoreUnderTest | Promise<BlobStoreUnderTest>): void {
  describe(`${name}: blobs`, () => describeBlobs(create));
  describe(`${name}: uploads`, () => describeUploads(create));
}

function describeBlobs(create: () => BlobStoreUnderTest | Promise<BlobStoreUnderTest>): void {
  const big = noise(700_000);
  it.each([
    { summary: "an empty blob", chunks: [] as readonly Buffer[] },
    { summary: "a blob of one chunk", chunks: [HELLO] },
    { summary: "a blob of several chunks, some of them empty", chunks: [HELLO, Buffer.alloc(0), HELLO] },
    { summary: "a blob larger than any buffer", chunks: [big.subarray(0, 300_000), big.subarray(300_000)] },
  ])("$summary is stored under its SHA-256 and read back", async ({ chunks }) => {
    const { blobs } = await create();
    const bytes = Buffer.concat(chunks);
    const digest = sha256Digest(bytes);
    expect(await blobs.put(streamOf(...chunks))).toEqual({ digest, sizeBytes: bytes.length });
    expect(await blobs.stat(digest)).toEqual({ digest, sizeBytes: bytes.length });
    expect(sha256Digest(await bytesOfStream(blobs.read(digest)))).toBe(digest);
  });

  it.each([
    { summary: "the right SHA-256 is accepted", expected: HELLO_DIGEST, code: undefined },
    {
      summary: "the right SHA-512 is accepted, and is the blob's name",
      expected: sha512Digest(HELLO),
      code: undefined,
    },
    { summary: "another SHA-256 is refused", expected: UNKNOWN, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "another SHA-512 is refused", expected: sha512Digest(noise(8)), code: "BLOB_DIGEST_MISMATCH" },
  ])("$summary", async ({ expected, code }) => {
    const { blobs } = await create();
    expect(await codeOf(() => blobs.put(streamOf(HELLO), expected))).toBe(code);
    const isStored = code === undefined;
    expect(await blobs.stat(expected)).toEqual(isStored ? { digest: expected, sizeBytes: HELLO.length } : undefined);
    expect(await digestsOf(blobs)).toEqual(isStored ? [expected] : []);
  });

  it("a source that breaks off leaves nothing behind", async () => {
    const { blobs } = await create();
    await expect(blobs.put(breakingAfter(HELLO))).rejects.toThrow("broken off");
    expect(await digestsOf(blobs)).toEqual([]);
  });

  it.each([
    { summary: "the beginning", range: { offset: 0, sizeBytes: 5 }, text: "hello" },
    { summary: "the middle", range: { offset: 3, sizeBytes: 4 }, text: "lo, " },
    { summary: "the end", range: { offset: 7, sizeBytes: 5 }, text: "world" },
    { summary: "all", range: { offset: 0, sizeBytes: HELLO.length }, text: "hello, world" },
    { summary: "one byte", range: { offset: 4, sizeBytes: 1 }, text: "o" },
    { summary: "nothing", range: { offset: 4, sizeBytes: 0 }, text: "" },
  ])("$summary of a blob can be read alone", async ({ range, text }) => {
    const { blobs } = await create();
    await blobs.put(streamOf(HELLO));
    expect((await bytesOfStream(blobs.read(HELLO_DIGEST, range))).toString()).toBe(text);
  });

  it("a blob that is not there has no facts, and reading it fails", async () => {
    const { blobs } = await create();
    expect(await blobs.stat(UNKNOWN)).toBeUndefined();
    expect(await codeOf(() => bytesOfStream(blobs.read(UNKNOWN)))).toBe("BLOB_UNKNOWN");
  });

  it("removing says whether there was something, and then it is gone", async () => {
    const { blobs } = await create();
    await blobs.put(streamOf(HELLO));
    expect(await blobs.remove(HELLO_DIGEST)).toBe(true);
    expect(await blobs.remove(HELLO_DIGEST)).toBe(false);
    expect(await blobs.stat(HELLO_DIGEST)).toBeUndefined();
  });

  it("the list has every blob of both algorithms with size and time", async () => {
    const { blobs, now } = await create();
    await blobs.put(streamOf(HELLO));
    await blobs.put(streamOf(HELLO), sha512Digest(HELLO));
    await blobs.put(streamOf("other"));
    expect(await digestsOf(blobs)).toEqual([HELLO_DIGEST, sha512Digest(HELLO), sha256Digest("other")].toSorted());
    for await (const { sizeBytes, storedAt } of blobs.list()) {
      expect([HELLO.length, "other".length]).toContain(sizeBytes);
      expect(Math.abs(storedAt.getTime() - now().getTime())).toBeLessThan(HOUR_MS);
    }
  });

  it("putting a blob again changes nothing that can be read", async () => {
    const { blobs } = await create();
    const parallel = await Promise.all([1, 2, 3, 4].map(() => blobs.put(streamOf(HELLO))));
    expect(parallel).toEqual(parallel.map(() => ({ digest: HELLO_DIGEST, sizeBytes: HELLO.length })));
    expect(await digestsOf(blobs)).toEqual([HELLO_DIGEST]);
    expect(await bytesOfStream(blobs.read(HELLO_DIGEST))).toEqual(HELLO);
  });

  it("a blob that is put again is young again, so that its grace time begins anew", async () => {
    const { blobs, age, now } = await create();
    await blobs.put(streamOf(HELLO));
    await age(2 * HOUR_MS);
    await blobs.put(streamOf(HELLO));
    for await (const { storedAt } of blobs.list()) expect(now().getTime() - storedAt.getTime()).toBeLessThan(HOUR_MS);
  });
}

function describeUploads(create: () => BlobStoreUnderTest | Promise<BlobStoreUnderTest>): void {
  it("chunks become a blob when the upload is finished, and not before", async () => {
    const { blobs } = await create();
    const { uploads } = blobs;
    const id = await uploads.start();
    expect(await uploads.sizeBytes(id)).toBe(0);
    expect(await uploads.append(id, 0, streamOf("hello"))).toBe(5);
    expect(await uploads.append(id, undefined, streamOf(", ", "world"))).toBe(12);
    expect(await uploads.sizeBytes(id)).toBe(12);
    expect(await digestsOf(blobs)).toEqual([]);
    expect(await uploads.finish(id, HELLO_DIGEST)).toEqual({ digest: HELLO_DIGEST, sizeBytes: 12 });
    expect(await bytesOfStream(blobs.read(HELLO_DIGEST))).toEqual(HELLO);
    expect(await codeOf(() => uploads.sizeBytes(id))).toBe("UPLOAD_UNKNOWN");
  });

  it.each([
    { summary: "an empty upload becomes the empty blob", text: "", digest: sha256Digest("") },
    { summary: "an upload can be finished under its SHA-512", text: "hello, world", digest: sha512Digest(HELLO) },
  ])("$summary", async ({ text, digest }) => {
    const { blobs } = await create();
    const id = await blobs.uploads.start();
    if (text !== "") await blobs.uploads.append(id, undefined, streamOf(text));
    expect(await blobs.uploads.finish(id, digest)).toEqual({ digest, sizeBytes: text.length });
    expect((await bytesOfStream(blobs.read(digest))).toString()).toBe(text);
  });

  it("an upload with the wrong digest is refused, given up, and never visible", async () => {
    const { blobs } = await create();
    const id = await blobs.uploads.start();
    await blobs.uploads.append(id, 0, streamOf(HELLO));
    expect(await codeOf(() => blobs.uploads.finish(id, UNKNOWN))).toBe("BLOB_DIGEST_MISMATCH");
    expect(await digestsOf(blobs)).toEqual([]);
    expect(await codeOf(() => blobs.uploads.sizeBytes(id))).toBe("UPLOAD_UNKNOWN");
  });

  it.each([
    { summary: "leaves a gap", offset: 6 },
    { summary: "was sent before", offset: 0 },
  ])("a chunk that $summary is refused and changes nothing", async ({ offset }) => {
    const { blobs } = await create();
    const id = await blobs.uploads.start();
    await blobs.uploads.append(id, 0, streamOf("hello"));
    expect(await codeOf(() => blobs.uploads.append(id, offset, streamOf("x")))).toBe("UPLOAD_OUT_OF_ORDER");
    expect(await blobs.uploads.sizeBytes(id)).toBe(5);
    await blobs.uploads.append(id, 5, streamOf(", world"));
    expect((await blobs.uploads.finish(id, HELLO_DIGEST)).sizeBytes).toBe(12);
  });

  it("an upload whose chunk breaks off goes on from where it says it is", async () => {
    const { blobs } = await create();
    const id = await blobs.uploads.start();
    await blobs.uploads.append(id, 0, streamOf("he"));
    await expect(blobs.uploads.append(id, 2, breakingAfter(Buffer.from("ll")))).rejects.toThrow("broken off");
    const size = await blobs.uploads.sizeBytes(id);
    expect([2, 4]).toContain(size);
    await blobs.uploads.append(id, size, streamOf(HELLO.subarray(size)));
    expect(await blobs.uploads.finish(id, HELLO_DIGEST)).toEqual({ digest: HELLO_DIGEST, sizeBytes: 12 });
  });

  it("of two chunks that come for the same place at once, one is taken", async () => {
    const { blobs } = await create();
    const id = await blobs.uploads.start();
    const codes = await Promise.all(
      ["hello, world", "HELLO, WORLD"].map((text) => codeOf(() => blobs.uploads.append(id, 0, streamOf(text)))),
    );
    expect(codes).toHaveLength(2);
    expect(new Set(codes)).toEqual(new Set(["UPLOAD_OUT_OF_ORDER", undefined]));
    expect(await blobs.uploads.sizeBytes(id)).toBe(12);
  });

  it("uploads do not see each other", async () => {
    const { blobs } = await create();
    const [first, second] = [await blobs.uploads.start(), await blobs.uploads.start()];
    expect(first).not.toBe(second);
    await Promise.all([
      blobs.uploads.append(first, 0, streamOf(HELLO)),
      blobs.uploads.append(second, 0, streamOf("other")),
    ]);
    await blobs.uploads.abandon(first);
    expect(await codeOf(() => blobs.uploads.sizeBytes(first))).toBe("UPLOAD_UNKNOWN");
    expect((await blobs.uploads.finish(second, sha256Digest("other"))).sizeBytes).toBe(5);
  });

  it.each([
    { summary: "its size", use: (blobs: BlobStore) => blobs.uploads.sizeBytes(UNKNOWN_UPLOAD) },
    { summary: "adding to it", use: (blobs: BlobStore) => blobs.uploads.append(UNKNOWN_UPLOAD, 0, streamOf("x")) },
    { summary: "finishing it", use: (blobs: BlobStore) => blobs.uploads.finish(UNKNOWN_UPLOAD, HELLO_DIGEST) },
    { summary: "a hostile id", use: (blobs: BlobStore) => blobs.uploads.append("../../etc/x", 0, streamOf("x")) },
    { summary: "an empty id", use: (blobs: BlobStore) => blobs.uploads.sizeBytes("") },
  ])("an upload that does not exist is unknown to everything: $summary", async ({ use }) => {
    const { blobs } = await create();
    expect(await codeOf(() => use(blobs))).toBe("UPLOAD_UNKNOWN");
    expect(await digestsOf(blobs)).toEqual([]);
  });

  it("uploads that nobody touched for long are swept, the others stay", async () => {
    const { blobs, age, now } = await create();
    const stale = await blobs.uploads.start();
    const touched = await blobs.uploads.start();
    await age(2 * HOUR_MS);
    await blobs.uploads.append(touched, 0, streamOf("x"));
    const fresh = await blobs.uploads.start();
    expect(await blobs.uploads.sweep(new Date(now().getTime() - HOUR_MS))).toBe(1);
    expect(await codeOf(() => blobs.uploads.sizeBytes(stale))).toBe("UPLOAD_UNKNOWN");
    expect(await blobs.uploads.sizeBytes(touched)).toBe(1);
    expect(await blobs.uploads.sizeBytes(fresh)).toBe(0);
  });
}

async function digestsOf(blobs: BlobStore): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const { digest } of blobs.list()) digests.push(digest);
  return digests.toSorted();
}

async function* breakingAfter(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
  throw new Error("broken off");
}
