// SPDX-License-Identifier: Apache-2.0
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWK } from "jose";
import { randomUUID } from "node:crypto";
import type { Db } from "../../database/index.js";
import { ACTIONS, type Action, type Principal } from "./accounts.js";

/** What a bearer token lets its holder do. Source: distribution, docs/spec/auth/jwt.md. */
export interface Grant {
  readonly type: "repository" | "registry";
  readonly name: string;
  readonly actions: readonly string[];
}

/** The claims of a verified bearer token. */
export interface BearerClaims {
  /** Empty for somebody who has not logged in. */
  readonly user: string;
  readonly tokenId?: string;
  readonly grants: readonly Grant[];
}

/** Issues and checks the short-lived tokens that registry clients work with. */
export interface BearerTokens {
  readonly issue: (principal: Principal, scopes: readonly string[], now: Date) => Promise<IssuedToken>;
  /** Undefined for a token that is not ours, was changed, or has expired. */
  readonly verify: (token: string, now: Date) => Promise<BearerClaims | undefined>;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly issuedAt: Date;
}

const LIFETIME_SECONDS = 300; // distribution's own default; a client asks again when it has run out
const ISSUER = "basalt";
const AUDIENCE = "basalt-registry";
const KEY_SETTING = "registry.bearer-token-key";
const MAX_SCOPES = 100;

/** The name of this service in challenges. */
export const SERVICE = AUDIENCE;

/** The key lies in the database, so all processes over one database trust each other's tokens. */
export async function openBearerTokens(db: Db): Promise<BearerTokens> {
  const jwk = await loadKey(db);
  const { d: _private, ...publicJwk } = jwk;
  const privateKey = await importJWK(jwk, "ES256");
  const publicKey = await importJWK(publicJwk, "ES256");
  return {
    issue: async (principal, scopes, now) => {
      const issuedAtSeconds = Math.floor(now.getTime() / 1000);
      const claims = {
        access: scopes.slice(0, MAX_SCOPES).flatMap((scope) => grantFor(principal, scope)),
        ...(principal.tokenId === undefined ? {} : { tid: principal.tokenId }),
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(principal.user)
        .setJti(randomUUID())
        .setIssuedAt(issuedAtSeconds)
        .setNotBefore(issuedAtSeconds - 10)
        .setExpirationTime(issuedAtSeconds + LIFETIME_SECONDS)
        .sign(privateKey);
      return { token, expiresInSeconds: LIFETIME_SECONDS, issuedAt: now };
    },
    verify: async (token, now) => {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: ["ES256"],
          currentDate: now,
        });
        const tokenId = payload["tid"];
        return {
          user: payload.sub ?? "",
          ...(typeof tokenId === "string" ? { tokenId } : {}),
          grants: (payload["access"] ?? []) as readonly Grant[],
        };
      } catch {
        return undefined;
      }
    },
  };
}

/** The part of a requested scope that a principal has a right to; less than was asked for is no error. */
function grantFor(principal: Principal, scope: string): readonly Grant[] {
  const parsed = parseScope(scope);
  if (parsed === undefined) return [];
  if (parsed.type === "registry")
    return principal.isAdmin && parsed.name === "catalog" ? [{ ...parsed, actions: ["*"] }] : [];
  const wanted = parsed.actions.includes("*") ? ACTIONS : ACTIONS.filter((action) => parsed.actions.includes(action));
  const actions = wanted.filter((action) => isAllowed(principal, parsed.name, action));
  return actions.length === 0 ? [] : [{ type: "repository", name: parsed.name, actions }];
}

export function isAllowed(principal: Principal, repository: string, action: Action): boolean {
  return principal.actions.includes(action) && principal.mayUse(repository);
}

/** `repository:NAME:ACTIONS`; a name may hold a host with a port, so type and actions are split off at the ends. */
function parseScope(scope: string): Grant | undefined {
  const first = scope.indexOf(":");
  const last = scope.lastIndexOf(":");
  const type = /^(repository|registry)(?:\(.*\))?$/.exec(scope.slice(0, Math.max(0, first)))?.[1];
  if (last === first || type === undefined) return undefined;
  return { type: type as Grant["type"], name: scope.slice(first + 1, last), actions: scope.slice(last + 1).split(",") };
}

async function loadKey(db: Db): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const fresh = JSON.stringify(await exportJWK(privateKey));
  // Whoever comes first decides; the others use that key.
  await db
    .insertInto("settings")
    .values({ name: KEY_SETTING, value: fresh })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.selectFrom("settings").select("value").where("name", "=", KEY_SETTING).executeTakeFirstOrThrow();
  return JSON.parse(row.value) as JWK;
}
