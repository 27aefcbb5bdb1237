// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../../test/support/bytes.js";
import { HOUR_MS } from "../../../test/support/clock.js";
import { testHost } from "../../../test/support/host.js";
import { startHttp, type TestServer } from "../../../test/support/http-server.js";
import { makeImage, repository } from "../../../test/support/images.js";
import { addAccount, basic, pushImage, startRegistry } from "../../../test/support/registry.js";
import { temporaryFolder } from "../../../test/support/temporary.js";
import { parseBasic } from "../auth/access.js";
import type { Host } from "../../host/host.js";
import { connectRegistry, toRegistryError, type RegistryClient } from "./client.js";

describe("with our own server", () => {
  it("nobody pulls with a token of nobody", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "app", image, "1.0");
    const client = await connect(registry.address);
    const response = await client.send("manifests/1.0");
    expect(response.status).toBe(200);
    expect(await bytesOfStream(response.body)).toEqual(image.root.bytes);
    expect((await client.send("blobs/uploads/", { method: "POST" })).status).toBe(401);
  });

  it("somebody whom the credential store knows may push", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    const authorization = await addAccount(registry, { name: "ada" });
    const client = await connect(registry.address, { auth: authorization, purpose: "pull,push" });
    const response = await client.send("blobs/uploads/", { method: "POST" });
    expect(response.status).toBe(202);
    const location = response.header("location") ?? "";
    expect((await client.send(location)).status).toBe(204);
  });

  it("a token that has run out is replaced, once and unseen", async () => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "app", makeImage(), "1.0");
    const client = await connect(registry.address, { auth: await addAccount(registry, { name: "ada" }) });
    registry.clock.advance(HOUR_MS);
    expect((await client.send("manifests/1.0")).status).toBe(200);
  });

  it("a body that cannot be sent twice is not", async () => {
    const registry = await startRegistry();
    const auth = await addAccount(registry, { name: "ada" });
    const client = await connect(registry.address, { auth, purpose: "pull,push" });
    registry.clock.advance(HOUR_MS);
    const body = { stream: streamOf("hello"), sizeBytes: 5 };
    const response = await client.send("blobs/uploads/", { method: "POST", body });
    expect(response.status).toBe(401);
    await response.cancel();
  });

  it("wrong credentials are an error at once, not pulling as nobody", async () => {
    const registry = await startRegistry();
    expect(await codeOf(() => connect(registry.address, { auth: basic("ada", "wrong") }))).toBe("LOGIN_REFUSED");
  });
});

