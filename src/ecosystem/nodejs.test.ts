// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { nodejs } from "./nodejs.js";

const MARK = "node.js/v";

describe("the version in a program", () => {
  it("is found wherever the border between two pieces falls", () => {
    const text = Buffer.from(`${"\0".repeat(60)}${MARK}22.11.0${"\0".repeat(60)}`);
    for (let border = 0; border <= text.length; border += 1)
      expect(scan(text.subarray(0, border), text.subarray(border))).toBe("22.11.0");
  });

  it("is found wherever it stands, up to the last byte", () => {
    for (const before of [0, 1, 1000, 65_535, 65_536])
      for (const after of [0, 1, 39, 40, 41, 1000]) {
        const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(`${MARK}22.11.0`), Buffer.alloc(after)]);
        expect(scan(...pieces(bytes, 65_536))).toBe("22.11.0");
      }
  });

  it.each([
    { summary: "a release", text: `${MARK}22.11.0\0`, version: "22.11.0" },
    { summary: "a pre-release", text: `${MARK}23.0.0-rc.2\0`, version: "23.0.0-rc.2" },
    {
      summary: "a nightly build",
      text: `${MARK}24.0.0-nightly20250101abcdef0123\0`,
      version: "24.0.0-nightly20250101abcdef0123",
    },
    { summary: "the form in which the inspector says it", text: `${MARK}22.1.0Protocol-Version`, version: "22.1.0" },
    { summary: "the same of a pre-release", text: `${MARK}23.0.0-preProtocol-Version`, version: "23.0.0-pre" },
    { summary: "numbers of several digits", text: `${MARK}100.200.300\0`, version: "100.200.300" },
    { summary: "the first of two", text: `${MARK}1.2.3\0${"x".repeat(60)}${MARK}4.5.6\0`, version: "1.2.3" },
    { summary: "the one after a mark that says nothing", text: `${MARK}ersion\0${MARK}4.5.6\0`, version: "4.5.6" },
    { summary: "marks within marks", text: `node.js/node.js/v4.5.6\0`, version: "4.5.6" },
    { summary: "nothing without a mark", text: "v22.11.0 node/22.11.0 Node.js/v22.11.0", version: undefined },
    { summary: "nothing of a version that is not whole", text: `${MARK}22.11`, version: undefined },
    { summary: "nothing of a mark at the end", text: MARK, version: undefined },
  ])("$summary", ({ text, version }) => {
    for (const padding of ["", "\0".repeat(100)])
      for (const size of [1, 8, 1000]) expect(scan(...pieces(Buffer.from(`${text}${padding}`), size))).toBe(version);
  });

  it("is not looked for any more once it was found", () => {
    const interest = nodejs.interest("usr/bin/node");
    if (interest?.kind !== "scan") throw new Error("programs are scanned");
    const scanner = interest.start();
    scanner.update(Buffer.from(`${MARK}1.2.3${"\0".repeat(60)}`));
    scanner.update(Buffer.from(`${MARK}4.5.6${"\0".repeat(60)}`));
    expect(scanner.result()).toBe("1.2.3");
  });
});

describe("advisories", () => {
  it.each([
    { version: "22.0.0-rc.1", range: ">=22.0.0-0 <22.11.0", expected: true },
    { version: "22.5.0-nightly", range: ">=22.0.0 <22.11.0", expected: true },
    { version: "22.11.0", range: "<18.20.4 || >=20.0.0 <20.18.1 || >=22.0.0 <22.11.1", expected: true },
    { version: "20.18.1", range: "<18.20.4 || >=20.0.0 <20.18.1 || >=22.0.0 <22.11.1", expected: false },
    { version: "22.11.0", range: "22.x", expected: true },
    { version: "22.11.0", range: "^20.0.0", expected: false },
    { version: "v22.11.0", range: "22.x", expected: true },
  ])("$version and $range: $expected", ({ version, range, expected }) => {
    expect(nodejs.satisfies(version, range)).toBe(expected);
  });
});

function scan(...chunks: readonly Buffer[]): string | undefined {
  const interest = nodejs.interest("usr/bin/node");
  if (interest?.kind !== "scan") throw new Error("programs are scanned");
  const scanner = interest.start();
  for (const chunk of chunks) scanner.update(chunk);
  return scanner.result();
}

function pieces(bytes: Buffer, sizeBytes: number): readonly Buffer[] {
  const count = Math.ceil(bytes.length / sizeBytes);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * sizeBytes, (index + 1) * sizeBytes));
}
