// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { BasaltError } from "../errors.js";
import { filterThrough, findProgram, runProgram, startChild } from "./programs.js";

const NODE = process.execPath;
const script = (source: string): readonly string[] => ["--eval", source];

/** A folder with a program of this name. */
function folderWith(name: string, mode = 0o755): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), "");
  chmodSync(join(folder, name), mode);
  return folder;
}

it("a program that prints more than it may is ended", async () => {
  const endless = runProgram(NODE, script("const more = () => process.stdout.write('x'.repeat(1000), more); more()"), {
    maxOutputBytes: 100_000,
  });
  expect(await codeOf(() => endless)).toBe("SIZE_LIMIT_EXCEEDED");
});

describe("finding programs", () => {
  it("a program is found in a folder of the PATH", () => {
    expect(findProgram(basename(NODE), { PATH: dirname(NODE) })).toBe(NODE);
  });

  it("the first folder that has it wins", () => {
    const [first, second] = [folderWith("tool"), folderWith("tool")];
    const PATH = [temporaryFolder(), first, second].join(delimiter);
    expect(findProgram("tool", { PATH })).toBe(join(first, "tool"));
  });

  it("a link to a program is a program", () => {
    const folder = temporaryFolder();
    symlinkSync(join(folderWith("tool"), "tool"), join(folder, "link"));
    expect(findProgram("link", { PATH: folder })).toBe(join(folder, "link"));
  });

  const absent = [
    { summary: "a program that is nowhere", env: () => ({ PATH: temporaryFolder() }) },
    { summary: "a program without a PATH", env: () => ({}) },
    { summary: "a program with an empty PATH", env: () => ({ PATH: "" }) },
    { summary: "a program with empty parts in the PATH", env: () => ({ PATH: `${delimiter}${delimiter}` }) },
    { summary: "a folder that does not exist", env: () => ({ PATH: join(temporaryFolder(), "no") }) },
    { summary: "a file that must not be run", env: () => ({ PATH: folderWith("tool", 0o644) }) },
    {
      summary: "a folder of that name",
      env: () => {
        const folder = temporaryFolder();
        mkdirSync(join(folder, "tool"));
        return { PATH: folder };
      },
    },
  ];
  it.each(absent)("not found: $summary", ({ env }) => {
    expect(findProgram("tool", env())).toBeUndefined();
  });

  it("a folder of that name does not hide the program behind it", () => {
    const [first, second] = [temporaryFolder(), folderWith("tool")];
    mkdirSync(join(first, "tool"));
    expect(findProgram("tool", { PATH: [first, second].join(delimiter) })).toBe(join(second, "tool"));
  });
});

