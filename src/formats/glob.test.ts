// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob, compileSelection } from "./glob.js";

describe("a glob", () => {
  const cases = [
    {
      pattern: "bin/node",
      yes: ["bin/node", "bin/node/x/y"],
      no: ["bin", "bin/nodes", "bin/nod", "x/bin/node", "Bin/node"],
    },
    { pattern: "bin", yes: ["bin", "bin/node"], no: ["sbin", "x/bin", "binary"] },
    { pattern: "/bin/", yes: ["bin", "bin/x"], no: ["x/bin"] },
    { pattern: "./bin/./x", yes: ["bin/x"], no: ["bin"] },
    { pattern: "*.js", yes: [".js", "a.js"], no: ["a.jsx", "a/b.js", "js"] },
    { pattern: "lib/*.so", yes: ["lib/a.so"], no: ["lib/a/b.so", "lib", "lib/a.so.1"] },
    { pattern: "lib*/x", yes: ["lib/x", "lib64/x"], no: ["lib/a/x", "lib"] },
    { pattern: "a?c", yes: ["abc"], no: ["ac", "a/c", "abbc"] },
    { pattern: "?*", yes: ["a", "ab"], no: [""] },
    { pattern: "**/*.so", yes: ["a.so", "lib/a.so", "usr/lib/x/a.so"], no: ["a.so.1", "lib/a"] },
    { pattern: "include/**", yes: ["include", "include/a", "include/a/b.h"], no: ["includes/a", "x/include/a"] },
    { pattern: "a/**/z", yes: ["a/z", "a/b/z", "a/b/c/z"], no: ["a", "a/b", "z"] },
    { pattern: "**", yes: ["", "a", "a/b"], no: [] },
    { pattern: "a**b", yes: ["ab", "axxb"], no: ["a/b", "a/x/b"] },
    { pattern: "*a*b*c", yes: ["abc", "xaxbxc"], no: ["acb", "abcx"] },
    { pattern: "a.c", yes: ["a.c"], no: ["abc"] },
    { pattern: "[ab]+(x)$", yes: ["[ab]+(x)$"], no: ["a", "ax"] },
    { pattern: "ünï*", yes: ["ünïcode"], no: ["uni"] },
  ];
  it.each(cases)("$pattern", ({ pattern, yes, no }) => {
    const glob = compileGlob(pattern);
    expect([yes.filter((path) => !glob(path)), no.filter((path) => glob(path))]).toEqual([[], []]);
  });

  it.each(["", "/", "."])("%j names the root, and all below it", (pattern) => {
    expect(["a", "a/b"].every(compileGlob(pattern))).toBe(true);
  });

  it("matches what lies below a name that it matches", () => {
    expect([compileGlob("*")("a/b"), compileGlob("lib/*")("lib/a/b"), compileGlob("*.d")("a.d/b")]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("does not match what only its beginning matches, however long it is", () => {
    const path = "a/".repeat(300);
    expect(compileGlob(`${path}x`)(`${path}y`)).toBe(false);
  });

  it("matches a path of which it is the name", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(path, path, (wanted, other) => {
        expect(compileGlob(wanted)(wanted)).toBe(true);
        expect(compileGlob(wanted)(`${wanted}/${other}`)).toBe(true);
        expect(compileGlob(`**/${other}`)(`${wanted}/${other}`)).toBe(true);
        expect(compileGlob(wanted)(other)).toBe(other === wanted || other.startsWith(`${wanted}/`));
      }),
    );
  });

  it("agrees with the regular expression that says the same, within a component", () => {
    const text = fc.array(fc.constantFrom("a", "b", "."), { maxLength: 8 }).map((parts) => parts.join(""));
    const pattern = fc
      .array(fc.constantFrom("a", "b", ".", "*", "?"), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(""));
    const usable = pattern.filter((glob) => glob !== "**" && glob !== ".");
    fc.assert(
      fc.property(usable, text, (glob, path) => {
        const source = glob.replaceAll(".", "\\.").replaceAll("?", ".").replaceAll(/\*+/g, ".*");
        expect(compileGlob(glob)(path)).toBe(new RegExp(`^${source}$`).test(path));
      }),
      { numRuns: 500 },
    );
  });
});

describe("hostile patterns take no time", () => {
  const cases = [
    { summary: "many stars", pattern: `${"*a".repeat(200)}b`, path: "a".repeat(4000) },
    { summary: "many double stars", pattern: `${"**/".repeat(1000)}b`, path: "a/".repeat(2000) },
    { summary: "many question marks", pattern: "?".repeat(499), path: "a".repeat(4000) },
    { summary: "a million letters", pattern: "a".repeat(1_000_000), path: "b".repeat(1_000_000) },
    { summary: "a million slashes", pattern: "/".repeat(1_000_000), path: "" },
  ];
  it.each(cases)("$summary", ({ pattern, path }) => {
    const startedAt = performance.now();
    compileGlob(pattern)(path);
    expect(performance.now() - startedAt).toBeLessThan(1000); // some 10 ms where nothing explodes
  });
});

describe("a selection", () => {
  const cases = [
    { summary: "all, without includes", includes: [], excludes: [], wanted: ["a/b", "a/c", "d"] },
    { summary: "what an include matches", includes: ["a", "x"], excludes: [], wanted: ["a/b", "a/c"] },
    { summary: "what no exclude matches", includes: [], excludes: ["a/b"], wanted: ["a/c", "d"] },
    { summary: "includes less excludes", includes: ["a", "d"], excludes: ["**/c"], wanted: ["a/b", "d"] },
    { summary: "nothing, when all is excluded", includes: ["a"], excludes: ["**"], wanted: [] },
  ];
  it.each(cases)("is $summary", ({ includes, excludes, wanted }) => {
    expect(["a/b", "a/c", "d"].filter(compileSelection(includes, excludes))).toEqual(wanted);
  });
});
