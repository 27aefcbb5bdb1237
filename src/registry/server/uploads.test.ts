// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { noise, sha512Digest } from "../../../test/support/images.js";
import { startRegistry, type Answer, type Send, type TestRegistry } from "../../../test/support/registry.js";
import { sha256Digest, type Digest } from "../../formats/digest.js";

const HELLO = Buffer.from("hello, world");
const DIGEST = sha256Digest(HELLO);
const OTHER = sha256Digest("other");
const UPLOADS = "/v2/team/app/blobs/uploads/";
const UNKNOWN = `${UPLOADS}00000000-0000-4000-8000-000000000000`;

describe("a blob in one request", () => {
  it.each([
    { summary: "under its SHA-256", body: HELLO, digest: DIGEST, isChunked: false },
    { summary: "under its SHA-512", body: HELLO, digest: sha512Digest(HELLO), isChunked: false },
    { summary: "without its length being said", body: HELLO, digest: DIGEST, isChunked: true },
    { summary: "that is empty", body: Buffer.alloc(0), digest: sha256Digest(""), isChunked: false },
  ])("$summary is stored", async ({ body, digest, isChunked }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const answer = await registry.writer("POST", `${UPLOADS}?digest=${digest}`, { body, isChunked });
    expectCreated(answer, digest);
    expect(await read(registry, digest)).toEqual(body);
  });

  it("of many megabytes is stored", async () => {
    const registry = await startRegistry({ isOnDisk: true });
    const body = noise(5_000_000);
    const digest = sha256Digest(body);
    expectCreated(await registry.writer("POST", `${UPLOADS}?digest=${digest}`, { body }), digest);
    expect(sha256Digest((await registry.nobody("GET", `/v2/team/app/blobs/${digest}`)).body)).toBe(digest);
  });

  it.each([
    { summary: "with the wrong digest", query: `digest=${OTHER}`, code: "DIGEST_INVALID" },
    { summary: "with what is no digest", query: "digest=abc", code: "DIGEST_INVALID" },
    { summary: "with an empty digest", query: "digest=", code: "DIGEST_INVALID" },
    { summary: "with a digest of an unknown algorithm", query: `digest=md5:${"0".repeat(32)}`, code: "DIGEST_INVALID" },
    { summary: "with a digest in upper case", query: `digest=${DIGEST.toUpperCase()}`, code: "DIGEST_INVALID" },
  ])("$summary is refused, and nothing is there", async ({ query, code }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const answer = await registry.writer("POST", `${UPLOADS}?${query}`, { body: HELLO });
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(await blobsOf(registry)).toEqual([]);
  });
});

describe("an upload in two requests", () => {
  it.each([
    { summary: "under its SHA-256", body: HELLO, digest: DIGEST, isChunked: false },
    { summary: "under its SHA-512", body: HELLO, digest: sha512Digest(HELLO), isChunked: false },
    { summary: "without its length being said", body: HELLO, digest: DIGEST, isChunked: true },
    { summary: "that is empty", body: Buffer.alloc(0), digest: sha256Digest(""), isChunked: false },
    {
      summary: "that is empty, without its length being said",
      body: Buffer.alloc(0),
      digest: sha256Digest(""),
      isChunked: true,
    },
  ])("$summary is stored", async ({ body, digest, isChunked }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const started = await start(registry.writer);
    expectCreated(await registry.writer("PUT", `${started}?digest=${digest}`, { body, isChunked }), digest);
    expect(await read(registry, digest)).toEqual(body);
    expect((await registry.writer("GET", started)).status).toBe(404);
  });

  it.each([
    { summary: "begins with a path, an id and no bytes", path: UPLOADS },
    { summary: "begins without the slash at the end, too", path: UPLOADS.slice(0, -1) },
  ])("$summary", async ({ path }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const { status, headers } = await registry.writer("POST", path);
    expect(status).toBe(202);
    expect(headers.location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[\w-]{36}$/);
    expect(headers["docker-upload-uuid"]).toBe(headers.location?.slice(UPLOADS.length));
    expect(headers["range"]).toBe("0-0");
    expect(headers["content-length"]).toBe("0");
  });

  it.each([
    { summary: "the wrong digest", query: `?digest=${OTHER}` },
    { summary: "what is no digest", query: "?digest=abc" },
    { summary: "no digest", query: "" },
  ])("that ends with $summary is refused, and nothing is there", async ({ query }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const answer = await registry.writer("PUT", `${await start(registry.writer)}${query}`, { body: HELLO });
    expect([answer.status, answer.code]).toEqual([400, "DIGEST_INVALID"]);
    expect(await blobsOf(registry)).toEqual([]);
    expect((await registry.nobody("GET", `/v2/team/app/blobs/${DIGEST}`)).status).toBe(404);
  });
});

