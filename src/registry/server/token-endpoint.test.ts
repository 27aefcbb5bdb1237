// SPDX-License-Identifier: Apache-2.0
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../../test/support/clock.js";
import { addAccount, basic, startRegistry, type Answer, type TestRegistry } from "../../../test/support/registry.js";
import { parseBasic } from "../auth/access.js";
import { addUser, listTokens, removeUser, revokeToken } from "../auth/accounts.js";

const PASSWORD = "correct horse";
const SCOPE = "repository:team/app:pull,push,delete";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

describe.each([
  { method: "GET", ask: askByQuery },
  { method: "POST", ask: askByForm },
])("$method", ({ ask }) => {
  it("gives a user with a password what a user may do", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    await addUser(registry.store.db, { name: "ada", password: PASSWORD, isAdmin: false }, registry.clock.now());
    const answer = await ask(registry, basic("ada", PASSWORD), [SCOPE]);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    const { token, access_token, expires_in, issued_at } = answer.json as TokenAnswer;
    expect(access_token).toBe(token);
    expect(expires_in).toBeGreaterThanOrEqual(60);
    expect(issued_at).toBe(registry.clock.now().toISOString());
    expect(decodeJwt(token)["access"]).toEqual([{ type: "repository", name: "team/app", actions: ["pull", "push"] }]);
  });

  it.each([
    {
      summary: "an administrator",
      isAdmin: true,
      actions: ["pull", "push", "delete"],
      granted: ["pull", "push", "delete"],
    },
    { summary: "a token for pulling", isAdmin: true, actions: ["pull"], granted: ["pull"] },
    { summary: "a user's token that asks for more", isAdmin: false, actions: ["pull", "delete"], granted: ["pull"] },
  ] as const)("gives $summary what the token says and the user may", async ({ isAdmin, actions, granted }) => {
    const registry = await startRegistry();
    const authorization = await addAccount(registry, { name: "ada", isAdmin, actions });
    const answer = await ask(registry, authorization, [SCOPE]);
    expect(accessOf(answer)).toEqual([{ type: "repository", name: "team/app", actions: granted }]);
  });

  it("gives the part of several scopes that lies within the token's pattern", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    const authorization = await addAccount(registry, { name: "ada", repositoryPattern: "team" });
    const expected = [{ type: "repository", name: "team/a", actions: ["pull"] }];
    const scopes = ["repository:team/a:pull", "repository:other:pull"];
    expect(accessOf(await ask(registry, authorization, scopes))).toEqual(expected);
    expect(accessOf(await ask(registry, authorization, [scopes.join(" ")]))).toEqual(expected);
  });

  it.each([
    { summary: "without a scope", scopes: [] },
    { summary: "for a scope to which there is no right", scopes: ["repository:other:pull"] },
    { summary: "for what is no scope", scopes: ["everything", "::"] },
  ])("gives a token without grants $summary, as a login asks for", async ({ scopes }) => {
    const registry = await startRegistry();
    const authorization = await addAccount(registry, { name: "ada", repositoryPattern: "team" });
    const answer = await ask(registry, authorization, scopes);
    expect(accessOf(answer)).toEqual([]);
    expect((await registry.as(bearerIn(answer))("GET", "/v2/")).status).toBe(200);
  });

  it.each([
    { summary: "a wrong password", credentials: basic("ada", "wrong horse") },
    { summary: "an empty password", credentials: basic("ada", "") },
    { summary: "an unknown user", credentials: basic("bob", PASSWORD) },
    { summary: "a token that never was", credentials: basic("ada", `bst_0123456789ab_${"A".repeat(43)}`) },
  ])("refuses $summary, though anybody may pull", async ({ credentials }) => {
    const registry = await startRegistry({ anonymousPull: true });
    await addAccount(registry, { name: "ada" });
    const answer = await ask(registry, credentials, [SCOPE]);
    expect([answer.status, answer.code, answer.detail]).toEqual([401, "UNAUTHORIZED", "LOGIN_REFUSED"]);
  });

  it("refuses a token that has expired, one that was revoked, and one whose user is gone", async () => {
    const registry = await startRegistry();
    const expiresAt = new Date(registry.clock.now().getTime() + HOUR_MS);
    const expiring = await addAccount(registry, { name: "ada", expiresAt });
    const [{ id } = { id: "" }] = (await listTokens(registry.store.db)).filter((token) => token.user === "ada");
    const revoked = await addAccount(registry, { name: "bob" });
    const [{ id: revokedId } = { id: "" }] = (await listTokens(registry.store.db)).filter(
      (token) => token.user === "bob",
    );
    const orphan = await addAccount(registry, { name: "zoe" });
    expect(id).not.toBe("");
    const statuses = async (): Promise<readonly number[]> => {
      const answers = [expiring, revoked, orphan].map((shown) => ask(registry, shown, [SCOPE]));
      return (await Promise.all(answers)).map((answer) => answer.status);
    };
    expect(await statuses()).toEqual([200, 200, 200]);
    registry.clock.advance(HOUR_MS);
    await revokeToken(registry.store.db, revokedId);
    await removeUser(registry.store.db, "zoe");
    expect(await statuses()).toEqual([401, 401, 401]);
  });
});

