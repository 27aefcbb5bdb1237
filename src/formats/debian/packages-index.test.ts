// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { parseControl } from "./control.js";
import { scanPackagesIndex } from "./index-scan.js";
import { identityOf, parsePackageStanza } from "./packages-index.js";

const SHA256 = "0123456789abcdef".repeat(4);

/** A stanza with some fields replaced, or left out where they are undefined. */
function stanza(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all = {
    Package: "hello",
    Version: "1:2.10-3",
    Architecture: "amd64",
    Filename: "pool/main/h/hello/hello_2.10-3_amd64.deb",
    Size: "53084",
    SHA256,
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\n`))
    .join("");
}

/** How much longer a text of ten times as many parts takes to scan. */
function growthOf(textOf: (count: number) => string): number {
  const durationOf = (count: number): number => {
    const bytes = Buffer.from(textOf(count));
    const startedAt = performance.now();
    scanPackagesIndex(bytes, "Packages");
    return performance.now() - startedAt;
  };
  durationOf(1000);
  const few = Math.max(...[1, 2, 3].map(() => durationOf(4000)));
  return durationOf(40_000) / few;
}

describe("a stanza", () => {
  it("with the fields that it must have", () => {
    expect(parsePackageStanza(stanza(), "Packages")).toEqual({
      name: "hello",
      version: "1:2.10-3",
      architecture: "amd64",
      source: "hello",
      sourceVersion: "1:2.10-3",
      preDepends: [],
      depends: [],
      recommends: [],
      conflicts: [],
      breaks: [],
      provides: [],
      isEssential: false,
      isImportant: false,
      multiArch: "no",
      priority: "optional",
      path: "pool/main/h/hello/hello_2.10-3_amd64.deb",
      sizeBytes: 53_084,
      sha256: SHA256,
    });
  });

  const cases = [
    {
      summary: "a source of another name",
      fields: { Source: "src" },
      expected: { source: "src", sourceVersion: "1:2.10-3" },
    },
    {
      summary: "a source of another version",
      fields: { Source: "src (2.0-1)" },
      expected: { source: "src", sourceVersion: "2.0-1" },
    },
    { summary: "essential", fields: { Essential: "yes" }, expected: { isEssential: true } },
    { summary: "not essential", fields: { Essential: "no" }, expected: { isEssential: false } },
    { summary: "for many architectures", fields: { "Multi-Arch": "same" }, expected: { multiArch: "same" } },
    { summary: "an unknown Multi-Arch is none", fields: { "Multi-Arch": "x" }, expected: { multiArch: "no" } },
    { summary: "a priority", fields: { Priority: "required" }, expected: { priority: "required" } },
    {
      summary: "dependencies",
      fields: { Depends: "a | b, c", "Pre-Depends": "d", Conflicts: "e", Breaks: "f (<< 1)" },
      expected: {
        depends: [[{ name: "a" }, { name: "b" }], [{ name: "c" }]],
        preDepends: [[{ name: "d" }]],
        conflicts: [[{ name: "e" }]],
        breaks: [[{ name: "f", relation: "<<", version: "1" }]],
      },
    },
    {
      summary: "what it provides, flat",
      fields: { Provides: "a, b (= 1)" },
      expected: { provides: [{ name: "a" }, { name: "b", relation: "=", version: "1" }] },
    },
    { summary: "a leading ./ of a path is dropped", fields: { Filename: "./a/b.deb" }, expected: { path: "a/b.deb" } },
    {
      summary: "signs of file names",
      fields: { Filename: "pool/a_1%3a2+b~c.deb" },
      expected: { path: "pool/a_1%3a2+b~c.deb" },
    },
    { summary: "the largest size", fields: { Size: "9".repeat(15) }, expected: { sizeBytes: 999_999_999_999_999 } },
  ];
  it.each(cases)("$summary", ({ fields, expected }) => {
    expect(parsePackageStanza(stanza(fields), "Packages")).toMatchObject(expected);
  });
});

describe("hostile stanzas are refused", () => {
  const cases = [
    { summary: "nothing", fields: undefined },
    { summary: "no Package", fields: { Package: undefined } },
    { summary: "an empty Package", fields: { Package: "" } },
    { summary: "a name in capitals", fields: { Package: "Hello" } },
    { summary: "a name of one letter", fields: { Package: "h" } },
    { summary: "a name that goes up", fields: { Package: "../hello" } },
    { summary: "a name with a NUL", fields: { Package: "hel\0lo" } },
    { summary: "a name that is not ASCII", fields: { Package: "héllo" } },
    { summary: "a name of two lines", fields: { Package: "hello\n evil" } },
    { summary: "no Version", fields: { Version: undefined } },
    { summary: "a version with a slash", fields: { Version: "1/../2" } },
    { summary: "a version with a space", fields: { Version: "1 2" } },
    { summary: "a version of two lines", fields: { Version: "1\n 2" } },
    { summary: "no Architecture", fields: { Architecture: undefined } },
    { summary: "an architecture that goes up", fields: { Architecture: "../../amd64" } },
    { summary: "an architecture of two lines", fields: { Architecture: "amd64\n evil" } },
    { summary: "no Filename", fields: { Filename: undefined } },
    { summary: "an absolute path", fields: { Filename: "/etc/passwd" } },
    { summary: "an absolute path behind ./", fields: { Filename: ".//etc/passwd" } },
    { summary: "another host", fields: { Filename: "//evil.test/a.deb" } },
    { summary: "a whole URL", fields: { Filename: "https://evil.test/a.deb" } },
    { summary: "a path that goes up", fields: { Filename: "pool/../../a.deb" } },
    { summary: "a path that goes up with backslashes", fields: { Filename: "pool\\..\\..\\a.deb" } },
    { summary: "a path that goes up in percent signs", fields: { Filename: "pool/%2e%2E/%2e%2e/a.deb" } },
    { summary: "a path with a space", fields: { Filename: "pool/a b.deb" } },
    { summary: "a path with a NUL", fields: { Filename: "pool/a\0.deb" } },
    { summary: "a path that is not ASCII", fields: { Filename: "pool/ä.deb" } },
    { summary: "a path of two lines", fields: { Filename: "a\n b" } },
    { summary: "no Size", fields: { Size: undefined } },
    { summary: "a negative size", fields: { Size: "-1" } },
    { summary: "a size in hex", fields: { Size: "0x10" } },
    { summary: "a fraction as size", fields: { Size: "1.5" } },
    { summary: "an exponent as size", fields: { Size: "1e3" } },
    { summary: "a size of sixteen digits", fields: { Size: "9".repeat(16) } },
    { summary: "no SHA256", fields: { SHA256: undefined } },
    { summary: "a broken dependency", fields: { Depends: "a (" } },
    { summary: "a field that stands twice", fields: { package: "other" } },
  ];
  it.each(cases)("$summary", async ({ fields }) => {
    const text = fields === undefined ? "" : stanza(fields);
    expect(await codeOf(() => parsePackageStanza(text, "Packages"))).toBe("CONTROL_INVALID");
  });

  it.each([
    { summary: "a checksum that is too short", sha256: SHA256.slice(1) },
    { summary: "a checksum in capitals", sha256: SHA256.toUpperCase() },
    { summary: "a checksum with a prefix", sha256: `sha256:${SHA256}` },
    { summary: "another kind of checksum", sha256: "d41d8cd98f00b204e9800998ecf8427e" },
  ])("$summary", async ({ sha256 }) => {
    expect(await codeOf(() => parsePackageStanza(stanza({ SHA256: sha256 }), "Packages"))).toBe("DIGEST_INVALID");
  });
});

it("a source that cannot be read is the package itself", () => {
  const fields = parseControl(stanza({ Source: "src (1" }), "control")[0];
  expect(identityOf(fields ?? new Map<string, string>(), "control")).toMatchObject({
    source: "hello",
    sourceVersion: "1:2.10-3",
  });
});

describe("an index", () => {
  const text = `${stanza({ Provides: "v1, v2 (= 1), v3:any" })}\n${stanza({ Package: "other", Provides: "v1" })}\n\n${stanza({ Version: "2" })}`;
  const bytes = Buffer.from(text);

  it("tells where each version of a package stands", () => {
    const { packages } = scanPackagesIndex(bytes, "Packages");
    const parsed = [...packages].map(([name, offsets]) => {
      const versions: string[] = [];
      for (let index = 0; index < offsets.length; index += 2) {
        const start = offsets[index] ?? 0;
        const part = bytes.toString("utf8", start, start + (offsets[index + 1] ?? 0));
        versions.push(parsePackageStanza(part, "Packages").version);
      }
      return [name, versions];
    });
    expect(parsed).toEqual([
      ["hello", ["1:2.10-3", "2"]],
      ["other", ["1:2.10-3"]],
    ]);
  });

  it("tells who provides a virtual package, each once and in order", () => {
    const twice = Buffer.concat([bytes, Buffer.from("\n"), bytes]);
    expect(Object.fromEntries(scanPackagesIndex(twice, "Packages").provides)).toEqual({
      v1: ["hello", "other"],
      v2: ["hello"],
      v3: ["hello"],
    });
  });

  it.each([
    {
      summary: "packages that all provide the same",
      textOf: (count: number) =>
        Array.from({ length: count }, (_, index) => `Package: p${index}\nProvides: v\n\n`).join(""),
    },
    { summary: "lines without a colon", textOf: (count: number) => `Package: p\n${"Depends\n".repeat(count)}` },
  ])("takes time in proportion to the number of $summary", ({ textOf }) => {
    expect(growthOf(textOf)).toBeLessThan(50); // ten times as many; it was a hundred
  });

  it("every package that provides a name is told once, however many there are", () => {
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    const text = [...names, ...names].map((name) => `Package: ${name}\nProvides: v\n\n`).join("");
    expect(scanPackagesIndex(Buffer.from(text), "Packages").provides.get("v")).toEqual(names);
  });

  const cases = [
    { summary: "an empty index has no packages", text: "", names: [] },
    { summary: "an index may end in blank lines", text: "Package: ab\nVersion: 1\n\n\n", names: ["ab"] },
    { summary: "an index may end without a line break", text: "Package: ab\nVersion: 1", names: ["ab"] },
    { summary: "an index may end in the line of a package", text: "Package: ab\n\nPackage: cd", names: ["ab", "cd"] },
    { summary: "a name may be that of a prototype", text: "Package: constructor\n", names: ["constructor"] },
  ];
  it.each(cases)("$summary", ({ text: given, names }) => {
    expect([...scanPackagesIndex(Buffer.from(given), "Packages").packages.keys()]).toEqual(names);
  });

  it("that ends in the line of what is provided loses nothing", () => {
    const { provides } = scanPackagesIndex(Buffer.from("Package: ab\nProvides: v1"), "Packages");
    expect(Object.fromEntries(provides)).toEqual({ v1: ["ab"] });
  });

  it.each([
    { summary: "blank lines at its start", text: "\n\nPackage: ab\n" },
    { summary: "a stanza without Package", text: "Package: ab\n\nVersion: 1\n" },
    { summary: "a stanza that does not begin with Package", text: "Version: 1\nPackage: ab\n" },
    { summary: "an empty Package", text: "Package: \nVersion: 1\n" },
    { summary: "Package without a space", text: "Package:ab\n" },
    { summary: "a stanza that is cut at once", text: "Package: ab\n\nPack" },
    { summary: "HTML", text: "<html>\n" },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "NUL bytes", text: "\0".repeat(1000) },
  ])("is refused with $summary", async ({ text: given }) => {
    expect(await codeOf(() => scanPackagesIndex(Buffer.from(given), "Packages"))).toBe("CONTROL_INVALID");
  });

  it("gives what parsing the whole of it gives, however it is written", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/);
    const entry = fc.record({
      name,
      provides: fc.uniqueArray(name, { maxLength: 3 }),
      blank: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const written = entries.map(
          (item) =>
            `Package: ${item.name}\nX: y\n${item.provides.length === 0 ? "" : `Provides: ${item.provides.join(", ")}\n`}${"\n".repeat(item.blank)}`,
        );
        const { packages, provides } = scanPackagesIndex(Buffer.from(written.join("")), "Packages");
        expect(new Set(packages.keys())).toEqual(new Set(entries.map((item) => item.name)));
        const pairs = [...provides].flatMap(([virtual, names]) => names.map((by) => `${by} ${virtual}`));
        const wanted = entries.flatMap((item) => item.provides.map((virtual) => `${item.name} ${virtual}`));
        expect(new Set(pairs)).toEqual(new Set(wanted));
      }),
    );
  });
});
