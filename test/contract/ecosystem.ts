// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import { describe, expect, it } from "vitest";
import type { Ecosystem, FileInterest } from "../../src/ecosystem/index.js";

export interface EcosystemSamples {
  /** Files that show software, with what they show. */
  readonly shown: readonly {
    readonly path: string;
    readonly content: Buffer;
    readonly name: string;
    readonly version: string;
  }[];
  /** Files of the right name that show nothing. */
  readonly silent: readonly { readonly summary: string; readonly path: string; readonly content: Buffer }[];
  /** Paths that are not even looked at. */
  readonly others: readonly string[];
  /** In ascending order. */
  readonly versions: readonly [string, string, string];
}

/** What every ecosystem must do. */
export function describeEcosystem(ecosystem: Ecosystem, samples: EcosystemSamples): void {
  describe(`${ecosystem.id}: files`, () => describeFiles(ecosystem, samples));
  describe(`${ecosystem.id}: versions`, () => describeVersions(ecosystem, samples));
}

function describeFiles(ecosystem: Ecosystem, { shown, silent, others }: EcosystemSamples): void {
  it("it has a title for people", () => {
    expect(ecosystem.title).not.toBe("");
  });

  it.each(shown)("$path shows $name $version, whatever pieces it comes in", ({ path, content, name, version }) => {
    for (const pieceBytes of [1, 3, 64, content.length]) {
      const [software, second] = find(ecosystem, path, content, pieceBytes);
      expect(second).toBeUndefined();
      expect(software).toMatchObject({ name, version, paths: [path] });
    }
  });

  it.each(shown)("$path of $name has a package URL that others can read", ({ path, content, name, version }) => {
    const [software] = find(ecosystem, path, content, content.length);
    const purl = PackageURL.fromString(software?.purl ?? "");
    expect(purl.version).toBe(version);
    expect([purl.namespace, purl.name].filter(Boolean).join("/")).toBe(name);
    expect(purl.toString()).toBe(software?.purl);
  });

  it("everything is found where all files are there, in whatever order", () => {
    const files = new Map(shown.flatMap(({ path, content }) => kept(ecosystem, path, content, 100)));
    const expected = shown.map(({ path, name, version }) => `${path} ${name} ${version}`).toSorted();
    for (const order of [[...files], [...files].toReversed()]) {
      const found = ecosystem.find(new Map(order));
      expect(found.map(({ name, version, paths }) => `${paths[0]} ${name} ${version}`).toSorted()).toEqual(expected);
    }
  });

  it.each(silent)("nothing is found in $summary", ({ path, content }) => {
    expect(ecosystem.interest(path)).toBeDefined();
    expect(find(ecosystem, path, content, 100)).toEqual([]);
  });

  it.each(others)("%j is not looked at, and shows nothing", (path) => {
    expect(ecosystem.interest(path)).toBeUndefined();
    expect(ecosystem.find(new Map([[path, shown[0]?.content.toString("utf8") ?? ""]]))).toEqual([]);
  });

  it("two files that are looked at in turn do not see each other", () => {
    for (const { path, content, name, version } of shown) {
      const interests = [ecosystem.interest(path), ecosystem.interest(path)];
      if (interests.some((interest) => interest?.kind !== "scan")) continue;
      const [first, second] = interests.map((interest) => (interest?.kind === "scan" ? interest.start() : undefined));
      first?.update(content);
      expect(second?.result()).toBeUndefined();
      expect(ecosystem.find(new Map([[path, first?.result() ?? ""]]))).toMatchObject([{ name, version }]);
    }
  });

  it("nothing is found where there is nothing", () => {
    expect(ecosystem.find(new Map())).toEqual([]);
  });
}

function describeVersions(ecosystem: Ecosystem, { versions: [low, middle, high] }: EcosystemSamples): void {
  it("versions have one order: every two of them compare as they stand in the list", () => {
    const versions = [low, middle, high];
    for (const [i, a] of versions.entries())
      for (const [j, b] of versions.entries())
        expect(ecosystem.compareVersions(a, b), `${a} and ${b}`).toBe(i === j ? 0 : i < j ? -1 : 1);
  });

  it.each([
    { version: low, range: `>=${low} <${high}`, expected: true },
    { version: middle, range: `>=${low} <${high}`, expected: true },
    { version: high, range: `>=${low} <${high}`, expected: false },
    { version: low, range: `<${low}`, expected: false },
    { version: low, range: `<=${low}`, expected: true },
    { version: middle, range: middle, expected: true },
    { version: middle, range: low, expected: false },
    { version: high, range: `<${low} || >${middle}`, expected: true },
    { version: middle, range: `<${low} || >${middle}`, expected: false },
  ])("whether $version lies in $range: $expected", ({ version, range, expected }) => {
    expect(ecosystem.satisfies(version, range)).toBe(expected);
  });

  it.each([
    { version: "", range: `>=${low}` },
    { version: "latest", range: `>=${low}` },
    { version: "1.2", range: `>=${low}` },
    { version: low, range: "all of them" },
    { version: low, range: ">=>=1" },
    { version: "x".repeat(10_000), range: `>=${low}` },
    { version: low, range: "1".repeat(10_000) },
  ])("whether a version lies in a range nobody knows, where one of them cannot be read ($#)", ({ version, range }) => {
    expect(ecosystem.satisfies(version, range)).toBeUndefined();
  });
}

function find(ecosystem: Ecosystem, path: string, content: Buffer, pieceBytes: number): ReturnType<Ecosystem["find"]> {
  return ecosystem.find(new Map(kept(ecosystem, path, content, pieceBytes)));
}

/** What is kept of a file, as the inventory's observer does it. */
function kept(
  ecosystem: Ecosystem,
  path: string,
  content: Buffer,
  pieceBytes: number,
): readonly (readonly [path: string, text: string])[] {
  const text = look(ecosystem.interest(path), content, pieceBytes);
  return text === undefined ? [] : [[path, text]];
}

function look(interest: FileInterest | undefined, content: Buffer, pieceBytes: number): string | undefined {
  if (interest === undefined) return undefined;
  if (interest.kind === "text") return content.length <= interest.maxBytes ? content.toString("utf8") : undefined;
  const scanner = interest.start();
  for (let offset = 0; offset < content.length; offset += pieceBytes)
    scanner.update(content.subarray(offset, offset + pieceBytes));
  return scanner.result();
}
