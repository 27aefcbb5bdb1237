// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { sha256Digest } from "../digest.js";
import {
  artifactTypeOf,
  descriptorOf,
  EMPTY_CONFIG,
  formatManifest,
  parseManifest,
  type ImageIndex,
  type ImageManifest,
} from "./manifest.js";
import { MEDIA_TYPES } from "./media-types.js";

const CONFIG = descriptorOf(Buffer.from("{}"), MEDIA_TYPES.config);
const LAYER = descriptorOf(Buffer.from("layer"), MEDIA_TYPES.layerGzip);
const IMAGE = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config: CONFIG, layers: [LAYER] };
const CHILD = {
  ...descriptorOf(Buffer.from("child"), MEDIA_TYPES.manifest),
  platform: { os: "linux", architecture: "amd64" },
};
const INDEX = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [CHILD] };

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

describe("manifests are read", () => {
  const cases = [
    { summary: "an image", value: IMAGE, kind: "image" },
    { summary: "an index", value: INDEX, kind: "index" },
    { summary: "an empty index", value: { ...INDEX, manifests: [] }, kind: "index" },
    { summary: "an image of Docker", value: { ...IMAGE, mediaType: MEDIA_TYPES.dockerManifest }, kind: "image" },
    { summary: "a list of Docker", value: { ...INDEX, mediaType: MEDIA_TYPES.dockerIndex }, kind: "index" },
    { summary: "annotations", value: { ...IMAGE, annotations: { a: "b" } }, kind: "image" },
    {
      summary: "an artifact about another manifest",
      value: { ...IMAGE, artifactType: "a/b", subject: CHILD },
      kind: "image",
    },
    {
      summary: "a layer with its data",
      value: { ...IMAGE, layers: [{ ...LAYER, data: "bGF5ZXI=", annotations: { a: "b" } }] },
      kind: "image",
    },
    {
      summary: "a platform with a variant",
      value: { ...INDEX, manifests: [{ ...CHILD, platform: { os: "linux", architecture: "arm64", variant: "v8" } }] },
      kind: "index",
    },
  ];
  it.each(cases)("$summary", ({ value, kind }) => {
    const bytes = bytesOf(value);
    const digest = sha256Digest(bytes);
    expect(parseManifest(bytes)).toEqual({ kind, value, bytes, digest, mediaType: value.mediaType });
  });

  it("what nobody knows is left out, what is null is not there", () => {
    const value = {
      ...IMAGE,
      annotations: null,
      subject: null,
      extra: 1,
      layers: [{ ...LAYER, urls: ["x"], platform: null }],
    };
    expect(parseManifest(bytesOf(value)).value).toEqual(IMAGE);
  });

  const { mediaType: _image, ...image } = IMAGE;
  const { mediaType: _index, ...index } = INDEX;
  const untyped = [
    {
      summary: "an image that says nothing is what it was sent as",
      value: image,
      sentAs: MEDIA_TYPES.dockerManifest,
      mediaType: MEDIA_TYPES.dockerManifest,
    },
    {
      summary: "an index that says nothing is what it was sent as",
      value: index,
      sentAs: MEDIA_TYPES.dockerIndex,
      mediaType: MEDIA_TYPES.dockerIndex,
    },
    {
      summary: "an image that nobody says anything about is known by its config",
      value: image,
      sentAs: undefined,
      mediaType: MEDIA_TYPES.manifest,
    },
    {
      summary: "an index that nobody says anything about is known by its list",
      value: index,
      sentAs: undefined,
      mediaType: MEDIA_TYPES.index,
    },
    {
      summary: "a type of the transport that says nothing does not count",
      value: image,
      sentAs: "application/json",
      mediaType: MEDIA_TYPES.manifest,
    },
  ];
  it.each(untyped)("$summary", ({ value, sentAs, mediaType }) => {
    expect(parseManifest(bytesOf(value), sentAs).mediaType).toBe(mediaType);
  });
});

