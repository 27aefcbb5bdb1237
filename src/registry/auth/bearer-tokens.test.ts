// SPDX-License-Identifier: Apache-2.0
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { MINUTE_MS, testClock } from "../../../test/support/clock.js";
import { memoryStore } from "../../../test/support/store.js";
import { anonymous, type Principal } from "./accounts.js";
import { openBearerTokens, type BearerTokens } from "./bearer-tokens.js";

const USER: Principal = { user: "ada", isAdmin: false, actions: ["pull", "push"], mayUse: () => true };
const ADMIN: Principal = { user: "root", isAdmin: true, actions: ["pull", "push", "delete"], mayUse: () => true };
const TEAM: Principal = { ...USER, tokenId: "0123456789ab", mayUse: (repository) => repository.startsWith("team/") };

describe("what is granted", () => {
  it.each([
    {
      summary: "what was asked for and is allowed",
      principal: USER,
      scopes: ["repository:app:pull,push"],
      grants: [repository("app", "pull", "push")],
    },
    {
      summary: "the allowed part of more than that",
      principal: USER,
      scopes: ["repository:app:pull,push,delete"],
      grants: [repository("app", "pull", "push")],
    },
    {
      summary: "all that one may for a star",
      principal: ADMIN,
      scopes: ["repository:app:*"],
      grants: [repository("app", "pull", "push", "delete")],
    },
    {
      summary: "several repositories",
      principal: USER,
      scopes: ["repository:app:pull", "repository:team/app:push"],
      grants: [repository("app", "pull"), repository("team/app", "push")],
    },
    {
      summary: "a name with a host and port",
      principal: USER,
      scopes: ["repository:localhost:5000/app:pull"],
      grants: [repository("localhost:5000/app", "pull")],
    },
    {
      summary: "a resource class, which is passed over",
      principal: USER,
      scopes: ["repository(plugin):app:pull"],
      grants: [repository("app", "pull")],
    },
    {
      summary: "nothing beyond a token's pattern",
      principal: TEAM,
      scopes: ["repository:team/app:pull", "repository:other:pull"],
      grants: [repository("team/app", "pull")],
    },
    {
      summary: "the catalogue to an administrator",
      principal: ADMIN,
      scopes: ["registry:catalog:*"],
      grants: [{ type: "registry", name: "catalog", actions: ["*"] }],
    },
    { summary: "no catalogue to others", principal: USER, scopes: ["registry:catalog:*"], grants: [] },
    { summary: "nothing else of the registry", principal: ADMIN, scopes: ["registry:everything:*"], grants: [] },
    {
      summary: "pulling to anybody, where that is allowed",
      principal: anonymous(true),
      scopes: ["repository:app:pull,push"],
      grants: [repository("app", "pull")],
    },
    {
      summary: "nothing to anybody, where it is not",
      principal: anonymous(false),
      scopes: ["repository:app:pull"],
      grants: [],
    },
    { summary: "nothing for nothing", principal: USER, scopes: [], grants: [] },
    { summary: "nothing for an unknown action", principal: ADMIN, scopes: ["repository:app:own,PULL"], grants: [] },
    {
      summary: "nothing for a resource class without an end, however long",
      principal: ADMIN,
      scopes: [`repository${"(".repeat(100_000)}:app:pull`],
      grants: [],
    },
    {
      summary: "nothing for what is no scope",
      principal: ADMIN,
      scopes: ["", "repository", "repository:app", "::", "repository::", "user:app:pull", " "],
      grants: [],
    },
  ])("$summary", async ({ principal, scopes, grants }) => {
    const tokens = await open();
    const now = testClock().now();
    const { token } = await tokens.issue(principal, scopes, now);
    expect((await tokens.verify(token, now))?.grants).toEqual(grants);
  });

  it("nothing after the hundredth scope", async () => {
    const tokens = await open();
    const now = testClock().now();
    const scopes = Array.from({ length: 150 }, (_, index) => `repository:app${index}:pull`);
    const { token } = await tokens.issue(USER, scopes, now);
    expect((await tokens.verify(token, now))?.grants).toHaveLength(100);
  });
});

