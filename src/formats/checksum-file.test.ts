// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { BasaltError } from "../errors.js";
import { findChecksum, parseChecksumFile } from "./checksum-file.js";
import { integrityHex } from "./integrity.js";

const A = "0123456789abcdef".repeat(4);
const B = "fedcba9876543210".repeat(4);
const LONG = A + B;
const NAME = "x-1.0.tar.gz";

function find(text: string): string {
  return integrityHex(findChecksum(text, NAME, "https://a.test/sums"));
}

function messageOf(text: string): string {
  try {
    return find(text);
  } catch (error) {
    return error instanceof BasaltError ? error.message : String(error);
  }
}

describe("a checksum is found in", () => {
  const cases = [
    { summary: "a hash alone", text: A },
    { summary: "a hash and the end of a line", text: `${A}\n` },
    { summary: "a hash in capitals", text: A.toUpperCase() },
    { summary: "lines as Windows ends them", text: `${B}  y\r\n${A}  ${NAME}\r\n` },
    { summary: "text mode", text: `${A}  ${NAME}\n` },
    { summary: "binary mode", text: `${A} *${NAME}\n` },
    { summary: "a tabulator", text: `${A}\t${NAME}\n` },
    { summary: "several lines", text: `${B}  other.tar.gz\n${A}  ${NAME}\n${B}  ${NAME}.zip\n` },
    { summary: "a path", text: `${B}  ./b/y\n${A}  ./dist/${NAME}\n` },
    { summary: "an escaped line", text: `${B}  y\n\\${A}  a\\\\b/${NAME}\n` },
    { summary: "BSD's form", text: `SHA256 (y) = ${B}\nSHA256 (${NAME}) = ${A}\n` },
    { summary: "OpenSSL's form", text: `SHA2-256(y)= ${B}\nSHA256(${NAME})= ${A}\n` },
    { summary: "comments and headings", text: `# sums\n\nSHA256:\n${A}  ${NAME}\n` },
    { summary: "the same line twice", text: `${A}  ${NAME}\n${A} *${NAME}\n` },
    {
      summary: "weaker hashes beside it",
      text: `${"a".repeat(32)}  ${NAME}\n${"b".repeat(40)}  ${NAME}\n${A}  ${NAME}\n`,
    },
    {
      summary: "a clear-signed file",
      text: `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- ${A}  ${NAME}\n-----BEGIN PGP SIGNATURE-----\n\n${B}\n-----END PGP SIGNATURE-----\n`,
    },
  ];
  it.each(cases)("$summary", ({ text }) => {
    expect(find(text)).toBe(A);
  });

  it("the longest hash counts where there are several", () => {
    expect(find(`${A}  ${NAME}\n${LONG}  ${NAME}\n`)).toBe(LONG);
  });
});

describe("refused:", () => {
  const cases = [
    { summary: "nothing", text: "", why: "has no checksum in it" },
    { summary: "a page", text: "<html><body>Not found</body></html>", why: "has no checksum in it" },
    { summary: "a hash that is too short", text: A.slice(1), why: "has no checksum in it" },
    { summary: "a hash that is too long", text: `${LONG}0`, why: "has no checksum in it" },
    { summary: "no hex", text: "g".repeat(64), why: "has no checksum in it" },
    { summary: "md5", text: "a".repeat(32), why: "only md5" },
    { summary: "sha1", text: `${"a".repeat(40)}  ${NAME}`, why: "only sha1" },
    { summary: "sha1 in BSD's form", text: `SHA1 (${NAME}) = ${"a".repeat(40)}`, why: "only sha1" },
    { summary: "sha224", text: "a".repeat(56), why: "only sha224" },
    { summary: "another algorithm of the same length", text: `BLAKE2s (${NAME}) = ${A}`, why: "has no checksum in it" },
    { summary: "another file's line only", text: `${A}  y.zip`, why: 'does not name x-1.0.tar.gz; it has "y.zip"' },
    { summary: "a name that only ends alike", text: `${A}  my-${NAME}`, why: "does not name" },
    { summary: "two hashes without names", text: `${A}\n${B}\n`, why: "it has 2 checksums without names" },
    { summary: "two hashes of one file", text: `${A}  ${NAME}\n${B}  ${NAME}\n`, why: "has different checksums" },
    {
      summary: "many names, of which some are told",
      text: "abcdefgh"
        .split("")
        .map((name) => `${A}  ${name}`)
        .join("\n"),
      why: '"e" and 3 more',
    },
    {
      summary: "what stands around a clear-signed text",
      text: `${A}  ${NAME}\n-----BEGIN PGP SIGNED MESSAGE-----\n\n${B}  y\n-----BEGIN PGP SIGNATURE-----\n${A}  ${NAME}\n`,
      // Not clear-signed from its start: all of it counts, as in any text.
      why: A,
    },
    {
      summary: "what stands behind a clear-signed text",
      text: `-----BEGIN PGP SIGNED MESSAGE-----\n\n${B}  y\n-----BEGIN PGP SIGNATURE-----\n${A}  ${NAME}\n`,
      why: 'it has "y"',
    },
    { summary: "headers without a text", text: `-----BEGIN PGP SIGNED MESSAGE-----\n${A}`, why: "has no checksum" },
  ];
  it.each(cases)("$summary", ({ text, why }) => {
    expect(messageOf(text)).toContain(why);
  });

  it("anything else ends with a code", async () => {
    const line = fc.oneof(fc.string(), fc.constantFrom(`${A}  ${NAME}`, A, `SHA256 (${NAME}) = `, "\\", "- ", B));
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        expect([undefined, "CHECKSUM_FILE_INVALID"]).toContain(await codeOf(async () => find(lines.join("\n"))));
      }),
    );
  });

  it("long lines are read in no time", () => {
    expect(parseChecksumFile(`${" ".repeat(1_000_000)}${"a".repeat(1_000_000)}(${"(".repeat(100_000)}`)).toEqual([]);
  });
});
