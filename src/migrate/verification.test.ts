// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startHttp } from "../../test/support/http-server.js";
import { codeOf } from "../../test/support/bytes.js";
import type { ContainerEngine, ContainerState, EngineImage } from "../host/container-engine.js";
import { createHttpClient } from "../host/http.js";
import { tryDockerfile, type Trial, type TrialOptions } from "./trial.js";
import { compareTrials } from "./verification.js";

/** What an image does. */
interface Program {
  readonly image?: Partial<EngineImage>;
  readonly buildFailure?: string;
  /** What it answers, try by try; the last one stays. Without, nobody listens. */
  readonly answers?: readonly { readonly status: number; readonly body?: string; readonly type?: string }[];
  readonly end?: Exclude<ContainerState, { isRunning: true }>;
  readonly output?: string;
  readonly uid?: number;
  readonly hasShell?: boolean;
}

const SERVER: Program = { image: { ports: ["8080/tcp"], user: "65532" }, uid: 65_532, answers: [{ status: 200 }] };
const ROOT_SERVER: Program = { image: { ports: ["8080/tcp"] }, uid: 0, hasShell: true, answers: [{ status: 200 }] };
const COMMAND: Program = { image: { user: "65532" }, end: { isRunning: false, exitCode: 0 }, output: "done\n" };

async function engineOf(program: Program, removed: string[]): Promise<ContainerEngine> {
  const answers = [...(program.answers ?? [])];
  const server = await startHttp((_request, response) => {
    const {
      status,
      body = "x",
      type = "text/plain",
    } = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 };
    response.writeHead(status, { "content-type": type }).end(body);
  });
  return {
    program: "test",
    hasImage: () => Promise.resolve(true),
    build: () =>
      Promise.resolve({
        exitCode: program.buildFailure === undefined ? 0 : 1,
        stdout: "",
        stderr: program.buildFailure ?? "",
      }),
    inspectImage: () => Promise.resolve({ user: "", ports: [], command: ["app"], sizeBytes: 1, ...program.image }),
    save: () => Promise.resolve(),
    load: () => Promise.resolve(),
    run: () =>
      Promise.resolve({
        state: () => Promise.resolve(program.end ?? { isRunning: true }),
        address: () => Promise.resolve(program.answers === undefined ? "127.0.0.1:1" : new URL(server.url).host),
        logs: () => Promise.resolve(program.output ?? ""),
        process: () => Promise.resolve(program.uid === undefined ? undefined : { words: ["app"], uid: program.uid }),
        succeeds: () => Promise.resolve(program.hasShell === true),
        remove: () => Promise.resolve(void removed.push("container")),
      }),
  };
}

/** Half a minute goes by at each look. */
function fastClock(): () => Date {
  let at = 0;
  return () => new Date((at += 30_000));
}

async function attempt(program: Program, options: Partial<TrialOptions> = {}): Promise<Trial> {
  const removed: string[] = [];
  const trial = await tryDockerfile(
    { dockerfile: "Dockerfile", context: ".", image: "x:y", buildArgs: [], env: [], ...options },
    { engine: await engineOf(program, removed), http: createHttpClient({ isDirect: true }), now: fastClock() },
  );
  if (program.buildFailure === undefined) expect(removed).toEqual(["container"]);
  return trial;
}

async function compare(before: Program, after: Program, options: Partial<TrialOptions> = {}) {
  return compareTrials(await attempt(before, options), await attempt(after, options));
}

describe("a trial", () => {
  it("asks a server until it has started", async () => {
    const { behaviour } = await attempt({ ...SERVER, answers: [{ status: 503 }, { status: 204, type: "a/b" }] });
    expect(behaviour).toMatchObject({ answer: { status: 204, port: 8080, contentType: "a/b" }, hasShell: false });
  });

  it("takes a fault for an answer when it stays", async () => {
    expect((await attempt({ ...SERVER, answers: [{ status: 500 }] })).behaviour?.answer?.status).toBe(500);
  });

  it("needs a port to ask", async () => {
    const probe = { kind: "http", path: "/" } as const;
    expect(await codeOf(() => attempt(COMMAND, { probe }))).toBe("USAGE");
    expect((await attempt({ ...SERVER, image: {} }, { probe: { ...probe, port: 3000 } })).behaviour?.answer?.port).toBe(
      3000,
    );
  });

  it("runs a command to its end, and takes what does not end for a service", async () => {
    expect((await attempt(COMMAND)).behaviour).toMatchObject({ end: { exitCode: 0 }, output: "done\n" });
    expect((await attempt({ uid: 7 })).behaviour).toEqual({
      probe: { kind: "command", args: [] },
      process: { words: ["app"], uid: 7 },
      hasShell: false,
      output: "",
    });
  });
});