describe("an upload in chunks", () => {
  it("grows chunk by chunk, says how far it is, and becomes a blob with the last one", async () => {
    const registry = await startRegistry({ isOnDisk: true });
    const send = registry.writer;
    let location = await start(send);
    for (const [from, to] of [
      [0, 4],
      [5, 7],
      [8, 9],
    ] as const) {
      const answer = await patch(send, location, `${from}-${to}`, HELLO.subarray(from, to + 1));
      expect(answer.status).toBe(202);
      expect(answer.headers["range"]).toBe(`0-${to}`);
      location = answer.headers.location ?? "";
      const state = await send("GET", location);
      expect([state.status, state.headers["range"], state.headers.location]).toEqual([204, `0-${to}`, location]);
    }
    expect(await blobsOf(registry)).toEqual([]);
    const last = { body: HELLO.subarray(10), headers: { "content-range": "10-11" } };
    expectCreated(await send("PUT", `${location}?digest=${DIGEST}`, last), DIGEST);
    expect(await read(registry, DIGEST)).toEqual(HELLO);
  });

  it.each([
    { summary: "as the specification writes them", ranges: ["0-4", "5-11"] },
    { summary: "as HTTP writes them", ranges: ["bytes 0-4/*", "bytes 5-11/12"] },
    { summary: "as some clients write them", ranges: ["bytes=0-4", "bytes=5-11"] },
    { summary: "not at all", ranges: [undefined, undefined] },
  ])("may say its places $summary", async ({ ranges: [first, second] }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const location = await start(registry.writer);
    expect((await patch(registry.writer, location, first, HELLO.subarray(0, 5))).status).toBe(202);
    expect((await patch(registry.writer, location, second, HELLO.subarray(5))).status).toBe(202);
    expectCreated(await registry.writer("PUT", `${location}?digest=${DIGEST}`), DIGEST);
  });

  it("may be one stream whose length nobody says", async () => {
    const registry = await startRegistry({ isOnDisk: true });
    const location = await start(registry.writer);
    const answer = await registry.writer("PATCH", location, { body: HELLO, isChunked: true });
    expect([answer.status, answer.headers["range"]]).toEqual([202, "0-11"]);
    expectCreated(await registry.writer("PUT", `${location}?digest=${DIGEST}`), DIGEST);
  });

  it.each([
    { summary: "leaves a gap", range: "6-11", body: HELLO.subarray(6) },
    { summary: "was sent before", range: "0-4", body: HELLO.subarray(0, 5) },
    { summary: "overlaps", range: "4-11", body: HELLO.subarray(4) },
    { summary: "is longer than it says", range: "5-6", body: HELLO.subarray(5) },
    { summary: "is shorter than it says", range: "5-20", body: HELLO.subarray(5) },
    { summary: "ends before it begins", range: "5-3", body: HELLO.subarray(5) },
    { summary: "has no end", range: "5-", body: HELLO.subarray(5) },
    { summary: "says nonsense", range: "all of it", body: HELLO.subarray(5) },
  ])("refuses a chunk that $summary, and goes on with the right one", async ({ range, body }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const location = await start(registry.writer);
    await patch(registry.writer, location, "0-4", HELLO.subarray(0, 5));
    for (const send of [
      () => patch(registry.writer, location, range, body),
      () => put(registry.writer, location, range, body),
    ]) {
      const answer = await send();
      expect([answer.status, answer.code]).toEqual([416, "BLOB_UPLOAD_INVALID"]);
      expect((await registry.writer("GET", location)).headers["range"]).toBe("0-4");
    }
    expect((await patch(registry.writer, location, "5-11", HELLO.subarray(5))).status).toBe(202);
    expectCreated(await registry.writer("PUT", `${location}?digest=${DIGEST}`), DIGEST);
  });
});

