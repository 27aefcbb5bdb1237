// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { parseRelease } from "./release.js";

const SHA256 = "0123456789abcdef".repeat(4);

/** A Release file with some fields replaced, or left out where they are undefined. */
function release(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all = {
    Suite: "stable",
    Codename: "trixie",
    Date: "Sat, 15 Nov 2025 09:59:01 UTC",
    SHA256: `\n ${SHA256} 1234 main/binary-amd64/Packages.xz`,
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\n`))
    .join("");
}

describe("a Release file", () => {
  it("with the fields that it must have", () => {
    expect(parseRelease(release(), "Release")).toEqual({
      suite: "stable",
      codename: "trixie",
      publishedAt: new Date("2025-11-15T09:59:01Z"),
      acquireByHash: false,
      notAutomatic: false,
      butAutomaticUpgrades: false,
      hasIndexOfAll: false,
      files: new Map([["main/binary-amd64/Packages.xz", { sha256: SHA256, sizeBytes: 1234 }]]),
    });
  });

  const cases = [
    {
      summary: "without a codename, as flat repositories are",
      fields: { Codename: undefined },
      expected: { codename: "" },
    },
    {
      summary: "of packages that do not come in by themselves",
      fields: { NotAutomatic: "yes", ButAutomaticUpgrades: "yes" },
      expected: { notAutomatic: true, butAutomaticUpgrades: true },
    },
    {
      summary: "with an index for all architectures",
      fields: { Architectures: "all amd64" },
      expected: { architectures: ["all", "amd64"], hasIndexOfAll: true },
    },
    {
      summary: "with that index not for packages",
      fields: { Architectures: "all amd64", "No-Support-for-Architecture-all": "Packages" },
      expected: { hasIndexOfAll: false },
    },
    { summary: "without a suite", fields: { Suite: undefined }, expected: { suite: "" } },
    {
      summary: "with an end",
      fields: { "Valid-Until": "Sat, 22 Nov 2025 09:59:01 UTC" },
      expected: { validUntil: new Date("2025-11-22T09:59:01Z") },
    },
    { summary: "with files by hash", fields: { "Acquire-By-Hash": "yes" }, expected: { acquireByHash: true } },
    {
      summary: "with a day of one digit",
      fields: { Date: "Sat, 1 Nov 2025 00:00:00 UTC" },
      expected: { publishedAt: new Date("2025-11-01T00:00:00Z") },
    },
    {
      summary: "with the zone as a number",
      fields: { Date: "Sat, 15 Nov 2025 09:59:01 +0000" },
      expected: { publishedAt: new Date("2025-11-15T09:59:01Z") },
    },
    {
      summary: "with columns that are lined up",
      fields: { SHA256: `\n  ${SHA256}    7   a/b\n\t${SHA256} 0 c` },
      expected: {
        files: new Map([
          ["a/b", { sha256: SHA256, sizeBytes: 7 }],
          ["c", { sha256: SHA256, sizeBytes: 0 }],
        ]),
      },
    },
    {
      summary: "with a path that goes up, which is only a name",
      fields: { SHA256: `\n ${SHA256} 7 ../../etc/passwd` },
      expected: { files: new Map([["../../etc/passwd", { sha256: SHA256, sizeBytes: 7 }]]) },
    },
  ];
  it.each(cases)("$summary", ({ fields, expected }) => {
    expect(parseRelease(release(fields), "Release")).toMatchObject(expected);
  });
});

describe("hostile Release files are refused", () => {
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "NUL bytes", text: "\0".repeat(1000) },
    { summary: "HTML", text: "<html>\n" },
    { summary: "no date", text: release({ Date: undefined }) },
    { summary: "no checksums", text: release({ SHA256: undefined }) },
    { summary: "an empty list of checksums", text: release({ SHA256: "" }) },
    { summary: "MD5 only", text: release({ SHA256: undefined, MD5Sum: "\n d41d8cd98f00b204e9800998ecf8427e 0 a" }) },
    { summary: "a field that stands twice", text: release({ date: "Sat, 15 Nov 2025 09:59:01 UTC" }) },
    { summary: "a line without a path", text: release({ SHA256: `\n ${SHA256} 7` }) },
    { summary: "a line that is cut in its checksum", text: release({ SHA256: `\n ${SHA256.slice(0, 20)}` }) },
    { summary: "a negative size", text: release({ SHA256: `\n ${SHA256} -7 a` }) },
    { summary: "a size in hex", text: release({ SHA256: `\n ${SHA256} 0x7 a` }) },
    { summary: "a size of sixteen digits", text: release({ SHA256: `\n ${SHA256} ${"9".repeat(16)} a` }) },
    { summary: "a date that is text", text: release({ Date: "yesterday" }) },
    { summary: "a date with text before a number", text: release({ Date: "release 12" }) },
    { summary: "a year only", text: release({ Date: "2025" }) },
    { summary: "a date without a zone", text: release({ Date: "Sat, 15 Nov 2025 09:59:01" }) },
    { summary: "a date that does not exist", text: release({ Date: "Mon, 31 Feb 2025 09:59:01 UTC" }) },
    { summary: "an hour that does not exist", text: release({ Date: "Sat, 15 Nov 2025 25:00:00 UTC" }) },
    { summary: "a date of two lines", text: release({ Date: "Sat, 15 Nov 2025\n 09:59:01 UTC" }) },
    { summary: "an empty end", text: release({ "Valid-Until": "" }) },
    { summary: "an end that is text", text: release({ "Valid-Until": "never 9999" }) },
    { summary: "an end before the year 1", text: release({ "Valid-Until": "Sat, 15 Nov -2025 09:59:01 UTC" }) },
    {
      summary: "an end with five digits in its year",
      text: release({ "Valid-Until": "Sat, 15 Nov 20250 09:59:01 UTC" }),
    },
    { summary: "a month that does not exist", text: release({ Date: "Sat, 15 Foo 2025 09:59:01 UTC" }) },
    { summary: "a day of zero", text: release({ Date: "Sat, 0 Nov 2025 09:59:01 UTC" }) },
    { summary: "a minute that does not exist", text: release({ Date: "Sat, 15 Nov 2025 09:60:01 UTC" }) },
    { summary: "a date in another zone", text: release({ Date: "Sat, 15 Nov 2025 09:59:01 +0100" }) },
    { summary: "a date of ISO 8601", text: release({ Date: "2025-11-15T09:59:01Z" }) },
    { summary: "a date that is a number", text: release({ Date: "1763200741" }) },
    { summary: "a fraction as size", text: release({ SHA256: `\n ${SHA256} 7.5 a` }) },
    { summary: "an exponent as size", text: release({ SHA256: `\n ${SHA256} 1e3 a` }) },
    { summary: "a plus before the size", text: release({ SHA256: `\n ${SHA256} +7 a` }) },
    { summary: "size and path in the other order", text: release({ SHA256: `\n ${SHA256} a 7` }) },
    { summary: "a size that is text", text: release({ SHA256: `\n ${SHA256} many a` }) },
    { summary: "two checksums of one file", text: release({ SHA256: `\n ${SHA256} 7 a\n ${"0".repeat(64)} 7 a` }) },
    { summary: "two sizes of one file", text: release({ SHA256: `\n ${SHA256} 7 a\n ${SHA256} 8 a` }) },
    { summary: "a paragraph before the fields", text: `X: y\n\n${release()}` },
    { summary: "the line ends of Windows", text: release().replaceAll("\n", "\r\n") },
    { summary: "a field that is not ASCII", text: `É: x\n${release()}` },
    { summary: "a continuation without a field", text: ` ${SHA256} 7 a\n${release()}` },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseRelease(text, "Release"))).toBe("CONTROL_INVALID");
  });

  it.each([
    { summary: "a checksum that is too short", line: `${SHA256.slice(1)} 7 a` },
    { summary: "a checksum in capitals", line: `${SHA256.toUpperCase()} 7 a` },
    { summary: "a checksum that is too long", line: `${SHA256}0 7 a` },
    { summary: "a checksum with a prefix", line: `sha256:${SHA256} 7 a` },
    { summary: "a checksum that is text", line: "checksum 7 a" },
    { summary: "a checksum of another kind", line: "d41d8cd98f00b204e9800998ecf8427e 0 a" },
  ])("$summary", async ({ line }) => {
    expect(await codeOf(() => parseRelease(release({ SHA256: `\n ${line}` }), "Release"))).toBe("DIGEST_INVALID");
  });
});
