// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testDefinition } from "../../test/support/definitions.js";
import type { BasaltError } from "../errors.js";
import { PLATFORMS, type Platform } from "../formats/platform.js";
import { expandDefinition } from "./expand.js";
import type { ImageDefinition } from "./model.js";
import { problemsOf } from "./problem.js";

type Parts = Readonly<Record<string, unknown>>;

async function expand(parts: Parts = {}, platform: Platform = "linux/amd64"): Promise<ImageDefinition> {
  return expandDefinition(await testDefinition(parts), platform);
}

describe("what a definition says", () => {
  it("a small definition has all defaults", async () => {
    expect(await expand()).toEqual({
      title: "Test image",
      image: "test",
      keyring: [],
      variant: "runtime",
      output: "layered",
      tags: ["1"],
      platform: "linux/amd64",
      dates: {},
      osRelease: {
        id: "debian",
        versionId: "13",
        fields: { NAME: "Test", ID: "debian", VERSION_ID: "13", VERSION_CODENAME: "trixie" },
      },
      repositories: [],
      repositoryKeys: {},
      packages: [{ name: "base-files" }],
      masks: [],
      files: [],
      artifacts: [],
      stages: [],
      tests: [],
      accounts: {
        hasRoot: false,
        runAs: { uid: 65532, gid: 65532 },
        users: [{ name: "nonroot", uid: 65532, gid: 65532 }],
        groups: [{ name: "nonroot", gid: 65532, members: [] }],
      },
      environment: {},
      paths: [],
      annotations: {},
      labels: {},
      entrypoint: [],
      cmd: [],
      ports: [],
      volumes: [],
      mappings: {},
    });
  });

  const parts: readonly { summary: string; parts: Parts; expected: Partial<ImageDefinition> }[] = [
    {
      summary: "a definition without a variant is for running",
      parts: { variant: undefined },
      expected: { variant: "runtime" },
    },
    { summary: "a variant for building", parts: { variant: "dev" }, expected: { variant: "dev" } },
    { summary: "a flavor", parts: { flavor: "fpm" }, expected: { flavor: "fpm" } },
    {
      summary: "dates, of which the others are left out",
      parts: { dates: { release: "2024-04-24", "end-of-life": "2027-04-30", "end-of-support": "2026-04-30" } },
      expected: { dates: { release: "2024-04-24", endOfLife: "2027-04-30" } },
    },
    {
      summary: "one date",
      parts: { dates: { release: "2024-04-24" } },
      expected: { dates: { release: "2024-04-24" } },
    },
    {
      summary: "how the program is run",
      parts: { "work-dir": "/app", "stop-signal": "SIGQUIT", entrypoint: ["a"], cmd: ["b", ""], volumes: ["/data"] },
      expected: { workDir: "/app", stopSignal: "SIGQUIT", entrypoint: ["a"], cmd: ["b", ""], volumes: ["/data"] },
    },
    {
      summary: "an environment, without what is empty",
      parts: { environment: { B: "2", A: "1", EMPTY: "", HOME: "${HOME}" } },
      expected: { environment: { B: "2", A: "1", HOME: "${HOME}" } },
    },
    {
      summary: "annotations and labels, also empty ones",
      parts: { annotations: { a: "1", b: "" }, labels: { c: "" } },
      expected: { annotations: { a: "1", b: "" }, labels: { c: "" } },
    },
    {
      summary: "package URLs for the SBOM",
      parts: { contents: { mappings: { redis: "pkg:generic/redis@7" } } },
      expected: { packages: [], mappings: { redis: "pkg:generic/redis@7" } },
    },
    {
      summary: "all fields of os-release under their names in the file",
      parts: { "os-release": { id: "debian", "version-id": "12", "home-url": "https://a.test/", "id-like": "x" } },
      expected: {
        osRelease: {
          id: "debian",
          versionId: "12",
          fields: { ID: "debian", VERSION_ID: "12", HOME_URL: "https://a.test/", ID_LIKE: "x" },
        },
      },
    },
    { summary: "tags, each once", parts: { tags: ["1", "1.2", "1"] }, expected: { tags: ["1", "1.2"] } },
    {
      summary: "a tag that only the lock decides",
      parts: { tags: ["${resolved.libstdc++6.version}-debian"] },
      expected: { tags: ["${resolved.libstdc++6.version}-debian"] },
    },
    {
      summary: "parts that only serve Docker's own tools are passed over",
      parts: {
        entitlement: "public",
        track: [{ type: "npm_package", package: "a", set: "A" }],
        "fips-compliant": false,
        "stig-certified": false,
      },
      expected: { tags: ["1"] },
    },
    {
      summary: "empty lists of unsupported parts ask for nothing",
      parts: { tests: [], contents: { packages: ["a"], builds: [], artifacts: [], repositories: [] } },
      expected: { packages: [{ name: "a" }] },
    },
  ];
  it.each(parts)("$summary", async ({ parts, expected }) => {
    expect(await expand(parts)).toMatchObject(expected);
  });

  const tags = ["-1", ".1", "a b", "a/b", "a:b", "ü", "a".repeat(129), "${UNKNOWN}", "${resolved.}", "a\nb"];
  it.each(tags.map((tag) => ({ summary: JSON.stringify(tag.slice(0, 20)), tag })))(
    "$summary is no tag",
    async ({ tag }) => {
      expect(await codeOf(() => expand({ tags: ["1", tag] }))).toBe("DEFINITION_INVALID");
    },
  );
});

