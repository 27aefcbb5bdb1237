// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  engineProgram,
  type TestEngineProgram,
  type TestEngineProgramOptions,
} from "../../test/support/engine-program.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { findContainerEngine, type ContainerEngine, type EngineContainer } from "./container-engine.js";

interface Connected {
  readonly engine: ContainerEngine;
  readonly program: TestEngineProgram;
}

async function connect(options: TestEngineProgramOptions): Promise<Connected> {
  const program = engineProgram(options);
  return { engine: await findContainerEngine({ BASALT_ENGINE: program.path }), program };
}

async function start(options: TestEngineProgramOptions): Promise<EngineContainer> {
  const { engine } = await connect(options);
  return engine.run({ image: "x:a", ports: [], env: [], args: [] });
}

describe("finding an engine's program", () => {
  it("takes docker before podman, on the PATH", async () => {
    const { path } = engineProgram({ images: {} });
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(second, "docker"), readFileSync(path), { mode: 0o755 });
    writeFileSync(join(first, "podman"), readFileSync(path), { mode: 0o755 });
    expect((await findContainerEngine({ PATH: `${first}:${second}` })).program).toBe(join(second, "docker"));
    expect((await findContainerEngine({ PATH: first })).program).toBe(join(first, "podman"));
  });

  it.each([
    { summary: "there is none", env: { PATH: "/nowhere" }, message: /neither docker nor podman/ },
    { summary: "the one named is not there", env: { BASALT_ENGINE: "/nowhere/docker" }, message: /cannot be run/ },
  ])("says so when $summary", async ({ env, message }) => {
    await expect(findContainerEngine(env)).rejects.toThrow(message);
    expect(await codeOf(() => findContainerEngine(env))).toBe("ENGINE_UNAVAILABLE");
  });

  it("says so when the program reaches no engine", async () => {
    const { path } = engineProgram({ images: {}, versionStatus: 1 });
    await expect(findContainerEngine({ BASALT_ENGINE: path })).rejects.toThrow("Cannot connect to the daemon");
  });
});

describe("images", () => {
  it("are built, and looked at", async () => {
    const config = {
      User: "65532",
      ExposedPorts: { "9000/tcp": {}, "80/tcp": {}, "443/udp": {} },
      Entrypoint: ["/app"],
      Cmd: ["--serve"],
    };
    const { engine, program } = await connect({ images: { a: { config } } });
    const dockerfile = join(temporaryFolder(), "Dockerfile");
    writeFileSync(dockerfile, "FROM scratch\n");
    expect(await engine.hasImage("x:a")).toBe(false);
    const build = await engine.build({ dockerfile, context: ".", tag: "x:a", buildArgs: ["V=1"] });
    expect(build.exitCode).toBe(0);
    expect(program.calls()).toContain(`build -f ${dockerfile} -t x:a --build-arg V=1 .`);
    expect(program.dockerfile("x:a")).toBe("FROM scratch\n");
    expect(await engine.hasImage("x:a")).toBe(true);
    expect(await engine.inspectImage("x:a")).toEqual({
      user: "65532",
      ports: ["80/tcp", "443/udp", "9000/tcp"],
      command: ["/app", "--serve"],
      sizeBytes: 1000,
    });
  });

  it("that say nothing of themselves run as root, on no port", async () => {
    const { engine } = await connect({ images: {}, has: ["x:a"] });
    expect(await engine.inspectImage("x:a")).toEqual({ user: "", ports: [], command: [], sizeBytes: 1000 });
  });

  it("that are not there are an error", async () => {
    const { engine } = await connect({ images: {} });
    expect(await codeOf(() => engine.inspectImage("x:none"))).toBe("ENGINE_FAILED");
    await expect(engine.inspectImage("x:none")).rejects.toThrow("No such image: x:none");
  });
});

describe("a container", () => {
  it("gets ports of this machine, variables and arguments, and goes with its volumes", async () => {
    const { engine, program } = await connect({ images: { a: { address: "127.0.0.1:9" } }, has: ["x:a"] });
    const container = await engine.run({ image: "x:a", ports: [80, 81], env: ["A=b c"], args: ["--x"] });
    expect(program.calls()).toContain("create -p 127.0.0.1::80 -p 127.0.0.1::81 -e A=b c x:a --x");
    expect(await container.address(80)).toBe("127.0.0.1:9");
    await container.remove();
    expect(program.calls().at(-1)).toBe("rm -f -v container-a");
  });

  it.each([
    { summary: "runs", image: {}, state: { isRunning: true } },
    { summary: "has ended", image: { exitCode: 3 }, state: { isRunning: false, exitCode: 3 } },
    {
      summary: "could not be started",
      image: { startFailure: 'exec: "/bin/sh": no such file' },
      state: { isRunning: false, exitCode: 127, why: 'exec: "/bin/sh": no such file' },
    },
  ])("says that it $summary", async ({ image, state }) => {
    expect(await (await start({ images: { a: image }, has: ["x:a"] })).state()).toEqual(state);
  });

  it.runIf(existsSync("/proc/self/cgroup"))("shows its process, when that is its own", async () => {
    // This process stands for one of a container: its control group is what tells
    const id = readFileSync("/proc/self/cgroup", "utf8").split("\n")[0] ?? "";
    const images = { a: { pid: process.pid } };
    const own = await (await start({ images, has: ["x:a"], id })).process();
    expect(own?.words.length).toBeGreaterThan(0);
    expect(own?.uid).toBe(process.getuid?.());
    expect(await (await start({ images, has: ["x:a"], id: "another" })).process()).toBeUndefined();
    expect(await (await start({ images: { a: {} }, has: ["x:a"] })).process()).toBeUndefined();
  });
});
