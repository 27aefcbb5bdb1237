// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { makeImage, noise } from "../../../test/support/images.js";
import { addAccount, breakOff, pushImage, startRegistry, type TestRegistry } from "../../../test/support/registry.js";
import { sha256Digest, type Digest } from "../../formats/digest.js";

const BYTES = noise(300_000);
const HALF = BYTES.subarray(0, 150_000);
const DIGEST = sha256Digest(BYTES);
const UPLOADS = "/v2/app/blobs/uploads/";

/** How the head of a request says that more is to come. */
const ANNOUNCED = [
  { summary: "the body ends before its length", length: { "content-length": String(BYTES.length) }, wrap: plain },
  { summary: "the body ends without its last chunk", length: { "transfer-encoding": "chunked" }, wrap: chunk },
];

describe.each(ANNOUNCED)("$summary", ({ length, wrap }) => {
  it("a chunk that breaks off leaves an upload that says how much it has, and goes on from there", async () => {
    const { registry, authorization } = await create();
    const location = await start(registry);
    const head = { method: "PATCH", path: location, headers: { authorization, ...length } };
    await breakOff(registry, head, wrap(HALF));
    const size = await sizeOf(registry, location);
    expect(size).toBeLessThanOrEqual(HALF.length);
    const rest = BYTES.subarray(size);
    const range = { "content-range": `${size}-${BYTES.length - 1}` };
    expect((await registry.writer("PATCH", location, { body: rest, headers: range })).status).toBe(202);
    expect((await registry.writer("PUT", `${location}?digest=${DIGEST}`)).status).toBe(201);
    expect((await registry.nobody("GET", `/v2/app/blobs/${DIGEST}`)).body.equals(BYTES)).toBe(true);
  });

  it.each([
    { summary: "of the digest of the whole", digest: DIGEST },
    { summary: "of the digest of the part", digest: sha256Digest(HALF) },
  ])("a last chunk that breaks off makes no blob $summary", async ({ digest }) => {
    const { registry, authorization } = await create();
    const location = await start(registry);
    const head = { method: "PUT", path: `${location}?digest=${digest}`, headers: { authorization, ...length } };
    await breakOff(registry, head, wrap(HALF));
    expect(await blobsOf(registry)).toEqual([]);
    expect((await registry.nobody("HEAD", `/v2/app/blobs/${digest}`)).status).toBe(404);
  });

  it.each([
    { summary: "of the digest of the whole", digest: DIGEST },
    { summary: "of the digest of the part", digest: sha256Digest(HALF) },
  ])("a blob in one request that breaks off makes no blob $summary", async ({ digest }) => {
    const { registry, authorization } = await create();
    const head = { method: "POST", path: `${UPLOADS}?digest=${digest}`, headers: { authorization, ...length } };
    await breakOff(registry, head, wrap(HALF));
    expect(await blobsOf(registry)).toEqual([]);
    expect((await registry.nobody("HEAD", `/v2/app/blobs/${digest}`)).status).toBe(404);
  });

  it("a manifest that breaks off is not there, and the registry goes on", async () => {
    const { registry, authorization } = await create();
    const { root } = makeImage();
    const type = { "content-type": root.mediaType };
    const long = {
      ...length,
      ...("content-length" in length ? { "content-length": String(root.bytes.length + 1) } : {}),
    };
    const head = { method: "PUT", path: "/v2/app/manifests/1.0", headers: { authorization, ...type, ...long } };
    await breakOff(registry, head, wrap(root.bytes));
    await pushImage(registry.writer, "app", makeImage(), "2.0");
    expect((await registry.nobody("GET", "/v2/app/manifests/1.0")).status).toBe(404);
    expect(registry.pushed).toEqual([`app@${root.digest}`]);
  });
});

describe("a client that goes away while it pulls", () => {
  it("leaves a registry that serves the next one", async () => {
    const { registry } = await create();
    expect((await registry.writer("POST", `${UPLOADS}?digest=${DIGEST}`, { body: BYTES })).status).toBe(201);
    const head = { method: "GET", path: `/v2/app/blobs/${DIGEST}`, headers: {} };
    for (let turn = 0; turn < 3; turn += 1) await breakOff(registry, head, Buffer.alloc(0));
    expect((await registry.nobody("GET", `/v2/app/blobs/${DIGEST}`)).body.equals(BYTES)).toBe(true);
  });
});

describe("two clients with one upload", () => {
  it("one is told to ask for the state, and nothing is mixed", async () => {
    const { registry } = await create();
    const location = await start(registry);
    const send = (): Promise<number> =>
      registry
        .writer("PATCH", location, { body: BYTES, headers: { "content-range": `0-${BYTES.length - 1}` } })
        .then((answer) => answer.status);
    const statuses = await Promise.all([send(), send()]);
    expect(statuses.toSorted()).toEqual([202, 416]);
    expect((await registry.writer("PUT", `${location}?digest=${DIGEST}`)).status).toBe(201);
  });

  it("many clients push the same blob at once, each in its own upload", async () => {
    const { registry } = await create();
    const push = async (): Promise<number> => {
      const location = await start(registry);
      return (await registry.writer("PUT", `${location}?digest=${DIGEST}`, { body: BYTES })).status;
    };
    expect(await Promise.all([push(), push(), push(), push()])).toEqual([201, 201, 201, 201]);
    expect(await blobsOf(registry)).toEqual([DIGEST]);
  });
});

function plain(bytes: Buffer): Buffer {
  return bytes;
}

/** One chunk of a body whose end never comes. */
function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

async function create(): Promise<{ readonly registry: TestRegistry; readonly authorization: string }> {
  const registry = await startRegistry({ isOnDisk: true });
  return { registry, authorization: await addAccount(registry, { name: "pusher" }) };
}

async function start(registry: TestRegistry): Promise<string> {
  return (await registry.writer("POST", UPLOADS)).headers.location ?? "";
}

async function sizeOf(registry: TestRegistry, location: string): Promise<number> {
  const { status, headers } = await registry.writer("GET", location);
  expect(status).toBe(204);
  const last = Number(String(headers["range"]).slice("0-".length));
  return last === 0 ? 0 : last + 1;
}

async function blobsOf({ store }: TestRegistry): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const { digest } of store.blobs.list()) digests.push(digest);
  return digests;
}
