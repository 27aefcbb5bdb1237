// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { makeImage, makeLayer, sha512Digest } from "../../../test/support/images.js";
import { addAccount, bearer, pushImage, startRegistry, type TestRegistry } from "../../../test/support/registry.js";
import { sha256Digest, type Digest } from "../../formats/digest.js";

const HELLO = Buffer.from("hello, world");
const DIGEST = sha256Digest(HELLO);
const UNKNOWN = sha256Digest("unknown");
const BLOB = `/v2/team/app/blobs/${DIGEST}`;

describe("pulling", () => {
  it.each([
    { summary: "its SHA-256", digest: DIGEST },
    { summary: "its SHA-512", digest: sha512Digest(HELLO) },
  ])("a blob is read by $summary, and HEAD says the same without it", async ({ digest }) => {
    const registry = await withBlob(digest);
    const path = `/v2/team/app/blobs/${digest}`;
    const whole = await registry.nobody("GET", path);
    const head = await registry.nobody("HEAD", path);
    expect([whole.status, head.status]).toEqual([200, 200]);
    expect(whole.body).toEqual(HELLO);
    expect(head.body.length).toBe(0);
    for (const { headers } of [whole, head])
      expect(headers).toMatchObject({
        "content-length": "12",
        "content-type": "application/octet-stream",
        "docker-content-digest": digest,
        "accept-ranges": "bytes",
        etag: `"${digest}"`,
      });
  });

  it.each([
    { summary: "from the beginning", range: "bytes=0-4", text: "hello", place: "bytes 0-4/12" },
    { summary: "from the middle", range: "bytes=3-6", text: "lo, ", place: "bytes 3-6/12" },
    { summary: "to the end", range: "bytes=7-", text: "world", place: "bytes 7-11/12" },
    { summary: "beyond the end", range: "bytes=7-100", text: "world", place: "bytes 7-11/12" },
    { summary: "of one byte", range: "bytes=0-0", text: "h", place: "bytes 0-0/12" },
    { summary: "of the last bytes", range: "bytes=-5", text: "world", place: "bytes 7-11/12" },
    {
      summary: "of the last bytes, more than there are",
      range: "bytes=-100",
      text: "hello, world",
      place: "bytes 0-11/12",
    },
    { summary: "of everything", range: "bytes=0-", text: "hello, world", place: "bytes 0-11/12" },
  ])("a part $summary is sent alone", async ({ range, text, place }) => {
    const registry = await withBlob();
    const { status, headers, body } = await registry.nobody("GET", BLOB, { headers: { range } });
    expect([status, body.toString(), headers["content-range"]]).toEqual([206, text, place]);
    expect(headers["content-length"]).toBe(String(text.length));
  });

  it.each([
    { summary: "after the end", range: "bytes=12-" },
    { summary: "far after the end", range: "bytes=99999999999999999999-" },
    { summary: "of the last nothing", range: "bytes=-0" },
  ])("a part $summary cannot be sent", async ({ range }) => {
    const registry = await withBlob();
    const { status, headers, body } = await registry.nobody("GET", BLOB, { headers: { range } });
    expect([status, headers["content-range"]]).toEqual([416, "bytes */12"]);
    expect(body.toString()).not.toContain("hello");
  });

  it.each([
    { summary: "in another unit", range: "lines=0-1" },
    { summary: "that is several parts", range: "bytes=0-1,3-4" },
    { summary: "that says nothing", range: "bytes=-" },
    { summary: "that is nonsense", range: "half of it" },
  ])("a part $summary is not understood, and all is sent", async ({ range }) => {
    const registry = await withBlob();
    const { status, body } = await registry.nobody("GET", BLOB, { headers: { range } });
    expect([status, body.toString()]).toEqual([200, "hello, world"]);
  });

  it("of an empty blob there is no part", async () => {
    const registry = await startRegistry();
    const digest = sha256Digest("");
    await registry.writer("POST", `/v2/team/app/blobs/uploads/?digest=${digest}`, { body: "" });
    const path = `/v2/team/app/blobs/${digest}`;
    expect((await registry.nobody("GET", path)).body.length).toBe(0);
    expect((await registry.nobody("GET", path, { headers: { range: "bytes=0-" } })).status).toBe(416);
  });

  it.each([
    { summary: "its tag", header: `"${DIGEST}"`, status: 304 },
    { summary: "its tag as a weak one, as caches in between write it", header: `W/"${DIGEST}"`, status: 304 },
    { summary: "its tag among others", header: `"other", "${DIGEST}"`, status: 304 },
    { summary: "another tag", header: `"${UNKNOWN}"`, status: 200 },
    { summary: "a tag without quotes", header: DIGEST, status: 200 },
  ])("a client that has the blob says so with $summary", async ({ header, status }) => {
    const registry = await withBlob();
    for (const method of ["GET", "HEAD"]) {
      const answer = await registry.nobody(method, BLOB, { headers: { "if-none-match": header } });
      expect(answer.status).toBe(status);
      expect(answer.headers.etag).toBe(`"${DIGEST}"`);
      if (status === 304) expect(answer.body.length).toBe(0);
    }
  });

  it.each([
    { summary: "a digest that nobody pushed", path: `team/app/blobs/${UNKNOWN}`, status: 404, code: "BLOB_UNKNOWN" },
    { summary: "a blob of another repository", path: `other/blobs/${DIGEST}`, status: 404, code: "BLOB_UNKNOWN" },
    { summary: "what is no digest", path: "team/app/blobs/latest", status: 400, code: "DIGEST_INVALID" },
    { summary: "a digest that is too short", path: "team/app/blobs/sha256:abc", status: 400, code: "DIGEST_INVALID" },
    {
      summary: "a digest in upper case",
      path: `team/app/blobs/${DIGEST.toUpperCase()}`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    { summary: "a path in place of a digest", path: "team/app/blobs/..%2f..%2fetc", status: 404, code: "UNSUPPORTED" },
  ])("there is no blob under $summary", async ({ path, status, code }) => {
    const registry = await withBlob();
    const answer = await registry.nobody("GET", `/v2/${path}`);
    expect([answer.status, answer.code]).toEqual([status, code]);
    const head = await registry.nobody("HEAD", `/v2/${path}`);
    expect([head.status, head.body.length]).toEqual([status, 0]);
  });
});

describe("deleting", () => {
  it("takes a blob out of its repository, and out of no other", async () => {
    const registry = await withBlob();
    await registry.writer("POST", `/v2/other/blobs/uploads/?digest=${DIGEST}`, { body: HELLO });
    expect((await registry.admin("DELETE", BLOB)).status).toBe(202);
    expect((await registry.nobody("GET", BLOB)).status).toBe(404);
    expect((await registry.nobody("GET", `/v2/other/blobs/${DIGEST}`)).status).toBe(200);
    const again = await registry.admin("DELETE", BLOB);
    expect([again.status, again.code]).toEqual([404, "BLOB_UNKNOWN"]);
  });

  it("is refused while an image of the repository needs the blob", async () => {
    const registry = await startRegistry();
    const layer = makeLayer([{ path: "a", content: "a" }]);
    const image = makeImage({ layers: [layer] });
    await pushImage(registry.writer, "team/app", image, "1.0");
    await pushImage(registry.writer, "other", image, "1.0");
    const path = `/v2/team/app/blobs/${layer.descriptor.digest}`;
    const refused = await registry.admin("DELETE", path);
    expect([refused.status, refused.code, refused.detail]).toEqual([405, "UNSUPPORTED", "BLOB_IN_USE"]);
    expect((await registry.nobody("HEAD", path)).status).toBe(200);
    await registry.admin("DELETE", `/v2/team/app/manifests/${image.root.digest}`);
    expect((await registry.admin("DELETE", path)).status).toBe(202);
    expect((await registry.nobody("GET", "/v2/other/manifests/1.0")).status).toBe(200);
  });
});

describe("mounting from another repository", () => {
  it("makes the blob part of this one, too, without sending it", async () => {
    const registry = await withBlob();
    const answer = await registry.writer("POST", `/v2/other/blobs/uploads/?mount=${DIGEST}&from=team/app`);
    expect([answer.status, answer.headers.location, answer.headers["docker-content-digest"]]).toEqual([
      201,
      `/v2/other/blobs/${DIGEST}`,
      DIGEST,
    ]);
    expect((await registry.nobody("GET", `/v2/other/blobs/${DIGEST}`)).body).toEqual(HELLO);
  });

  it("finds a repository that has the blob, where none is named", async () => {
    const registry = await withBlob();
    expect((await registry.writer("POST", `/v2/other/blobs/uploads/?mount=${DIGEST}`)).status).toBe(201);
  });

  it.each([
    { summary: "nobody pushed the blob", query: `mount=${UNKNOWN}&from=team/app` },
    { summary: "nobody pushed it anywhere", query: `mount=${UNKNOWN}` },
    { summary: "the other repository has it not", query: `mount=${DIGEST}&from=third` },
    { summary: "the other repository cannot be", query: `mount=${DIGEST}&from=..%2f..%2fetc` },
    { summary: "the other repository has no name", query: `mount=${DIGEST}&from=` },
  ])("begins an upload where $summary", async ({ query }) => {
    const registry = await withBlob();
    const answer = await registry.writer("POST", `/v2/other/blobs/uploads/?${query}`);
    expect(answer.status).toBe(202);
    expect((await registry.writer("GET", answer.headers.location ?? "")).status).toBe(204);
    expect((await registry.nobody("HEAD", `/v2/other/blobs/${DIGEST}`)).status).toBe(404);
  });

  it.each([
    { summary: "from a repository that is named", from: "&from=team/app" },
    { summary: "from wherever it is", from: "" },
  ])("begins an upload for somebody who may not pull it $summary", async ({ from }) => {
    const registry = await withBlob(DIGEST, { anonymousPull: false });
    const authorization = await addAccount(registry, { name: "ci", repositoryPattern: "other" });
    const token = await bearer(registry.as(authorization), "repository:other:pull,push");
    for (const send of [registry.as(authorization), registry.as(token)]) {
      const answer = await send("POST", `/v2/other/blobs/uploads/?mount=${DIGEST}${from}`);
      expect(answer.status).toBe(202);
      expect((await send("HEAD", `/v2/other/blobs/${DIGEST}`)).status).toBe(404);
    }
  });

  it("works for somebody whose token names only the target, if they may pull the source", async () => {
    const registry = await withBlob(DIGEST, { anonymousPull: false });
    const token = await bearer(registry.writer, "repository:other:pull,push");
    const answer = await registry.as(token)("POST", `/v2/other/blobs/uploads/?mount=${DIGEST}&from=team/app`);
    expect(answer.status).toBe(201);
  });

  it("needs the right to push here", async () => {
    const registry = await withBlob();
    const answer = await registry.nobody("POST", `/v2/other/blobs/uploads/?mount=${DIGEST}&from=team/app`);
    expect(answer.status).toBe(401);
  });

  it("of what is no digest is refused", async () => {
    const registry = await withBlob();
    const answer = await registry.writer("POST", "/v2/other/blobs/uploads/?mount=abc&from=team/app");
    expect([answer.status, answer.code]).toEqual([400, "DIGEST_INVALID"]);
  });
});

async function withBlob(
  digest: Digest = DIGEST,
  options: Parameters<typeof startRegistry>[0] = {},
): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  const answer = await registry.writer("POST", `/v2/team/app/blobs/uploads/?digest=${digest}`, { body: HELLO });
  expect(answer.status).toBe(201);
  return registry;
}
