// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { HOUR_MS, testClock, type TestClock } from "../../../test/support/clock.js";
import { addAccount, basic } from "../../../test/support/registry.js";
import { memoryStore } from "../../../test/support/store.js";
import type { Store } from "../../store/index.js";
import { createGate, parseBasic, type Gate, type Visitor } from "./access.js";
import { removeUser } from "./accounts.js";

describe("the Authorization header of HTTP's basic scheme", () => {
  it.each([
    { header: basic("ada", "secret"), user: "ada", password: "secret" },
    { header: basic("ada", ""), user: "ada", password: "" },
    { header: basic("", "secret"), user: "", password: "secret" },
    { header: basic("ada", "se:cr:et"), user: "ada", password: "se:cr:et" },
    { header: basic("ada", "pässwörd €"), user: "ada", password: "pässwörd €" },
    { header: basic("ada", "secret").replace("Basic", "basic"), user: "ada", password: "secret" },
    { header: basic("ada", "secret").replace(" ", "   "), user: "ada", password: "secret" },
  ])("$header says $user and $password", ({ header, user, password }) => {
    expect(parseBasic(header)).toEqual({ user, password });
  });

  it.each(["", "Basic", "Basic ", "Basic !!!", "Basic YWRh", "Digest YWRhOmI=", "YWRhOmI=", "Basic YWRhOmI= more"])(
    "%j cannot be read",
    async (header) => {
      expect(await codeOf(() => parseBasic(header))).toBe("LOGIN_REFUSED");
    },
  );
});

describe("visitors", () => {
  it.each([
    { summary: "nothing", authorization: undefined, anonymousPull: true, mayPull: true },
    { summary: "an empty header", authorization: "", anonymousPull: true, mayPull: true },
    { summary: "nothing, where one must log in", authorization: undefined, anonymousPull: false, mayPull: false },
  ])("somebody who shows $summary is nobody", async ({ authorization, anonymousPull, mayPull }) => {
    const { gate } = await create(anonymousPull);
    const visitor = await gate.identify(authorization);
    expect(visitor).toMatchObject({ isAnonymous: true, hasCredentials: false, isAdmin: false, user: "" });
    expect(visitor.permits("app", "pull")).toBe(mayPull);
    expect(visitor.permits("app", "push")).toBe(false);
  });

  it("somebody who shows a personal access token has its rights at once", async () => {
    const { gate, store, clock } = await create();
    const authorization = await addAccount({ store, clock }, { name: "ada", repositoryPattern: "team" });
    const visitor = await gate.identify(authorization);
    expect(visitor).toMatchObject({ isAnonymous: false, hasCredentials: true, isAdmin: false, user: "ada" });
    expect(visitor.permits("team/app", "push")).toBe(true);
    expect(visitor.permits("other", "pull")).toBe(false);
    expect(await visitor.couldHave("other", "pull")).toBe(false);
    expect(visitor.permits("team/app", "delete")).toBe(false);
  });

  it("a bearer token lets its holder do what it grants, though they could have more", async () => {
    const { gate, store, clock } = await create();
    const authorization = await addAccount({ store, clock }, { name: "ada", repositoryPattern: "team" });
    const visitor = await bearerOf(gate, authorization, "repository:team/app:pull");
    expect(visitor).toMatchObject({ isAnonymous: false, hasCredentials: true, isAdmin: false, user: "ada" });
    expect(visitor.permits("team/app", "pull")).toBe(true);
    expect(visitor.permits("team/app", "push")).toBe(false);
    expect(await visitor.couldHave("team/app", "push")).toBe(true);
    expect(await visitor.couldHave("team/app", "delete")).toBe(false);
    expect(await visitor.couldHave("other", "pull")).toBe(false);
  });

  it("a bearer token for the catalogue makes its holder an administrator there", async () => {
    const { gate } = await create();
    const admin = { user: "root", isAdmin: true, actions: ["pull"], mayUse: () => true } as const;
    const { token } = await gate.issue(admin, ["registry:catalog:*"]);
    expect(await gate.identify(`bearer ${token}`)).toMatchObject({ isAdmin: true, user: "root" });
  });

  it("a bearer token of nobody is no login, but it is something shown", async () => {
    const { gate } = await create();
    const { token } = await gate.issue(gate.anonymous, ["repository:app:pull"]);
    const visitor = await gate.identify(`Bearer ${token}`);
    expect(visitor).toMatchObject({ isAnonymous: true, hasCredentials: true, isAdmin: false, user: "" });
    expect(visitor.permits("app", "pull")).toBe(true);
    expect(await visitor.couldHave("other", "pull")).toBe(true);
    expect(await visitor.couldHave("app", "push")).toBe(false);
  });

  it("when the user is gone, nothing can be had through a bearer token that is still good", async () => {
    const { gate, store, clock } = await create();
    const authorization = await addAccount({ store, clock }, { name: "ada" });
    const visitor = await bearerOf(gate, authorization, "repository:app:pull");
    await removeUser(store.db, "ada");
    expect(await visitor.couldHave("app", "pull")).toBe(false);
  });

  it.each([
    { summary: "a bearer token that is none", show: () => "Bearer abc" },
    { summary: "an empty bearer token", show: () => "Bearer " },
    { summary: "an unknown scheme", show: () => "Negotiate abc" },
    { summary: "a wrong password", show: () => basic("ada", "wrong") },
    { summary: "a token of another user", show: (right: string) => withUser(right, "bob") },
  ])("$summary is refused, and not taken for nobody", async ({ show }) => {
    const { gate, store, clock } = await create();
    const right = await addAccount({ store, clock }, { name: "ada" });
    expect(await codeOf(() => gate.identify(right))).toBeUndefined();
    expect(await codeOf(() => gate.identify(show(right)))).toBe("LOGIN_REFUSED");
  });

  it("a bearer token that has run out is refused", async () => {
    const { gate, clock } = await create();
    const { token } = await gate.issue(gate.anonymous, []);
    clock.advance(HOUR_MS);
    expect(await codeOf(() => gate.identify(`Bearer ${token}`))).toBe("LOGIN_REFUSED");
  });
});

async function create(
  anonymousPull = true,
): Promise<{ readonly gate: Gate; readonly store: Store; readonly clock: TestClock }> {
  const clock = testClock();
  const store = await memoryStore({ now: clock.now });
  return { gate: await createGate(store.db, { anonymousPull, now: clock.now }), store, clock };
}

async function bearerOf(gate: Gate, authorization: string, ...scopes: readonly string[]): Promise<Visitor> {
  const { token } = await gate.issue(await gate.logIn(parseBasic(authorization)), scopes);
  return gate.identify(`Bearer ${token}`);
}

function withUser(authorization: string, user: string): string {
  return basic(user, parseBasic(authorization).password);
}
