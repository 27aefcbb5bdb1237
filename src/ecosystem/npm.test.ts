// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { npm } from "./npm.js";

const PATH = "app/node_modules/semver/package.json";

describe("paths of packages", () => {
  it.each([
    "node_modules/semver/package.json",
    "usr/lib/node_modules/npm/node_modules/semver/package.json",
    "app/node_modules/.pnpm/semver@7.6.3/node_modules/semver/package.json",
    "app/node_modules/@scope/name/package.json",
  ])("%s is one", (path) => {
    expect(npm.interest(path)).toMatchObject({ kind: "text" });
  });

  it.each([
    "package.json",
    "app/package.json",
    "node_modules/package.json",
    "node_modules/.bin/package.json",
    "node_modules/.package-lock.json",
    "node_modules/@scope/package.json",
    "node_modules/semver/dist/package.json",
    "node_modules/semver/package.json/x",
    "node_modules/semver/package.json5",
    "my_node_modules/semver/package.json",
  ])("%s is none", (path) => {
    expect(npm.interest(path)).toBeUndefined();
  });
});

describe("manifests", () => {
  it.each([
    {
      summary: "a package with a licence",
      manifest: { name: "semver", version: "7.6.3", license: "ISC" },
      found: { name: "semver", version: "7.6.3", purl: "pkg:npm/semver@7.6.3", license: "ISC", paths: [PATH] },
    },
    {
      summary: "a package without a licence",
      manifest: { name: "semver", version: "7.6.3" },
      found: { name: "semver", version: "7.6.3", purl: "pkg:npm/semver@7.6.3", paths: [PATH] },
    },
    {
      summary: "a licence in the form of old",
      manifest: { name: "semver", version: "7.6.3", license: { type: "ISC" } },
      found: { name: "semver", version: "7.6.3", purl: "pkg:npm/semver@7.6.3", paths: [PATH] },
    },
    {
      summary: "a pre-release with build data",
      manifest: { name: "semver", version: "7.6.3-beta.1+build.5" },
      found: {
        name: "semver",
        version: "7.6.3-beta.1+build.5",
        purl: "pkg:npm/semver@7.6.3-beta.1+build.5",
        paths: [PATH],
      },
    },
  ])("$summary", ({ manifest, found }) => {
    expect(npm.find(new Map([[PATH, JSON.stringify(manifest)]]))).toEqual([found]);
  });

  it("a name with a scope has it in its package URL", () => {
    const path = "node_modules/@scope/name/package.json";
    const text = JSON.stringify({ name: "@scope/name", version: "1.0.0" });
    expect(npm.find(new Map([[path, text]]))).toEqual([
      { name: "@scope/name", version: "1.0.0", purl: "pkg:npm/%40scope/name@1.0.0", paths: [path] },
    ]);
  });

  it("a package that was installed under another name is what it says it is", () => {
    const path = "node_modules/string-width-cjs/package.json";
    const text = JSON.stringify({ name: "string-width", version: "4.2.3" });
    expect(npm.find(new Map([[path, text]]))).toEqual([
      { name: "string-width", version: "4.2.3", purl: "pkg:npm/string-width@4.2.3", paths: [path] },
    ]);
  });

  it.each([
    { summary: "no JSON", text: "{" },
    { summary: "a list", text: "[]" },
    { summary: "text", text: '"semver"' },
    { summary: "no name", text: '{"version":"1.0.0"}' },
    { summary: "a name that is a number", text: '{"name":5,"version":"1.0.0"}' },
    { summary: "an empty name", text: '{"name":"","version":"1.0.0"}' },
    { summary: "no version", text: '{"name":"semver"}' },
    { summary: "a version that is none", text: '{"name":"semver","version":"latest"}' },
    { summary: "a version that is a number", text: '{"name":"semver","version":1}' },
  ])("$summary shows nothing", ({ text }) => {
    expect(npm.find(new Map([[PATH, text]]))).toEqual([]);
  });
});
