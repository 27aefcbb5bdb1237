// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { npmPackageUrl, npmTarballUrl, parseNpmUrl } from "./npm-registry.js";

describe("npm: URLs", () => {
  const good = [
    { summary: "a name and a version", url: "npm:yarn@1.22.22", expected: { name: "yarn", version: "1.22.22" } },
    {
      summary: "a name with dots, dashes and underscores",
      url: "npm:node-linux.x64_a@22.0.0",
      expected: { name: "node-linux.x64_a", version: "22.0.0" },
    },
    { summary: "a scoped name", url: "npm:@scope/name@1.0.0", expected: { name: "@scope/name", version: "1.0.0" } },
    {
      summary: "a version before the release",
      url: "npm:a@1.0.0-rc.1",
      expected: { name: "a", version: "1.0.0-rc.1" },
    },
    { summary: "a version of a build", url: "npm:a@1.0.0+sha.1", expected: { name: "a", version: "1.0.0+sha.1" } },
  ];
  it.each(good)("$summary", ({ url, expected }) => {
    expect(parseNpmUrl(url)).toEqual(expected);
  });

  const hostile = [
    { summary: "nothing", url: "npm:" },
    { summary: "no version", url: "npm:a" },
    { summary: "an empty version", url: "npm:a@" },
    { summary: "no name", url: "npm:@1.0.0" },
    { summary: "an empty scope", url: "npm:@/a@1.0.0" },
    { summary: "a scope without a name", url: "npm:@scope@1.0.0" },
    { summary: "two levels below a scope", url: "npm:@scope/a/b@1.0.0" },
    { summary: "a path as name", url: "npm:a/b@1.0.0" },
    { summary: "a parent folder as name", url: "npm:..@1.0.0" },
    { summary: "a name that begins in the parent folder", url: "npm:../a@1.0.0" },
    { summary: "a name that leaves through the parent folder", url: "npm:a/../../b@1.0.0" },
    { summary: "a scope that is the parent folder", url: "npm:@../a@1.0.0" },
    { summary: "a scoped name that is the parent folder", url: "npm:@scope/..@1.0.0" },
    { summary: "a name that is hidden", url: "npm:.a@1.0.0" },
    { summary: "a name from the root", url: "npm:/etc/passwd@1.0.0" },
    { summary: "a name with another host", url: "npm://evil.test/a@1.0.0" },
    { summary: "a name with a whole URL", url: "npm:https://evil.test/a@1.0.0" },
    { summary: "a backslash in the name", url: "npm:a\\b@1.0.0" },
    { summary: "an escape in the name", url: "npm:%2e%2e@1.0.0" },
    { summary: "a query in the name", url: "npm:a?b@1.0.0" },
    { summary: "a fragment in the name", url: "npm:a#b@1.0.0" },
    { summary: "a blank in the name", url: "npm:a b@1.0.0" },
    { summary: "capitals in the name", url: "npm:JSONStream@1.0.0" },
    { summary: "a variable that nobody replaced", url: "npm:${NODE}@1.0.0" },
    { summary: "a path in the version", url: "npm:a@1.0.0/../../b" },
    { summary: "a query in the version", url: "npm:a@1.0.0?b" },
    { summary: "a line break behind the version", url: "npm:a@1.0.0\n" },
    { summary: "a blank before the version", url: "npm:a@ 1.0.0" },
    { summary: "two versions", url: "npm:a@1.0.0@2.0.0" },
    { summary: "a range of versions", url: "npm:a@^1.0.0" },
    { summary: "a star as version", url: "npm:a@*" },
    { summary: "a tag as version: what it names changes", url: "npm:a@latest" },
    { summary: "a part of a version: what it names changes", url: "npm:a@1" },
    { summary: "a version with a gap: what it names changes", url: "npm:a@1.x" },
    { summary: "dots as version", url: "npm:a@.." },
    { summary: "another scheme", url: "https://registry.test/a@1.0.0" },
    { summary: "the scheme in capitals", url: "NPM:a@1.0.0" },
  ];
  it.each(hostile)("refused: $summary", async ({ url }) => {
    expect(await codeOf(() => parseNpmUrl(url))).toBe("DEFINITION_INVALID");
  });

  it("a very long text is refused quickly", async () => {
    const begin = performance.now();
    for (const url of [`npm:${"a-".repeat(500_000)}`, `npm:@${"a/".repeat(500_000)}@1`, `npm:${"a@1".repeat(300_000)}`])
      expect(await codeOf(() => parseNpmUrl(url))).toBe("DEFINITION_INVALID");
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});

describe("tarballs", () => {
  const cases = [
    {
      summary: "a plain name",
      registry: "https://registry.test/",
      url: "npm:yarn@1.22.22",
      expected: "https://registry.test/yarn/-/yarn-1.22.22.tgz",
    },
    {
      summary: "a scoped name, whose file is without the scope",
      registry: "https://registry.test/",
      url: "npm:@scope/name@1.0.0-rc.1",
      expected: "https://registry.test/@scope/name/-/name-1.0.0-rc.1.tgz",
    },
    {
      summary: "a registry without the last slash",
      registry: "https://registry.test",
      url: "npm:a@1.0.0",
      expected: "https://registry.test/a/-/a-1.0.0.tgz",
    },
    {
      summary: "a registry below a path, with the last slash",
      registry: "http://127.0.0.1:4873/npm/all/",
      url: "npm:a@1.0.0",
      expected: "http://127.0.0.1:4873/npm/all/a/-/a-1.0.0.tgz",
    },
    {
      summary: "a registry below a path, without the last slash",
      registry: "http://127.0.0.1:4873/npm/all",
      url: "npm:@s/a@1.0.0",
      expected: "http://127.0.0.1:4873/npm/all/@s/a/-/a-1.0.0.tgz",
    },
  ];
  it.each(cases)("$summary", async ({ registry, url, expected }) => {
    const host = testHost({ env: { BASALT_NPM_REGISTRY: registry } });
    expect((await npmTarballUrl(parseNpmUrl(url), host)).href).toBe(expected);
  });

  const packages = [
    { summary: "what is said of a package", name: "a", expected: "https://registry.test/npm/a" },
    { summary: "what is said of a scoped package", name: "@s/a", expected: "https://registry.test/npm/@s%2fa" },
  ];
  it.each(packages)("$summary", async ({ name, expected }) => {
    const host = testHost({ env: { BASALT_NPM_REGISTRY: "https://registry.test/npm" } });
    expect((await npmPackageUrl(name, host)).href).toBe(expected);
  });

  it.each(["", "../a", "a/b", "@s", "a@1", "a?b", "https://x.test/a", "A", "a\n"])("no package: %j", async (name) => {
    const host = testHost({ env: { BASALT_NPM_REGISTRY: "https://registry.test/" } });
    expect(await codeOf(() => npmPackageUrl(name, host))).toBe("DEFINITION_INVALID");
  });

  const unusable = [
    { summary: "a text that is no URL", registry: "registry" },
    { summary: "a host without a scheme", registry: "registry.test/npm" },
    { summary: "a file", registry: "file:///srv/npm" },
  ];
  it.each(unusable)("no registry: $summary", async ({ registry }) => {
    const host = testHost({ env: { BASALT_NPM_REGISTRY: registry } });
    expect(await codeOf(() => npmTarballUrl(parseNpmUrl("npm:a@1.0.0"), host))).toBe("NPM_REGISTRY_UNKNOWN");
  });
});
