// SPDX-License-Identifier: Apache-2.0
// Build stages in their sandbox, with Debian's compiler.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRepositories } from "../support/git-repositories.js";
import type { Basalt } from "./support/basalt.js";
import { DOCKER, must, ROOT, run } from "./support/run.js";
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
  const cases: readonly { name: string; runs: string; step?: object; expected: RegExp }[] = [
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
    { name: "writes-to-the-kernel", runs: "echo x > /proc/sys/kernel/core_pattern", expected: /Read-only file system/ },
    { name: "mounts-it-again", runs: "mount -t proc p /mnt", expected: /STAGE_FAILED/ },
    {
      name: "writes-as-another-user",
      runs: "id -u; echo a > /target/a",
      step: { "run-as": "65532" },
      expected: /STAGE_FAILED: .*65532 .*Permission denied/,
    },
    { name: "is-nobody-known", runs: "true", step: { "run-as": "mallory" }, expected: /STAGE_USER: .*mallory/ },
    {
      name: "wants-a-secret",
      runs: "true",
      step: { secrets: [{ id: "token", env: "TOKEN" }] },
      expected: /STAGE_SECRET: .*the secret token, .*--secret id=ID/,
    },
    { name: "makes-a-pipe", runs: "mkfifo /target/a", expected: /STAGE_OUTPUT: .*pipe/ },
  ];
  it.each(cases)("$name is stopped and said", async ({ name, runs, step, expected }) => {
    const file = await withStep(name, runs, step);
    const { status, stderr } = await basalt.run(["build", file, "--platform", "linux/amd64"]);
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

it("a step has its user and its secret; what it gives away, removes and attests is so in the image", async () => {
  const file = await withStep(
    "gives",
    `
      test "$TOKEN" = hunter2-''hunter2 && echo "the token is $TOKEN" # in two, since the definition is attested
      mkdir -p /srv/app && echo a > /srv/app/a && chown -R builder:builder /srv/app
      rm /usr/share/base-files/motd
      mkdir -p /target && echo '{"version":"1"}' > /target/server.json
    `,
    { secrets: [{ id: "token", env: "TOKEN" }] },
  );
  const definition = JSON.parse(await readFile(file, "utf8")) as Definition;
  const [stage] = definition.contents.builds as readonly { pipeline: object[] }[];
  Object.assign(stage ?? {}, {
    accounts: { users: [{ name: "builder", uid: 70, gid: 71 }], groups: [{ name: "builder", gid: 71 }] },
    outputs: [{ source: "/", target: "/", diff: true }],
    attestations: [
      { "predicate-type": "https://modelcontextprotocol.io/server.json/v1", source: "/target/server.json" },
    ],
  });
  stage?.pipeline.push({ runs: "echo b >> /srv/app/a; id -un", "run-as": "builder" });
  await writeFile(file, JSON.stringify(definition));
  const secret = join(folder, "token");
  await writeFile(secret, "hunter2-hunter2");
  await basalt.must(["build", file, "--platform", "linux/amd64", "--load", "--secret", `id=token,src=${secret}`]);
  await must(DOCKER, ["create", "--name", "basalt-gives", "localhost:5050/test/gives:latest", "x"]);
  const archive = join(folder, "gives.tar");
  await must(DOCKER, ["export", "basalt-gives", "-o", archive]);
  await must(DOCKER, ["rm", "basalt-gives"]);
  const entries = (await must("tar", ["--numeric-owner", "-tvf", archive])).split("\n");
  expect(
    entries.filter((line) => line.includes(" srv/app")).map((line) => line.split(/\s+/).slice(0, 2).join(" ")),
  ).toEqual(["drwxr-xr-x 70/71", "-rw-r--r-- 70/71"]);
  expect(await must("tar", ["-xOf", archive, "srv/app/a"])).toBe("a\nb\n");
  expect(entries.filter((line) => /share\/base-files\/(?:motd|profile)$/.test(line))).toHaveLength(1);
  const logs = join(basalt.home, "logs", "stages");
  const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), "utf8")));
  expect(texts.filter((text) => text.includes("the token is ***"))).toHaveLength(1);
  expect(await grepBelow(basalt.home, "hunter2-hunter2")).toEqual([]);
  const evidence = await grepBelow(basalt.home, "https://modelcontextprotocol.io/server.json/v1");
  expect(evidence.some((path) => path.includes("/blobs/"))).toBe(true);
});

