// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { testDefinition } from "../../test/support/definitions.js";
import type { Platform } from "../formats/platform.js";
import { expandWithObstacles } from "./expand.js";
import type { Stage } from "./model.js";

type Parts = Readonly<Record<string, unknown>>;

const SHA256 = "0123456789abcdef".repeat(4);

interface Expanded {
  readonly stages: readonly Stage[];
  /** Places of what is not built. */
  readonly obstacles: readonly string[];
}

async function expand(
  builds: readonly Parts[],
  more: Parts = {},
  platform: Platform = "linux/amd64",
): Promise<Expanded> {
  const definition = await testDefinition({ contents: { packages: ["a"], builds }, ...more });
  const { image, obstacles } = expandWithObstacles(definition, platform);
  return { stages: image.stages, obstacles: obstacles.map(({ message }) => message.replace(/^.*does not build /, "")) };
}

function scriptOf([step]: Stage["steps"]): string {
  return step?.kind === "run" ? step.script : "";
}

async function stageOf(parts: Parts, more: Parts = {}): Promise<Stage> {
  const { stages, obstacles } = await expand([{ name: "s", pipeline: [{ runs: "true" }], ...parts }], more);
  const [stage] = stages;
  if (stage === undefined) throw new Error("a stage was expected");
  expect(obstacles).toEqual([]);
  return stage;
}

describe("a stage has the repositories of the image", () => {
  const A = "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.test/debian trixie main";
  const SECURITY = A.replace("a.test/debian", "a.test/security");
  const B = "deb https://b.test ./";
  const contents = { packages: ["a"], repositories: [A], keyring: ["https://a.test/k"] };
  const cases: readonly {
    readonly summary: string;
    readonly own: Parts;
    readonly expected: Pick<Stage, "repositories" | "repositoryKeys">;
  }[] = [
    {
      summary: "where it lists none",
      own: {},
      expected: { repositories: [A], repositoryKeys: { [A]: "https://a.test/k" } },
    },
    {
      summary: "but for its own, which share keys with them",
      own: { repositories: [SECURITY] },
      expected: { repositories: [SECURITY], repositoryKeys: { [SECURITY]: "https://a.test/k" } },
    },
    {
      summary: "but for its own, with keys of their own",
      own: { repositories: [B], keyring: ["https://b.test/k"] },
      expected: { repositories: [B], repositoryKeys: { [B]: "https://b.test/k" } },
    },
    {
      summary: "and no key of theirs for others",
      own: { repositories: [B] },
      expected: { repositories: [B], repositoryKeys: {} },
    },
  ];
  it.each(cases)("$summary", async ({ own, expected }) => {
    const builds = [{ name: "s", pipeline: [{ runs: "true" }], contents: { packages: ["gcc"], ...own } }];
    const { stages } = await expand([], { contents: { ...contents, builds } });
    expect(stages[0]).toMatchObject(expected);
  });

  it("or none, which is then no part of what it is", async () => {
    expect(Object.keys(await stageOf({}))).not.toContain("repositories");
  });
});

