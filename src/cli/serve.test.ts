// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { eventually } from "../../test/support/clock.js";
import { basaltOn, testContext, type TestContext } from "../../test/support/commands.js";
import { debianImage, lookThrough } from "../../test/support/debian-images.js";
import { testHost } from "../../test/support/host.js";
import { addAccount } from "../../test/support/registry.js";
import { IDENTITY, ISSUER, keylessEnvironment, startSigstore } from "../../test/support/sigstore.js";
import { putImage, testStore } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { parsePort, runServe, workerCommand, type ServeFlags } from "./serve.js";

interface Served {
  readonly context: TestContext;
  readonly port: number;
  readonly ended: Promise<number>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const FLAGS: ServeFlags = { host: "127.0.0.1", port: "0", anonymousPull: undefined };

/** `basalt serve` on a free port until the running test ends. */
async function serve(host: Host = testHost(), flags: Partial<ServeFlags> = {}): Promise<Served> {
  const context = testContext(host);
  const ended = runServe({ ...FLAGS, ...flags }, context);
  onTestFinished(async () => {
    context.abort();
    await ended.catch(() => undefined);
  });
  await Promise.race([ended, eventually(() => context.console.stdout() !== "")]);
  const port = Number(new URL(/at (\S+),/.exec(context.console.stderr())?.[1] ?? "http://localhost:1").port);
  return { context, port, ended, get: (path, headers = {}) => send(port, path, headers) };
}

/** A path goes out as it stands: `fetch` would mend it. */
function send(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on("error", reject).end();
  });
}