it("a stage works on the files of a git commit, and a tag that moved is an error", async () => {
  const server = await startRepositories("smart");
  const commit = server.commit("x", { "greet.sh": { mode: "100755", text: "#!/bin/bash\necho from git" } });
  server.refer("x", "refs/tags/v1", commit);
  const file = await withStep("from-git", "./x/greet.sh > /target/a; test ! -e x/.git");
  const definition = JSON.parse(await readFile(file, "utf8")) as { contents: { builds: { contents: object }[] } };
  const download = { url: `git+${server.url}x.git#v1`, checksum: commit, path: "${source.dir}/x" };
  Object.assign(definition.contents.builds[0]?.contents ?? {}, { files: [download] });
  await writeFile(file, JSON.stringify(definition));
  await basalt.must(["build", file, "--platform", "linux/amd64", "--load"]);
  const id = (await must(DOCKER, ["create", "localhost:5050/test/from-git:latest", "x"])).trim();
  await must(DOCKER, ["cp", `${id}:/a`, join(folder, "from-git")]);
  await must(DOCKER, ["rm", id]);
  expect(await readFile(join(folder, "from-git"), "utf8")).toBe("from git\n");
  server.refer("x", "refs/tags/v1", server.commit("x", { "greet.sh": "other" }));
  const moved = await basalt.run(["build", file, "--platform", "linux/amd64"]);
  expect([moved.status, moved.stderr]).toEqual([1, expect.stringMatching(/^error: GIT_REFERENCE_MOVED: /m)]);
});

describe("with the Docker engine as the runner", () => {
  const DOCKER_RUNNER = ["--runner", "docker", "--platform", "linux/amd64"];

  it("a stage has the same digest as in the sandbox", async () => {
    const inSandbox = await basalt.must(["build", HELLO, "--platform", "linux/amd64"]);
    const other = await homeWithDownloads(folder, "engine");
    expect(await other.must(["build", HELLO, ...DOCKER_RUNNER])).toBe(inSandbox);
  });

  it("a step has its user, keeps what it makes at the root, and reaches nothing", async () => {
    const file = await withStep(
      "engine",
      "mkdir /go; echo made > /go/a; echo top > /top; chown 70 /go/a; (exec 3<>/dev/tcp/192.0.2.1/80) || true",
    );
    const definition = JSON.parse(await readFile(file, "utf8")) as Definition;
    const [stage] = definition.contents.builds as readonly { pipeline: object[] }[];
    stage?.pipeline.push({
      runs: "id -u; test ! -w /top; cp /go/a /tmp/; test ! -e /var/run/docker.sock",
      "run-as": "70",
    });
    stage?.pipeline.push({ runs: "cat /go/a /top > /target/a; ls /tmp" });
    await writeFile(file, JSON.stringify(definition));
    const { status, stderr } = await basalt.run(["build", file, ...DOCKER_RUNNER, "--load"]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/unreachable/i)]);
    const id = (await must(DOCKER, ["create", "localhost:5050/test/engine:latest", "x"])).trim();
    await must(DOCKER, ["cp", `${id}:/a`, join(folder, "from-engine")]);
    await must(DOCKER, ["rm", id]);
    expect(await readFile(join(folder, "from-engine"), "utf8")).toBe("made\ntop\n");
  });

  const faults: readonly { name: string; runs: string; expected: RegExp }[] = [
    { name: "engine-fails", runs: "echo why >&2; exit 3", expected: /STAGE_FAILED: .* ended with 3: .*why/ },
    { name: "engine-forks", runs: "f() { f | f & }; f; sleep 60", expected: /STAGE_LIMIT: .*processes/ },
    {
      name: "engine-prints",
      runs: "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
      expected: /STAGE_LIMIT: .*output/,
    },
  ];
  it.each(faults)("$name is stopped and said, and no container stays", async ({ name, runs, expected }) => {
    const before = await must(DOCKER, ["ps", "-aq"]);
    const { status, stderr } = await basalt.run(["build", await withStep(name, runs), ...DOCKER_RUNNER]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(expected)]);
    expect(await must(DOCKER, ["ps", "-aq"])).toBe(before);
  });

  it("that does not answer is said", async () => {
    const env = { DOCKER_HOST: `unix://${join(folder, "no.sock")}` };
    const { status, stderr } = await basalt.run(["build", await withStep("no-engine", "true"), ...DOCKER_RUNNER], {
      env,
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/SANDBOX_UNAVAILABLE: no Docker engine/)]);
  });
});

/** Files below a folder with a text in them. */
async function grepBelow(path: string, text: string): Promise<readonly string[]> {
  const { stdout } = await run("grep", ["-rlF", text, path]);
  return stdout.split("\n").filter((line) => line !== "");
}

it("a machine without bubblewrap is told what to install", async () => {
  const empty = join(folder, "empty");
  await mkdir(empty, { recursive: true });
  const file = await withStep("no-bwrap", "echo a > /target/a");
  const { status, stderr } = await basalt.run(["build", file, "--platform", "linux/amd64"], { env: { PATH: empty } });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: SANDBOX_UNAVAILABLE: .*bwrap.*; install bubblewrap/m);
});