describe("GET", () => {
  it("says with a refusal what it would accept, as HTTP demands of every 401", async () => {
    const registry = await startRegistry();
    const answer = await askByQuery(registry, basic("ada", "wrong horse"), [SCOPE]);
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm=/);
  });

  it.each([
    { summary: "pulling, where anybody may", anonymousPull: true, granted: [{ actions: ["pull"] }] },
    { summary: "nothing, where nobody may", anonymousPull: false, granted: [] },
  ])("gives nobody $summary", async ({ anonymousPull, granted }) => {
    const registry = await startRegistry({ anonymousPull });
    const answer = await registry.nobody("GET", `/token?scope=${encodeURIComponent(SCOPE)}`);
    expect(answer.status).toBe(200);
    expect(accessOf(answer)).toMatchObject(granted);
    expect(decodeJwt((answer.json as TokenAnswer).token).sub).toBe("");
  });

  it("gives an administrator with a password the catalogue, and an administrator's token not", async () => {
    const registry = await startRegistry();
    await addUser(registry.store.db, { name: "root", password: PASSWORD, isAdmin: true }, registry.clock.now());
    const scopes = ["registry:catalog:*"];
    expect(accessOf(await askByQuery(registry, basic("root", PASSWORD), scopes))).toHaveLength(1);
    const token = await addAccount(registry, { name: "root", isAdmin: true });
    expect(accessOf(await askByQuery(registry, token, scopes))).toEqual([]);
  });

  it.each([
    { summary: "a bearer token", authorization: "Bearer abc" },
    { summary: "what cannot be read", authorization: "Basic !!!" },
    { summary: "an empty name and password", authorization: basic("", "") },
  ])("refuses $summary in place of name and password", async ({ authorization }) => {
    const registry = await startRegistry();
    const answer = await registry.as(authorization)("GET", "/token");
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHORIZED"]);
  });
});

describe("POST", () => {
  it.each([
    { summary: "another grant", form: { grant_type: "refresh_token", refresh_token: "x" } },
    { summary: "no grant", form: { username: "writer", password: "x" } },
    { summary: "no name", form: { grant_type: "password", password: "x" } },
    { summary: "no password", form: { grant_type: "password", username: "writer" } },
    { summary: "nothing", form: {} },
  ])("refuses $summary", async ({ form }) => {
    const registry = await startRegistry();
    const answer = await registry.nobody("POST", "/token", {
      headers: FORM,
      body: new URLSearchParams(form).toString(),
    });
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHORIZED"]);
  });

  it.each([
    { summary: "no form", headers: { "content-type": "application/json" }, body: '{"grant_type":"password"}' },
    { summary: "a form of endless length", headers: FORM, body: `grant_type=password&x=${"x".repeat(20_000)}` },
    { summary: "a type that nobody knows", headers: { "content-type": "text/x-unknown" }, body: "grant_type=password" },
  ])("refuses $summary", async ({ headers, body }) => {
    const registry = await startRegistry();
    const { status } = await registry.nobody("POST", "/token", { headers, body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});

function askByQuery(registry: TestRegistry, authorization: string, scopes: readonly string[]): Promise<Answer> {
  const query = new URLSearchParams([["service", "basalt-registry"], ...scopes.map((scope) => ["scope", scope])]);
  return registry.as(authorization)("GET", `/token?${query.toString()}`);
}

function askByForm(registry: TestRegistry, authorization: string, scopes: readonly string[]): Promise<Answer> {
  const { user, password } = parseBasic(authorization);
  const form = new URLSearchParams([
    ["grant_type", "password"],
    ["service", "basalt-registry"],
    ["client_id", "test"],
    ["username", user],
    ["password", password],
    ...scopes.map((scope) => ["scope", scope]),
  ]);
  return registry.nobody("POST", "/token", { headers: FORM, body: form.toString() });
}

function accessOf(answer: Answer): unknown {
  expect(answer.status).toBe(200);
  return decodeJwt((answer.json as TokenAnswer).token)["access"];
}

function bearerIn(answer: Answer): string {
  return `Bearer ${(answer.json as TokenAnswer).token}`;
}
