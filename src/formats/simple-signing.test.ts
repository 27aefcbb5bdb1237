// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseDigest } from "./digest.js";
import { parseRepositoryName } from "./image-reference.js";
import { cosignTags, formatSimpleSigning, isCosignTag, signatureTag } from "./simple-signing.js";

const HEX = "0123456789abcdef".repeat(4);
const SHA256 = parseDigest(`sha256:${HEX}`);
const SHA512 = parseDigest(`sha512:${HEX}${HEX}`);

it("what a signature covers names the repository and the manifest", () => {
  expect(formatSimpleSigning(parseRepositoryName("a/b"), SHA256).toString()).toBe(
    `{"critical":{"identity":{"docker-reference":"a/b"},"image":{"docker-manifest-digest":"sha256:${HEX}"},"type":"cosign container image signature"},"optional":null}`,
  );
});

it("the tags that cosign derives", () => {
  expect(signatureTag(SHA256)).toBe(`sha256-${HEX}.sig`);
  expect(cosignTags(SHA256)).toEqual([`sha256-${HEX}.sig`, `sha256-${HEX}.att`, `sha256-${HEX}.sbom`]);
  expect([...cosignTags(SHA256), ...cosignTags(SHA512)].every(isCosignTag)).toBe(true);
});

describe("other tags are no evidence", () => {
  const cases = [
    { summary: "a version", tag: "22" },
    { summary: "nothing", tag: "" },
    { summary: "a digest without an ending", tag: `sha256-${HEX}` },
    { summary: "another ending", tag: `sha256-${HEX}.txt` },
    { summary: "something behind the ending", tag: `sha256-${HEX}.sig.old` },
    { summary: "something in front", tag: `x-sha256-${HEX}.sig` },
    { summary: "a digit too few", tag: `sha256-${HEX.slice(1)}.sig` },
    { summary: "the length of another algorithm", tag: `sha512-${HEX}.sig` },
    { summary: "a colon", tag: `sha256:${HEX}.sig` },
    { summary: "capitals", tag: `sha256-${HEX.toUpperCase()}.sig` },
    { summary: "a line break", tag: `sha256-${HEX}.sig\n` },
  ];
  it.each(cases)("$summary", ({ tag }) => {
    expect(isCosignTag(tag)).toBe(false);
  });
});