describe("a stage", () => {
  it("has its own packages, masks, downloads and files", async () => {
    const stage = await stageOf({
      contents: {
        packages: ["!x", "gcc=14", "bash"],
        files: [{ url: "https://a.test/a.tar.gz", checksum: `sha256:${SHA256}`, path: "${source.dir}" }],
      },
      paths: [{ type: "file", path: "${source.dir}/fix.patch", content: "x" }],
    });
    expect(stage).toMatchObject({
      packages: [{ name: "gcc", version: "14" }, { name: "bash" }],
      masks: ["x"],
      files: [{ path: "src" }],
      paths: [{ kind: "file", path: "src/fix.patch", content: "x" }],
    });
  });

  const steps: readonly { summary: string; stage?: Parts; step: Parts; expected: Parts }[] = [
    {
      summary: "runs its steps with bash where downloads are, without network",
      step: { runs: "make" },
      expected: {
        shell: ["/bin/bash"],
        script: "make",
        workDir: "/src",
        environment: {},
        hasNetwork: false,
        title: "step",
      },
    },
    {
      summary: "decides for its steps, which decide for themselves",
      stage: { "work-dir": "/a", shell: "/bin/sh -e", environment: { A: "1", B: "1" } },
      step: { name: "n", runs: "x", "work-dir": "b", environment: { B: "2" } },
      expected: { title: "n", shell: ["/bin/sh", "-e"], workDir: "/src/b", environment: { A: "1", B: "2" } },
    },
    {
      summary: "gives a privileged step the network",
      step: { runs: "x", privileged: true },
      expected: { hasNetwork: true },
    },
    {
      summary: "that is privileged gives it to all",
      stage: { privileged: true },
      step: { runs: "x" },
      expected: { hasNetwork: true },
    },
    {
      summary: "runs actions with sh",
      stage: { shell: "/bin/zsh" },
      step: { uses: "strip@v1" },
      expected: { title: "strip@v1", shell: ["/bin/sh"] },
    },
    {
      summary: "knows variables and the two folders in scripts, and leaves what is the shell's",
      step: { runs: "cp ${NAME} ${target.dir}/${HOME} $X" },
      expected: { script: "cp tool /target/${HOME} $X" },
    },
  ];
  it.each(steps)("$summary", async ({ stage = {}, step, expected }) => {
    const { steps: found } = await stageOf({ ...stage, pipeline: [step] }, { vars: { NAME: "tool" } });
    expect(found).toEqual([expect.objectContaining(expected)]);
  });

  it("starts from an image, takes files of others, and keeps folders", async () => {
    const stage = await stageOf({
      uses: `a.test/base:1@sha256:${SHA256}`,
      contents: { artifacts: [{ name: `tool@sha256:${SHA256}`, includes: ["opt/**"], uid: 0 }] },
      caches: [{ path: "/go/pkg" }],
      pipeline: [{ runs: "a", caches: [{ path: "/root/.cache", sharing: "locked" }] }, { runs: "b" }],
    });
    const digest = `sha256:${SHA256}`;
    expect(stage.base).toEqual({ host: "a.test", repository: "base", digest, includes: [], excludes: [] });
    expect(stage.artifacts).toEqual([{ repository: "tool", digest, includes: ["opt/**"], excludes: [], uid: 0 }]);
    expect(stage.steps.map((step) => step.kind === "run" && step.caches)).toEqual([
      ["/go/pkg", "/root/.cache"],
      ["/go/pkg"],
    ]);
  });

  it("gives outputs with owner, mode and kind", async () => {
    const { outputs } = await stageOf({
      outputs: [
        { source: "${target.dir}/usr/", target: "/usr/", uid: 7, gid: 8, mode: "0755" },
        { source: "/", target: "/", diff: true },
      ],
    });
    expect(outputs).toEqual([
      { source: "target/usr", target: "usr/", uid: 7, gid: 8, mode: 0o755, isDiff: false },
      { source: "", target: "/", uid: 0, gid: 0, isDiff: true },
    ]);
  });

  it("and what is in it can depend on the platform", async () => {
    const builds = [
      { name: "amd64", if: 'target.arch == "amd64"', pipeline: [{ runs: "true" }] },
      {
        name: "both",
        pipeline: [{ runs: "a", if: 'target.arch == "arm64"' }, { runs: "b" }],
        outputs: [{ source: "/a", target: "/a", if: "false" }],
      },
    ];
    const onArm = (await expand(builds, {}, "linux/arm64")).stages;
    expect(
      onArm.map(({ name, steps: list }) => [name, list.map((step) => step.kind === "run" && step.script)]),
    ).toEqual([["both", ["a", "b"]]]);
    expect(onArm[0]?.outputs).toEqual([]);
    expect((await expand(builds)).stages.map(({ name }) => name)).toEqual(["amd64", "both"]);
  });

  it("declares software, and has a document of it", async () => {
    const file = { url: "https://a.test/a", checksum: `sha256:${SHA256}`, path: "/src/a" };
    const stage = await stageOf({
      contents: {
        files: [{ ...file, spdx: { name: "tool", version: "1", packages: [{ name: "tool", license: "MIT" }] } }],
      },
      pipeline: [{ uses: "spdx@v1", with: { name: "lib/x", version: "2", purl: "pkg:generic/x@2" } }, { runs: "true" }],
    });
    expect(stage.software).toEqual([{ name: "lib/x", version: "2", purl: "pkg:generic/x@2" }]);
    expect(stage.steps).toHaveLength(1);
    const documents = stage.paths.map((edit) => [edit.path, edit.kind === "file" ? edit.content : ""] as const);
    expect(documents.map(([path]) => path)).toEqual([
      "opt/docker/sbom/tool/tool.spdx.json",
      "opt/docker/sbom/lib-x/lib-x.spdx.json",
    ]);
    expect(JSON.parse(documents[1]?.[1] ?? "")).toMatchObject({
      spdxVersion: "SPDX-2.3",
      packages: [{ name: "lib/x", versionInfo: "2", externalRefs: [{ referenceLocator: "pkg:generic/x@2" }] }],
    });
  });
});

