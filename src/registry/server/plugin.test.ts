// SPDX-License-Identifier: Apache-2.0
import { request, Agent } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeImage } from "../../../test/support/images.js";
import {
  addAccount,
  basic,
  bearer,
  pushImage,
  startRegistry,
  type Answer,
  type TestRegistry,
} from "../../../test/support/registry.js";
import { HOUR_MS } from "../../../test/support/clock.js";
import { sha256Digest } from "../../formats/digest.js";
import { parseChallenges } from "../client/challenge.js";

const DIGEST = sha256Digest("unknown");

describe("the address at which clients log in", () => {
  it.each([
    { summary: "nobody, though anybody may pull", path: "/v2/", anonymousPull: true },
    { summary: "nobody, where one must log in", path: "/v2/", anonymousPull: false },
    { summary: "nobody, without the slash", path: "/v2", anonymousPull: true },
    { summary: "nobody, with a query", path: "/v2/?x=y", anonymousPull: true },
  ])("$summary is asked to log in", async ({ path, anonymousPull }) => {
    const registry = await startRegistry({ anonymousPull });
    for (const method of ["GET", "HEAD"]) {
      const answer = await registry.nobody(method, path);
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)).toEqual({
        realm: `http://${registry.address}/token`,
        service: "basalt-registry",
      });
      if (method === "GET") expect(answer.code).toBe("UNAUTHORIZED");
    }
  });

  it.each([
    { summary: "a personal access token", show: (registry: TestRegistry) => addAccount(registry, { name: "ada" }) },
    { summary: "a bearer token of nobody", show: (registry: TestRegistry) => bearer(registry.nobody) },
    { summary: "a bearer token", show: (registry: TestRegistry) => bearer(registry.writer, "repository:app:pull") },
  ])("somebody who shows $summary is let in", async ({ show }) => {
    const registry = await startRegistry();
    const send = registry.as(await show(registry));
    for (const path of ["/v2/", "/v2"]) {
      const answer = await send("GET", path);
      expect(answer.status).toBe(200);
      expect(answer.headers["docker-distribution-api-version"]).toBe("registry/2.0");
      expect(answer.json).toEqual({});
    }
    expect((await send("HEAD", "/v2/")).status).toBe(200);
  });

  it.each([
    { summary: "a wrong password", authorization: basic("writer", "wrong") },
    { summary: "an unknown user", authorization: basic("nobody", "password") },
    { summary: "a bearer token that is none", authorization: "Bearer abc.def.ghi" },
    { summary: "a header that cannot be read", authorization: "Basic !!!" },
    { summary: "an unknown scheme", authorization: "Negotiate abc" },
  ])("somebody who shows $summary is asked again, also where anybody may pull", async ({ authorization }) => {
    const registry = await startRegistry();
    for (const path of ["/v2/", "/v2/app/tags/list"]) {
      const answer = await registry.as(authorization)("GET", path);
      expect([answer.status, answer.code, answer.detail]).toEqual([401, "UNAUTHORIZED", "LOGIN_REFUSED"]);
      expect(challengeOf(answer)["realm"]).toBe(`http://${registry.address}/token`);
    }
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("%s is not possible there", async (method) => {
    const registry = await startRegistry();
    expect((await registry.writer(method, "/v2/")).status).toBe(405);
  });
});