describe("logging in", () => {
  it("an open registry is asked for no token", async () => {
    const server = await startHttp((_request, response) => void response.end("{}"));
    const client = await connect(addressOf(server), { auth: basic("ada", "secret") });
    await (await client.send("tags/list")).cancel();
    expect(server.requests).toEqual(["GET /v2/", "GET /v2/app/tags/list"]);
  });

  it("one token is asked for with all that will be done, and shown with every request", async () => {
    const { server, seen } = await startFake({});
    const client = await connect(addressOf(server), { auth: basic("ada", "secret"), purpose: "pull,push" });
    await (await client.send("tags/list")).cancel();
    await (await client.send("/v2/app/blobs/x")).cancel();
    const query = "service=registry.example&scope=repository%3Aapp%3Apull%2Cpush";
    expect(seen).toEqual([
      { request: "GET /v2/", authorization: undefined },
      { request: `GET /token?${query}`, authorization: basic("ada", "secret") },
      { request: "GET /v2/app/tags/list", authorization: "Bearer the-token" },
      { request: "GET /v2/app/blobs/x", authorization: "Bearer the-token" },
    ]);
  });

  it("an identity token is sent as the form that asks for a new token", async () => {
    const { server, seen } = await startFake({});
    await connect(addressOf(server), { identityToken: "idt" });
    const { body, ...asked } = seen[1] ?? {};
    expect(asked).toEqual({ request: "POST /token", authorization: undefined });
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: "refresh_token",
      service: "registry.example",
      client_id: "basalt",
      scope: "repository:app:pull",
      refresh_token: "idt",
    });
  });

  it("a registry that knows the basic scheme only is shown name and password", async () => {
    const { server, seen } = await startFake({ challenge: () => 'Basic realm="r"' });
    const client = await connect(addressOf(server), { auth: basic("ada", "secret") });
    await (await client.send("tags/list")).cancel();
    expect(seen.at(-1)).toEqual({ request: "GET /v2/app/tags/list", authorization: basic("ada", "secret") });
  });

  it.each([
    { summary: "a token under its older name", token: '{"token":"the-token"}', code: undefined },
    { summary: "a token under its newer name", token: '{"access_token":"the-token"}', code: undefined },
    { summary: "no token", token: "{}", code: "REGISTRY_REFUSED" },
    { summary: "a token that is a number", token: '{"token":5}', code: "REGISTRY_REFUSED" },
    { summary: "null", token: "null", code: "REGISTRY_REFUSED" },
    { summary: "a page for people", token: "<html>Welcome</html>", code: "REGISTRY_REFUSED" },
    { summary: "nothing", token: "", code: "REGISTRY_REFUSED" },
    { summary: "an answer without end", token: "x".repeat(300 * 1024), code: "SIZE_LIMIT_EXCEEDED" },
  ])("where the token should be there is $summary", async ({ token, code }) => {
    const { server } = await startFake({ token });
    expect(await codeOf(() => connect(addressOf(server)))).toBe(code);
  });

  it.each([
    { summary: "refuses", status: 401, code: "LOGIN_REFUSED" },
    { summary: "forbids", status: 403, code: "ACCESS_DENIED" },
    { summary: "fails", status: 500, code: "REGISTRY_REFUSED" },
  ])("where tokens are given, the server $summary", async ({ status, code }) => {
    const { server } = await startFake({ tokenStatus: status });
    expect(await codeOf(() => connect(addressOf(server)))).toBe(code);
  });

  it.each([
    { summary: "does not say where", challenge: () => 'Bearer service="registry.example"' },
    { summary: "says something that is no address", challenge: () => 'Bearer realm="token, please"' },
    { summary: "says a file", challenge: () => 'Bearer realm="file:///etc/passwd"' },
  ])("a registry that wants a token and $summary answers nonsense", async ({ challenge }) => {
    const { server } = await startFake({ challenge });
    expect(await codeOf(() => connect(addressOf(server), { auth: basic("ada", "secret") }))).toBe("REGISTRY_REFUSED");
  });

  it("a password goes to no other machine in plain HTTP, whatever the registry says", async () => {
    const thief = await startFake({});
    // Leads to this machine, but does not say so.
    const realm = `http://0.0.0.0:${new URL(thief.server.url).port}/token`;
    const { server } = await startFake({ challenge: () => `Bearer realm="${realm}"` });
    const code = await codeOf(() => connect(addressOf(server), { auth: basic("ada", "secret") }));
    expect(thief.seen).toEqual([]);
    expect(code).toBe("REGISTRY_REFUSED");
  });
});

describe("connecting", () => {
  it("another machine is spoken to in HTTPS only", async () => {
    const server = await startHttp((_request, response) => void response.end("{}"));
    const address = `0.0.0.0:${new URL(server.url).port}`;
    expect(await codeOf(() => connect(address))).toBe("NETWORK_UNREACHABLE");
    expect(server.requests).toEqual([]);
  });

  it.each([
    { summary: "has no registry", status: 404, code: "REGISTRY_REFUSED" },
    { summary: "fails", status: 500, code: "REGISTRY_REFUSED" },
    { summary: "forbids", status: 403, code: "ACCESS_DENIED" },
  ])("a server that $summary cannot be used as one, whatever the image", async ({ status, code }) => {
    const server = await startHttp((_request, response) => void response.writeHead(status).end());
    expect(await codeOf(() => connect(addressOf(server)))).toBe(code);
  });

  it("nobody listens: the error says that, not that HTTPS failed, too", async () => {
    expect(await codeOf(() => connect("127.0.0.1:1"))).toBe("NETWORK_UNREACHABLE");
  });

  it("credentials are not taken along to another server that a location leads to", async () => {
    const storage = await startFake({});
    const { server, seen } = await startFake({});
    const client = await connect(addressOf(server), { auth: basic("ada", "secret") });
    await (await client.send(`${storage.server.url}v2/app/blobs/x`)).cancel();
    expect(storage.seen).toEqual([{ request: "GET /v2/app/blobs/x", authorization: undefined }]);
    expect(seen).toHaveLength(2);
  });

  it("credentials are not taken along when the server redirects to another one", async () => {
    const storage = await startFake({});
    const { server } = await startFake({ redirect: `${storage.server.url}v2/elsewhere` });
    const client = await connect(addressOf(server), { auth: basic("ada", "secret") });
    await (await client.send("blobs/x")).cancel();
    expect(storage.seen).toEqual([{ request: "GET /v2/elsewhere", authorization: undefined }]);
  });
});

