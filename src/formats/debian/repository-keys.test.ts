// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { pairKeys, parseKeyAddress } from "./repository-keys.js";

const A = "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.test/debian trixie main";
const B = "deb [signed-by=/usr/share/keyrings/b.gpg] https://b.test ./";
const SECURITY = "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.test/security trixie main";
const DEBIAN = "deb http://ftp.debian.org/debian trixie-backports main";
const PRINT = "0123456789ABCDEF0123456789ABCDEF01234567";

describe("the n-th key belongs to the n-th repository", () => {
  const cases: readonly {
    readonly summary: string;
    readonly lines: readonly string[];
    readonly keyring: readonly string[];
    readonly inherited?: Readonly<Record<string, string>>;
    readonly expected: Readonly<Record<string, string>>;
  }[] = [
    { summary: "one", lines: [A], keyring: ["https://a.test/k"], expected: { [A]: "https://a.test/k" } },
    {
      summary: "that is not Debian's own",
      lines: [DEBIAN, A, DEBIAN, B],
      keyring: ["https://a.test/k", "https://b.test/k"],
      expected: { [A]: "https://a.test/k", [B]: "https://b.test/k" },
    },
    { summary: "a repository may be left without", lines: [A, B], keyring: ["k"], expected: { [A]: "k" } },
    {
      summary: "one with the same file of keys shares it, wherever it stands",
      lines: [A, B, SECURITY],
      keyring: ["k", "l"],
      expected: { [A]: "k", [B]: "l", [SECURITY]: "k" },
    },
    {
      summary: "a stage finds what the image has",
      lines: [SECURITY, B],
      keyring: [],
      inherited: { [A]: "k" },
      expected: { [SECURITY]: "k" },
    },
    {
      summary: "fingerprints in signed-by pin it",
      lines: [A.replace("a.gpg", `a.gpg,${PRINT}`)],
      keyring: ["https://a.test/k"],
      expected: { [A.replace("a.gpg", `a.gpg,${PRINT}`)]: `https://a.test/k#${PRINT}` },
    },
    {
      summary: "lines that cannot be read have their place as well",
      lines: ["x", A],
      keyring: ["k", "l"],
      expected: { x: "k", [A]: "l" },
    },
  ];
  it.each(cases)("$summary", ({ lines, keyring, inherited, expected }) => {
    expect(pairKeys(lines, keyring, inherited)).toEqual(expected);
  });
});

describe("the address of a key", () => {
  it("may name fingerprints", () => {
    const { url, fingerprints } = parseKeyAddress(`https://a.test/k.gpg?x=1#${PRINT.toLowerCase()},${PRINT}`);
    expect([url.href, fingerprints]).toEqual(["https://a.test/k.gpg?x=1", [PRINT, PRINT]]);
    expect(parseKeyAddress("https://a.test/k.gpg").fingerprints).toEqual([]);
  });

  it.each([
    "k.gpg",
    "file:///k.gpg",
    "https://a.test/k#5225629DF75B188BD",
    `https://a.test/k#${PRINT}0`,
    "https://u:p@a.test/k",
  ])("%s is refused", async (text) => {
    expect(await codeOf(() => parseKeyAddress(text))).toBe("REPOSITORY_KEY");
  });
});
