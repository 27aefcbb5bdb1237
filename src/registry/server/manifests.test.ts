// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  makeArtifact,
  makeImage,
  makeTwoPlatforms,
  sha512Digest,
  type TestImage,
} from "../../../test/support/images.js";
import { pushImage, startRegistry, type Answer, type TestRegistry } from "../../../test/support/registry.js";
import { sha256Digest } from "../../formats/digest.js";
import { formatManifest } from "../../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../formats/oci/media-types.js";

const APP = "/v2/team/app/manifests";
const UNKNOWN = sha256Digest("unknown");
const MiB = 1024 * 1024;

describe("pulling", () => {
  it.each([
    { summary: "an image by tag", image: makeImage(), name: () => "1.0" },
    { summary: "an image by digest", image: makeImage(), name: (image: TestImage) => image.root.digest },
    { summary: "an index by tag", image: makeTwoPlatforms(), name: () => "1.0" },
    {
      summary: "a platform of an index",
      image: makeTwoPlatforms(),
      name: (image: TestImage) => image.manifests[0]!.digest,
    },
    { summary: "an image of Docker's own format", image: makeImage({ isDocker: true }), name: () => "1.0" },
  ])("$summary gives its very bytes, and HEAD the same without them", async ({ image, name }) => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "team/app", image, "1.0");
    const whole = await registry.nobody("GET", `${APP}/${name(image)}`);
    const head = await registry.nobody("HEAD", `${APP}/${name(image)}`);
    const expected = image.manifests.find(({ bytes }) => bytes.equals(whole.body));
    expect([whole.status, head.status, head.body.length]).toEqual([200, 200, 0]);
    for (const { headers } of [whole, head])
      expect(headers).toMatchObject({
        "content-type": expected?.mediaType,
        "content-length": String(expected?.bytes.length),
        "docker-content-digest": expected?.digest,
        etag: `"${expected?.digest}"`,
      });
  });

  it.each([
    { summary: "the manifest's tag", header: (digest: string) => `"${digest}"`, status: 304 },
    { summary: "a weak form of it", header: (digest: string) => `W/"${digest}"`, status: 304 },
    { summary: "the tag of another one", header: () => `"${UNKNOWN}"`, status: 200 },
  ])("a client that shows $summary gets $status", async ({ header, status }) => {
    const registry = await startRegistry();
    const { root, ...image } = makeImage();
    await pushImage(registry.writer, "team/app", { root, ...image }, "1.0");
    for (const method of ["GET", "HEAD"]) {
      const headers = { "if-none-match": header(root.digest) };
      const answer = await registry.nobody(method, `${APP}/1.0`, { headers });
      expect([answer.status, answer.headers["docker-content-digest"]]).toEqual([status, root.digest]);
    }
  });

  it("what a client says it accepts changes nothing: an image has one form", async () => {
    const registry = await startRegistry();
    const image = makeTwoPlatforms();
    await pushImage(registry.writer, "team/app", image, "1.0");
    for (const accept of ["*/*", MEDIA_TYPES.manifest, "text/html", ""]) {
      const answer = await registry.nobody("GET", `${APP}/1.0`, { headers: { accept } });
      expect([answer.status, answer.body.equals(image.root.bytes)]).toEqual([200, true]);
    }
  });

  it.each([
    { summary: "an unknown tag", path: `${APP}/2.0`, status: 404, code: "MANIFEST_UNKNOWN" },
    { summary: "an unknown digest", path: `${APP}/${UNKNOWN}`, status: 404, code: "MANIFEST_UNKNOWN" },
    { summary: "an unknown repository", path: "/v2/other/manifests/1.0", status: 404, code: "MANIFEST_UNKNOWN" },
    { summary: "a broken digest", path: `${APP}/sha256:abc`, status: 400, code: "DIGEST_INVALID" },
  ])("there is nothing under $summary", async ({ path, status, code }) => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "team/app", makeImage(), "1.0");
    const answer = await registry.nobody("GET", path);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect((await registry.nobody("HEAD", path)).status).toBe(status);
  });

  it("a blob is no manifest", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", image, "1.0");
    for (const digest of image.blobs.keys())
      expect((await registry.nobody("GET", `${APP}/${digest}`)).status).toBe(404);
  });
});