it("a chunk of unknown length is not taken beyond the end of its range", async () => {
  const registry = await startRegistry({ isOnDisk: true });
  const location = await start(registry.writer);
  const headers = { "content-range": "0-4" };
  const answer = await registry.writer("PATCH", location, { body: HELLO, headers, isChunked: true });
  expect([answer.status, answer.code]).toEqual([416, "BLOB_UPLOAD_INVALID"]);
  expect((await registry.writer("GET", location)).headers["range"]).toBe("0-0");
  const whole = { body: HELLO, headers: { "content-range": "0-11" }, isChunked: true };
  expect((await registry.writer("PATCH", location, whole)).status).toBe(202);
  expectCreated(await registry.writer("PUT", `${location}?digest=${DIGEST}`), DIGEST);
});

describe("uploads that are not there", () => {
  it.each([
    { method: "GET", query: "" },
    { method: "PATCH", query: "" },
    { method: "PUT", query: `?digest=${DIGEST}` },
    { method: "DELETE", query: "" },
  ])("are unknown to $method", async ({ method, query }) => {
    const registry = await startRegistry({ isOnDisk: true });
    const hostile = ["x", "..%2f..%2fetc", "%2e%2e", "x".repeat(400)].map((id) => `${UPLOADS}${id}`);
    for (const path of [UNKNOWN, ...hostile]) {
      const answer = await registry.writer(method, `${path}${query}`, method === "GET" ? {} : { body: HELLO });
      expect(answer.status, path).toBe(404);
    }
    const answer = await registry.writer(method, `${UNKNOWN}${query}`, method === "GET" ? {} : { body: HELLO });
    expect(answer.code).toBe("BLOB_UPLOAD_UNKNOWN");
    expect(await blobsOf(registry)).toEqual([]);
  });

  it("an upload that was given up is one of them", async () => {
    const registry = await startRegistry({ isOnDisk: true });
    const location = await start(registry.writer);
    await patch(registry.writer, location, "0-4", HELLO.subarray(0, 5));
    expect((await registry.writer("DELETE", location)).status).toBe(204);
    const answer = await registry.writer("GET", location);
    expect([answer.status, answer.code]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });

  it("an upload of one repository is unknown in another", async () => {
    const registry = await startRegistry({ isOnDisk: true });
    const location = await start(registry.writer);
    const elsewhere = location.replace("team/app", "other");
    expect((await registry.writer("GET", elsewhere)).status).toBe(404);
    expect((await registry.writer("PATCH", elsewhere, { body: HELLO })).status).toBe(404);
    expect((await registry.writer("DELETE", elsewhere)).status).toBe(404);
    expect((await registry.writer("GET", location)).headers["range"]).toBe("0-0");
  });
});

function expectCreated({ status, headers }: Answer, digest: Digest): void {
  expect(status).toBe(201);
  expect(headers.location).toBe(`/v2/team/app/blobs/${digest}`);
  expect(headers["docker-content-digest"]).toBe(digest);
}

async function start(send: Send): Promise<string> {
  const { status, headers } = await send("POST", UPLOADS);
  expect(status).toBe(202);
  return headers.location ?? "";
}

function patch(send: Send, location: string, range: string | undefined, body: Buffer): Promise<Answer> {
  return send("PATCH", location, { body, headers: range === undefined ? {} : { "content-range": range } });
}

function put(send: Send, location: string, range: string, body: Buffer): Promise<Answer> {
  return send("PUT", `${location}?digest=${DIGEST}`, { body, headers: { "content-range": range } });
}

async function read(registry: TestRegistry, digest: Digest): Promise<Buffer> {
  const answer = await registry.nobody("GET", `/v2/team/app/blobs/${digest}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

async function blobsOf({ store }: TestRegistry): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const { digest } of store.blobs.list()) digests.push(digest);
  return digests;
}