describe("the token itself", () => {
  it("has the claims that clients of registries know", async () => {
    const tokens = await open();
    const now = testClock().now();
    const { token, expiresInSeconds, issuedAt } = await tokens.issue(TEAM, ["repository:team/app:pull"], now);
    const seconds = Math.floor(now.getTime() / 1000);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "ES256", typ: "JWT" });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ iss: "basalt", aud: "basalt-registry", sub: "ada", iat: seconds });
    expect(claims.exp).toBe(seconds + expiresInSeconds);
    expect(claims.nbf).toBeLessThanOrEqual(seconds);
    expect(claims["access"]).toEqual([{ type: "repository", name: "team/app", actions: ["pull"] }]);
    expect(issuedAt).toEqual(now);
    expect(expiresInSeconds).toBeGreaterThanOrEqual(60);
    expect(decodeJwt((await tokens.issue(TEAM, [], now)).token).jti).not.toBe(claims.jti);
  });

  it("says who has it, and through which personal access token", async () => {
    const tokens = await open();
    const now = testClock().now();
    const claimsOf = async (principal: Principal): Promise<unknown> =>
      tokens.verify((await tokens.issue(principal, [], now)).token, now);
    expect(await claimsOf(TEAM)).toEqual({ user: "ada", tokenId: "0123456789ab", grants: [] });
    expect(await claimsOf(USER)).toEqual({ user: "ada", grants: [] });
    expect(await claimsOf(anonymous(true))).toEqual({ user: "", grants: [] });
  });

  it("is good for five minutes", async () => {
    const tokens = await open();
    const clock = testClock();
    const { token } = await tokens.issue(USER, [], clock.now());
    clock.advance(5 * MINUTE_MS - 1000);
    expect(await tokens.verify(token, clock.now())).toBeDefined();
    clock.advance(1000);
    expect(await tokens.verify(token, clock.now())).toBeUndefined();
  });
});

describe("who trusts whom", () => {
  it("all processes over one database, and no other", async () => {
    const store = await memoryStore();
    const now = testClock().now();
    const [first, second] = await Promise.all([openBearerTokens(store.db), openBearerTokens(store.db)]);
    const { token } = await first.issue(USER, [], now);
    expect(await second.verify(token, now)).toBeDefined();
    expect(await (await open()).verify(token, now)).toBeUndefined();
  });

  it.each([
    { summary: "nothing", forge: () => "" },
    { summary: "noise", forge: () => "a.b.c" },
    { summary: "a token without its signature", forge: (token: string) => token.replace(/[^.]+$/, "") },
    { summary: "a token with another signature", forge: (token: string) => token.replace(/.{4}$/, "AAAA") },
    { summary: "a token with other claims", forge: withClaims },
    {
      summary: "a token that asks not to be checked",
      forge: (token: string) => `${encode({ alg: "none", typ: "JWT" })}.${token.split(".")[1]}.`,
    },
    {
      summary: "a token that asks for a shared secret",
      forge: (token: string) => `${encode({ alg: "HS256", typ: "JWT" })}.${token.split(".").slice(1).join(".")}`,
    },
  ])("$summary is not trusted", async ({ forge }) => {
    const tokens = await open();
    const now = testClock().now();
    const { token } = await tokens.issue(USER, ["repository:app:pull"], now);
    expect(await tokens.verify(forge(token), now)).toBeUndefined();
  });

  it("a token that another key signed is not trusted, though it says all the right things", async () => {
    const tokens = await open();
    const now = testClock().now();
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const { token } = await tokens.issue(USER, [], now);
    const forged = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: "ES256", typ: "JWT", jwk: await exportJWK(privateKey) })
      .sign(privateKey);
    expect(await tokens.verify(forged, now)).toBeUndefined();
  });
});

function repository(name: string, ...actions: readonly string[]): object {
  return { type: "repository", name, actions };
}

async function open(): Promise<BearerTokens> {
  return openBearerTokens((await memoryStore()).db);
}

function withClaims(token: string): string {
  const [header, , signature] = token.split(".");
  return `${header}.${encode({ ...decodeJwt(token), sub: "root" })}.${signature}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
