// SPDX-License-Identifier: Apache-2.0
// Tests of definitions run real commands in finished images.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CtrfReport } from "../../src/formats/ctrf.js";
import type { Basalt } from "./support/basalt.js";
import { ROOT } from "./support/run.js";
import { homeWithDownloads } from "./support/shared.js";

const HELLO = join(ROOT, "test", "e2e", "definitions", "hello.yaml");
let folder: string;
let basalt: Basalt;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-image-tests-"));
  basalt = await homeWithDownloads(folder, "home");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Test = Readonly<Record<string, unknown>>;

/** A definition of an image with a shell, whose tests are these. */
async function withTests(name: string, tests: readonly Test[], platforms = ["linux/amd64"]): Promise<string> {
  const definition = {
    name: "Tests",
    image: `test/${name}`,
    tags: ["latest"],
    platforms,
    contents: { packages: ["!mawk", "!original-awk", "!gawk", "base-files", "bash", "coreutils"] },
    accounts: {
      "run-as": "app",
      users: [{ name: "app", uid: 1234, gid: 1235 }],
      groups: [{ name: "app", gid: 1235 }],
    },
    environment: { GREETING: "two  words" },
    paths: [{ type: "file", path: "/etc/root-only", mode: "0600", content: "a" }],
    "work-dir": "/srv/made",
    labels: { "io.basalt.shell": "bash" },
    "os-release": { name: "Test", id: "debian", "version-id": "13", "version-codename": "trixie" },
    tests,
  };
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify(definition));
  return file;
}

async function reportsOf(name: string): Promise<readonly CtrfReport[]> {
  const logs = join(basalt.home, "logs", "tests");
  const names = (await readdir(logs)).filter((file) => file.startsWith(`test_${name}-`));
  return Promise.all(names.map(async (file) => JSON.parse(await readFile(join(logs, file), "utf8")) as CtrfReport));
}

const bash = (script: string): string => `bash -c '${script}'`;