async function listenAnywhere(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const { server, port } = await listenAnywhere();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A server that has the image `node:22`. */
async function serveNode(flags: Partial<ServeFlags> = {}): Promise<Served & { readonly host: Host }> {
  const host = testHost();
  const store = await testStore(host);
  await putImage(store, "node", debianImage({ packages: ["serve-node 1"] }), ["22"]);
  await lookThrough(store, "node:22");
  return { ...(await serve(host, flags)), host };
}

describe("basalt serve", () => {
  it("prints its address, serves until it is stopped, and ends well", async () => {
    const { context, port, ended, get } = await serve();
    expect(context.console.stdout()).toBe(`http://localhost:${port}/\n`);
    expect(JSON.parse((await get("/healthz")).body)).toEqual({ status: "ok" });
    context.abort();
    expect(await ended).toBe(0);
    await expect(get("/healthz")).rejects.toThrow();
  });

  it("has registry, API, pages and key on one port", async () => {
    const { get } = await serveNode();
    const found = await Promise.all(
      [
        "/",
        "/images/node",
        "/images/node/tags/22",
        "/compare",
        "/assets/style.css",
        "/api/v1/images",
        "/api/v1/openapi.json",
        "/keys/",
        "/keys/basalt.pub",
        "/v2/node/manifests/22",
      ].map(
        async (path) => `${path} ${(await get(path, { accept: "application/vnd.oci.image.manifest.v1+json" })).status}`,
      ),
    );
    expect(found.filter((line) => !line.endsWith(" 200"))).toEqual([]);
    expect((await get("/keys/basalt.pub")).body).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  });

  it("hands out every key that is good, the one that signs now first, and each by its fingerprint", async () => {
    const { get, host } = await serveNode();
    expect((await basaltOn(host, "keys", "rotate", "--valid-for", "1y")).code).toBe(0);
    const { keys } = JSON.parse((await get("/keys/")).body) as { keys: { path: string; validUntil: string | null }[] };
    expect(keys.map(({ validUntil }) => validUntil)).toEqual([null, "2027-11-20T12:00:00.000Z"]);
    const pems = await Promise.all(keys.map(async ({ path }) => (await get(path)).body));
    expect((await get("/keys/basalt.pub")).body).toBe(pems.join(""));
    expect((await get(`/keys/${"0".repeat(64)}.pub`)).status).toBe(404);
  });

  it("hands out, where certificates sign, whom they are for and the trusted root, and no key where there is none", async () => {
    const services = await startSigstore();
    onTestFinished(() => services.close());
    const { get } = await serve(testHost({ env: keylessEnvironment(services, temporaryFolder()) }));
    expect(JSON.parse((await get("/keys/")).body)).toEqual({
      keys: [],
      certificates: { identity: IDENTITY, issuer: ISSUER, trustedRoot: "/keys/trusted_root.json" },
    });
    expect((await get("/keys/trusted_root.json")).body).toBe(services.trustedRoot);
    expect((await get("/keys/basalt.pub")).status).toBe(404);
    const keys = await serveNode();
    expect(JSON.parse((await keys.get("/keys/")).body)).toMatchObject({ certificates: null });
    expect((await keys.get("/keys/trusted_root.json")).status).toBe(404);
  });

  it("shows pages made from what the API answers", async () => {
    const { get } = await serveNode();
    const { headers, body } = await get("/images/node?tab=tags");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(body).toContain(">22</code>");
  });

  it("takes a Dockerfile from a form, and shows it on hardened images", async () => {
    const { port } = await serve();
    const post = (body: string, type: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/migrate`, { method: "POST", body, headers: { "content-type": type } });
    const form = new URLSearchParams({ dockerfile: 'FROM node:22\r\nCMD ["node", "app.js"]\r\n' });
    const page = await post(form.toString(), "application/x-www-form-urlencoded");
    expect([page.status, page.headers.get("content-security-policy")]).toEqual([200, expect.stringContaining("form-")]);
    expect(await page.text()).toMatch(/FROM localhost:\d+\/node:22\n/);
    // Nothing of this is taken in another form, or without end
    expect((await post("{}", "application/json")).status).toBe(200);
    expect((await post("<x/>", "application/xml")).status).toBe(415);
    const long = await post(`dockerfile=${"a".repeat(300_000)}`, "application/x-www-form-urlencoded");
    expect(long.status).toBe(413);
  });

  it("names itself as its public address says, whatever the Host header says", async () => {
    const port = await freePort();
    const { context } = await serveNode({ publicUrl: "https://images.test/", port: String(port) });
    expect(context.console.stdout()).toBe("https://images.test/\n");
    const { body } = await send(port, "/api/v1/images/node", { host: "evil.test" });
    expect(JSON.parse(body)).toMatchObject({ pull: { command: "docker pull images.test/node:22" } });
  });
});

describe("what is not there", () => {
  it("is a page for people", async () => {
    const { get } = await serve();
    const answer = await get("/nothing");
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
  });

  it("is JSON with a code below the API", async () => {
    const { get } = await serve();
    for (const path of ["/api/v1/nothing", "/api/v1", "/api/v1/images/node/none"]) {
      const answer = await get(path);
      expect([answer.status, answer.headers["content-type"]], path).toEqual([404, "application/json; charset=utf-8"]);
      expect(JSON.parse(answer.body), path).toMatchObject({ error: { code: expect.any(String) as string } });
    }
  });

  it("is JSON with a code for a path that cannot be decoded", async () => {
    const { get } = await serve();
    const answer = await get("/api/v1/images/%E0%A4");
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "USAGE" } });
  });

  const PATHS = [
    "//",
    "//[",
    "/\\[",
    "/images/%E0%A4",
    "/%",
    "/images/%00",
    "/images/%2e%2e%2fstatus",
    `/images/${"a".repeat(600)}`,
    `/images/a/tags/${"b".repeat(600)}`,
    "/images/a/tags/%2F",
    "/compare?image=%&to=%",
  ];

  it("never makes the server fail, whatever the path", async () => {
    const { get } = await serve();
    const answers = PATHS.map(async (path) => {
      const { status } = await get(path);
      return `${status >= 400 && status < 500 ? "4xx" : status} ${path}`;
    });
    expect(await Promise.all(answers)).toEqual(PATHS.map((path) => `4xx ${path}`));
  });
});

describe("who may pull", () => {
  const CASES = [
    { summary: "anybody on a loopback address", flags: {}, status: 200 },
    { summary: "nobody without logging in when that is switched off", flags: { anonymousPull: false }, status: 401 },
    { summary: "anybody when that is switched on", flags: { anonymousPull: true }, status: 200 },
  ];

  it.each(CASES)("$summary", async ({ flags, status }) => {
    const { get } = await serveNode(flags);
    for (const path of ["/", "/images/node", "/api/v1/images"]) {
      const answer = await get(path);
      expect(answer.status, path).toBe(status);
      expect(answer.headers["www-authenticate"], path).toBe(
        status === 401 ? 'Basic realm="Basalt", charset="UTF-8"' : undefined,
      );
    }
  });

  it("pages are asked for with the visitor's own rights", async () => {
    const { get, host } = await serveNode({ anonymousPull: false });
    const store = await testStore(host);
    const account = { store, clock: { now: host.now, advance: () => undefined } };
    const other = await addAccount(account, { name: "other", repositoryPattern: "team/*" });
    const own = await addAccount(account, { name: "own", repositoryPattern: "node" });
    expect((await get("/images/node", { authorization: other })).status).toBe(404);
    expect((await get("/images/node", { authorization: own })).status).toBe(200);
    expect((await get("/images/node", { authorization: "Basic wrong" })).status).toBe(401);
  });
});

describe("flags of basalt serve", () => {
  const WRONG: readonly { summary: string; flags: Partial<ServeFlags>; env?: Record<string, string>; code: string }[] =
    [
      { summary: "a port that is no number", flags: { port: "http" }, code: "USAGE" },
      { summary: "a port that is too large", flags: { port: "65536" }, code: "USAGE" },
      { summary: "a certificate without a key", flags: { tlsCert: "cert.pem" }, code: "USAGE" },
      { summary: "a key without a certificate", flags: { tlsKey: "key.pem" }, code: "USAGE" },
      {
        summary: "a certificate that is not there",
        flags: { tlsCert: "/nonexistent/a", tlsKey: "/nonexistent/b" },
        code: "FILE_NOT_FOUND",
      },
      { summary: "a public address that is none", flags: { publicUrl: "images" }, code: "USAGE" },
      {
        summary: "a public address in the environment that is none",
        flags: {},
        env: { BASALT_PUBLIC_URL: "images" },
        code: "USAGE",
      },
      { summary: "an address that is not of this machine", flags: { host: "192.0.2.1" }, code: "PORT_IN_USE" },
    ];

  it.each(WRONG)("are refused: $summary", async ({ flags, env = {}, code }) => {
    const context = testContext(testHost({ env }));
    expect(await codeOf(() => runServe({ ...FLAGS, ...flags }, context))).toBe(code);
    expect(context.console.stdout()).toBe("");
  });

  it("a certificate that is none is told as such, not as a defect", async () => {
    const context = testContext();
    const folder = temporaryFolder();
    const [tlsCert, tlsKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    for (const path of [tlsCert, tlsKey]) writeFileSync(path, "not a certificate");
    expect(await codeOf(() => runServe({ ...FLAGS, tlsCert, tlsKey }, context))).toBeTypeOf("string");
  });

  it("a level of the log that is none is told as such", async () => {
    const context = testContext(testHost({ env: { BASALT_LOG: "loud" } }));
    expect(await codeOf(() => runServe(FLAGS, context))).toBe("USAGE");
  });

  it("a port that is taken is told as such", async () => {
    const taken = await listenAnywhere();
    onTestFinished(() => void taken.server.close());
    const port = String(taken.port);
    expect(await codeOf(() => runServe({ ...FLAGS, port }, testContext()))).toBe("PORT_IN_USE");
  });

  it("leaves nothing running behind when it cannot listen", async () => {
    const taken = await listenAnywhere();
    onTestFinished(() => void taken.server.close());
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    await codeOf(() => runServe({ ...FLAGS, port: String(taken.port) }, testContext()));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ports are numbers up to 65535", async () => {
    expect([parsePort("0"), parsePort("5050"), parsePort("65535")]).toEqual([0, 5050, 65_535]);
    for (const text of ["", "-1", "1.5", "0x10", "1e3", " 80", "999999"])
      expect(await codeOf(() => parsePort(text)), text).toBe("USAGE");
  });

  it("workers work on the same data", () => {
    const host = testHost();
    const { args, env } = workerCommand(host);
    expect(args.slice(1)).toEqual(["worker", "--drain"]);
    expect(env).toEqual({
      BASALT_HOME: host.home.root,
      BASALT_DATABASE_URL: `sqlite:${host.home.database}`,
      BASALT_BLOBS_URL: `file:${host.home.blobs}`,
    });
  });
});
