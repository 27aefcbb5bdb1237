// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeTar } from "../../test/support/archives.js";
import { bytesOfStream, codeOf } from "../../test/support/bytes.js";
import { startEngine, type TestEngineOptions } from "../../test/support/engine.js";
import { testHost } from "../../test/support/host.js";
import { makeImage } from "../../test/support/images.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { findDockerEngine, type DockerEngine } from "./docker-engine.js";

interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

describe("finding the engine", () => {
  it("at an address", async () => {
    const { host } = await startEngine({});
    for (const address of [host, host.replace("tcp:", "http:")])
      expect(await findDockerEngine(testHost({ env: { DOCKER_HOST: address } }))).toBeDefined();
  });

  it("at a socket", async () => {
    const socket = join(temporaryFolder(), "engine.sock");
    const server = createServer((_request, response) => void response.end("OK"));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    expect(await findDockerEngine(testHost({ env: { DOCKER_HOST: `unix://${socket}` } }))).toBeDefined();
  });

  it.each([
    { summary: "there is no socket", address: "unix:///nowhere/engine.sock" },
    { summary: "nobody listens", address: "tcp://127.0.0.1:1" },
    { summary: "the address is none", address: "tcp://" },
    { summary: "the address is of a kind that is not known", address: "ssh://user@host.example" },
  ])("there is none where $summary", async ({ address }) => {
    expect(await findDockerEngine(testHost({ env: { DOCKER_HOST: address } }))).toBeUndefined();
  });

  it("there is none where something else answers", async () => {
    const { host } = await startEngine({ intercept: (_request, response) => (response.writeHead(404).end(), true) });
    expect(await findDockerEngine(testHost({ env: { DOCKER_HOST: host } }))).toBeUndefined();
  });
});

describe("images", () => {
  it("that the engine has are known by name, and others are not", async () => {
    const { engine } = await connect({
      images: { "app:1.0": makeImage(), "host.example:5000/team/app:1.0": makeImage() },
    });
    expect(await engine.hasImage("app:1.0")).toBe(true);
    expect(await engine.hasImage("host.example:5000/team/app:1.0")).toBe(true);
    expect(await engine.hasImage("app:2.0")).toBe(false);
  });

  it("are read from what the engine saves, which is gone when the image is closed", async () => {
    const { engine, host } = await connect({ images: { "app:1.0": makeImage() } });
    const reader = await engine.openImage("app:1.0");
    if (reader.root.kind === "index") throw new Error("an engine has images of one platform");
    expect(reader.name).toBe("local://app:1.0");
    expect((await bytesOfStream(reader.readBlob(reader.root.value.layers[0]!))).length).toBeGreaterThan(0);
    expect(readdirSync(host.home.temporary)).toHaveLength(1);
    await reader.close();
    expect(readdirSync(host.home.temporary)).toEqual([]);
  });

  it.each([
    { summary: "that is not there", name: "app:2.0", answer: undefined, code: "MANIFEST_UNKNOWN" },
    {
      summary: "that the engine cannot save",
      name: "app:1.0",
      answer: [500, '{"message":"no space"}'],
      code: "ENGINE_FAILED",
    },
    {
      summary: "that is saved as what is no archive",
      name: "app:1.0",
      answer: [200, "x".repeat(600)],
      code: "TAR_INVALID",
    },
    {
      summary: "that is saved as an empty archive",
      name: "app:1.0",
      answer: [200, makeTar([])],
      code: "IMAGE_UNREADABLE",
    },
  ] as const)("an image $summary cannot be read, and nothing is left of it", async ({ name, answer, code }) => {
    const { engine, host } = await connect({
      intercept: (request, response) => {
        if (answer === undefined || request.url?.endsWith("/get") !== true) return false;
        response.writeHead(answer[0]).end(answer[1]);
        return true;
      },
    });
    expect(await codeOf(() => engine.openImage(name))).toBe(code);
    expect(existsSync(host.home.temporary) ? readdirSync(host.home.temporary) : []).toEqual([]);
  });
});

