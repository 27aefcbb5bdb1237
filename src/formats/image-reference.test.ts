// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { digestOfHex, parseSha256 } from "./digest.js";
import {
  formatImageReference,
  isRepositoryName,
  isTag,
  manifestNameOf,
  parseImageReference,
  parseRepositoryName,
  parseTag,
  type ImageReference,
} from "./image-reference.js";

const HEX = "0123456789abcdef".repeat(4);
const DIGEST = `sha256:${HEX}`;

describe("references", () => {
  const cases = [
    { text: "node", parts: { repository: "node" } },
    { text: "node:22", parts: { repository: "node", tag: "22" } },
    { text: `node@${DIGEST}`, parts: { repository: "node", digest: DIGEST } },
    { text: `node:22@${DIGEST}`, parts: { repository: "node", tag: "22", digest: DIGEST } },
    { text: `node@sha512:${HEX}${HEX}`, parts: { repository: "node", digest: `sha512:${HEX}${HEX}` } },
    { text: "library/node:22", parts: { repository: "library/node", tag: "22" } },
    { text: "docker.io/library/node", parts: { host: "docker.io", repository: "library/node" } },
    { text: "localhost/node", parts: { host: "localhost", repository: "node" } },
    { text: "localhost:5000/a/b:c", parts: { host: "localhost:5000", repository: "a/b", tag: "c" } },
    { text: "127.0.0.1:5000/a", parts: { host: "127.0.0.1:5000", repository: "a" } },
    { text: "[::1]:5000/a", parts: { host: "[::1]:5000", repository: "a" } },
    { text: "Example.COM/a", parts: { host: "Example.COM", repository: "a" } },
    { text: "node.js", parts: { repository: "node.js" } },
    { text: "host:5000", parts: { repository: "host", tag: "5000" } },
    { text: "a__b/c-d/e---f", parts: { repository: "a__b/c-d/e---f" } },
    { text: "a:_x", parts: { repository: "a", tag: "_x" } },
    { text: `a:${"t".repeat(128)}`, parts: { repository: "a", tag: "t".repeat(128) } },
    { text: "r".repeat(255), parts: { repository: "r".repeat(255) } },
  ];
  it.each(cases)("$text", ({ text, parts }) => {
    expect(parseImageReference(text)).toEqual(parts);
    expect(formatImageReference(parseImageReference(text))).toBe(text);
  });
});

describe("hostile references are refused", () => {
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "a slash", text: "/" },
    { summary: "a colon", text: ":" },
    { summary: "an at sign", text: "@" },
    { summary: "capitals", text: "Node" },
    { summary: "a space", text: "node 22" },
    { summary: "a space in front", text: " node" },
    { summary: "a line break at the end", text: "node\n" },
    { summary: "a NUL", text: "node\0" },
    { summary: "letters beyond ASCII", text: "nöde" },
    { summary: "an empty component", text: "a//b" },
    { summary: "a slash in front", text: "/a" },
    { summary: "a slash at the end", text: "a/" },
    { summary: "a path that goes up", text: "a/../b" },
    { summary: "a path that goes up behind a host", text: "example.com/../b" },
    { summary: "a path that begins with dots", text: "../b" },
    { summary: "a percent sign", text: "a%2f..%2fb" },
    { summary: "a backslash", text: "a\\b" },
    { summary: "a dot in front", text: "a/.b" },
    { summary: "two dots in a row", text: "a..b" },
    { summary: "three underscores", text: "a___b" },
    { summary: "a dash at the end", text: "a-" },
    { summary: "a repository of 256 letters", text: "r".repeat(256) },
    { summary: "a million letters", text: "r".repeat(1_000_000) },
    { summary: "a long run of separators", text: `${"a_".repeat(100_000)}!` },
    { summary: "an empty tag", text: "a:" },
    { summary: "a tag that begins with a dot", text: "a:.b" },
    { summary: "a tag that begins with a dash", text: "a:-b" },
    { summary: "a tag of 129 letters", text: `a:${"t".repeat(129)}` },
    { summary: "a tag with a slash", text: "a:b/c" },
    { summary: "two tags", text: "a:b:c" },
    { summary: "an empty digest", text: "a@" },
    { summary: "a short digest", text: `a@${DIGEST.slice(0, -1)}` },
    { summary: "a digest in capitals", text: `a@sha256:${HEX.toUpperCase()}` },
    { summary: "two digests", text: `a@${DIGEST}@${DIGEST}` },
    { summary: "a tag behind the digest", text: `a@${DIGEST}:b` },
    { summary: "a digest alone", text: `@${DIGEST}` },
    { summary: "a URL", text: "https://example.com/a" },
    { summary: "a user", text: "user:password@example.com/a" },
    { summary: "a host alone", text: "example.com/" },
    { summary: "a host with a tag and no repository", text: "example.com/:a" },
    { summary: "a host that begins with a dash", text: "-a.com/b" },
    { summary: "a host with an underscore", text: "a_b.com/c" },
    { summary: "an empty port", text: "example.com:/a" },
    { summary: "a port that is text", text: "example.com:http/a" },
    { summary: "a port of six digits", text: "example.com:123456/a" },
    { summary: "a port above 65535", text: "example.com:65536/a" },
    { summary: "two ports", text: "example.com:1:2/a" },
    { summary: "half a bracket", text: "[::1/a" },
    { summary: "text in brackets", text: "[x.y]/a" },
    { summary: "colons in brackets that are no address", text: "[::::]/a" },
    { summary: "an address of five numbers", text: "1.2.3.4.5/a" },
    { summary: "an address with a number above 255", text: "300.1.1.1/a" },
    { summary: "a host that no URL can have", text: "xn--a.test/b" },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseImageReference(text))).toBe("REFERENCE_INVALID");
  });
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const component = fc
  .array(word, { minLength: 1, maxLength: 3 })
  .chain((words) => fc.constantFrom(".", "_", "__", "-", "---").map((separator) => words.join(separator)));