describe("hostile manifests are refused", () => {
  const layer = (members: Readonly<Record<string, unknown>>): unknown => ({
    ...IMAGE,
    layers: [{ ...LAYER, ...members }],
  });
  const child = (members: Readonly<Record<string, unknown>>): unknown => ({
    ...INDEX,
    manifests: [{ ...CHILD, ...members }],
  });
  const cases = [
    { summary: "null", value: null },
    { summary: "a number", value: 1 },
    { summary: "a text", value: "x" },
    { summary: "a list", value: [IMAGE] },
    { summary: "an empty object", value: {} },
    { summary: "schema 1", value: { ...IMAGE, schemaVersion: 1 } },
    { summary: "a schema as text", value: { ...IMAGE, schemaVersion: "2" } },
    { summary: "no schema", value: { ...IMAGE, schemaVersion: undefined } },
    { summary: "a media type that is a number", value: { ...IMAGE, mediaType: 1 } },
    { summary: "a media type that is null", value: { ...IMAGE, mediaType: null } },
    { summary: "an empty media type", value: { ...IMAGE, mediaType: "" } },
    { summary: "the media type of a layer", value: { ...IMAGE, mediaType: MEDIA_TYPES.layerGzip } },
    { summary: "a media type that every object has", value: { ...IMAGE, mediaType: "constructor" } },
    { summary: "an image without a config", value: { ...IMAGE, config: undefined } },
    { summary: "an image without layers", value: { ...IMAGE, layers: undefined } },
    { summary: "layers that are an object", value: { ...IMAGE, layers: {} } },
    { summary: "a config that is null", value: { ...IMAGE, config: null } },
    { summary: "a config that is a list", value: { ...IMAGE, config: [] } },
    { summary: "a config that is a text", value: { ...IMAGE, config: CONFIG.digest } },
    { summary: "an index without manifests", value: { ...INDEX, manifests: undefined } },
    { summary: "manifests that are null", value: { ...INDEX, manifests: null } },
    { summary: "an image that is an index, too", value: { ...IMAGE, manifests: [CHILD] } },
    { summary: "an index that is an image, too", value: { ...INDEX, config: CONFIG, layers: [LAYER] } },
    { summary: "both at once and no type", value: { ...IMAGE, mediaType: undefined, manifests: [CHILD] } },
    { summary: "a layer that is null", value: { ...IMAGE, layers: [null] } },
    { summary: "a layer without a type", value: layer({ mediaType: undefined }) },
    { summary: "a layer with an empty type", value: layer({ mediaType: "" }) },
    { summary: "a layer without a digest", value: layer({ digest: undefined }) },
    { summary: "a layer with a short digest", value: layer({ digest: LAYER.digest.slice(0, -1) }) },
    { summary: "a layer with a digest in capitals", value: layer({ digest: LAYER.digest.toUpperCase() }) },
    { summary: "a layer with a path for a digest", value: layer({ digest: "sha256:../../etc/passwd" }) },
    { summary: "a layer without a size", value: layer({ size: undefined }) },
    { summary: "a layer with a size as text", value: layer({ size: "5" }) },
    { summary: "a layer with a negative size", value: layer({ size: -1 }) },
    { summary: "a layer with half a byte", value: layer({ size: 0.5 }) },
    { summary: "a layer above 2^53 bytes", value: layer({ size: 2 ** 53 }) },
    { summary: "annotations that are a text", value: { ...IMAGE, annotations: "a" } },
    { summary: "annotations that are a list", value: { ...IMAGE, annotations: ["a"] } },
    { summary: "an annotation that is a number", value: { ...IMAGE, annotations: { a: 1 } } },
    { summary: "an annotation of a layer that is null", value: layer({ annotations: { a: null } }) },
    { summary: "a subject that is a text", value: { ...IMAGE, subject: CHILD.digest } },
    { summary: "a subject without a digest", value: { ...IMAGE, subject: { ...CHILD, digest: undefined } } },
    { summary: "a platform that is a text", value: child({ platform: "linux/amd64" }) },
    { summary: "a platform that is a number", value: child({ platform: 1 }) },
    { summary: "a platform without a system", value: child({ platform: { architecture: "amd64" } }) },
    {
      summary: "a platform whose architecture is a number",
      value: child({ platform: { os: "linux", architecture: 64 } }),
    },
  ];
  it.each(cases)("$summary", async ({ value }) => {
    expect(await codeOf(() => parseManifest(bytesOf(value)))).toBe("MANIFEST_INVALID");
  });

  const texts = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "half a manifest", bytes: bytesOf(IMAGE).subarray(0, 100) },
    { summary: "a manifest and more", bytes: Buffer.concat([bytesOf(IMAGE), Buffer.from("x")]) },
    { summary: "garbage", bytes: Buffer.alloc(1000, 0xa5) },
    { summary: "NUL bytes", bytes: Buffer.alloc(1000) },
    {
      summary: "text that is not UTF-8",
      bytes: Buffer.from(JSON.stringify({ ...IMAGE, annotations: { a: "\u00e9" } }), "latin1"),
    },
    { summary: "UTF-16", bytes: Buffer.from(JSON.stringify(IMAGE), "utf16le") },
    { summary: "lists in lists without an end", bytes: Buffer.from("[".repeat(1_000_000)) },
    {
      summary: "a config of a hundred thousand lists in lists",
      bytes: Buffer.from(`{"schemaVersion":2,"layers":[],"config":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    },
  ];
  it.each(texts)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => parseManifest(bytes))).toBe("MANIFEST_INVALID");
  });

  const sent = [
    { summary: "an image that was sent as an index", value: IMAGE, sentAs: MEDIA_TYPES.index },
    { summary: "an index that was sent as an image", value: INDEX, sentAs: MEDIA_TYPES.manifest },
    { summary: "an image of OCI that was sent as one of Docker", value: IMAGE, sentAs: MEDIA_TYPES.dockerManifest },
    {
      summary: "an untyped image that was sent as an index",
      value: { ...IMAGE, mediaType: undefined },
      sentAs: MEDIA_TYPES.index,
    },
  ];
  it.each(sent)("$summary", async ({ value, sentAs }) => {
    expect(await codeOf(() => parseManifest(bytesOf(value), sentAs))).toBe("MANIFEST_INVALID");
  });

  it("any member replaced by anything gives a manifest or MANIFEST_INVALID", async () => {
    const member = fc.constantFrom(...Object.keys(IMAGE), "manifests", "annotations", "subject", "artifactType");
    const change = fc.record({
      of: fc.constantFrom<object>(IMAGE, INDEX),
      member,
      value: fc.jsonValue({ maxDepth: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ of, member: key, value }) => {
        expect([undefined, "MANIFEST_INVALID"]).toContain(
          await codeOf(() => parseManifest(bytesOf({ ...of, [key]: value }))),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("what is written", () => {
  it.each([
    { summary: "an image", value: IMAGE as ImageManifest },
    { summary: "an index", value: INDEX as ImageIndex },
  ])("of $summary is read back, with its keys as they were", ({ value }) => {
    expect(parseManifest(formatManifest(value)).value).toEqual(value);
    expect(formatManifest(value).toString()).toBe(JSON.stringify(value));
  });

  it("names some content", () => {
    expect(descriptorOf(Buffer.from("abc"), "a/b")).toEqual({ mediaType: "a/b", digest: sha256Digest("abc"), size: 3 });
  });

  it("the empty config is two bytes", () => {
    expect(EMPTY_CONFIG.digest).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(Buffer.from(EMPTY_CONFIG.data ?? "", "base64").toString()).toBe("{}");
  });
});

describe("the type of an artifact", () => {
  const cases = [
    { summary: "is what an image says", value: { ...IMAGE, artifactType: "a/b" }, type: "a/b" },
    { summary: "is what an index says", value: { ...INDEX, artifactType: "a/b" }, type: "a/b" },
    { summary: "is that of its config where an image says nothing", value: IMAGE, type: MEDIA_TYPES.config },
    {
      summary: "is that of its config where it is empty",
      value: { ...IMAGE, artifactType: "" },
      type: MEDIA_TYPES.config,
    },
    { summary: "is unknown where an index says nothing", value: INDEX, type: undefined },
  ];
  it.each(cases)("$summary", ({ value, type }) => {
    expect(artifactTypeOf(parseManifest(bytesOf(value)))).toBe(type);
  });
});