it("a stage with a matrix runs once for each of its entries", async () => {
  const matrix = [
    { name: "fast", items: { LEVEL: 1, FLAG: "-f" } },
    { name: "small", items: { LEVEL: 9 } },
  ];
  const stage = {
    name: "s",
    matrix,
    if: '"${matrix.LEVEL}" != "5"',
    pipeline: [{ runs: "pack -${matrix.LEVEL} ${matrix.FLAG} ${matrix.name} ${HOME}" }],
    outputs: [{ source: "/target/a", target: "/${matrix.name}" }],
  };
  const { stages } = await expand([stage]);
  expect(stages.map(({ name, steps, outputs }) => [name, scriptOf(steps), outputs[0]?.target])).toEqual([
    ["s-fast", "pack -1 -f fast ${HOME}", "fast"],
    ["s-small", "pack -9 ${matrix.FLAG} small ${HOME}", "small"],
  ]);
});

it("accounts, users of steps, secrets and attestations are those of the stage", async () => {
  const stage = {
    name: "s",
    accounts: { users: [{ name: "builder", uid: 70, gid: 71 }], groups: [{ name: "builder", gid: 71 }] },
    pipeline: [
      {
        runs: "a",
        "run-as": "builder",
        secrets: [
          { id: "token", env: "TOKEN" },
          { id: "no", env: "NO", if: '"a" == "b"' },
          { id: "maybe", env: "MAYBE", optional: true },
        ],
      },
      { runs: "b", "run-as": 70 },
    ],
    attestations: [
      { "predicate-type": "https://a.test/v1", source: "/target/a.json", diff: true },
      { "predicate-type": "https://a.test/v2", source: "/b.json", if: '"a" == "b"' },
    ],
  };
  const { stages } = await expand([stage]);
  expect(stages[0]).toMatchObject({
    accounts: { users: [{ name: "builder", uid: 70, gid: 71 }], groups: [{ name: "builder", gid: 71, members: [] }] },
    steps: [
      {
        user: "builder",
        secrets: [
          { id: "token", variable: "TOKEN", isOptional: false },
          { id: "maybe", variable: "MAYBE", isOptional: true },
        ],
      },
      { user: "70", secrets: [] },
    ],
    attestations: [{ predicateType: "https://a.test/v1", source: "target/a.json", isDiff: true }],
  });
});

function file(name: string): Parts {
  return { url: `https://a.test/${name}`, path: `/src/${name}` };
}

it("downloads that a step verifies need no checksum, their keys do", async () => {
  const verify = {
    uses: "gpg/verify@v1",
    with: { file: "a.tar.xz", signature: "/src/a.tar.xz.asc", keys: "keys.asc" },
  };
  const pinned = { ...file("keys.asc"), checksum: `sha256:${SHA256}` };
  const stage = {
    name: "s",
    contents: { files: [file("a.tar.xz"), file("a.tar.xz.asc"), pinned] },
    pipeline: [verify],
  };
  const { stages, obstacles } = await expand([stage]);
  expect(obstacles).toEqual([]);
  expect(stages[0]?.files.map(({ pin }) => pin.kind)).toEqual(["step", "step", "integrity"]);
  for (const files of [
    [file("a.tar.xz"), file("keys.asc")],
    [file("b.tar.xz"), pinned],
  ])
    expect((await expand([{ ...stage, contents: { files } }])).obstacles).toEqual(["unpinned downloads"]);
  const unsure = { ...verify, if: '"a" == "a"' };
  expect((await expand([{ ...stage, pipeline: [unsure] }])).obstacles).toEqual(["unpinned downloads"]);
});

describe("not built, and said so", () => {
  const pipeline = [{ runs: "true" }];
  const cases: readonly { summary: string; stage: Parts; expected: string }[] = [
    { summary: "an image below without a digest", stage: { uses: "a:1", pipeline }, expected: "a:1 names no digest" },
    {
      summary: "downloads without a checksum",
      stage: { contents: { files: [{ url: "https://a.test/a", path: "/src/a" }] }, pipeline },
      expected: "unpinned downloads",
    },
    {
      summary: "actions for packages",
      stage: { pipeline: [{ uses: "dpkg/build@v1" }] },
      expected: "dpkg/build@v1 is for definitions of packages, which Basalt does not build",
    },
  ];
  it.each(cases)("$summary", async ({ stage, expected }) => {
    expect((await expand([{ name: "s", ...stage }])).obstacles).toEqual([expected]);
  });
});
