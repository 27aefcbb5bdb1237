// SPDX-License-Identifier: Apache-2.0
import type { Db } from "../../database/index.js";
import { BasaltError } from "../../errors.js";
import { anonymous, loadPrincipal, logIn, type Action, type Credentials, type Principal } from "./accounts.js";
import { isAllowed, openBearerTokens, type BearerTokens, type IssuedToken } from "./bearer-tokens.js";

/** Decides what requests may do. */
export interface Gate {
  /** Who shows these credentials; nobody in particular without any. @throws BasaltError `LOGIN_REFUSED` */
  readonly identify: (authorization: string | undefined) => Promise<Visitor>;
  /** Issues a bearer token with the part of `scopes` that is granted. */
  readonly issue: (principal: Principal, scopes: readonly string[]) => Promise<IssuedToken>;
  readonly logIn: (credentials: Credentials) => Promise<Principal>;
  readonly anonymous: Principal;
}

/** Somebody at the door of the registry. */
export interface Visitor {
  readonly isAnonymous: boolean;
  /** Whether any credentials were shown, be it an anonymous bearer token. */
  readonly hasCredentials: boolean;
  readonly isAdmin: boolean;
  readonly user: string;
  readonly permits: (repository: string, action: Action) => boolean;
  /** Whether the one behind the credentials has the right, though the token at hand does not carry it. */
  readonly couldHave: (repository: string, action: Action) => Promise<boolean>;
}

export async function createGate(
  db: Db,
  options: { readonly anonymousPull: boolean; readonly now: () => Date },
): Promise<Gate> {
  const { now } = options;
  const nobody = anonymous(options.anonymousPull);
  const tokens = await openBearerTokens(db);
  return {
    identify: async (authorization) => {
      if (authorization === undefined || authorization === "") return { ...visitorOf(nobody), hasCredentials: false };
      const bearer = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
      if (bearer !== undefined) return visitorWithBearer(db, tokens, bearer, { nobody, now });
      return visitorOf(await logIn(db, parseBasic(authorization), now()));
    },
    issue: (principal, scopes) => tokens.issue(principal, scopes, now()),
    logIn: (credentials) => logIn(db, credentials, now()),
    anonymous: nobody,
  };
}

/** Source: RFC 7617. @throws BasaltError `LOGIN_REFUSED` */
export function parseBasic(authorization: string): Credentials {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1];
  const text = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1) throw new BasaltError("LOGIN_REFUSED", "the Authorization header cannot be read");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function visitorOf(principal: Principal): Visitor {
  const permits = (repository: string, action: Action): boolean => isAllowed(principal, repository, action);
  return {
    isAnonymous: principal.user === "",
    hasCredentials: true,
    isAdmin: principal.isAdmin,
    user: principal.user,
    permits,
    couldHave: (repository, action) => Promise.resolve(permits(repository, action)),
  };
}

async function visitorWithBearer(
  db: Db,
  tokens: BearerTokens,
  bearer: string,
  { nobody, now }: { readonly nobody: Principal; readonly now: () => Date },
): Promise<Visitor> {
  const claims = await tokens.verify(bearer, now());
  if (claims === undefined) throw new BasaltError("LOGIN_REFUSED", "the bearer token is not valid or has expired");
  const { user, tokenId, grants } = claims;
  return {
    isAnonymous: user === "",
    hasCredentials: true,
    isAdmin: grants.some((grant) => grant.type === "registry" && grant.name === "catalog"),
    user,
    permits: (repository, action) =>
      grants.some(
        (grant) => grant.type === "repository" && grant.name === repository && grant.actions.includes(action),
      ),
    couldHave: async (repository, action) => {
      const subject = { user, ...(tokenId === undefined ? {} : { tokenId }) };
      const principal = user === "" ? nobody : await loadPrincipal(db, subject, now());
      return principal !== undefined && isAllowed(principal, repository, action);
    },
  };
}