describe("rights", () => {
  const routes = [
    { method: "GET", path: "manifests/1.0", scope: "pull" },
    { method: "HEAD", path: "manifests/1.0", scope: "pull" },
    { method: "GET", path: `blobs/${DIGEST}`, scope: "pull" },
    { method: "HEAD", path: `blobs/${DIGEST}`, scope: "pull" },
    { method: "GET", path: "tags/list", scope: "pull" },
    { method: "GET", path: `referrers/${DIGEST}`, scope: "pull" },
    { method: "POST", path: "blobs/uploads/", scope: "pull,push" },
    { method: "POST", path: "blobs/uploads", scope: "pull,push" },
    { method: "GET", path: "blobs/uploads/x", scope: "pull,push" },
    { method: "PATCH", path: "blobs/uploads/x", scope: "pull,push" },
    { method: "PUT", path: `blobs/uploads/x?digest=${DIGEST}`, scope: "pull,push" },
    { method: "DELETE", path: "blobs/uploads/x", scope: "pull,push" },
    { method: "PUT", path: "manifests/1.0", scope: "pull,push" },
    { method: "DELETE", path: "manifests/1.0", scope: "delete" },
    { method: "DELETE", path: `blobs/${DIGEST}`, scope: "delete" },
  ];

  it.each(routes)("$method $path needs the right to $scope", async ({ method, path, scope }) => {
    const registry = await startRegistry({ anonymousPull: false });
    const answer = await registry.nobody(method, `/v2/team/app/${path}`);
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toEqual({
      realm: `http://${registry.address}/token`,
      service: "basalt-registry",
      scope: `repository:team/app:${scope}`,
    });
  });

  it.each(routes)(
    "$method $path asks a bearer token of nobody for one that reaches further",
    async ({ method, path }) => {
      const registry = await startRegistry({ anonymousPull: false });
      const token = await bearer(registry.nobody, "repository:team/app:pull,push,delete");
      const answer = await registry.as(token)(method, `/v2/team/app/${path}`);
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)["error"]).toBe("insufficient_scope");
    },
  );

  it.each(routes)("$method $path is denied to somebody without any right", async ({ method, path }) => {
    const registry = await startRegistry({ anonymousPull: false });
    const authorization = await addAccount(registry, { name: "ada", repositoryPattern: "other" });
    const token = await bearer(registry.as(authorization), "repository:team/app:pull,push,delete");
    for (const send of [registry.as(authorization), registry.as(token)]) {
      const answer = await send(method, `/v2/team/app/${path}`);
      expect(answer.status).toBe(403);
      if (method !== "HEAD") expect([answer.code, answer.detail]).toEqual(["DENIED", "ACCESS_DENIED"]);
      expect(answer.headers["www-authenticate"]).toBeUndefined();
    }
  });

  it("a token that carries too little is answered with what another one must carry", async () => {
    const registry = await startRegistry();
    const token = await bearer(registry.writer, "repository:team/app:pull");
    const answer = await registry.as(token)("POST", "/v2/team/app/blobs/uploads/");
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHORIZED"]);
    expect(challengeOf(answer)).toMatchObject({ scope: "repository:team/app:pull,push", error: "insufficient_scope" });
  });

  it("a token of one repository is none of another", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    await pushImage(registry.writer, "app", makeImage(), "1.0");
    await pushImage(registry.writer, "application", makeImage(), "1.0");
    const send = registry.as(await bearer(registry.writer, "repository:app:pull"));
    expect((await send("GET", "/v2/app/tags/list")).status).toBe(200);
    expect((await send("GET", "/v2/application/tags/list")).status).toBe(401);
  });

  it.each([
    { summary: "anybody pulls where that is allowed", anonymousPull: true, status: 200 },
    { summary: "nobody pulls without logging in where it is not", anonymousPull: false, status: 401 },
  ])("$summary, with a token of nobody and without", async ({ anonymousPull, status }) => {
    const registry = await startRegistry({ anonymousPull });
    const image = makeImage();
    await pushImage(registry.writer, "app", image, "1.0");
    const token = registry.as(await bearer(registry.nobody, "repository:app:pull"));
    for (const send of [registry.nobody, token]) {
      expect((await send("GET", "/v2/app/manifests/1.0")).status).toBe(status);
      for (const digest of image.blobs.keys())
        expect((await send("GET", `/v2/app/blobs/${digest}`)).status).toBe(status);
    }
  });

  it("a token made for pulling only pulls, and is denied the rest", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    await pushImage(registry.writer, "app", makeImage(), "1.0");
    const authorization = await addAccount(registry, { name: "reader", actions: ["pull"] });
    const token = await bearer(registry.as(authorization), "repository:app:pull,push");
    for (const send of [registry.as(authorization), registry.as(token)]) {
      expect((await send("GET", "/v2/app/manifests/1.0")).status).toBe(200);
      const push = await send("POST", "/v2/app/blobs/uploads/");
      expect([push.status, push.code]).toEqual([403, "DENIED"]);
    }
  });

  it("a token of some repositories is denied all others", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    const send = registry.as(await addAccount(registry, { name: "ci", repositoryPattern: "team/**" }));
    expect((await send("POST", "/v2/team/app/blobs/uploads/")).status).toBe(202);
    expect((await send("POST", "/v2/teams/app/blobs/uploads/")).status).toBe(403);
    expect((await send("GET", "/v2/other/tags/list")).status).toBe(403);
  });

  it("only an administrator deletes, and only with a token that may", async () => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "app", makeImage(), "1.0");
    expect((await registry.writer("DELETE", "/v2/app/manifests/1.0")).status).toBe(403);
    const narrow = registry.as(await addAccount(registry, { name: "admin", isAdmin: true, actions: ["pull", "push"] }));
    expect((await narrow("DELETE", "/v2/app/manifests/1.0")).status).toBe(403);
    expect((await registry.admin("DELETE", "/v2/app/manifests/1.0")).status).toBe(202);
  });

  it("whatever a repository is called, deleting from it needs the right to delete", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "a/blobs/uploads/b", image, "1.0");
    const answer = await registry.writer("DELETE", `/v2/a/blobs/uploads/b/manifests/${image.root.digest}`);
    expect([answer.status, answer.code]).toEqual([403, "DENIED"]);
    expect((await registry.nobody("GET", "/v2/a/blobs/uploads/b/manifests/1.0")).status).toBe(200);
  });

  it("a bearer token that has run out is asked for again", async () => {
    const registry = await startRegistry();
    const send = registry.as(await bearer(registry.writer, "repository:app:pull,push"));
    expect((await send("POST", "/v2/app/blobs/uploads/")).status).toBe(202);
    registry.clock.advance(HOUR_MS);
    const answer = await send("POST", "/v2/app/blobs/uploads/");
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHORIZED"]);
    expect(challengeOf(answer)["realm"]).toBeDefined();
  });
});

describe("connections", () => {
  it.each([
    { summary: "a blob that is not there", path: `/v2/app/blobs/${DIGEST}`, method: "HEAD", status: 404 },
    { summary: "a manifest that is not there", path: "/v2/app/manifests/1.0", method: "GET", status: 404 },
    { summary: "a login", path: "/v2/", method: "GET", status: 401 },
  ])("a client that asks for $summary goes on with its connection", async ({ path, method, status }) => {
    const registry = await startRegistry();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const sockets = new Set<unknown>();
    for (let turn = 0; turn < 3; turn += 1) {
      const seen = await new Promise<number | undefined>((resolve, reject) => {
        const outgoing = request({ host: "127.0.0.1", port: registry.port, path, method, agent }, (incoming) => {
          sockets.add(incoming.socket);
          incoming.resume().on("end", () => resolve(incoming.statusCode));
        });
        outgoing.on("error", reject).end();
      });
      expect(seen).toBe(status);
    }
    expect(sockets.size).toBe(1);
  });
});

function challengeOf(answer: Answer): Readonly<Record<string, string>> {
  const [challenge, second] = parseChallenges(answer.headers["www-authenticate"]);
  expect(challenge?.scheme).toBe("bearer");
  expect(second).toBeUndefined();
  return challenge?.parameters ?? {};
}
