// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { integrityAlgorithm, integrityHash, integrityHex, parseIntegrity } from "./integrity.js";

const ALGORITHMS = ["sha256", "sha384", "sha512"] as const;

function hex(algorithm: string, content = "abc"): string {
  return createHash(algorithm).update(content).digest("hex");
}

function base64(algorithm: string, content = "abc"): string {
  return createHash(algorithm).update(content).digest("base64");
}

describe.each(ALGORITHMS)("%s", (algorithm) => {
  const forms = [
    { summary: "base64", text: `${algorithm}-${base64(algorithm)}` },
    { summary: "hex", text: `${algorithm}:${hex(algorithm)}` },
  ];
  it.each(forms)("in $summary becomes one form", ({ text }) => {
    const integrity = parseIntegrity(text);
    expect(integrity).toBe(`${algorithm}-${base64(algorithm)}`);
    expect([integrityAlgorithm(integrity), integrityHex(integrity)]).toEqual([algorithm, hex(algorithm)]);
  });

  it.each([
    { chunks: ["ab", "c"], isEqual: true },
    { chunks: ["abd"], isEqual: false },
    { chunks: [], isEqual: false },
  ])("is compared with what was hashed: $chunks, $isEqual", ({ chunks, isEqual }) => {
    const hash = integrityHash(parseIntegrity(`${algorithm}:${hex(algorithm)}`));
    for (const chunk of chunks) hash.update(Buffer.from(chunk));
    expect(hash.matches()).toBe(isEqual);
  });
});

describe("hostile texts are refused", () => {
  const HEX = hex("sha256");
  const BASE64 = base64("sha256");
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "an algorithm alone", text: "sha256-" },
    { summary: "an algorithm and a colon alone", text: "sha256:" },
    { summary: "an unknown algorithm", text: `md5-${base64("md5")}` },
    { summary: "sha1, as old npm packages have it", text: `sha1-${base64("sha1")}` },
    { summary: "an algorithm that every object has", text: `constructor-${BASE64}` },
    { summary: "hex behind a dash", text: `sha256-${HEX}` },
    { summary: "base64 behind a colon", text: `sha256:${BASE64}` },
    { summary: "hex in capitals", text: `sha256:${HEX.toUpperCase()}` },
    { summary: "hex of 62 digits", text: `sha256:${HEX.slice(2)}` },
    { summary: "hex of 63 digits", text: `sha256:${HEX.slice(1)}` },
    { summary: "hex of 65 digits", text: `sha256:${HEX}0` },
    { summary: "hex of 66 digits", text: `sha256:${HEX}00` },
    { summary: "the hash of another algorithm", text: `sha512-${BASE64}` },
    { summary: "two hashes", text: `sha256-${BASE64} sha256-${BASE64}` },
    { summary: "an option behind the hash", text: `sha256-${BASE64}?ct=text` },
    { summary: "base64 for URLs", text: `sha256-${"-_".repeat(21)}A=` },
    { summary: "base64 without its padding", text: `sha256-${BASE64.replace("=", "")}` },
    { summary: "base64 with too much padding", text: `sha256-${BASE64}=` },
    { summary: "base64 with bits left over", text: `sha256-${"A".repeat(42)}B=` },
    { summary: "a space in front", text: ` sha256-${BASE64}` },
    { summary: "a line break at the end", text: `sha256-${BASE64}\n` },
    { summary: "a NUL", text: `sha256-${BASE64}\0` },
    { summary: "a million letters", text: `sha256-${"A".repeat(1_000_000)}` },
    { summary: "a million digits", text: `sha256:${"0".repeat(1_000_000)}` },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseIntegrity(text))).toBe("INTEGRITY_INVALID");
  });
});
