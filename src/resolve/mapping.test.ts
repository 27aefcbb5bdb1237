// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testDefinition } from "../../test/support/definitions.js";
import { expandDefinition, type ImageDefinition, type PackageRequest } from "../definition/index.js";
import { NO_MAPPING, type InputMapping } from "../formats/input-mapping.js";
import { applyMapping } from "./mapping.js";

const DHI = "deb [signed-by=/usr/share/keyrings/dhi.gpg] http://dhi.test/deb/debian/main trixie main";

async function map(
  contents: Readonly<Record<string, unknown>>,
  mapping: Partial<InputMapping>,
): Promise<ImageDefinition> {
  const image = expandDefinition(await testDefinition({ contents }), "linux/amd64");
  return applyMapping(image, { ...NO_MAPPING, ...mapping });
}

describe("repositories", () => {
  const OTHER = "deb http://b.test x main";
  const cases: readonly {
    summary: string;
    lines: readonly string[];
    to: Readonly<Record<string, string>>;
    left?: readonly string[];
  }[] = [
    { summary: "none is nothing to map", lines: [], to: {} },
    { summary: "by the whole URL", lines: [DHI], to: { "http://dhi.test/deb/debian/main": "debian" } },
    { summary: "by the beginning of the URL", lines: [DHI], to: { "http://dhi.test": "debian" } },
    { summary: "by the beginning, with a slash at its end", lines: [DHI], to: { "http://dhi.test/": "debian" } },
    { summary: "not by a part of a name", lines: [DHI], to: { "http://dhi.test/deb/deb": "debian" }, left: [DHI] },
    { summary: "one that is not named stays", lines: [DHI, OTHER], to: { "http://dhi.test": "debian" }, left: [OTHER] },
    {
      summary: "the longest beginning counts",
      lines: [DHI],
      to: { "http://dhi.test": "https://c.test", "http://dhi.test/deb": "debian" },
    },
  ];
  it.each(cases)("$summary", async ({ lines, to, left = [] }) => {
    expect((await map({ repositories: lines, packages: ["a"] }, { repositories: to })).repositories).toEqual(left);
  });

  it("are mapped to the distribution's own only, and the error says how to go on", async () => {
    const work = map({ repositories: [DHI] }, { repositories: { "http://dhi.test": "alpine" } });
    await expect(work).rejects.toMatchObject({
      code: "USAGE",
      action: expect.stringContaining("--map-repository http://dhi.test/deb/debian/main=debian") as string,
    });
  });

  it("of stages are those of the image where a stage lists none, and are mapped as well", async () => {
    const builds = [
      { name: "own", contents: { repositories: [OTHER] }, pipeline: [{ runs: "true" }] },
      { name: "inherits", pipeline: [{ runs: "true" }] },
    ];
    const image = await map({ repositories: [DHI], builds }, { repositories: { "http://dhi.test": "debian" } });
    expect(image.stages.map(({ repositories }) => repositories)).toEqual([[OTHER], []]);
  });
});

describe("packages", () => {
  const cases: readonly {
    summary: string;
    entries: readonly string[];
    mapping: Partial<InputMapping>;
    packages: readonly PackageRequest[];
    masks?: readonly string[];
  }[] = [
    {
      summary: "one in place of another, whatever was pinned",
      entries: ["nodejs-24=24.1-0", "a"],
      mapping: { packages: { "nodejs-24": "nodejs" } },
      packages: [{ name: "nodejs" }, { name: "a" }],
    },
    {
      summary: "a stand-in comes without what it depends on",
      entries: ["ca-certificates-bundle"],
      mapping: { packages: { "ca-certificates-bundle": "builtin" } },
      packages: [{ name: "ca-certificates", isBare: true }],
    },
    {
      summary: "a stand-in that is asked for as well comes with all",
      entries: ["ca-certificates=1", "ca-certificates-bundle"],
      mapping: { packages: { "ca-certificates-bundle": "builtin" } },
      packages: [{ name: "ca-certificates", version: "1" }],
    },
    {
      summary: "what is mapped in is not masked",
      entries: ["!ca-certificates", "!openssl", "ca-certificates-bundle"],
      mapping: { packages: { "ca-certificates-bundle": "builtin" } },
      packages: [{ name: "ca-certificates", isBare: true }],
      masks: ["openssl"],
    },
    {
      summary: "pins stay where they are taken exactly, or nearly",
      entries: ["a=1"],
      mapping: { pins: "ignore-suffix" },
      packages: [{ name: "a", version: "1" }],
    },
    {
      summary: "pins go where they are ignored",
      entries: ["a=1"],
      mapping: { pins: "ignore" },
      packages: [{ name: "a" }],
    },
    {
      summary: "what is not asked for is not mapped",
      entries: ["a"],
      mapping: { packages: { b: "c" } },
      packages: [{ name: "a" }],
    },
  ];
  it.each(cases)("$summary", async ({ entries, mapping, packages, masks = [] }) => {
    expect(await map({ packages: entries }, mapping)).toMatchObject({ packages, masks });
  });

  it("there is no stand-in for everything", async () => {
    expect(await codeOf(() => map({ packages: ["a"] }, { packages: { a: "builtin" } }))).toBe("USAGE");
  });
});
