// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { architectureOf, parsePlatform, parsePlatforms, PLATFORMS } from "./platform.js";

describe("platforms", () => {
  const cases = [
    { text: "linux/amd64", platform: "linux/amd64" },
    { text: "linux/arm64", platform: "linux/arm64" },
    { text: "linux/arm64/v8", platform: "linux/arm64" },
    { text: " linux/amd64\n", platform: "linux/amd64" },
  ];
  it.each(cases)("$text is $platform", ({ text, platform }) => {
    expect(parsePlatform(text)).toBe(platform);
  });

  it("have the architecture's name of Go", () => {
    expect(PLATFORMS.map(architectureOf)).toEqual(["amd64", "arm64"]);
  });

  const lists = [
    { text: "linux/arm64,linux/amd64", platforms: ["linux/arm64", "linux/amd64"] },
    { text: "linux/amd64, linux/amd64", platforms: ["linux/amd64"] },
    { text: "linux/arm64/v8,linux/arm64", platforms: ["linux/arm64"] },
  ];
  it.each(lists)("$text is a list", ({ text, platforms }) => {
    expect(parsePlatforms(text)).toEqual(platforms);
  });
});

describe("others are refused", () => {
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "an architecture alone", text: "amd64" },
    { summary: "a system alone", text: "linux/" },
    { summary: "another architecture", text: "linux/386" },
    { summary: "another system", text: "windows/amd64" },
    { summary: "another variant", text: "linux/arm64/v9" },
    { summary: "a variant of amd64", text: "linux/amd64/v2" },
    { summary: "capitals", text: "Linux/AMD64" },
    { summary: "a path", text: "../linux/amd64" },
    { summary: "a NUL", text: "linux/amd64\0" },
    { summary: "a name that every object has", text: "constructor" },
    { summary: "a million letters", text: "a".repeat(1_000_000) },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parsePlatform(text))).toBe("PLATFORM_UNKNOWN");
    expect(await codeOf(() => parsePlatforms(`linux/amd64,${text}`))).toBe("PLATFORM_UNKNOWN");
  });
});
