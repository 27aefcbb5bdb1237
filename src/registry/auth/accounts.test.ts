// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { HOUR_MS, MINUTE_MS, testClock, type TestClock } from "../../../test/support/clock.js";
import { addAccount } from "../../../test/support/registry.js";
import { memoryStore } from "../../../test/support/store.js";
import type { Store } from "../../store/index.js";
import {
  addUser,
  anonymous,
  createToken,
  listTokens,
  listUsers,
  loadPrincipal,
  logIn,
  removeUser,
  revokeToken,
  type TokenRequest,
} from "./accounts.js";
import { hashPassword } from "./passwords.js";

const PASSWORD = "correct horse";
let knownHash: Promise<string> | undefined;
const EVERYWHERE: TokenRequest = { user: "ada", actions: ["pull", "push", "delete"], repositoryPattern: "**" };

describe("users", () => {
  it.each([
    { summary: "a plain name", name: "ada", password: PASSWORD, code: undefined },
    { summary: "the longest name", name: `a${"b".repeat(62)}`, password: PASSWORD, code: undefined },
    { summary: "digits, dots, dashes and underscores", name: "0.a-b_c", password: PASSWORD, code: undefined },
    { summary: "a name that is too long", name: "a".repeat(64), password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "no name", name: "", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "upper case", name: "Ada", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "a colon, which ends a name in HTTP", name: "a:b", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "a slash", name: "a/b", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "a line break at the end", name: "ada\n", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "a dot in front", name: ".ada", password: PASSWORD, code: "ACCOUNT_INVALID" },
    { summary: "a password of seven characters", name: "ada", password: "1234567", code: "ACCOUNT_INVALID" },
    { summary: "a password of eight characters", name: "ada", password: "12345678", code: undefined },
    { summary: "an endless password", name: "ada", password: "x".repeat(1025), code: "ACCOUNT_INVALID" },
  ])("$summary", async ({ name, password, code }) => {
    const { store, clock } = await create();
    expect(await codeOf(() => addUser(store.db, { name, password, isAdmin: false }, clock.now()))).toBe(code);
    expect((await listUsers(store.db)).map((user) => user.name)).toEqual(code === undefined ? [name] : []);
  });

  it("are listed by name, with what they are and since when", async () => {
    const { store, clock } = await create();
    const createdAt = clock.now().toISOString();
    await addUser(store.db, { name: "zoe", password: PASSWORD, isAdmin: true }, clock.now());
    await addUser(store.db, { name: "ada", password: PASSWORD, isAdmin: false }, clock.now());
    expect(await listUsers(store.db)).toEqual([
      { name: "ada", isAdmin: false, createdAt },
      { name: "zoe", isAdmin: true, createdAt },
    ]);
  });

  it("a name is taken once, also when two ask at the same time; the first password stays", async () => {
    const { store, clock } = await create();
    const add = (password: string): Promise<string | undefined> =>
      codeOf(() => addUser(store.db, { name: "ada", password, isAdmin: false }, clock.now()));
    const codes = await Promise.all([add(PASSWORD), add(PASSWORD)]);
    expect(codes.toSorted()).toEqual(["ACCOUNT_EXISTS", undefined]);
    expect(await add("another one")).toBe("ACCOUNT_EXISTS");
    expect((await logIn(store.db, { user: "ada", password: PASSWORD }, clock.now())).user).toBe("ada");
  });

  it("a removed user takes all tokens along, and is unknown afterwards", async () => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    await addAccount({ store, clock }, { name: "zoe" });
    await removeUser(store.db, "ada");
    expect((await listTokens(store.db)).map((token) => token.user)).toEqual(["zoe"]);
    expect(await codeOf(() => removeUser(store.db, "ada"))).toBe("ACCOUNT_UNKNOWN");
  });
});