describe("running a program", () => {
  const cases = [
    {
      summary: "what it prints is kept",
      source: "console.log('out'); console.error('err')",
      expected: { exitCode: 0, stdout: "out\n", stderr: "err\n" },
    },
    {
      summary: "its exit code is told",
      source: "process.exitCode = 3",
      expected: { exitCode: 3, stdout: "", stderr: "" },
    },
    {
      summary: "a program that is killed has failed",
      source: "process.kill(process.pid, 'SIGKILL')",
      expected: { exitCode: 1, stdout: "", stderr: "" },
    },
    {
      summary: "a program that does not read its input has no harm from it",
      source: "process.stdin.destroy(); console.log('done')",
      input: "x".repeat(1_000_000),
      expected: { exitCode: 0, stdout: "done\n", stderr: "" },
    },
    {
      summary: "input reaches it whole",
      source: "process.stdin.pipe(process.stdout)",
      input: "grüße ".repeat(50_000),
      expected: { exitCode: 0, stdout: "grüße ".repeat(50_000), stderr: "" },
    },
  ];
  it.each(cases)("$summary", async ({ source, input, expected }) => {
    const result = await runProgram(NODE, script(source), input === undefined ? {} : { input });
    expect(result).toEqual(expected);
  });

  it("without input it sees the end at once", async () => {
    const result = await runProgram(NODE, script("process.stdin.resume().on('end', () => console.log('end'))"));
    expect(result.stdout).toBe("end\n");
  });

  it("it runs in the folder and with the environment it was given, on top of this one's", async () => {
    const cwd = realpathSync(temporaryFolder());
    const source = "console.log(JSON.stringify([process.cwd(), process.env.BASALT_TEST, 'PATH' in process.env]))";
    const result = await runProgram(NODE, script(source), { cwd, env: { BASALT_TEST: "yes" } });
    expect(JSON.parse(result.stdout)).toEqual([cwd, "yes", "PATH" in process.env]);
  });

  it("arguments are passed as they are, whatever a shell would make of them", async () => {
    const hostile = ["$HOME", "; exit 1", "`id`", "*", "a b", "'", '"', ""];
    const result = await runProgram(NODE, [
      ...script("console.log(JSON.stringify(process.argv.slice(1)))"),
      ...hostile,
    ]);
    expect(JSON.parse(result.stdout)).toEqual(hostile);
  });

  it("a program that does not exist is an error", async () => {
    await expect(runProgram(join(temporaryFolder(), "no"), [])).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("a signal ends it", async () => {
    const controller = new AbortController();
    const running = runProgram(NODE, script("setInterval(() => {}, 1000)"), { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("filtering a stream through a program", () => {
  const FAILURE = { code: "XZ_INVALID", name: "data.xz" } as const;
  const filter = (source: string, ...input: readonly string[]): AsyncGenerator<Buffer> =>
    filterThrough(NODE, script(source), streamOf(...input), FAILURE);

  const good = [
    {
      summary: "everything goes in and comes out",
      source: "process.stdin.pipe(process.stdout)",
      input: ["a", "b"],
      expected: "ab",
    },
    { summary: "nothing goes in", source: "process.stdin.pipe(process.stdout)", input: [], expected: "" },
    {
      summary: "the program needs no input to its end",
      source: "console.log('x')",
      input: ["a".repeat(1_000_000)],
      expected: "x\n",
    },
    {
      summary: "complaints of a program that ends well are ignored",
      source: "console.error('hm'); console.log('x')",
      input: ["a"],
      expected: "x\n",
    },
  ];
  it.each(good)("$summary", async ({ source, input, expected }) => {
    expect((await bytesOfStream(filter(source, ...input))).toString()).toBe(expected);
  });

  it("a large stream goes through unharmed", async () => {
    const content = "0123456789".repeat(300_000);
    const chunks = Array.from({ length: 30 }, (_, index) => content.slice(index * 100_000, (index + 1) * 100_000));
    const received = await bytesOfStream(filter("process.stdin.pipe(process.stdout)", ...chunks));
    expect(received.toString() === content).toBe(true);
  });

  const failing = [
    { summary: "a program that fails at once", source: "process.exit(1)" },
    {
      summary: "a program that fails after good output",
      source: "process.stdout.write('good', () => process.exit(1))",
    },
    { summary: "a program that is killed", source: "process.kill(process.pid, 'SIGKILL')" },
    {
      summary: "a program that fails while much is sent to it",
      source: "process.exit(2)",
      input: "x".repeat(1_000_000),
    },
  ];
  it.each(failing)("fails with the code of the caller: $summary", async ({ source, input = "a" }) => {
    expect(await codeOf(() => bytesOfStream(filter(source, input)))).toBe("XZ_INVALID");
  });

  it("what the program complains about is in the message", async () => {
    const work = bytesOfStream(filter("console.error('it is broken'); process.exitCode = 1", "a"));
    await expect(work).rejects.toThrow(/data\.xz .*it is broken/);
  });

  it("a program that does not exist fails with the code of the caller", async () => {
    const work = filterThrough(join(temporaryFolder(), "no"), [], streamOf("a"), FAILURE);
    expect(await codeOf(() => bytesOfStream(work))).toBe("XZ_INVALID");
  });

  it("an error of the source wins over what the program makes of the break", async () => {
    const source = (async function* () {
      yield Buffer.from("a");
      await Promise.reject(new BasaltError("FETCH_DIGEST_MISMATCH", "wrong"));
    })();
    const work = filterThrough(
      NODE,
      script("process.stdin.on('end', () => process.exit(1)).resume()"),
      source,
      FAILURE,
    );
    expect(await codeOf(() => bytesOfStream(work))).toBe("FETCH_DIGEST_MISMATCH");
  });

  it("a reader that stops early stops the program and the source", async () => {
    let isStopped = false;
    const endless = (async function* () {
      try {
        for (;;) yield Buffer.alloc(10_000);
      } finally {
        isStopped = true;
      }
    })();
    const work = filterThrough(NODE, script("process.stdin.pipe(process.stdout)"), endless, FAILURE);
    for await (const chunk of work) if (chunk.length > 0) break;
    expect(isStopped).toBe(true);
  });
});

describe("a program beside this one", () => {
  it("its end is told, with its exit code", async () => {
    expect(await startChild(NODE, script("process.exitCode = 4")).ended).toBe(4);
  });

  it("it gets the environment it was given", async () => {
    const child = startChild(NODE, script("process.exitCode = Number(process.env.BASALT_TEST)"), { BASALT_TEST: "5" });
    expect(await child.ended).toBe(5);
  });

  it("it ends when it is asked to, and may be asked again", async () => {
    const child = startChild(NODE, script("setInterval(() => {}, 1000)"));
    child.stop();
    expect(await child.ended).not.toBe(0);
    child.stop();
  });

  it("a program that does not exist has ended", async () => {
    expect(await startChild(join(temporaryFolder(), "no"), []).ended).toBe(127);
  });
});
