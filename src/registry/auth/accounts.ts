// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import type { Db } from "../../database/index.js";
import { BasaltError } from "../../errors.js";
import { equalSecrets } from "../../formats/digest.js";
import { compileGlob } from "../../formats/glob.js";
import { hashPassword, verifyPassword } from "./passwords.js";

/** What can be done with a repository. Source: distribution, docs/spec/auth/scope.md. */
export type Action = "pull" | "push" | "delete";

export const ACTIONS: readonly Action[] = ["pull", "push", "delete"];

/** Who makes a request, and what they may do. */
export interface Principal {
  /** Empty for somebody who has not logged in. */
  readonly user: string;
  /** The personal access token that was used, if one was. */
  readonly tokenId?: string;
  readonly isAdmin: boolean;
  /** Narrowed by a personal access token. */
  readonly actions: readonly Action[];
  readonly mayUse: (repository: string) => boolean;
}

export interface User {
  readonly name: string;
  readonly isAdmin: boolean;
  readonly createdAt: string;
}

/** A personal access token, without its secret. */
export interface AccessToken {
  readonly id: string;
  readonly user: string;
  readonly actions: readonly Action[];
  readonly repositoryPattern: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly lastUsedAt: string | undefined;
}

export interface TokenRequest {
  readonly user: string;
  readonly actions: readonly Action[];
  /** Glob over repository names. */
  readonly repositoryPattern: string;
  readonly expiresAt?: Date;
}

const USER_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const MIN_PASSWORD_LENGTH = 8;
const MAX_PASSWORD_LENGTH = 1024;
/** Lets secret scanners recognise a leaked token. */
const TOKEN_PREFIX = "bst_";
const TOKEN_ID_BYTES = 6;
const TOKEN_SECRET_BYTES = 32;
const TOKEN = /^bst_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** Writing the time of each use would make every pull a write. */
const LAST_USED_PRECISION_MS = 10 * 60 * 1000;

/** Adds a user. @throws BasaltError `ACCOUNT_INVALID`, `ACCOUNT_EXISTS` */
export async function addUser(
  db: Db,
  user: { readonly name: string; readonly password: string; readonly isAdmin: boolean },
  now: Date,
): Promise<void> {
  if (!USER_NAME.test(user.name)) {
    throw new BasaltError(
      "ACCOUNT_INVALID",
      `not a user name: ${JSON.stringify(user.name)}: lower-case letters, digits, dots, dashes and underscores, at most 63`,
    );
  }
  if (user.password.length < MIN_PASSWORD_LENGTH || user.password.length > MAX_PASSWORD_LENGTH) {
    throw new BasaltError(
      "ACCOUNT_INVALID",
      `a password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters, this one has ${user.password.length}`,
    );
  }
  const row = {
    name: user.name,
    password_hash: await hashPassword(user.password),
    is_admin: user.isAdmin ? 1 : 0,
    created_at: now.toISOString(),
  };
  const result = await db
    .insertInto("users")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (Number(result.numInsertedOrUpdatedRows ?? 0) === 0)
    throw new BasaltError("ACCOUNT_EXISTS", `there is a user ${user.name} already`);
}

export async function listUsers(db: Db): Promise<readonly User[]> {
  const rows = await db.selectFrom("users").select(["name", "is_admin", "created_at"]).orderBy("name").execute();
  return rows.map((row) => ({ name: row.name, isAdmin: row.is_admin === 1, createdAt: row.created_at }));
}

/** Removes a user with all tokens. @throws BasaltError `ACCOUNT_UNKNOWN` */
export async function removeUser(db: Db, name: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom("tokens").where("user_name", "=", name).execute();
    const result = await transaction.deleteFrom("users").where("name", "=", name).executeTakeFirst();
    if (result.numDeletedRows === 0n) throw new BasaltError("ACCOUNT_UNKNOWN", `there is no user ${name}`);
  });
}

/** Makes a token; its text is known only now. @throws BasaltError `ACCOUNT_UNKNOWN` */
export async function createToken(
  db: Db,
  request: TokenRequest,
  now: Date,
): Promise<{ readonly id: string; readonly token: string }> {
  const user = await db.selectFrom("users").select("name").where("name", "=", request.user).executeTakeFirst();
  if (user === undefined) throw new BasaltError("ACCOUNT_UNKNOWN", `there is no user ${request.user}`);
  const id = randomBytes(TOKEN_ID_BYTES).toString("hex");
  const secret = randomBytes(TOKEN_SECRET_BYTES).toString("base64url");
  await db
    .insertInto("tokens")
    .values({
      id,
      user_name: request.user,
      secret_hash: hashSecret(secret),
      scopes: request.actions.join(" "),
      repository_pattern: request.repositoryPattern,
      created_at: now.toISOString(),
      expires_at: request.expiresAt?.toISOString() ?? null,
      last_used_at: null,
    })
    .execute();
  return { id, token: `${TOKEN_PREFIX}${id}_${secret}` };
}

