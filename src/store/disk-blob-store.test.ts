// SPDX-License-Identifier: Apache-2.0
import { EventEmitter, once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../test/support/bytes.js";
import { eventually } from "../../test/support/clock.js";
import { noise, sha512Digest } from "../../test/support/images.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Digest, splitDigest } from "../formats/digest.js";
import type { BlobStore } from "./blob-store.js";
import { createDiskBlobStore } from "./disk-blob-store.js";

const HELLO = Buffer.from("hello, world");
const DIGEST = sha256Digest(HELLO);

it.each([
  { summary: "SHA-256", digest: DIGEST },
  { summary: "SHA-512", digest: sha512Digest(HELLO) },
])("a blob is one file, below the first two digits of its $summary", async ({ digest }) => {
  const { blobs, folder } = create();
  await blobs.put(streamOf(HELLO), digest);
  const { algorithm, hex } = splitDigest(digest);
  expect(filesBelow(folder)).toEqual([join("blobs", algorithm, hex.slice(0, 2), hex)]);
  expect(readFileSync(join(folder, "blobs", algorithm, hex.slice(0, 2), hex))).toEqual(HELLO);
});

it.each([
  { summary: "the source breaks off", source: () => breaking(), expected: undefined },
  { summary: "the digest is wrong", source: () => streamOf("other"), expected: DIGEST },
  { summary: "the blob is there already", source: () => streamOf(HELLO), expected: DIGEST },
])("nothing temporary is left when $summary", async ({ source, expected }) => {
  const { blobs, folder } = create();
  await blobs.put(streamOf(HELLO));
  const before = filesBelow(folder);
  await blobs.put(source(), expected).catch(() => undefined);
  expect(filesBelow(folder)).toEqual(before);
});

it("two stores over one folder see each other's blobs", async () => {
  const { blobs, folder } = create();
  await blobs.put(streamOf(HELLO));
  const second = open(folder);
  expect(await second.stat(DIGEST)).toEqual({ digest: DIGEST, sizeBytes: 12 });
  expect(await bytesOfStream(second.read(DIGEST))).toEqual(HELLO);
  await second.remove(DIGEST);
  expect(await blobs.stat(DIGEST)).toBeUndefined();
});

it("an upload goes on in another process, which hashes again what it did not see", async () => {
  const { blobs, folder } = create();
  const bytes = noise(600_000);
  const id = await blobs.uploads.start();
  await blobs.uploads.append(id, 0, inPieces(bytes.subarray(0, 250_000), 70_000));
  const second = open(folder);
  await second.uploads.append(id, 250_000, inPieces(bytes.subarray(250_000, 400_000), 70_000));
  await blobs.uploads.append(id, 400_000, inPieces(bytes.subarray(400_000), 70_000));
  expect(await second.uploads.finish(id, sha256Digest(bytes))).toEqual({
    digest: sha256Digest(bytes),
    sizeBytes: bytes.length,
  });
});

it("an upload whose file grew behind the running hash is checked against the file", async () => {
  const { blobs, folder } = create();
  const id = await blobs.uploads.start();
  await blobs.uploads.append(id, 0, streamOf(HELLO));
  writeFileSync(join(folder, "tmp", "uploads", id), "HELLO, WORLD, and more");
  expect(await codeOf(() => blobs.uploads.finish(id, DIGEST))).toBe("BLOB_DIGEST_MISMATCH");
  expect(await blobs.stat(DIGEST)).toBeUndefined();
});

it("while one request writes to an upload, another is refused", async () => {
  const { blobs, folder } = create();
  const id = await blobs.uploads.start();
  const gate = new EventEmitter();
  const slow = blobs.uploads.append(
    id,
    0,
    (async function* () {
      yield HELLO;
      await once(gate, "open");
    })(),
  );
  const second = open(folder);
  await eventually(() => readdirSync(join(folder, "tmp", "uploads")).includes(`${id}.lock`));
  expect(await codeOf(() => second.uploads.append(id, undefined, streamOf("x")))).toBe("UPLOAD_OUT_OF_ORDER");
  expect(await codeOf(() => second.uploads.finish(id, DIGEST))).toBe("UPLOAD_OUT_OF_ORDER");
  gate.emit("open");
  expect(await slow).toBe(12);
  expect((await second.uploads.finish(id, DIGEST)).sizeBytes).toBe(12);
  expect(readdirSync(join(folder, "tmp", "uploads"))).toEqual([]);
});

it.each([
  "..",
  "../blobs/sha256",
  "/etc/passwd",
  "",
  "00000000-0000-4000-8000-00000000000",
  "00000000-0000-4000-8000-000000000000.lock",
  "00000000-0000-4000-8000-000000000000\0",
  "FFFFFFFF-0000-4000-8000-000000000000",
])("%j is no upload, and nothing is made for it", async (id) => {
  const { blobs, folder } = create();
  expect(await codeOf(() => blobs.uploads.sizeBytes(id))).toBe("UPLOAD_UNKNOWN");
  expect(await codeOf(() => blobs.uploads.append(id, 0, streamOf("x")))).toBe("UPLOAD_UNKNOWN");
  expect(await codeOf(() => blobs.uploads.finish(id, DIGEST))).toBe("UPLOAD_UNKNOWN");
  expect(await codeOf(() => blobs.uploads.abandon(id))).toBe("UPLOAD_UNKNOWN");
  expect(filesBelow(folder)).toEqual([]);
});

it("a folder where a blob would be is no blob", async () => {
  const { blobs, folder } = create();
  const { hex } = splitDigest(DIGEST);
  mkdirSync(join(folder, "blobs", "sha256", hex.slice(0, 2), hex), { recursive: true });
  expect(await blobs.stat(DIGEST)).toBeUndefined();
  expect(await codeOf(() => bytesOfStream(blobs.read(DIGEST)))).toBe("BLOB_UNKNOWN");
});

function create(): { readonly blobs: BlobStore; readonly folder: string } {
  const folder = temporaryFolder();
  return { blobs: open(folder), folder };
}

function open(folder: string): BlobStore {
  return createDiskBlobStore(join(folder, "blobs"), join(folder, "tmp"));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(folder.length + 1), entry.name))
    .toSorted();
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield HELLO;
  throw new Error("broken off");
}