describe("what a registry says instead of what was asked for", () => {
  it.each([
    { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID","message":"broken"}]}', code: "REGISTRY_REFUSED" },
    { status: 401, body: "", code: "LOGIN_REFUSED" },
    { status: 403, body: '{"errors":[{"code":"DENIED"}]}', code: "ACCESS_DENIED" },
    { status: 404, body: '{"errors":[]}', code: "MANIFEST_UNKNOWN" },
    { status: 429, body: "slow down", code: "REGISTRY_REFUSED" },
    { status: 500, body: '{"errors":null}', code: "REGISTRY_REFUSED" },
    { status: 500, body: '{"errors":5}', code: "REGISTRY_REFUSED" },
    { status: 500, body: '{"errors":[null]}', code: "REGISTRY_REFUSED" },
    { status: 502, body: "x".repeat(100_000), code: "REGISTRY_REFUSED" },
  ])("$status with $body", async ({ status, body, code }) => {
    const server = await startHttp((_request, response) => void response.writeHead(status).end(body));
    const response = await testHost().http.request(new URL(server.url));
    expect((await toRegistryError(response, "test")).code).toBe(code);
  });
});

interface Connection {
  /** As an Authorization header. */
  readonly auth?: string;
  readonly identityToken?: string;
  readonly purpose?: "pull" | "pull,push";
}

function connect(address: string, { auth, identityToken, purpose = "pull" }: Connection = {}): Promise<RegistryClient> {
  const folder = join(temporaryFolder(), "docker");
  mkdirSync(folder);
  const entry = {
    ...(auth === undefined ? {} : { auth: base64(auth) }),
    ...(identityToken === undefined ? {} : { identitytoken: identityToken }),
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [address]: entry } }));
  const host: Host = testHost({ env: { DOCKER_CONFIG: folder } });
  return connectRegistry({ host: address, repository: repository("app"), purpose }, host);
}

function base64(authorization: string): string {
  const { user, password } = parseBasic(authorization);
  return Buffer.from(`${user}:${password}`).toString("base64");
}

function addressOf(server: TestServer): string {
  return new URL(server.url).host;
}

interface FakeOptions {
  readonly challenge?: (server: string) => string;
  readonly token?: string;
  readonly tokenStatus?: number;
  /** Where requests below the repository are sent on to. */
  readonly redirect?: string;
}

interface Seen {
  readonly request?: string;
  readonly authorization?: string | undefined;
  readonly body?: string;
}

/** A registry that wants a bearer token before it says anything. */
async function startFake(
  options: FakeOptions,
): Promise<{ readonly server: TestServer; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server: TestServer = await startHttp((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => parts.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const { authorization } = request.headers;
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      seen.push({ request: line, authorization, ...(body === "" ? {} : { body }) });
      answer(request, response, server.url, options);
    });
  });
  return { server, seen };
}

function answer(request: IncomingMessage, response: ServerResponse, url: string, options: FakeOptions): void {
  const path = request.url ?? "";
  const { token = '{"token":"the-token"}', tokenStatus = 200, redirect } = options;
  const challenge = options.challenge?.(url) ?? `Bearer realm="${url}token",service="registry.example"`;
  if (path.startsWith("/token")) response.writeHead(tokenStatus).end(token);
  else if (request.headers.authorization === undefined && path === "/v2/")
    response.writeHead(401, { "www-authenticate": challenge }).end();
  else if (redirect === undefined) response.end("{}");
  else response.writeHead(307, { location: redirect }).end();
}