export async function listTokens(db: Db): Promise<readonly AccessToken[]> {
  const rows = await db.selectFrom("tokens").selectAll().orderBy("user_name").orderBy("created_at").execute();
  return rows.map((row) => ({
    id: row.id,
    user: row.user_name,
    actions: toActions(row.scopes),
    repositoryPattern: row.repository_pattern,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  }));
}

/** @throws BasaltError `ACCOUNT_UNKNOWN` */
export async function revokeToken(db: Db, id: string): Promise<void> {
  const result = await db.deleteFrom("tokens").where("id", "=", id).executeTakeFirst();
  if (result.numDeletedRows === 0n) throw new BasaltError("ACCOUNT_UNKNOWN", `there is no token ${id}`);
}

/** What a person or a program shows to log in. */
export interface Credentials {
  readonly user: string;
  /** Or a personal access token. */
  readonly password: string;
}

/** Who somebody without credentials is. */
export function anonymous(mayPull: boolean): Principal {
  return { user: "", isAdmin: false, actions: mayPull ? ["pull"] : [], mayUse: () => true };
}

/** Checks a name with a password or a personal access token. @throws BasaltError `LOGIN_REFUSED` */
export async function logIn(db: Db, credentials: Credentials, now: Date): Promise<Principal> {
  const parts = TOKEN.exec(credentials.password);
  const found =
    parts === null
      ? await logInByPassword(db, credentials, now)
      : await logInByToken(db, { user: credentials.user, id: parts[1] ?? "", secret: parts[2] ?? "" }, now);
  if (found === undefined)
    throw new BasaltError(
      "LOGIN_REFUSED",
      `the user name ${JSON.stringify(credentials.user)} and the password or token do not belong together`,
    );
  return found;
}

/** The rights of a user or of one of their tokens, as they are now; undefined when they are gone. */
export async function loadPrincipal(
  db: Db,
  subject: { readonly user: string; readonly tokenId?: string },
  now: Date,
): Promise<Principal | undefined> {
  const user = await db.selectFrom("users").select("is_admin").where("name", "=", subject.user).executeTakeFirst();
  if (user === undefined) return undefined;
  const isAdmin = user.is_admin === 1;
  const actions: readonly Action[] = isAdmin ? ACTIONS : ["pull", "push"];
  if (subject.tokenId === undefined) return { user: subject.user, isAdmin, actions, mayUse: () => true };
  const token = await db.selectFrom("tokens").selectAll().where("id", "=", subject.tokenId).executeTakeFirst();
  if (
    token === undefined ||
    token.user_name !== subject.user ||
    (token.expires_at !== null && token.expires_at <= now.toISOString())
  )
    return undefined;
  const scopes = toActions(token.scopes);
  return {
    user: subject.user,
    tokenId: subject.tokenId,
    isAdmin: false, // tokens never administer: what a CI job holds must not make users
    actions: actions.filter((action) => scopes.includes(action)),
    mayUse: compileGlob(token.repository_pattern),
  };
}

async function logInByPassword(db: Db, { user, password }: Credentials, now: Date): Promise<Principal | undefined> {
  const row = await db.selectFrom("users").select("password_hash").where("name", "=", user).executeTakeFirst();
  // The same work for an unknown name, so that the answer's time does not tell which names exist.
  const isRight = await verifyPassword(password, row?.password_hash ?? DUMMY_HASH);
  return row !== undefined && isRight ? loadPrincipal(db, { user }, now) : undefined;
}

const DUMMY_HASH = `scrypt$32768$8$1$${Buffer.alloc(16).toString("base64url")}$${Buffer.alloc(32).toString("base64url")}`;

interface PresentedToken {
  readonly user: string;
  readonly id: string;
  readonly secret: string;
}

async function logInByToken(db: Db, { user, id, secret }: PresentedToken, now: Date): Promise<Principal | undefined> {
  const row = await db
    .selectFrom("tokens")
    .select(["secret_hash", "last_used_at"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined || !equalSecrets(row.secret_hash, hashSecret(secret))) return undefined;
  const principal = await loadPrincipal(db, { user, tokenId: id }, now);
  const isStale = row.last_used_at === null || now.getTime() - Date.parse(row.last_used_at) > LAST_USED_PRECISION_MS;
  if (principal !== undefined && isStale) {
    await db.updateTable("tokens").set({ last_used_at: now.toISOString() }).where("id", "=", id).execute();
  }
  return principal;
}

/** A token is random, so a fast hash is enough. */
function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function toActions(text: string): readonly Action[] {
  return ACTIONS.filter((action) => text.split(" ").includes(action));
}
