// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import {
  descriptorOfManifest,
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeTwoPlatforms,
  repository,
  sha512Digest,
  tagged,
  type TestImage,
} from "../../test/support/images.js";
import { addAccount, bearer, pushImage, startRegistry, type TestRegistry } from "../../test/support/registry.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { sha256Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import { formatManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { Host } from "../host/host.js";
import { copyImage } from "./copy-image.js";
import type { ImageReader } from "./endpoint.js";
import { createRegistryWriter, openRegistryImage } from "./registry-image.js";
import { openStoreImage } from "./store-image.js";

const APP = repository("team/app");

describe("with our own server", () => {
  it("an image goes there and back with referrers and cosign's tags", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    const host = await hostFor(registry);
    const image = makeTwoPlatforms();
    const artifact = makeArtifact(image.root, { artifactType: "application/test", annotations: { a: "b" } });
    const signature = makeCosignSignature(image.root);
    const source = await readerOf(image, [artifact], signature);
    const reference = { host: registry.address, repository: APP };
    const writer = await createRegistryWriter(reference, host);
    await copyImage(source, writer, { tags: tagged("1.0", "1"), withReferrers: true });
    expect((await registry.writer("GET", "/v2/team/app/tags/list")).json).toEqual({
      name: "team/app",
      tags: ["1", "1.0", signature.tag],
    });
    const reader = await openRegistryImage({ ...reference, tag: "1" as Tag }, "app:1", host);
    expect(reader.root.digest).toBe(image.root.digest);
    expect(await reader.listReferrers(image.root.digest)).toEqual([
      { ...descriptorOfManifest(artifact.root), artifactType: "application/test", annotations: { a: "b" } },
    ]);
    expect((await reader.findTag(signature.tag))?.digest).toBe(signature.image.root.digest);
  });

  it("blobs that are there are not sent again", async () => {
    const registry = await startRegistry();
    const host = await hostFor(registry);
    const image = makeTwoPlatforms();
    await pushImage(registry.writer, APP, image, "1.0");
    const source = await readerOf(image);
    const silent: ImageReader = { ...source, readBlob: () => failing() };
    const writer = await createRegistryWriter({ host: registry.address, repository: APP }, host);
    await copyImage(silent, writer, { tags: tagged("2.0"), withReferrers: false });
    expect((await registry.nobody("GET", "/v2/team/app/manifests/2.0")).status).toBe(200);
  });

  it.each([
    { summary: "somebody who may not push", actions: ["pull"] as const },
    { summary: "nobody", actions: undefined },
  ])("$summary is told so, and nothing is there", async ({ actions }) => {
    const registry = await startRegistry();
    const host = actions === undefined ? testHost() : await hostFor(registry, actions);
    const writer = await createRegistryWriter({ host: registry.address, repository: APP }, host);
    const copy = copyImage(await readerOf(makeImage()), writer, { tags: tagged("1.0"), withReferrers: false });
    expect(["ACCESS_DENIED", "LOGIN_REFUSED"]).toContain(await codeOf(() => copy));
    expect((await registry.writer("GET", "/v2/team/app/tags/list")).status).toBe(404);
  });

  it.each([
    { summary: "a tag that is not there", choice: { tag: "2.0" as Tag }, code: "MANIFEST_UNKNOWN" },
    { summary: "no tag, where nothing is the latest", choice: {}, code: "MANIFEST_UNKNOWN" },
    { summary: "a digest that is not there", choice: { digest: sha256Digest("x") }, code: "MANIFEST_UNKNOWN" },
  ])("$summary leads nowhere", async ({ choice, code }) => {
    const registry = await startRegistry();
    await pushImage(registry.writer, APP, makeImage(), "1.0");
    const reference = { host: registry.address, repository: APP, ...choice };
    expect(await codeOf(() => openRegistryImage(reference, "app", testHost()))).toBe(code);
  });

  it("a registry that must not be read is told from one that has not the image", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    await pushImage(registry.writer, APP, makeImage(), "1.0");
    const reference = { host: registry.address, repository: APP, tag: "1.0" as Tag };
    expect(await codeOf(() => openRegistryImage(reference, "app", testHost()))).toBe("LOGIN_REFUSED");
  });

  it("a blob that breaks off while it is sent is an error", async () => {
    const registry = await startRegistry();
    const writer = await createRegistryWriter({ host: registry.address, repository: APP }, await hostFor(registry));
    const descriptor = { mediaType: "x", digest: sha256Digest("hello"), size: 5 };
    expect(await codeOf(() => writer.writeBlob(descriptor, streamOf("hel")))).toBeDefined();
    expect(await codeOf(() => writer.writeBlob(descriptor, streamOf("HELLO")))).toBe("REGISTRY_REFUSED");
    expect((await registry.writer("HEAD", `/v2/team/app/blobs/${descriptor.digest}`)).status).toBe(404);
  });
});

