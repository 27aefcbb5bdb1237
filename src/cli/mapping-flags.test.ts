// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { NO_MAPPING } from "../formats/input-mapping.js";
import { parseMapping, type MappingFlags } from "./mapping-flags.js";

it("no flags map nothing", () => {
  expect(parseMapping({})).toEqual(NO_MAPPING);
});

it("each flag may be given again; a URL may have an equals sign", () => {
  const flags = {
    mapRepository: ["http://a.test/?x=1=debian", "http://b.test=debian"],
    mapPackage: ["a=b", "a=b", "ca-certificates-bundle=builtin"],
    pins: "ignore-suffix",
  };
  expect(parseMapping(flags)).toEqual({
    repositories: { "http://a.test/?x=1": "debian", "http://b.test": "debian" },
    packages: { a: "b", "ca-certificates-bundle": "builtin" },
    pins: "ignore-suffix",
  });
});

const wrong: readonly { summary: string; flags: MappingFlags }[] = [
  { summary: "a repository without what it is mapped to", flags: { mapRepository: ["http://a.test"] } },
  { summary: "a package without a name", flags: { mapPackage: ["=b"] } },
  { summary: "a package mapped to nothing", flags: { mapPackage: ["a="] } },
  { summary: "a package mapped to two", flags: { mapPackage: ["a=b", "a=c"] } },
  { summary: "pins taken in another way", flags: { pins: "loosely" } },
];
it.each(wrong)("$summary is wrong usage", async ({ flags }) => {
  expect(await codeOf(() => Promise.resolve(parseMapping(flags)))).toBe("USAGE");
});