describe("pushing", () => {
  it("answers where the manifest is, and tells who waits for images", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const answer = await put(registry, "1.0", image.root.bytes);
    expectCreated(answer, image.root.digest);
    expect(answer.headers["oci-subject"]).toBeUndefined();
    expect(registry.pushed).toEqual([`team/app@${image.root.digest}`]);
  });

  it("a tag moves to the image that was pushed last, and the other one stays", async () => {
    const registry = await startRegistry();
    const [first, second] = [makeImage(), makeImage({ platform: "linux/arm64" })];
    await pushImage(registry.writer, "team/app", first, "1.0");
    await pushImage(registry.writer, "team/app", second, "1.0");
    expect((await registry.nobody("GET", `${APP}/1.0`)).headers["docker-content-digest"]).toBe(second.root.digest);
    expect((await registry.nobody("GET", `${APP}/${first.root.digest}`)).status).toBe(200);
  });

  it.each([
    { summary: "SHA-256", digestOf: sha256Digest },
    { summary: "SHA-512", digestOf: sha512Digest },
  ])("under its own $summary works, and keeps that name", async ({ digestOf }) => {
    const registry = await startRegistry();
    const image = makeImage();
    const digest = digestOf(image.root.bytes);
    await pushBlobs(registry, image);
    expectCreated(await put(registry, digest, image.root.bytes), digest);
    const answer = await registry.nobody("GET", `${APP}/${digest}`);
    expect([answer.status, answer.headers["docker-content-digest"]]).toEqual([200, digest]);
    expect(answer.body).toEqual(image.root.bytes);
  });

  it("an index may name manifests by their SHA-512", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const child = sha512Digest(image.root.bytes);
    await put(registry, child, image.root.bytes);
    const descriptor = { mediaType: MEDIA_TYPES.manifest, digest: child, size: image.root.bytes.length };
    const index = formatManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [descriptor] });
    expect((await put(registry, "1.0", index)).status).toBe(201);
  });

  it.each([
    { summary: "another SHA-256", digest: UNKNOWN },
    { summary: "another SHA-512", digest: sha512Digest(Buffer.from("unknown")) },
  ])("under $summary is refused", async ({ digest }) => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    await expectRefused(registry, digest, image.root.bytes, [400, "DIGEST_INVALID"]);
  });

  it.each([
    { summary: "an OCI type", headers: { "content-type": MEDIA_TYPES.manifest } },
    { summary: "a type with parameters", headers: { "content-type": `${MEDIA_TYPES.manifest}; charset=utf-8` } },
    { summary: "no type", headers: {} },
    { summary: "an empty type", headers: { "content-type": "" } },
    { summary: "a type that says nothing", headers: { "content-type": "application/octet-stream" } },
    { summary: "a general type", headers: { "content-type": "application/json" } },
  ])("with $summary works, as the document says what it is", async ({ headers }) => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const answer = await registry.writer("PUT", `${APP}/1.0`, { body: image.root.bytes, headers });
    expect(answer.status).toBe(201);
    expect((await registry.nobody("GET", `${APP}/1.0`)).headers["content-type"]).toBe(MEDIA_TYPES.manifest);
  });

  it.each([
    { summary: "its type is sent", headers: { "content-type": MEDIA_TYPES.manifest } },
    { summary: "its type is not sent either", headers: {} },
  ])("a document that does not say what it is works where $summary", async ({ headers }) => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const { mediaType: _, ...value } = JSON.parse(image.root.bytes.toString("utf8")) as { mediaType: string };
    const answer = await registry.writer("PUT", `${APP}/1.0`, { body: JSON.stringify(value), headers });
    expect(answer.status).toBe(201);
    expect((await registry.nobody("GET", `${APP}/1.0`)).headers["content-type"]).toBe(MEDIA_TYPES.manifest);
  });

  it("a layer that lies elsewhere for legal reasons need not be there", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const value = image.root.kind === "image" ? image.root.value : undefined;
    const mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    const bytes = formatManifest({ ...value!, layers: [{ mediaType, digest: UNKNOWN, size: 7 }] });
    expect((await put(registry, "1.0", bytes)).status).toBe(201);
  });

  it("of something with a subject is confirmed, whether the subject is there or not", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    await pushBlobs(registry, artifact);
    const answer = await put(registry, artifact.root.digest, artifact.root.bytes);
    expectCreated(answer, artifact.root.digest);
    expect(answer.headers["oci-subject"]).toBe(image.root.digest);
  });
});