describe("logging in with a password", () => {
  it("gives a user the right to pull and push, and an administrator the right to delete, too", async () => {
    const { store, clock } = await create();
    await addUser(store.db, { name: "ada", password: PASSWORD, isAdmin: false }, clock.now());
    await addUser(store.db, { name: "root", password: PASSWORD, isAdmin: true }, clock.now());
    const ada = await logIn(store.db, { user: "ada", password: PASSWORD }, clock.now());
    expect(ada).toMatchObject({ user: "ada", isAdmin: false, actions: ["pull", "push"] });
    const root = await logIn(store.db, { user: "root", password: PASSWORD }, clock.now());
    expect(root).toMatchObject({ user: "root", isAdmin: true, actions: ["pull", "push", "delete"] });
    expect(ada.mayUse("any/repository")).toBe(true);
  });

  it.each([
    { summary: "a wrong password", user: "ada", password: "wrong horse" },
    { summary: "no password", user: "ada", password: "" },
    { summary: "an unknown user", user: "bob", password: PASSWORD },
    { summary: "nobody", user: "", password: "" },
    { summary: "a name in other letters", user: "ADA", password: PASSWORD },
    { summary: "something that looks like a token", user: "ada", password: `bst_0123456789ab_${"A".repeat(43)}` },
  ])("$summary is refused", async ({ user, password }) => {
    const { store, clock } = await create();
    await addKnownUser(store, clock);
    expect(await codeOf(() => logIn(store.db, { user, password }, clock.now()))).toBe("LOGIN_REFUSED");
  });
});

describe("personal access tokens", () => {
  it("are made for users that exist, and their secret is not kept", async () => {
    const { store, clock } = await create();
    expect(await codeOf(() => createToken(store.db, EVERYWHERE, clock.now()))).toBe("ACCOUNT_UNKNOWN");
    await addAccount({ store, clock }, { name: "ada" });
    const { id, token } = await createToken(store.db, EVERYWHERE, clock.now());
    expect(token).toMatch(new RegExp(`^bst_${id}_[\\w-]{43}$`));
    const rows = JSON.stringify(await store.db.selectFrom("tokens").selectAll().execute());
    expect(rows).not.toContain(token.slice(-43));
  });

  it.each([
    {
      summary: "narrows what its user may do",
      isAdmin: false,
      actions: ["pull"],
      expected: { isAdmin: false, actions: ["pull"] },
    },
    {
      summary: "gives a user no right that the user has not",
      isAdmin: false,
      actions: ["pull", "push", "delete"],
      expected: { isAdmin: false, actions: ["pull", "push"] },
    },
    {
      summary: "of an administrator may delete, and never administer",
      isAdmin: true,
      actions: ["pull", "delete"],
      expected: { isAdmin: false, actions: ["pull", "delete"] },
    },
  ] as const)("a token $summary", async ({ isAdmin, actions, expected }) => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada", isAdmin });
    const { id, token } = await createToken(store.db, { ...EVERYWHERE, actions }, clock.now());
    const principal = await logIn(store.db, { user: "ada", password: token }, clock.now());
    expect(principal).toMatchObject({ user: "ada", tokenId: id, ...expected });
  });

  it.each([
    { pattern: "**", may: ["app", "team/app", "a/b/c"], mayNot: [] },
    { pattern: "*", may: ["app", "team/app"], mayNot: [] },
    { pattern: "team", may: ["team", "team/app", "team/a/b"], mayNot: ["teams", "other/team", "tea"] },
    { pattern: "team/*", may: ["team/app", "team/a/b"], mayNot: ["team", "teams/app", "other/team/app"] },
    { pattern: "team/**", may: ["team/app", "team/a/b"], mayNot: ["teams", "other"] },
    { pattern: "*/app", may: ["team/app"], mayNot: ["app", "a/b/app", "team/apps"] },
    { pattern: "team/app-?", may: ["team/app-1"], mayNot: ["team/app-", "team/app-12"] },
  ])("the pattern $pattern reaches what it says, and no more", async ({ pattern, may, mayNot }) => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    const { token } = await createToken(store.db, { ...EVERYWHERE, repositoryPattern: pattern }, clock.now());
    const { mayUse } = await logIn(store.db, { user: "ada", password: token }, clock.now());
    expect(may.filter((repository) => !mayUse(repository))).toEqual([]);
    expect(mayNot.filter(mayUse)).toEqual([]);
  });

  it("serves until the moment at which it expires", async () => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    const expiresAt = new Date(clock.now().getTime() + HOUR_MS);
    const { token } = await createToken(store.db, { ...EVERYWHERE, expiresAt }, clock.now());
    const use = (): Promise<string | undefined> =>
      codeOf(() => logIn(store.db, { user: "ada", password: token }, clock.now()));
    clock.advance(HOUR_MS - 1);
    expect(await use()).toBeUndefined();
    clock.advance(1);
    expect(await use()).toBe("LOGIN_REFUSED");
  });

  it("is refused once it is revoked, or with another name, or with a part changed", async () => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    await addAccount({ store, clock }, { name: "bob" });
    const { id, token } = await createToken(store.db, EVERYWHERE, clock.now());
    const use = (user: string, password: string): Promise<string | undefined> =>
      codeOf(() => logIn(store.db, { user, password }, clock.now()));
    const changed = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    expect(await use("ada", token)).toBeUndefined();
    expect(await use("bob", token)).toBe("LOGIN_REFUSED");
    expect(await use("ada", changed)).toBe("LOGIN_REFUSED");
    expect(await use("ada", token.replace(id, "0123456789ab"))).toBe("LOGIN_REFUSED");
    await revokeToken(store.db, id);
    expect(await use("ada", token)).toBe("LOGIN_REFUSED");
    expect(await codeOf(() => revokeToken(store.db, id))).toBe("ACCOUNT_UNKNOWN");
  });

  it("are listed without their secret, with the time of their last use to about ten minutes", async () => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    await store.db.deleteFrom("tokens").execute();
    const expiresAt = new Date(clock.now().getTime() + HOUR_MS);
    const made = clock.now().toISOString();
    const { id, token } = await createToken(store.db, { ...EVERYWHERE, expiresAt }, clock.now());
    const lastUse = async (): Promise<string | undefined> => (await listTokens(store.db))[0]?.lastUsedAt;
    expect(await listTokens(store.db)).toEqual([
      {
        id,
        user: "ada",
        actions: ["pull", "push", "delete"],
        repositoryPattern: "**",
        createdAt: made,
        expiresAt: expiresAt.toISOString(),
        lastUsedAt: undefined,
      },
    ]);
    await logIn(store.db, { user: "ada", password: token }, clock.now());
    expect(await lastUse()).toBe(made);
    clock.advance(9 * MINUTE_MS);
    await logIn(store.db, { user: "ada", password: token }, clock.now());
    expect(await lastUse()).toBe(made);
    clock.advance(2 * MINUTE_MS);
    await logIn(store.db, { user: "ada", password: token }, clock.now());
    expect(await lastUse()).toBe(clock.now().toISOString());
  });
});