describe("registries that lie", () => {
  const image = makeImage();
  const other = makeImage({ platform: "linux/arm64" });
  it.each([
    { summary: "its SHA-256", digest: image.root.digest },
    { summary: "its SHA-512", digest: sha512Digest(image.root.bytes) },
  ])("another manifest in place of the one with $summary is refused", async ({ digest }) => {
    const address = await startFake((_path, response) => sendManifest(response, other));
    const reference = { host: address, repository: APP, digest };
    expect(await codeOf(() => openRegistryImage(reference, "app", testHost()))).toBe("BLOB_DIGEST_MISMATCH");
  });

  it("another manifest in place of one that the index names is refused", async () => {
    const index = makeTwoPlatforms();
    const address = await startFake((path, response) => sendManifest(response, path.endsWith("/1.0") ? index : image));
    const reader = await openRegistryImage({ host: address, repository: APP, tag: "1.0" as Tag }, "app", testHost());
    const descriptor = descriptorOfManifest(other.root);
    expect(await codeOf(() => reader.readManifest(descriptor))).toBe("BLOB_DIGEST_MISMATCH");
  });

  it.each([
    { summary: "other bytes", body: "HELLO" },
    { summary: "more bytes", body: "hello, world" },
    { summary: "fewer bytes", body: "hell" },
    { summary: "no bytes", body: "" },
  ])("$summary in place of a blob are refused", async ({ body }) => {
    const address = await startFake((path, response) =>
      path.includes("/blobs/") ? void response.end(body) : sendManifest(response, image),
    );
    const reader = await openRegistryImage({ host: address, repository: APP, tag: "1.0" as Tag }, "app", testHost());
    const descriptor = { mediaType: "x", digest: sha256Digest("hello"), size: 5 };
    expect(await codeOf(() => bytesOfStream(reader.readBlob(descriptor)))).toBe("BLOB_DIGEST_MISMATCH");
  });

  it.each([
    { summary: "a page for people", body: "<html></html>", code: "MANIFEST_INVALID" },
    { summary: "a manifest without end", body: " ".repeat(5 * 1024 * 1024), code: "SIZE_LIMIT_EXCEEDED" },
  ])("$summary in place of a manifest is refused", async ({ body, code }) => {
    const address = await startFake((_path, response) => void response.end(body));
    const reference = { host: address, repository: APP, tag: "1.0" as Tag };
    expect(await codeOf(() => openRegistryImage(reference, "app", testHost()))).toBe(code);
  });

  it("a blob that breaks off is an error of the network", async () => {
    const address = await startFake((path, response) => {
      if (!path.includes("/blobs/")) return sendManifest(response, image);
      response.writeHead(200, { "content-length": "5" });
      response.write("hel", () => response.destroy());
    });
    const reader = await openRegistryImage({ host: address, repository: APP, tag: "1.0" as Tag }, "app", testHost());
    const descriptor = { mediaType: "x", digest: sha256Digest("hello"), size: 5 };
    expect(await codeOf(() => bytesOfStream(reader.readBlob(descriptor)))).toBe("NETWORK_UNREACHABLE");
  });
});

