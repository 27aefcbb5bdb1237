// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { addressOf, debianRepositoryOf, formatAptSource, parseAptSource, type AptSource } from "./apt-source.js";

const PRINT = "0123456789abcdef0123456789abcdef01234567";

describe("a one-line source", () => {
  const cases: readonly {
    readonly line: string;
    readonly expected: Partial<Omit<AptSource, "url">> & { url?: string };
  }[] = [
    {
      line: "deb https://a.test/debian trixie main contrib",
      expected: { type: "deb", url: "https://a.test/debian/", suite: "trixie", components: ["main", "contrib"] },
    },
    {
      line: "deb [signed-by=/usr/share/keyrings/a.gpg] http://a.test/deb/debian/main trixie main",
      expected: { url: "http://a.test/deb/debian/main/", signedBy: "/usr/share/keyrings/a.gpg", fingerprints: [] },
    },
    {
      line: `deb [ arch=amd64,arm64 signed-by=/etc/apt/keyrings/a.asc,${PRINT} lang=none ] https://a.test stable main`,
      expected: {
        architectures: ["amd64", "arm64"],
        signedBy: "/etc/apt/keyrings/a.asc",
        fingerprints: [PRINT.toUpperCase()],
      },
    },
    { line: "deb https://a.test/x /", expected: { url: "https://a.test/x/", suite: "./", components: [] } },
    { line: "deb https://a.test/x/ ./", expected: { suite: "./", components: [] } },
    { line: "deb https://a.test x/debian13/", expected: { suite: "x/debian13/", components: [] } },
    { line: "deb-src https://a.test trixie main", expected: { type: "deb-src" } },
    {
      line: "deb  https://a.test\ttrixie/updates  main main ",
      expected: { suite: "trixie/updates", components: ["main"] },
    },
  ];
  it.each(cases)("$line", ({ line, expected: { url, ...rest } }) => {
    const source = parseAptSource(line);
    expect(source).toMatchObject(rest);
    if (url !== undefined) expect(source.url.href).toBe(url);
  });

  it.each([
    "",
    "deb",
    "deb https://a.test trixie",
    "rpm https://a.test trixie main",
    "deb file:///srv/debian trixie main",
    "deb cdrom:[Debian]/ trixie main",
    "deb a.test trixie main",
    "deb https://a.test/?x=1 trixie main",
    "deb https://a.test/ ./ main",
    "deb https://a.test ../x/",
    "deb https://a.test ../x main",
    "deb https://a.test x/../../y main",
    "deb https://a.test trixie main/../../x",
    "deb [trusted=yes] https://a.test trixie main",
    "deb [allow-insecure=yes] https://a.test trixie main",
    "deb [check-valid-until=no] https://a.test trixie main",
    "deb [signed-by=a.gpg] https://a.test trixie main",
    "deb [signed-by=/etc/../x.gpg] https://a.test trixie main",
    "deb [signed-by=/etc/passwd] https://a.test trixie main",
    "deb [signed-by=/a.gpg,/b.gpg] https://a.test trixie main",
    "deb [signed-by=/a.gpg https://a.test trixie main",
    "deb https://a.test trixie main\ndeb https://b.test trixie main #",
  ])("%j is refused", async (line) => {
    expect(await codeOf(() => parseAptSource(line))).toBe("REPOSITORY_INVALID");
  });

  it("with a password is refused, and the message does not have it", () => {
    for (const path of ["", "/$&"])
      expect(() => parseAptSource(`deb https://user:secret@a.test${path} trixie main`)).toThrow(
        /^(?!.*secret).*password/,
      );
  });

  it("is written as it was, with the file of its keys", () => {
    const source = parseAptSource("deb [arch=amd64 lang=none] https://a.test/x/ trixie main contrib");
    const line = formatAptSource(source, "/etc/apt/keyrings/a.gpg");
    expect(line).toBe("deb [arch=amd64 signed-by=/etc/apt/keyrings/a.gpg] https://a.test/x trixie main contrib");
    expect(addressOf(line)).toBe("https://a.test/x");
    expect(formatAptSource(parseAptSource("deb https://a.test/x// trixie main"), "/a.gpg")).toContain(
      " https://a.test/x// ",
    );
    expect(addressOf("https://a.test/alpine")).toBe("https://a.test/alpine");
  });
});

it.each([
  ["http://ftp.debian.org/debian/", "debian"],
  ["https://mirror.debian.org/debian-security/", "debian-security"],
  ["https://debian.org/debian/", "debian"],
  ["https://ftp.debian.org/debian-ports/", undefined],
  ["https://ftp.debian.org.evil.test/debian/", undefined],
  ["https://notdebian.org/debian/", undefined],
  ["https://a.test/debian/", undefined],
])("whether %s is Debian's own: %s", (url, expected) => {
  expect(debianRepositoryOf(new URL(url))).toBe(expected);
});