describe("variables", () => {
  const byPlatform = '#{ target.arch == "amd64" ? "x64" : "arm64" }';

  it("differ from platform to platform", async () => {
    const definition = await testDefinition({ vars: { ARCH: byPlatform }, environment: { ARCH: "${ARCH}" } });
    const values = PLATFORMS.map((platform) => expandDefinition(definition, platform).environment["ARCH"]);
    expect(values).toEqual(["x64", "arm64"]);
  });

  it("expanding changes nothing of the definition", async () => {
    const definition = await testDefinition({ vars: { ARCH: byPlatform }, environment: { ARCH: "${ARCH}" } });
    const before = structuredClone(definition.yaml.value);
    expandDefinition(definition, "linux/amd64");
    expect(definition.yaml.value).toEqual(before);
  });

  const builtIns = [
    { summary: "the processor", name: "target.arch", parts: {}, expected: "amd64" },
    { summary: "no flavor", name: "target.flavor", parts: {}, expected: "" },
    { summary: "a flavor", name: "target.flavor", parts: { flavor: "fpm" }, expected: "fpm" },
    { summary: "an image that is not for building", name: "target.dev", parts: {}, expected: "false" },
    { summary: "an image that is for building", name: "target.dev", parts: { variant: "dev" }, expected: "true" },
    { summary: "no certification", name: "target.fips", parts: {}, expected: "false" },
  ];
  it.each(builtIns)("built in: $summary", async ({ name, parts, expected }) => {
    const { annotations } = await expand({ ...parts, annotations: { it: `\${${name}}` } });
    expect(annotations).toEqual({ it: expected });
  });

  it("are replaced everywhere", async () => {
    const image = await expand({
      vars: { V: "1.2", U: "nonroot", P: "/app" },
      name: "Test ${V}",
      tags: ["${V}", "${V}-debian"],
      contents: { packages: ["a=${V}", "lib${V}"] },
      accounts: { "run-as": "${U}", users: [{ name: "nonroot", uid: 65532, gid: 65532 }] },
      "os-release": { id: "debian", "version-id": "13", "pretty-name": "Test ${V}" },
      "work-dir": "${P}",
      paths: [{ type: "file", path: "${P}/v", content: "${V}\n" }],
      entrypoint: ["a-${V}"],
      labels: { v: "${V}" },
    });
    expect(image).toMatchObject({
      title: "Test 1.2",
      tags: ["1.2", "1.2-debian"],
      packages: [{ name: "a", version: "1.2" }, { name: "lib1.2" }],
      accounts: { runAs: { uid: 65532 } },
      osRelease: { fields: { PRETTY_NAME: "Test 1.2" } },
      workDir: "/app",
      paths: [{ path: "app/v", content: "1.2\n" }],
      entrypoint: ["a-1.2"],
      labels: { v: "1.2" },
    });
  });

  const wrong = [
    { summary: "variables that refer to each other in a circle", vars: { A: "${B}", B: "${C}", C: "${A}" }, at: "A" },
    { summary: "an expression that cannot be evaluated", vars: { A: "#{ nonsense }" }, at: "A" },
    { summary: "a regular expression that does not match", vars: { A: "1", B: "${A:^x}" }, at: "B" },
  ];
  it.each(wrong)("are a problem at their place: $summary", async ({ vars, at }) => {
    const place = (await testDefinition({ vars })).yaml.locate(["vars", at]);
    const error = await expand({ vars }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "DEFINITION_INVALID" });
    expect(problemsOf(error as BasaltError, "")).toMatchObject([
      { file: "test.yaml", ...place, code: "DEFINITION_VARS" },
    ]);
  });
});

