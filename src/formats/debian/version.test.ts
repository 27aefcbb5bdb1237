// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareDebianVersions, parseDebianVersion, upstreamVersion } from "./version.js";

describe("order", () => {
  // Source: Debian Policy, 5.6.12; deb-version(7); t/Dpkg_Version.t of dpkg.
  const cases = [
    { a: "1.0-1", order: "=", b: "1.0-1" },
    { a: "1.0", order: "=", b: "1.0-0" },
    { a: "0:1.0", order: "=", b: "1.0" },
    { a: "00:1.0", order: "=", b: "0:1.0" },
    { a: "1.00", order: "=", b: "1.0" },
    { a: "1.0-00", order: "=", b: "1.0" },
    { a: "1.0001", order: "=", b: "1.1" },
    { a: "a", order: "=", b: "a0" },
    { a: "9", order: "<", b: "10" },
    { a: "1.9", order: "<", b: "1.10" },
    { a: "1.0-9", order: "<", b: "1.0-10" },
    { a: "1.0", order: "<", b: "1.0.0" },
    { a: "1.0-1", order: "<", b: "1.0-1.1" },
    { a: "1.0", order: "<", b: "1:0.1" },
    { a: "2:0", order: "<", b: "10:0" },
    { a: "1.0~rc1-1", order: "<", b: "1.0-1" },
    { a: "1.0~", order: "<", b: "1.0" },
    { a: "1.0~~", order: "<", b: "1.0~" },
    { a: "1.0~~a", order: "<", b: "1.0~" },
    { a: "1.0-1~deb12u1", order: "<", b: "1.0-1" },
    { a: "1.0-1~bpo12+1", order: "<", b: "1.0-1" },
    { a: "1.0-1", order: "<", b: "1.0-1+deb12u1" },
    { a: "1.0-1+deb12u1", order: "<", b: "1.0-1+deb12u2" },
    { a: "1.0-1+deb12u9", order: "<", b: "1.0-1+deb12u10" },
    { a: "1.0-1+deb12u2", order: "<", b: "1.0-2" },
    { a: "1.0-1+b1", order: "<", b: "1.0-1+b2" },
    { a: "1.0a", order: "<", b: "1.0+" },
    { a: "1.0z", order: "<", b: "1.0." },
    { a: "1.0A", order: "<", b: "1.0a" },
    { a: "1.0", order: "<", b: "1.0a" },
    { a: "1.0+dfsg-1", order: "<", b: "1.0.1-1" },
    { a: "1.2.3", order: "<", b: "1.2.3-1" },
    { a: "1-2-3", order: "<", b: "1-3-2" },
    { a: "1.0-a~", order: "<", b: "1.0-a" },
    { a: "20241223", order: "<", b: "20250419" },
    { a: "1.0-99999999999999999998", order: "<", b: "1.0-99999999999999999999" },
    { a: "", order: "<", b: "1" },
    { a: "~", order: "<", b: "" },
  ] as const;
  it.each(cases)("$a $order $b", ({ a, order, b }) => {
    expect(compareDebianVersions(a, b)).toBe(order === "<" ? -1 : 0);
    expect(compareDebianVersions(b, a)).toBe(order === "<" ? 1 : 0);
  });

  const version = fc
    .array(fc.constantFrom("0", "1", "9", "10", "00", "a", "B", "~", "+", ".", "-", ":", "deb12u1", "rc"), {
      maxLength: 8,
    })
    .map((parts) => parts.join(""));

  it("is the reverse of the reverse", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareDebianVersions(a, b) + compareDebianVersions(b, a)).toBe(0);
      }),
    );
  });

  it("is transitive, also for equality", () => {
    fc.assert(
      fc.property(fc.tuple(version, version, version), (versions) => {
        const [a = "", b = "", c = ""] = versions.toSorted(compareDebianVersions);
        expect(compareDebianVersions(a, b)).toBeLessThanOrEqual(0);
        expect(compareDebianVersions(b, c)).toBeLessThanOrEqual(0);
        expect(compareDebianVersions(a, c)).toBe(
          compareDebianVersions(a, b) === 0 && compareDebianVersions(b, c) === 0 ? 0 : -1,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("has a tilde before the end, for every version", () => {
    fc.assert(
      fc.property(version, (text) => {
        expect(compareDebianVersions(`${text}~`, text)).toBe(-1);
      }),
    );
  });
});

describe("parts", () => {
  const cases = [
    { text: "1.2-3", parts: { epoch: 0, upstream: "1.2", revision: "3" } },
    { text: "1.2", parts: { epoch: 0, upstream: "1.2", revision: "" } },
    { text: "7:1.2-3", parts: { epoch: 7, upstream: "1.2", revision: "3" } },
    { text: "1:2:3-4", parts: { epoch: 1, upstream: "2:3", revision: "4" } },
    { text: "1.2-3-4", parts: { epoch: 0, upstream: "1.2-3", revision: "4" } },
    { text: "1-", parts: { epoch: 0, upstream: "1", revision: "" } },
    { text: "-1", parts: { epoch: 0, upstream: "", revision: "1" } },
    { text: ":1", parts: { epoch: 0, upstream: ":1", revision: "" } },
    { text: "a:1", parts: { epoch: 0, upstream: "a:1", revision: "" } },
    { text: "-1:2", parts: { epoch: 0, upstream: "", revision: "1:2" } },
    { text: "", parts: { epoch: 0, upstream: "", revision: "" } },
  ];
  it.each(cases)("of $text", ({ text, parts }) => {
    expect(parseDebianVersion(text)).toEqual(parts);
  });
});

describe("hostile versions have an order, too", () => {
  const cases = [
    { summary: "NUL bytes", a: "1\0", b: "1" },
    { summary: "a million digits", a: "9".repeat(1_000_000), b: "8".repeat(1_000_000) },
    { summary: "a number with more digits", a: `1${"0".repeat(400)}`, b: "9".repeat(400) },
    { summary: "an epoch of 400 digits", a: `${"9".repeat(400)}:1`, b: "1:1" },
    { summary: "a million letters", a: `${"a".repeat(1_000_000)}b`, b: `${"a".repeat(1_000_000)}a` },
    { summary: "letters that are not ASCII", a: "1\u00e9", b: "1z" },
    { summary: "spaces", a: "1 1", b: "1" },
  ];
  it.each(cases)("$summary", ({ a, b }) => {
    expect([compareDebianVersions(a, b), compareDebianVersions(b, a)]).toEqual([1, -1]);
  });
});

describe("the version that upstream gave", () => {
  const cases = [
    { version: "1.2.3-4", upstream: "1.2.3" },
    { version: "2:1.2.3-4+deb12u5", upstream: "1.2.3" },
    { version: "12.4+deb12u5", upstream: "12.4" },
    { version: "1:1.3.dfsg+really1.3.1-1+b1", upstream: "1.3.1" },
    { version: "5.0+really4.9~dfsg-1", upstream: "4.9" },
    { version: "1.5+dfsg1-2", upstream: "1.5" },
    { version: "1.5+dfsg+~cs3.1-2", upstream: "1.5" },
    { version: "2.36.1~ds1-1", upstream: "2.36.1" },
    { version: "2.36.1-repack-1", upstream: "2.36.1" },
    { version: "1.0~rc1-2", upstream: "1.0~rc1" },
    { version: "20250419", upstream: "20250419" },
    { version: "6.1.0", upstream: "6.1.0" },
    { version: "", upstream: "" },
  ];
  it.each(cases)("of $version is $upstream", ({ version, upstream }) => {
    expect(upstreamVersion(version)).toBe(upstream);
  });
});
