// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { parseByteSize, parseDurationMs } from "./quantities.js";

const HOUR_MS = 60 * 60 * 1000;

describe("sizes", () => {
  const cases = [
    ["0", 0],
    ["1", 1],
    ["123456789012", 123_456_789_012],
    ["5B", 5],
    ["1k", 1000],
    ["500M", 500_000_000],
    ["500mb", 500_000_000],
    ["10G", 10_000_000_000],
    ["1.5 GB", 1_500_000_000],
    ["10GiB", 10 * 1024 ** 3],
    ["1Ki", 1024],
    ["2T", 2_000_000_000_000],
  ] as const;
  it.each(cases)("%s is %i bytes", (text, bytes) => expect(parseByteSize(text, "--keep-bytes")).toBe(bytes));

  const wrong = [
    "",
    " ",
    "G",
    "-1",
    "+1",
    "1e9",
    "0x10",
    "1.",
    ".5",
    "1.2345G",
    "1P",
    "1iB",
    "1GG",
    "1G1",
    "NaN",
    "１G",
  ];
  it.each(wrong)("%j is none", async (text) =>
    expect(await codeOf(() => parseByteSize(text, "--keep-bytes"))).toBe("USAGE"),
  );
});

describe("durations", () => {
  const cases = [
    ["1h", HOUR_MS],
    ["30d", 30 * 24 * HOUR_MS],
    ["2w", 14 * 24 * HOUR_MS],
    ["1y", 365 * 24 * HOUR_MS],
  ] as const;
  it.each(cases)("%s", (text, ms) => expect(parseDurationMs(text, "--older-than")).toBe(ms));

  it.each(["", "0d", "d", "30", "-1d", "1.5d", "100y", "99999d", "30m", "1 d"])("%j is none", async (text) =>
    expect(await codeOf(() => parseDurationMs(text, "--older-than"))).toBe("USAGE"),
  );
});
