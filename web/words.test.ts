// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { categoryText, dayText, isRoot, kindText, predicateText, shortDigest, sizeText, userText } from "./words.js";

describe("who an image runs as", () => {
  const CASES = [
    { user: "65532:65532", text: "65532", is: false },
    { user: "nonroot", text: "nonroot", is: false },
    { user: "", text: "root", is: true },
    { user: "0", text: "root", is: true },
    { user: "0:0", text: "root", is: true },
    { user: "root", text: "root", is: true },
    { user: "root:65532", text: "root", is: true },
  ];

  it.each(CASES)("$user is $text", ({ user, text, is }) => {
    expect([userText(user), isRoot(user)]).toEqual([text, is]);
  });
});

it("days, digests, categories and kinds read well", () => {
  expect([dayText("2026-11-19T06:00:00Z"), dayText(undefined), dayText(null)]).toEqual(["2026-11-19", "–", "–"]);
  expect(shortDigest(`sha256:${"ab".repeat(32)}`)).toBe("abababababab");
  expect([categoryText("languages-and-frameworks"), categoryText("")]).toEqual(["Languages and frameworks", ""]);
  expect([kindText("deb"), kindText("nodejs"), kindText("other")]).toEqual(["Debian", "Node.js", "other"]);
  expect([predicateText("https://spdx.dev/Document"), predicateText("urn:x")]).toEqual(["SBOM (SPDX)", "urn:x"]);
});

describe("sizes", () => {
  const CASES = [
    { sizeBytes: 0, text: "0 B" },
    { sizeBytes: 1_500, text: "1.5 kB" },
    { sizeBytes: 41_300_000, text: "41 MB" },
    { sizeBytes: 999_700, text: "1.0 MB" },
  ];

  it.each(CASES)("$sizeBytes bytes are $text", ({ sizeBytes, text }) => {
    expect(sizeText(sizeBytes)).toBe(text);
  });
});
