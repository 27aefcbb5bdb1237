// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { basaltOn, type CommandResult } from "../../test/support/commands.js";
import { testClock } from "../../test/support/clock.js";
import { testHost } from "../../test/support/host.js";
import { addAccount } from "../../test/support/registry.js";
import { testStore } from "../../test/support/store.js";
import type { Host } from "../host/host.js";
import { createGate } from "../registry/index.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the command reads from standard input. */
function pipe(text: string): void {
  vi.spyOn(process, "stdin", "get").mockReturnValue(
    Readable.from([Buffer.from(text)]) as unknown as typeof process.stdin,
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

async function addUser(host: Host, name: string, ...flags: readonly string[]): Promise<CommandResult> {
  pipe("a good password\nnot this line\n");
  return basaltOn(host, "user", "add", name, "--password-stdin", ...flags);
}

async function canLogIn(host: Host, user: string, password: string): Promise<boolean> {
  const gate = await createGate((await testStore(host)).db, { anonymousPull: false, now: host.now });
  return gate.logIn({ user, password }).then(
    () => true,
    () => false,
  );
}

describe("basalt user", () => {
  it("add takes the first line of standard input as password and prints nothing", async () => {
    const host = testHost();
    expect(await addUser(host, "jane")).toEqual({ code: 0, stdout: "", stderr: "added the user jane\n" });
    expect(await canLogIn(host, "jane", "a good password")).toBe(true);
    expect(await canLogIn(host, "jane", "a good password\nnot this line\n")).toBe(false);
  });

  it("list names users and administrators, as text and as JSON", async () => {
    const host = testHost();
    await addUser(host, "root", "--admin");
    await addUser(host, "jane");
    expect((await basaltOn(host, "user", "list")).stdout).toBe(
      "jane, since 2026-11-20\nroot (administrator), since 2026-11-20\n",
    );
    expect(JSON.parse((await basaltOn(host, "user", "list", "--json")).stdout)).toEqual({
      users: [
        { name: "jane", isAdmin: false, createdAt: "2026-11-20T12:00:00.000Z" },
        { name: "root", isAdmin: true, createdAt: "2026-11-20T12:00:00.000Z" },
      ],
    });
  });

  it("remove takes the user away with all tokens", async () => {
    const host = testHost();
    await addUser(host, "jane");
    await basaltOn(host, "token", "create", "--user", "jane");
    expect(await basaltOn(host, "user", "remove", "jane")).toMatchObject({ code: 0, stdout: "" });
    expect((await basaltOn(host, "token", "list")).stdout).toBe("");
    expect((await basaltOn(host, "user", "list")).stdout).toBe("");
  });

  const REFUSED = [
    { summary: "a name that is none", name: "Jane Doe", password: "a good password", code: "ACCOUNT_INVALID" },
    { summary: "a short password", name: "john", password: "short", code: "ACCOUNT_INVALID" },
    { summary: "no password", name: "john", password: "", code: "ACCOUNT_INVALID" },
    { summary: "a name that is taken", name: "jane", password: "a good password", code: "ACCOUNT_EXISTS" },
  ];

  it.each(REFUSED)("add refuses $summary", async ({ name, password, code }) => {
    const host = await hostWithJane();
    pipe(password);
    const ended = await basaltOn(host, "user", "add", name, "--password-stdin");
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]+\\n$`));
    if (password !== "") expect(ended.stderr).not.toContain(password);
  });

  it("add without a terminal says how to give the password", async () => {
    pipe("");
    const ended = await basaltOn(testHost(), "user", "add", "jane");
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain("--password-stdin");
  });

  it("remove says when there is no such user", async () => {
    const ended = await basaltOn(testHost(), "user", "remove", "nobody");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: ACCOUNT_UNKNOWN: .*nobody/);
  });
});

/** A host with the user jane, whose password nobody knows: to hash one takes its time. */
async function hostWithJane(host: Host = testHost()): Promise<Host> {
  const store = await testStore(host);
  await addAccount({ store, clock: { now: host.now, advance: () => undefined } }, { name: "jane" });
  await store.db.deleteFrom("tokens").execute();
  return host;
}

async function create(...flags: readonly string[]): Promise<CommandResult & { readonly host: Host }> {
  const host = await hostWithJane();
  return { ...(await basaltOn(host, "token", "create", "--user", "jane", ...flags)), host };
}

describe("basalt token create", () => {
  it("prints the token and nothing else", async () => {
    const { code, stdout, stderr, host } = await create();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^bst_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n$/)]);
    expect(stderr).not.toContain(stdout.trim());
    expect(await canLogIn(host, "jane", stdout.trim())).toBe(true);
  });

  it("--json prints id, token and expiry", async () => {
    const { stdout } = await create("--json", "--expires", "90d");
    const document = JSON.parse(stdout) as Readonly<Record<string, string>>;
    expect(Object.keys(document)).toEqual(["id", "token", "expiresAt"]);
    expect(document["token"]).toContain(`bst_${document["id"]}_`);
    expect(document["expiresAt"]).toBe("2027-02-18T12:00:00.000Z");
  });

  it("--json says null where a token does not expire", async () => {
    expect(JSON.parse((await create("--json")).stdout)).toMatchObject({ expiresAt: null });
  });

  const DURATIONS = [
    { text: "12h", days: 0.5 },
    { text: "1d", days: 1 },
    { text: "8w", days: 56 },
    { text: "1y", days: 365 },
  ];

  it.each(DURATIONS)("--expires $text is $days days", async ({ text, days }) => {
    const { expiresAt } = JSON.parse((await create("--json", "--expires", text)).stdout) as {
      readonly expiresAt: string;
    };
    expect(Date.parse(expiresAt) - Date.parse("2026-11-20T12:00:00Z")).toBe(days * DAY_MS);
  });

  it.each(["", "90", "d", "0d", "-1d", "1.5d", "90 d", "1m", "10000d"])("--expires %j is wrong usage", async (text) => {
    const ended = await create("--expires", text);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain("error: USAGE: --expires takes a number with h, d, w or y");
  });

  it("a token for very long works now, or is refused", async () => {
    const { code, stdout, host } = await create("--expires", "9999y");
    expect(code === 64 || (await canLogIn(host, "jane", stdout.trim()))).toBe(true);
  });

  it("a token ends when it expires", async () => {
    const clock = testClock();
    const host = await hostWithJane(testHost({ now: clock.now }));
    const { stdout } = await basaltOn(host, "token", "create", "--user", "jane", "--expires", "1h");
    expect(await canLogIn(host, "jane", stdout.trim())).toBe(true);
    clock.advance(3_600_000);
    expect(await canLogIn(host, "jane", stdout.trim())).toBe(false);
  });

  it.each(["read", "pull,admin", "", "pull,,push"])("--scope %j is wrong usage", async (scope) => {
    const ended = await create("--scope", scope);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain("known: pull, push, delete");
  });

  it("needs a user that exists", async () => {
    const ended = await basaltOn(testHost(), "token", "create", "--user", "nobody");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: ACCOUNT_UNKNOWN: /);
  });
});

describe("basalt token", () => {
  it("list says what each may do, as text and as JSON, and never the secret", async () => {
    const host = await hostWithJane();
    const created = await basaltOn(
      host,
      "token",
      "create",
      "--user",
      "jane",
      "--scope",
      "pull",
      "--repository",
      "team/*",
      "--expires",
      "1d",
      "--json",
    );
    const { id, token } = JSON.parse(created.stdout) as { readonly id: string; readonly token: string };
    const text = (await basaltOn(host, "token", "list")).stdout;
    expect(text).toBe(`${id}  jane  pull on team/*  expires 2026-11-21  used never\n`);
    const json = (await basaltOn(host, "token", "list", "--json")).stdout;
    expect(JSON.parse(json)).toMatchObject({
      tokens: [{ id, user: "jane", actions: ["pull"], repositoryPattern: "team/*" }],
    });
    expect(text + json).not.toContain(token.slice(-20)); // the secret's end; it may have any character of base64url
  });

  it("revoke ends a token", async () => {
    const host = await hostWithJane();
    const created = await basaltOn(host, "token", "create", "--user", "jane", "--json");
    const { id, token } = JSON.parse(created.stdout) as { readonly id: string; readonly token: string };
    expect(await basaltOn(host, "token", "revoke", id)).toMatchObject({ code: 0, stdout: "" });
    expect(await canLogIn(host, "jane", token)).toBe(false);
    expect(await basaltOn(host, "token", "revoke", id)).toMatchObject({ code: 1 });
  });
});