describe("principals", () => {
  it.each([
    { summary: "whoever has not logged in may pull where that is allowed", mayPull: true, actions: ["pull"] },
    { summary: "and do nothing where it is not", mayPull: false, actions: [] },
  ])("$summary", ({ mayPull, actions }) => {
    expect(anonymous(mayPull)).toMatchObject({ user: "", isAdmin: false, actions });
  });

  it("a subject whose user or token is gone has no rights left", async () => {
    const { store, clock } = await create();
    await addAccount({ store, clock }, { name: "ada" });
    const { id } = await createToken(store.db, EVERYWHERE, clock.now());
    const load = (user: string, tokenId?: string): ReturnType<typeof loadPrincipal> =>
      loadPrincipal(store.db, { user, ...(tokenId === undefined ? {} : { tokenId }) }, clock.now());
    expect((await load("ada"))?.user).toBe("ada");
    expect((await load("ada", id))?.tokenId).toBe(id);
    expect(await load("bob", id)).toBeUndefined();
    await revokeToken(store.db, id);
    expect(await load("ada", id)).toBeUndefined();
    await removeUser(store.db, "ada");
    expect(await load("ada")).toBeUndefined();
  });
});

/** Adds the user ada with the password of the tests, whose hash is made once. */
async function addKnownUser({ db }: Store, clock: TestClock): Promise<void> {
  const row = { name: "ada", password_hash: await (knownHash ??= hashPassword(PASSWORD)), is_admin: 0 };
  await db
    .insertInto("users")
    .values({ ...row, created_at: clock.now().toISOString() })
    .execute();
}

async function create(): Promise<{ readonly store: Store; readonly clock: TestClock }> {
  const clock = testClock();
  return { store: await memoryStore({ now: clock.now }), clock };
}