describe("a migrated program works as before when", () => {
  const cases: readonly { summary: string; before: Program; after: Program; differs?: RegExp }[] = [
    { summary: "it answers alike", before: ROOT_SERVER, after: SERVER },
    {
      summary: "its port moved",
      before: { ...ROOT_SERVER, image: { ports: ["80/tcp"] } },
      after: SERVER,
      differs: /exposes 80\/tcp, the migrated image 8080\/tcp/,
    },
    {
      summary: "it refuses alike",
      before: { ...ROOT_SERVER, answers: [{ status: 404 }] },
      after: { ...SERVER, answers: [{ status: 404, type: "text/html" }] },
      differs: /the answer is text\/html, that of the original text\/plain/,
    },
    {
      summary: "only it answers",
      before: { ...ROOT_SERVER, answers: [], end: { isRunning: false, exitCode: 1 } },
      after: SERVER,
      differs: /the original does not answer here/,
    },
    {
      summary: "only it can be built, and it answers",
      before: { buildFailure: "E: no such package" },
      after: SERVER,
      differs: /the original cannot be built here, .*\n.*E: no such package/,
    },
    { summary: "it ends alike", before: { ...COMMAND, image: {} }, after: COMMAND },
    {
      summary: "it prints something else",
      before: { ...COMMAND, output: "a\nb\n" },
      after: { ...COMMAND, output: "a\nc\n" },
      differs: /line 2 was "b" and is "c"/,
    },
    { summary: "it runs on, as a worker does", before: { uid: 0 }, after: { uid: 1 } },
    { summary: "it has a shell", before: ROOT_SERVER, after: { ...SERVER, hasShell: true }, differs: /has a shell/ },
  ];
  it.each(cases)("$summary", async ({ before, after, differs }) => {
    const { verdict, problems, differences } = await compare(before, after);
    expect({ verdict, problems }).toEqual({ verdict: "holds", problems: [] });
    expect(differences.join("\n")).toMatch(differs ?? /^$/);
  });
});

describe("a migrated program does not work as before when", () => {
  const cases: readonly { summary: string; before: Program; after: Program; why: RegExp }[] = [
    {
      summary: "it cannot be built",
      before: ROOT_SERVER,
      after: { buildFailure: "npm: not found" },
      why: /the migrated Dockerfile cannot be built:\nnpm: not found/,
    },
    { summary: "it runs as root", before: ROOT_SERVER, after: ROOT_SERVER, why: /runs as root/ },
    { summary: "it would run as root", before: COMMAND, after: { ...COMMAND, image: { user: "0:0" } }, why: /as root/ },
    {
      summary: "it exposes nothing",
      before: ROOT_SERVER,
      after: { ...SERVER, image: { user: "1" } },
      why: /exposes 8080\/tcp, the migrated image no port/,
    },
    {
      summary: "it ends",
      before: ROOT_SERVER,
      after: { ...SERVER, end: { isRunning: false, exitCode: 127 }, output: "libpq.so.5: cannot open\n" },
      why: /ended with 127, and the original runs on:\n {2}libpq.so.5: cannot open/,
    },
    {
      summary: "it cannot be started",
      before: COMMAND,
      after: { ...COMMAND, end: { isRunning: false, exitCode: 127, why: 'exec: "/bin/sh"' } },
      why: /ended with 127, the original with 0:\n {2}exec: "\/bin\/sh"/,
    },
    {
      summary: "it does not answer",
      before: ROOT_SERVER,
      after: { image: SERVER.image ?? {}, uid: 1 },
      why: /the original answers with 200, and the migrated program does not answer/,
    },
    {
      summary: "it answers with something else",
      before: ROOT_SERVER,
      after: { ...SERVER, answers: [{ status: 500 }] },
      why: /answers with 500, the original with 200/,
    },
    {
      summary: "it refuses, and the original cannot be built",
      before: { buildFailure: "E:" },
      after: { ...SERVER, answers: [{ status: 404 }] },
      why: /answers with 404/,
    },
    {
      summary: "it runs on",
      before: COMMAND,
      after: { uid: 1 },
      why: /ends by itself, and the migrated program runs on/,
    },
  ];
  it.each(cases)("$summary", async ({ before, after, why }) => {
    const { verdict, problems } = await compare(before, after);
    expect(verdict).toBe("fails");
    expect(problems.join("\n")).toMatch(why);
  });
});

describe("it cannot be seen whether a migrated program works when", () => {
  const silent: Program = { image: SERVER.image ?? {}, uid: 1, output: "waiting for a database\n" };
  const cases: readonly { summary: string; before: Program; after: Program; why: RegExp }[] = [
    {
      summary: "neither can be built",
      before: { buildFailure: "a" },
      after: { buildFailure: "b" },
      why: /neither.*\n?.*b/s,
    },
    { summary: "neither answers", before: silent, after: silent, why: /neither answers over HTTP.*\n {2}waiting/ },
    {
      summary: "both answer with a fault",
      before: { ...ROOT_SERVER, answers: [{ status: 500 }] },
      after: { ...SERVER, answers: [{ status: 500 }] },
      why: /both answer with 500/,
    },
    {
      summary: "both fail",
      before: { ...COMMAND, end: { isRunning: false, exitCode: 2 } },
      after: { ...COMMAND, end: { isRunning: false, exitCode: 2 }, output: "" },
      why: /both end with 2.*\n {2}\(it printed nothing\)/,
    },
    {
      summary: "both servers end",
      before: { ...ROOT_SERVER, end: { isRunning: false, exitCode: 1 } },
      after: { ...SERVER, end: { isRunning: false, exitCode: 1 } },
      why: /both end with 1/,
    },
  ];
  it.each(cases)("$summary", async ({ before, after, why }) => {
    const { verdict, problems } = await compare(before, after);
    expect(verdict).toBe("unclear");
    expect(problems.join("\n")).toMatch(why);
  });
});