describe("a command", () => {
  const cases: readonly { summary: string; test: Test }[] = [
    { summary: "has the image's user and group", test: { commands: ["id"], output: "^uid=1234.* gid=1235" } },
    { summary: "has its user's home", test: { commands: [bash("echo $HOME")], output: "^/home/app\n$" } },
    {
      summary: "has the image's environment and nothing else",
      test: {
        commands: [bash(String.raw`env | sort | tr "\n" " "`)],
        output: "^GREETING=two  words HOME=/home/app PATH=[^ ]* PWD=/srv/made SHLVL=[01] _=[^ ]* $",
      },
    },
    { summary: "runs in the image's folder", test: { commands: ["pwd"], output: "^/srv/made\n$" } },
    {
      summary: "runs in a folder of its own",
      test: { commands: ["pwd"], directory: "/etc/opt", output: "^/etc/opt\n$" },
    },
    {
      summary: "runs in a folder from the image's",
      test: { commands: ["pwd"], directory: "./", output: "^/srv/made\n$" },
    },
    {
      summary: "cannot write anything but temporary files",
      test: {
        commands: [
          bash("echo a > /tmp/a && echo a > /run/a && cat /tmp/a"),
          bash("! echo a > /etc/a"),
          bash("! echo a > /srv/made/a"),
          bash("! rm /etc/passwd"),
        ],
      },
    },
    { summary: "cannot read what is root's alone", test: { commands: [bash("! cat /etc/root-only")] } },
    { summary: "has no network", test: { commands: [bash("! (exec 3<>/dev/tcp/192.0.2.1/80)")] } },
    { summary: "may fail if it has to", test: { commands: ["false", bash("exit 1")], "exit-code": 1 } },
    { summary: "that is not there ends with 127", test: { commands: ["no-such-program"], "exit-code": 127 } },
    { summary: "that cannot be run ends with 126", test: { commands: ["/etc/passwd"], "exit-code": 126 } },
    { summary: "that is killed ends as in a shell", test: { commands: [bash("kill -9 $$")], "exit-code": 137 } },
    { summary: "prints on both streams", test: { commands: [bash("echo a; echo b >&2")], output: "a\n|b\n" } },
  ];
  it("sees the image as who runs it would", async () => {
    const tests = cases.map(({ summary, test }) => ({ name: summary, "exit-code": 0, ...test }));
    const { status, stderr } = await basalt.run(["build", await withTests("sees", tests)]);
    expect(stderr).not.toContain("error: ");
    const [report] = await reportsOf("sees");
    expect(report?.results.tests.filter((test) => test.status !== "passed")).toEqual([]);
    expect([status, stderr.includes("0 failed")]).toEqual([0, true]);
    expect(report?.results.tests.length).toBeGreaterThanOrEqual(cases.length);
  });

  const failing: readonly { name: string; test: Test; expected: RegExp }[] = [
    {
      name: "fails",
      test: { commands: ["true", bash("echo before; echo why >&2; exit 3")] },
      expected: /TEST_FAILED: .*"fails" failed on linux\/amd64: bash -c .*: it ended with 3, not 0: .*why/,
    },
    {
      name: "prints-something-else",
      test: { commands: ["echo abc"], output: "^b" },
      expected: /TEST_FAILED: .*its output does not match "\^b": abc/,
    },
    {
      name: "prints-too-much-for-its-expression",
      test: { commands: ["seq 100000"], output: "a*b*c*d" },
      expected: /TEST_FAILED: .*too many for the expression/,
    },
    {
      name: "is-missing",
      test: { commands: ["no-such-program"] },
      expected: /TEST_FAILED: .*it ended with 127, not 0/,
    },
    { name: "takes-forever", test: { commands: ["sleep 99"], timeout: 1 }, expected: /TEST_FAILED: .*than 1 seconds/ },
    { name: "prints-forever", test: { commands: ["yes"] }, expected: /TEST_FAILED: .*bytes of output/ },
    {
      name: "has-no-folder",
      test: { commands: ["true"], directory: "/no/such" },
      expected: /TEST_FAILED: .*there is no folder \/no\/such/,
    },
  ];
  it.each(failing)("that $name keeps the image from being published", async ({ name, test, expected }) => {
    const file = await withTests(name, [{ name, "exit-code": 0, ...test }]);
    const { status, stdout, stderr } = await basalt.run(["build", file]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(expected);
    expect(await basalt.must(["catalog", "list"])).not.toContain(`test/${name}`);
    const left = await readdir(join(basalt.home, "tmp")).catch(() => []);
    expect(left.filter((entry) => entry.startsWith("test-"))).toEqual([]);
  });
});

it("on a platform that cannot run here commands are skipped, files are not", async () => {
  const tests = [{ name: "a", commands: ["true"], "exit-code": 0, files: [{ path: "/usr/bin/bash", mode: "0755" }] }];
  await basalt.must(["build", await withTests("platforms", tests, ["linux/amd64", "linux/arm64"])]);
  const summaries = (await reportsOf("platforms")).map(({ results }) => results.summary);
  expect(summaries).toMatchObject([
    { passed: 2, skipped: 0 },
    { passed: 1, skipped: 1 },
  ]);
});

it("what a build stage made is tried, once", async () => {
  const first = await basalt.run(["build", HELLO]);
  expect([first.status, first.stderr.match(/tests passed/g)?.length]).toEqual([0, 1]);
  const again = await basalt.run(["build", HELLO]);
  expect([again.status, again.stdout, again.stderr.includes("tests passed")]).toEqual([0, first.stdout, false]);
});

it("a machine without bubblewrap tells what it cannot run, and does not count it as passed", async () => {
  const empty = join(folder, "empty");
  await mkdir(empty, { recursive: true });
  const file = await withTests("no-bwrap", [{ name: "a", commands: ["true"], "exit-code": 0 }]);
  const { status, stderr } = await basalt.run(["build", file], { env: { PATH: empty } });
  expect([status, /0 tests passed, 0 failed, 1 not run here/.test(stderr)]).toEqual([0, true]);
  const [report] = await reportsOf("no-bwrap");
  expect(report?.results.summary).toMatchObject({ passed: 0, skipped: 1 });
  // As soon as there is one, they are run.
  expect((await basalt.run(["build", file])).stderr).toContain("1 tests passed, 0 failed, 0 not run here");
});