describe("what the engine is asked to do", () => {
  it("loads an archive", async () => {
    const { engine, seen } = await connectRecording();
    const archive = join(temporaryFolder(), "image.tar");
    writeFileSync(archive, "the archive");
    await engine.load(archive);
    const [{ method, url, headers, body } = none()] = seen;
    expect([method, url.pathname, headers["content-type"], body.toString()]).toEqual([
      "POST",
      "/images/load",
      "application/x-tar",
      "the archive",
    ]);
  });

  it.each([
    { name: "app:1.0", image: "app", tag: "1.0" },
    { name: "host.example:5000/team/app:1.0", image: "host.example:5000/team/app", tag: "1.0" },
    { name: "app", image: "app", tag: "latest" },
    { name: "host.example:5000/team/app", image: "host.example:5000/team/app", tag: "latest" },
  ])("pulls $name", async ({ name, image, tag }) => {
    const { engine, seen } = await connectRecording();
    await engine.pull(name);
    const { method, url } = seen[0] ?? none();
    expect([method, url.pathname, url.searchParams.get("fromImage")]).toEqual(["POST", "/images/create", image]);
    expect(url.searchParams.get("tag") ?? "latest").toBe(tag);
  });

  it("pushes with name and password", async () => {
    const { engine, seen } = await connectRecording();
    await engine.push("host.example:5000/team/app:1.0", { user: "ada", password: "pässwörd?>" });
    const { url, headers } = seen[0] ?? none();
    expect(`${decodeURI(url.pathname)}${url.search}`).toBe("/images/host.example:5000/team/app/push?tag=1.0");
    const shown = String(headers["x-registry-auth"]);
    expect(shown).toMatch(/^[\w=-]+$/);
    expect(JSON.parse(Buffer.from(shown, "base64url").toString("utf8"))).toEqual({
      username: "ada",
      password: "pässwörd?>",
      serveraddress: "host.example:5000",
    });
  });

  it("builds from a context", async () => {
    const { engine, seen } = await connectRecording();
    const context = makeTar([{ path: "Dockerfile", content: "FROM scratch" }]);
    const buildArgs = { BASE: "host.example/app:1.0", EMPTY: "" };
    await engine.build({ tag: "app:1.0", context, dockerfile: "sub/Dockerfile", buildArgs });
    const { url, body } = seen[0] ?? none();
    expect(url.pathname).toBe("/build");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ t: "app:1.0", dockerfile: "sub/Dockerfile" });
    expect(JSON.parse(url.searchParams.get("buildargs") ?? "")).toEqual(buildArgs);
    expect(body).toEqual(context);
  });
});

describe("what the engine answers", () => {
  it.each([
    { summary: "nothing", status: 200, answer: "", code: undefined },
    { summary: "progress", status: 200, answer: lines({ stream: "Step 1" }, { status: "Pulling" }), code: undefined },
    { summary: "progress of a form that is not known", status: 200, answer: "hello\n{}\n", code: undefined },
    {
      summary: "progress and an error",
      status: 200,
      answer: lines({ stream: "Step 1" }, { error: "no" }),
      code: "ENGINE_FAILED",
    },
    { summary: "an error without a line's end", status: 200, answer: '{"error":"no"}', code: "ENGINE_FAILED" },
    {
      summary: "an error and progress after it",
      status: 200,
      answer: lines({ error: "no" }, { stream: "x" }),
      code: "ENGINE_FAILED",
    },
    { summary: "a line that is null", status: 200, answer: "null\n", code: undefined },
    {
      summary: "that it has not what it needs",
      status: 404,
      answer: '{"message":"no such image"}',
      code: "MANIFEST_UNKNOWN",
    },
    { summary: "that it failed", status: 500, answer: '{"message":"no space left"}', code: "ENGINE_FAILED" },
    { summary: "nonsense", status: 502, answer: "<html>", code: "ENGINE_FAILED" },
  ])("$summary", async ({ status, answer, code }) => {
    const { engine } = await connect({
      intercept: (request, response) => {
        if (request.url === "/_ping") return false;
        response.writeHead(status).end(answer);
        return true;
      },
    });
    expect(await codeOf(() => engine.pull("app:1.0"))).toBe(code);
  });
});

/** What an engine says while it works: an object a line. */
function lines(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\r\n`).join("");
}

async function connect(options: TestEngineOptions): Promise<{ readonly engine: DockerEngine; readonly host: Host }> {
  const { host: address } = await startEngine(options);
  const host = testHost({ env: { DOCKER_HOST: address } });
  const engine = await findDockerEngine(host);
  if (engine === undefined) throw new Error("the engine of the test does not answer");
  return { engine, host };
}

async function connectRecording(): Promise<{ readonly engine: DockerEngine; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const { engine } = await connect({
    intercept: (request, response, body) => {
      if (request.url === "/_ping") return false;
      const url = new URL(request.url ?? "", "http://engine/");
      seen.push({ method: request.method ?? "", url, headers: request.headers, body });
      response.end("{}\n");
      return true;
    },
  });
  return { engine, seen };
}

function none(): Seen {
  throw new Error("the engine was asked for nothing");
}
