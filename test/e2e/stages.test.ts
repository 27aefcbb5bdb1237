// SPDX-License-Identifier: Apache-2.0
// Build stages in their sandbox, with Debian's compiler.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Basalt } from "./support/basalt.js";
import { DOCKER, must, ROOT } from "./support/run.js";
import { homeWithDownloads } from "./support/shared.js";

interface Definition {
  readonly contents: { readonly builds: readonly object[] };
}

const HELLO = join(ROOT, "test", "e2e", "definitions", "hello.yaml");
let folder: string;
let basalt: Basalt;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-stages-"));
  basalt = await homeWithDownloads(folder, "home");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("a program is compiled, patched, stripped and shipped alone, twice to the same digest", async () => {
  const first = await basalt.must(["build", HELLO, "--load"]);
  const other = await homeWithDownloads(folder, "other");
  expect(await other.must(["build", HELLO], { env: { TZ: "Asia/Tokyo" } })).toBe(first);
  const { status, stdout } = await basalt.run(["build", HELLO]);
  expect([status, stdout]).toEqual([0, first]);
  const output = await must(DOCKER, ["run", "--rm", "localhost:5050/test/hello:latest"]);
  expect(output).toMatch(/^hello, built [A-Z][a-z]{2} [ 0-9]{2} 20[0-9]{2}$/m);
  // The compiler's clock is that of the packages.
  expect(output).not.toContain(new Date().toDateString().slice(4));
});

/** A definition whose one step is this script. */
async function withStep(name: string, runs: string, step: object = {}): Promise<string> {
  const definition = {
    name: "Step",
    image: `test/${name}`,
    tags: ["latest"],
    contents: {
      packages: ["!mawk", "!original-awk", "!gawk", "base-files"],
      builds: [
        {
          name,
          contents: { packages: ["base-files", "bash", "coreutils"] },
          pipeline: [{ name, runs, ...step }],
          outputs: [{ source: "/target/a", target: "/a" }],
        },
      ],
    },
    accounts: { "run-as": "65532" },
    "os-release": { name: "Test", id: "debian", "version-id": "13", "version-codename": "trixie" },
  };
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify(definition));
  return file;
}

describe("a step that", () => {
  const cases: readonly { name: string; runs: string; expected: RegExp }[] = [
    {
      name: "fails",
      runs: "echo before; echo why >&2; exit 3",
      expected: /STAGE_FAILED: .*"fails".* ended with 3: .*why/,
    },
    { name: "tries-the-network", runs: "exec 3<>/dev/tcp/192.0.2.1/80", expected: /STAGE_FAILED: .*unreachable/i },
    { name: "reads-this-machine", runs: `cat ${ROOT}/package.json`, expected: /STAGE_FAILED: .*No such file/ },
    {
      name: "prints-forever",
      runs: "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
      expected: /STAGE_LIMIT: .*output/,
    },
    { name: "forks-forever", runs: "f() { f | f & }; f; sleep 60", expected: /STAGE_LIMIT: .*processes/ },
    { name: "makes-nothing", runs: "true", expected: /STAGE_OUTPUT: .*\/target\/a/ },
    { name: "makes-a-pipe", runs: "mkfifo /target/a", expected: /STAGE_OUTPUT: .*pipe/ },
  ];
  it.each(cases)("$name is stopped and said", async ({ name, runs, expected }) => {
    const { status, stderr } = await basalt.run(["build", await withStep(name, runs), "--platform", "linux/amd64"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(expected);
    const left = await readdir(join(basalt.home, "tmp")).catch(() => []);
    expect(left.filter((entry) => entry.startsWith("stage-"))).toEqual([]);
  });

  it("leaves a background process leaves nothing running, and its output is kept", async () => {
    const file = await withStep("leaves", "sleep 4321 & echo done > /target/a; echo printed");
    await basalt.must(["build", file, "--platform", "linux/amd64"]);
    const running = await must("ps", ["-eo", "args"]);
    expect(running).not.toContain("sleep 4321");
    const logs = join(basalt.home, "logs", "stages");
    const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), "utf8")));
    expect(texts.some((text) => text.includes("== leaves") && text.includes("printed"))).toBe(true);
  });
});

it("a stage starts from an image of the store, and keeps a folder from one build to the next", async () => {
  await basalt.must(["build", HELLO]);
  const digest = /sha256:[0-9a-f]{64}/.exec(await basalt.must(["build", HELLO]))?.[0];
  const names = ["first", "second"];
  for (const [index, name] of names.entries()) {
    const file = await withStep(
      "keeps",
      `/usr/bin/hello > /target/a; echo ${name} >> /keep/log; cp /keep/log /target/log`,
    );
    const definition = JSON.parse(await readFile(file, "utf8")) as Definition;
    const [stage] = definition.contents.builds;
    Object.assign(stage ?? {}, { uses: `test/hello@${digest}`, caches: [{ path: "/keep" }] });
    Object.assign(stage ?? {}, { outputs: [{ source: "/target", target: "/srv" }] });
    await writeFile(file, JSON.stringify(definition));
    await basalt.must(["build", file, "--platform", "linux/amd64", "--load"]);
    const id = (await must(DOCKER, ["create", "localhost:5050/test/keeps:latest", "x"])).trim();
    await must(DOCKER, ["cp", `${id}:/srv`, join(folder, name)]);
    await must(DOCKER, ["rm", id]);
    expect(await readFile(join(folder, name, "a"), "utf8")).toMatch(/^hello/);
    expect(await readFile(join(folder, name, "log"), "utf8")).toBe(names.slice(0, index + 1).join("\n") + "\n");
  }
});

it("a machine without bubblewrap is told what to install", async () => {
  const empty = join(folder, "empty");
  await mkdir(empty, { recursive: true });
  const file = await withStep("no-bwrap", "echo a > /target/a");
  const { status, stderr } = await basalt.run(["build", file, "--platform", "linux/amd64"], { env: { PATH: empty } });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: SANDBOX_UNAVAILABLE: .*bwrap.*; install bubblewrap/m);
});