describe("what is no manifest", () => {
  const config = { mediaType: MEDIA_TYPES.config, digest: UNKNOWN, size: 2 };
  const good = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: [] };
  it.each([
    { summary: "nothing", body: "" },
    { summary: "no JSON", body: "{" },
    { summary: "a list", body: "[]" },
    { summary: "null", body: "null" },
    { summary: "text", body: '"manifest"' },
    { summary: "bytes that are no UTF-8", body: Buffer.from([0x7b, 0xff, 0x7d]) },
    { summary: "an empty object", body: "{}" },
    { summary: "the first schema", body: JSON.stringify({ ...good, schemaVersion: 1 }) },
    { summary: "a document without a config", body: JSON.stringify({ ...good, config: undefined }) },
    { summary: "a document without layers", body: JSON.stringify({ ...good, layers: undefined }) },
    { summary: "layers that are no list", body: JSON.stringify({ ...good, layers: {} }) },
    { summary: "a layer that is null", body: JSON.stringify({ ...good, layers: [null] }) },
    {
      summary: "a digest that is none",
      body: JSON.stringify({ ...good, config: { ...config, digest: "sha256:abc" } }),
    },
    {
      summary: "a digest with a path",
      body: JSON.stringify({ ...good, config: { ...config, digest: "sha256:../../x" } }),
    },
    { summary: "a negative size", body: JSON.stringify({ ...good, config: { ...config, size: -1 } }) },
    { summary: "a size that is text", body: JSON.stringify({ ...good, config: { ...config, size: "2" } }) },
    { summary: "a size that is no whole number", body: JSON.stringify({ ...good, config: { ...config, size: 2.5 } }) },
    { summary: "a subject that is none", body: JSON.stringify({ ...good, subject: "sha256:abc" }) },
    { summary: "annotations that are no text", body: JSON.stringify({ ...good, annotations: { a: 1 } }) },
    { summary: "an unknown type", body: JSON.stringify({ ...good, mediaType: "text/plain" }) },
    { summary: "a type that is a number", body: JSON.stringify({ ...good, mediaType: 5 }) },
    { summary: "a type other than it is sent as", body: JSON.stringify({ ...good, mediaType: MEDIA_TYPES.index }) },
    { summary: "an index within an image's type", body: JSON.stringify({ schemaVersion: 2, manifests: [] }) },
  ])("$summary is refused, by tag and by digest", async ({ body }) => {
    const registry = await startRegistry();
    const bytes = Buffer.from(body);
    await expectRefused(registry, "1.0", bytes, [400, "MANIFEST_INVALID"]);
    await expectRefused(registry, sha256Digest(bytes), bytes, [400, "MANIFEST_INVALID"]);
  });

  it("nesting without end is refused", async () => {
    const registry = await startRegistry();
    const body = Buffer.from(`{"schemaVersion":2,"config":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    await expectRefused(registry, "1.0", body, [400, "MANIFEST_INVALID"]);
  });

  it.each([
    { summary: "one byte more than 4 MiB is too much", sizeBytes: 4 * MiB + 1, status: 413 },
    { summary: "far more than 4 MiB is too much", sizeBytes: 6 * MiB, status: 413 },
    { summary: "4 MiB are not", sizeBytes: 4 * MiB, status: 201 },
  ])("$summary", async ({ sizeBytes, status }) => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushBlobs(registry, image);
    const value = image.root.kind === "image" ? image.root.value : undefined;
    const empty = formatManifest({ ...value!, annotations: { filling: "" } });
    const filling = "x".repeat(sizeBytes - empty.length);
    const body = formatManifest({ ...value!, annotations: { filling } });
    expect(body.length).toBe(sizeBytes);
    for (const isChunked of [false, true]) {
      const answer = await registry.writer("PUT", `${APP}/1.0`, { body, isChunked });
      expect(answer.status).toBe(status);
      if (status === 413) expect(answer.code).toBe("SIZE_INVALID");
    }
    expect((await registry.nobody("GET", `${APP}/1.0`)).status).toBe(status === 201 ? 200 : 404);
  });
});

describe("manifests that name what is missing", () => {
  it("an image without its blobs is refused", async () => {
    const registry = await startRegistry();
    await expectRefused(registry, "1.0", makeImage().root.bytes, [404, "MANIFEST_BLOB_UNKNOWN"]);
  });

  it.each([0, 1])("an image without one of its blobs is refused (%i)", async (missing) => {
    const registry = await startRegistry();
    const image = makeImage();
    const kept = [...image.blobs].filter((_, index) => index !== missing);
    await pushBlobs(registry, { ...image, blobs: new Map(kept) });
    await expectRefused(registry, "1.0", image.root.bytes, [404, "MANIFEST_BLOB_UNKNOWN"]);
  });

  it("blobs of another repository do not count", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "other", image, "1.0");
    await expectRefused(registry, "1.0", image.root.bytes, [404, "MANIFEST_BLOB_UNKNOWN"]);
  });

  it("an index without one of its platforms is refused", async () => {
    const registry = await startRegistry();
    const index = makeTwoPlatforms();
    await pushBlobs(registry, index);
    await put(registry, index.manifests[0]!.digest, index.manifests[0]!.bytes);
    await expectRefused(registry, "1.0", index.root.bytes, [404, "MANIFEST_BLOB_UNKNOWN"], MEDIA_TYPES.index);
  });
});

describe("deleting", () => {
  it("a tag leaves the image and its other tags", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", image, "1.0");
    await pushImage(registry.writer, "team/app", image, "1");
    expect((await registry.admin("DELETE", `${APP}/1.0`)).status).toBe(202);
    expect((await registry.nobody("GET", `${APP}/1.0`)).status).toBe(404);
    expect((await registry.nobody("GET", `${APP}/1`)).status).toBe(200);
    expect((await registry.nobody("GET", `${APP}/${image.root.digest}`)).status).toBe(200);
  });

  it("an image takes all its tags with it", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    const other = makeImage({ platform: "linux/arm64" });
    for (const tag of ["1.0", "1"]) await pushImage(registry.writer, "team/app", image, tag);
    await pushImage(registry.writer, "team/app", other, "2.0");
    expect((await registry.admin("DELETE", `${APP}/${image.root.digest}`)).status).toBe(202);
    for (const name of ["1.0", "1", image.root.digest])
      expect((await registry.nobody("GET", `${APP}/${name}`)).status).toBe(404);
    expect((await registry.nobody("GET", `${APP}/2.0`)).status).toBe(200);
  });

  it.each(["2.0", UNKNOWN])("%s, which is not there, is not found", async (name) => {
    const registry = await startRegistry();
    const answer = await registry.admin("DELETE", `${APP}/${name}`);
    expect([answer.status, answer.code]).toEqual([404, "MANIFEST_UNKNOWN"]);
  });

  it("an image that was deleted can be pushed again", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", image, "1.0");
    await registry.admin("DELETE", `${APP}/${image.root.digest}`);
    await pushImage(registry.writer, "team/app", image, "1.0");
    expect((await registry.nobody("GET", `${APP}/1.0`)).body).toEqual(image.root.bytes);
  });
});

async function pushBlobs({ writer }: TestRegistry, image: TestImage): Promise<void> {
  for (const [digest, body] of image.blobs)
    expect((await writer("POST", `/v2/team/app/blobs/uploads/?digest=${digest}`, { body })).status).toBe(201);
}

function put({ writer }: TestRegistry, name: string, body: Buffer): Promise<Answer> {
  return writer("PUT", `${APP}/${name}`, { body });
}

function expectCreated({ status, headers }: Answer, digest: string): void {
  expect(status).toBe(201);
  expect(headers.location).toBe(`${APP}/${digest}`);
  expect(headers["docker-content-digest"]).toBe(digest);
}

/** The manifest is refused, and nothing is seen of it. */
async function expectRefused(
  registry: TestRegistry,
  name: string,
  body: Buffer,
  expected: readonly [status: number, code: string],
  type: string = MEDIA_TYPES.manifest,
): Promise<void> {
  const headers = { "content-type": type };
  const answer = await registry.writer("PUT", `${APP}/${name}`, { body, headers });
  expect([answer.status, answer.code]).toEqual(expected);
  expect((await registry.nobody("GET", `${APP}/${name}`)).status).toBe(404);
  expect((await registry.nobody("GET", "/v2/team/app/tags/list")).json).not.toMatchObject({ tags: ["1.0"] });
  expect(registry.pushed.filter((image) => image.startsWith("team/app@sha") && image.endsWith(name))).toEqual([]);
}