const repository = fc
  .tuple(fc.stringMatching(/^[a-z0-9]{1,8}$/), fc.array(component, { maxLength: 3 }))
  .map((parts) => parts.flat().join("/"))
  .filter((text) => !text.startsWith("localhost/"));
const host = fc
  .tuple(
    fc.constantFrom("localhost", "registry.example.com", "127.0.0.1", "[::1]", "a.b"),
    fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  )
  .map(([name, port]) => (port === undefined ? name : `${name}:${port}`));
const reference = fc
  .record(
    {
      host,
      repository,
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/),
      digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => digestOfHex(parseSha256(hex))),
    },
    { requiredKeys: ["repository"] },
  )
  .map((value) => ({ ...value }) as ImageReference);

it("a reference that is formatted is read back", () => {
  fc.assert(
    fc.property(reference, (wanted) => {
      expect(parseImageReference(formatImageReference(wanted))).toEqual(wanted);
    }),
  );
});

it("any text is a reference that can be written again, or is refused", async () => {
  const piece = fc.constantFrom(
    "a",
    "B",
    ".",
    ":",
    "/",
    "-",
    "_",
    "@",
    "5000",
    "localhost",
    "[",
    "]",
    "::1",
    DIGEST,
    "..",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const text = pieces.join("");
      const code = await codeOf(() => {
        const parsed = parseImageReference(text);
        expect(formatImageReference(parsed)).toBe(text);
      });
      expect([undefined, "REFERENCE_INVALID"]).toContain(code);
    }),
    { numRuns: 500 },
  );
});

describe("the parts alone", () => {
  it("are told from others", () => {
    expect([isRepositoryName("a/b"), isRepositoryName("a/B"), isTag("A.b"), isTag("a/b")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([parseRepositoryName("a/b"), parseTag("1.0")]).toEqual(["a/b", "1.0"]);
  });
  it.each(["", "A", "a:b", "a/", "../a"])("a repository is not %j", async (text) => {
    expect(await codeOf(() => parseRepositoryName(text))).toBe("REFERENCE_INVALID");
  });
  it.each(["", ".a", "a b", "a\n", "t".repeat(129)])("a tag is not %j", async (text) => {
    expect(await codeOf(() => parseTag(text))).toBe("REFERENCE_INVALID");
  });
});

describe("what a registry calls the manifest", () => {
  const cases = [
    { text: `a:b@${DIGEST}`, name: DIGEST },
    { text: "a:b", name: "b" },
    { text: "a", name: "latest" },
  ];
  it.each(cases)("of $text is $name", ({ text, name }) => {
    expect(manifestNameOf(parseImageReference(text))).toBe(name);
  });
});
