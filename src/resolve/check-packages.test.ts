// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { startMirror } from "../../test/support/debian-mirror.js";
import { testDefinition } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { codeOf } from "../../test/support/bytes.js";
import { NO_MAPPING } from "../formats/input-mapping.js";
import type { Host } from "../host/host.js";
import { checkPackages, type CheckOptions } from "./check-packages.js";

const REPOSITORY = "deb http://x.test/deb trixie main";

async function hostWithPackages(): Promise<Host> {
  const packages = [
    { name: "base-files" },
    { name: "tool", version: "2.0-1", fields: { Depends: "missing" } },
    { name: "library", version: "1.0-1" },
  ];
  const mirror = await startMirror({ packages });
  return testHost({ trust: mirror.trust, env: { BASALT_DEBIAN_MIRROR: mirror.url } });
}

/** `LINE CODE: MESSAGE` of every problem; the first request stands in line 8. */
async function check(
  contents: Readonly<Record<string, unknown>>,
  options: CheckOptions = {},
): Promise<readonly string[]> {
  const definition = await testDefinition({ contents });
  const problems = await checkPackages(definition, "linux/amd64", options, await hostWithPackages());
  return problems.map(({ line, code, message }) => `${line} ${code}: ${message}`);
}

it("packages that can be had are no problem", async () => {
  expect(await check({ packages: ["base-files", "library=1.0-1", "!missing"] })).toEqual([]);
});

const wrong: readonly {
  summary: string;
  packages: readonly string[];
  expected: readonly [line: number, text: RegExp][];
}[] = [
  {
    summary: "a name that does not exist",
    packages: ["base-files", "libary"],
    expected: [[9, /no package libary/]],
  },
  { summary: "a pin that nothing meets", packages: ["library=9", "base-files"], expected: [[8, /library=9/]] },
  {
    summary: "several at once, each at its line",
    packages: ["no-such", "library=9", "base-files"],
    expected: [
      [8, /no-such/],
      [9, /library=9/],
    ],
  },
  { summary: "a dependency that nothing meets", packages: ["base-files", "tool"], expected: [[9, /tool.*missing/]] },
];
it.each(wrong)("$summary", async ({ packages, expected }) => {
  const found = await check({ packages });
  expect(found).toHaveLength(expected.length);
  for (const [index, [line, text]] of expected.entries()) {
    expect(found[index]).toMatch(new RegExp(`^${line} PACKAGE_`));
    expect(found[index]).toMatch(text);
  }
});

it("those of build stages are looked for as well", async () => {
  const builds = [{ name: "s", contents: { packages: ["no-such"] }, pipeline: [{ runs: "true" }] }];
  expect(await check({ packages: ["base-files"], builds })).toEqual([
    expect.stringMatching(/^\d+ PACKAGE_UNKNOWN: .*no-such/),
  ]);
});

it("what a repository of others has is not known, unless it is mapped", async () => {
  const contents = { repositories: [REPOSITORY], packages: ["no-such"] };
  expect(await check(contents)).toEqual([]);
  const mapping = { ...NO_MAPPING, repositories: { "http://x.test": "debian" } };
  expect(await check(contents, { mapping })).toHaveLength(1);
});

it("a mirror that does not answer is an error, not a clean result", async () => {
  const definition = await testDefinition();
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: "http://127.0.0.1:1/" } });
  expect(await codeOf(() => checkPackages(definition, "linux/amd64", {}, host))).toBe("NETWORK_UNREACHABLE");
});
