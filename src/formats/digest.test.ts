// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  diffIdOfHex,
  digestOfHex,
  equalSecrets,
  isDigest,
  parseDigest,
  parseSha256,
  sha256Digest,
  sha256Hex,
  shortDigest,
  splitDigest,
} from "./digest.js";

const HEX = "0123456789abcdef".repeat(4);

describe("digests", () => {
  const cases = [
    { summary: "sha256 of 64 digits", text: `sha256:${HEX}`, isValid: true },
    { summary: "sha512 of 128 digits", text: `sha512:${HEX}${HEX}`, isValid: true },
    { summary: "nothing", text: "", isValid: false },
    { summary: "an algorithm alone", text: "sha256:", isValid: false },
    { summary: "digits alone", text: HEX, isValid: false },
    { summary: "63 digits", text: `sha256:${HEX.slice(1)}`, isValid: false },
    { summary: "65 digits", text: `sha256:${HEX}0`, isValid: false },
    { summary: "sha256 of 128 digits", text: `sha256:${HEX}${HEX}`, isValid: false },
    { summary: "sha512 of 64 digits", text: `sha512:${HEX}`, isValid: false },
    { summary: "capitals", text: `sha256:${HEX.toUpperCase()}`, isValid: false },
    { summary: "an algorithm in capitals", text: `SHA256:${HEX}`, isValid: false },
    { summary: "sha384", text: `sha384:${HEX}${HEX.slice(0, 32)}`, isValid: false },
    { summary: "md5", text: "md5:d41d8cd98f00b204e9800998ecf8427e", isValid: false },
    { summary: "a dash instead of the colon", text: `sha256-${HEX}`, isValid: false },
    { summary: "a space in front", text: ` sha256:${HEX}`, isValid: false },
    { summary: "a line break at the end", text: `sha256:${HEX}\n`, isValid: false },
    { summary: "two lines", text: `sha256:${HEX}\nsha256:${HEX}`, isValid: false },
    { summary: "a NUL at the end", text: `sha256:${HEX}\0`, isValid: false },
    { summary: "a path in it", text: `sha256:../../${HEX.slice(6)}`, isValid: false },
    { summary: "digits of other scripts", text: `sha256:${"\u0661".repeat(64)}`, isValid: false },
    { summary: "a million digits", text: `sha256:${"0".repeat(1_000_000)}`, isValid: false },
  ];
  it.each(cases)("$summary: $isValid", async ({ text, isValid }) => {
    expect(isDigest(text)).toBe(isValid);
    expect(await codeOf(() => parseDigest(text))).toBe(isValid ? undefined : "DIGEST_INVALID");
  });
});

describe("hashes without a prefix", () => {
  it("of 64 digits are accepted", () => {
    expect(parseSha256(HEX)).toBe(HEX);
  });
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "63 digits", text: HEX.slice(1) },
    { summary: "65 digits", text: `${HEX}0` },
    { summary: "capitals", text: HEX.toUpperCase() },
    { summary: "a prefix", text: `sha256:${HEX}` },
    { summary: "a line break at the end", text: `${HEX}\n` },
    { summary: "a letter that is no digit", text: `${HEX.slice(1)}g` },
  ];
  it.each(cases)("are refused: $summary", async ({ text }) => {
    expect(await codeOf(() => parseSha256(text))).toBe("DIGEST_INVALID");
  });
});

describe("hashing", () => {
  const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, B.1

  it("gives hex and digests", () => {
    expect([sha256Hex(""), sha256Digest("abc"), sha256Digest(Buffer.from("abc"))]).toEqual([
      EMPTY,
      `sha256:${ABC}`,
      `sha256:${ABC}`,
    ]);
  });

  it("is written and split", () => {
    expect([digestOfHex(sha256Hex("abc")), diffIdOfHex(sha256Hex("abc"))]).toEqual([`sha256:${ABC}`, `sha256:${ABC}`]);
    expect(splitDigest(sha256Digest("abc"))).toEqual({ algorithm: "sha256", hex: ABC });
    expect(splitDigest(parseDigest(`sha512:${HEX}${HEX}`))).toEqual({ algorithm: "sha512", hex: HEX + HEX });
    expect(shortDigest(sha256Digest("abc"))).toBe("ba7816bf8f01");
  });
});

describe("secrets", () => {
  const cases = [
    { summary: "equal ones", a: "secret", b: "secret", isEqual: true },
    { summary: "different ones", a: "secret", b: "secreT", isEqual: false },
    { summary: "different lengths", a: "secret", b: "secrets", isEqual: false },
    { summary: "empty ones", a: "", b: "", isEqual: true },
    { summary: "nothing and something", a: "", b: "a", isEqual: false },
    { summary: "letters of several bytes", a: "ü", b: "ü", isEqual: true },
  ];
  it.each(cases)("$summary: $isEqual", ({ a, b, isEqual }) => {
    expect(equalSecrets(a, b)).toBe(isEqual);
  });
});