describe("packages", () => {
  const cases = [
    { summary: "names", entries: ["a", "b"], packages: [{ name: "a" }, { name: "b" }], masks: [] },
    { summary: "pins", entries: ["a=1.0-1"], packages: [{ name: "a", version: "1.0-1" }], masks: [] },
    {
      summary: "a pin with an epoch and an equals sign",
      entries: ["a=1:2.0~rc1+dfsg-1=x"],
      packages: [{ name: "a", version: "1:2.0~rc1+dfsg-1=x" }],
      masks: [],
    },
    { summary: "masks", entries: ["!b", "a"], packages: [{ name: "a" }], masks: ["b"] },
    { summary: "requested beats masked", entries: ["!a", "a"], packages: [{ name: "a" }], masks: [] },
    {
      summary: "requested beats masked, whatever comes first",
      entries: ["a", "!a"],
      packages: [{ name: "a" }],
      masks: [],
    },
    {
      summary: "a pinned request beats a mask as well",
      entries: ["!a", "a=1"],
      packages: [{ name: "a", version: "1" }],
      masks: [],
    },
    { summary: "pinned beats unpinned", entries: ["a=1", "a"], packages: [{ name: "a", version: "1" }], masks: [] },
    {
      summary: "pinned beats unpinned, whatever comes first",
      entries: ["a", "a=1"],
      packages: [{ name: "a", version: "1" }],
      masks: [],
    },
    { summary: "the same twice is once", entries: ["a", "!b", "a", "!b"], packages: [{ name: "a" }], masks: ["b"] },
    {
      summary: "names of members of all objects",
      entries: ["constructor", "!toString"],
      packages: [{ name: "constructor" }],
      masks: ["toString"],
    },
    { summary: "nothing", entries: [], packages: [], masks: [] },
  ];
  it.each(cases)("$summary", async ({ entries, packages, masks }) => {
    expect(await expand({ contents: { packages: entries } })).toMatchObject({ packages, masks });
  });
});

describe("unsupported parts", () => {
  const cases: readonly { summary: string; parts: Parts }[] = [
    { summary: "charts", parts: { variant: "helm" } },
    {
      summary: "an action that is not ours",
      parts: { contents: { builds: [{ name: "a", pipeline: [{ uses: "dpkg/build@v1" }] }] } },
    },
  ];
  it.each(cases)("$summary", async ({ parts }) => {
    expect(await codeOf(() => expand(parts))).toBe("DEFINITION_UNSUPPORTED");
  });

  it("the message has every part at its place", async () => {
    const builds = [{ name: "a", pipeline: [{ uses: "dpkg/build@v1" }] }];
    const work = expand({ variant: "helm", contents: { builds } });
    await expect(work).rejects.toThrow(/test\.yaml:\d+:1: .*helm[^]*test\.yaml:\d+:\d+: .*dpkg/);
  });
});

it("one layer of all, compressed with zstd, is what a definition may ask for", async () => {
  expect(await expand({})).toMatchObject({ output: "layered" });
  expect(await expand({ compression: "gzip" })).not.toHaveProperty("compression");
  expect(await expand({ output: "squashed", compression: "zstd" })).toMatchObject({
    output: "squashed",
    compression: "zstd",
  });
});