describe("referrers of other registries", () => {
  const image = makeImage();
  const artifacts = ["1", "2"].map((body) => makeArtifact(image.root, { artifactType: "application/test", body }));
  const [first, second] = artifacts.map(({ root }) => descriptorOfManifest(root));

  it("come from the tag that stands in for the list, where there is none", async () => {
    const fallback = image.root.digest.replace(":", "-");
    const reader = await open((path, response) => {
      if (!path.endsWith(fallback)) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": MEDIA_TYPES.index }).end(indexOf(first));
    });
    expect(await reader.listReferrers(image.root.digest)).toEqual([first]);
  });

  it("are none, where there is neither list nor tag", async () => {
    const reader = await open((_path, response) => void response.writeHead(404).end());
    expect(await reader.listReferrers(image.root.digest)).toEqual([]);
  });

  it("come in pages, which are followed", async () => {
    const reader = await open((path, response) => {
      const headers = path.includes("page=2")
        ? {}
        : { link: `</v2/team/app/referrers/${image.root.digest}?page=2>; rel="next"` };
      response.writeHead(200, { "content-type": MEDIA_TYPES.index, ...headers });
      response.end(indexOf(path.includes("page=2") ? second : first));
    });
    expect(await reader.listReferrers(image.root.digest)).toEqual([first, second]);
  });

  it.each([
    { summary: "fails", status: 500, code: "REGISTRY_REFUSED" },
    { summary: "forbids them", status: 403, code: "ACCESS_DENIED" },
  ])("are not taken for none, where the registry $summary", async ({ status, code }) => {
    const reader = await open(
      (path, response) => void response.writeHead(path.includes("/referrers/") ? status : 404).end(),
    );
    expect(await codeOf(() => reader.listReferrers(image.root.digest))).toBe(code);
  });

  function open(answer: (path: string, response: ServerResponse) => void): Promise<ImageReader> {
    return startFake((path, response) =>
      path.endsWith("/manifests/1.0") ? sendManifest(response, image) : answer(path, response),
    ).then((host) => openRegistryImage({ host, repository: APP, tag: "1.0" as Tag }, "app", testHost()));
  }
});

it("a token that reaches too little is replaced before anything is sent", async () => {
  const registry = await startRegistry();
  await bearer(registry.writer, "repository:team/app:pull");
  const writer = await createRegistryWriter({ host: registry.address, repository: APP }, await hostFor(registry));
  const index = formatManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] });
  const manifest = { kind: "index" as const, bytes: index, digest: sha256Digest(index), mediaType: MEDIA_TYPES.index };
  await writer.writeManifest({ ...manifest, value: { schemaVersion: 2, manifests: [] } }, tagged("empty"));
  expect((await registry.nobody("GET", "/v2/team/app/manifests/empty")).status).toBe(200);
});

/** A host whose credential store knows a user of the registry. */
async function hostFor(
  registry: TestRegistry,
  actions: readonly ("pull" | "push" | "delete")[] = ["pull", "push"],
): Promise<Host> {
  const host = testHost();
  const config = join(host.env["DOCKER_CONFIG"] ?? "", "config.json");
  const auth = (await addAccount(registry, { name: "copier", actions })).slice("Basic ".length);
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ auths: { [registry.address]: { auth } } }));
  return host;
}

async function readerOf(
  image: TestImage,
  artifacts: readonly TestImage[] = [],
  signature?: ReturnType<typeof makeCosignSignature>,
): Promise<ImageReader> {
  const store = await memoryStore();
  await putImage(store, "source", image, ["1.0"]);
  for (const artifact of artifacts) await putImage(store, "source", artifact, []);
  if (signature !== undefined) await putImage(store, "source", signature.image, [signature.tag]);
  return openStoreImage({ repository: repository("source"), tag: "1.0" as Tag }, "source:1.0", store);
}

/** A registry that lets everybody in and then answers as the test says. */
async function startFake(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = await startHttp((request, response) => {
    const path = request.url ?? "";
    if (path === "/v2/") response.end("{}");
    else answer(path, response);
  });
  return new URL(server.url).host;
}

function indexOf(...manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests });
}

function sendManifest(response: ServerResponse, { root }: TestImage): void {
  response.writeHead(200, { "content-type": root.mediaType }).end(root.bytes);
}

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(0);
  throw new Error("this blob need not be read");
}
