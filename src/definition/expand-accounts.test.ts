// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testDefinition } from "../../test/support/definitions.js";
import { expandDefinition } from "./expand.js";
import type { ImageDefinition } from "./model.js";

async function expand(parts: Readonly<Record<string, unknown>>): Promise<ImageDefinition> {
  return expandDefinition(await testDefinition(parts), "linux/amd64");
}

describe("who runs", () => {
  const USERS = [
    { name: "app", uid: 1000, gid: 2000 },
    { name: "nonroot", uid: 65532, gid: 65532 },
  ];

  const cases = [
    { summary: "a name is the number of that user", runAs: "app", expected: { uid: 1000, gid: 2000 } },
    { summary: "a number is the user who has it", runAs: 1000, expected: { uid: 1000, gid: 2000 } },
    { summary: "a number as text is that user, too", runAs: "1000", expected: { uid: 1000, gid: 2000 } },
    { summary: "a number of nobody is user and group", runAs: 4711, expected: { uid: 4711, gid: 4711 } },
    { summary: "a number of nobody as text", runAs: "4711", expected: { uid: 4711, gid: 4711 } },
    { summary: "user and group", runAs: "4711:5", expected: { uid: 4711, gid: 5 } },
    { summary: "a declared user with another group", runAs: "1000:5", expected: { uid: 1000, gid: 5 } },
    { summary: "root by name", runAs: "root", expected: { uid: 0, gid: 0 } },
    { summary: "root by number", runAs: 0, expected: { uid: 0, gid: 0 } },
    { summary: "root by number as text", runAs: "0", expected: { uid: 0, gid: 0 } },
    { summary: "the largest user", runAs: 4_294_967_294, expected: { uid: 4_294_967_294, gid: 4_294_967_294 } },
  ];
  it.each(cases)("$summary", async ({ runAs, expected }) => {
    const { accounts } = await expand({ accounts: { "run-as": runAs, users: USERS } });
    expect(accounts.runAs).toEqual(expected);
  });

  const wrong = [
    { summary: "a name that is not declared", runAs: "nobody" },
    { summary: "a name in other letters", runAs: "App" },
    { summary: "an empty name", runAs: "" },
    { summary: "a blank around a number", runAs: " 1000" },
    { summary: "a user and an empty group", runAs: "1000:" },
    { summary: "a user and a group's name", runAs: "1000:app" },
    { summary: "three numbers", runAs: "1:2:3" },
    { summary: "a negative number", runAs: -1 },
    { summary: "a variable that nobody replaced", runAs: "${USER}" },
    { summary: "a member of all objects", runAs: "constructor" },
    { summary: "a number that Linux does not have", runAs: 4_294_967_295 },
    { summary: "a group that Linux does not have", runAs: "1000:4294967295" },
  ];
  it.each(wrong)("refused: $summary", async ({ runAs }) => {
    expect(await codeOf(() => expand({ accounts: { "run-as": runAs, users: USERS } }))).toBe("DEFINITION_INVALID");
  });

  it("without any declared user a number is a number", async () => {
    const { accounts } = await expand({ accounts: { "run-as": 1000 } });
    expect(accounts).toEqual({ hasRoot: false, runAs: { uid: 1000, gid: 1000 }, users: [], groups: [] });
  });

  const roots = [
    {
      summary: "an image may declare root without running as it",
      accounts: { root: true, "run-as": 1000 },
      hasRoot: true,
    },
    { summary: "an image without a word of root has none", accounts: { "run-as": 1000 }, hasRoot: false },
    { summary: "an image that says so has none", accounts: { root: false, "run-as": 1000 }, hasRoot: false },
    { summary: "an image that runs as root has root", accounts: { "run-as": "root" }, hasRoot: true },
    { summary: "an image that runs as number 0 has root", accounts: { "run-as": 0 }, hasRoot: true },
    { summary: "an image that runs as 0:0 has root", accounts: { "run-as": "0:0" }, hasRoot: true },
    { summary: "an image that runs as 00 has root", accounts: { "run-as": "00" }, hasRoot: true },
  ];
  it.each(roots)("$summary", async ({ accounts, hasRoot }) => {
    expect((await expand({ accounts })).accounts.hasRoot).toBe(hasRoot);
  });

  it("groups keep their members, and have none where none are named", async () => {
    const groups = [
      { name: "app", gid: 2000, members: ["app", "nonroot"] },
      { name: "empty", gid: 3000 },
    ];
    const { accounts } = await expand({ accounts: { "run-as": "app", users: USERS, groups } });
    expect(accounts).toMatchObject({ users: USERS, groups: [groups[0], { ...groups[1], members: [] }] });
  });
});

describe("ports", () => {
  const cases = [
    { summary: "a bare number is TCP", port: "8080", expected: ["8080/tcp"] },
    { summary: "TCP", port: "80/tcp", expected: ["80/tcp"] },
    { summary: "UDP", port: "53/udp", expected: ["53/udp"] },
    { summary: "SCTP", port: "36412/sctp", expected: ["36412/sctp"] },
    { summary: "a range is listed one by one", port: "8000-8002", expected: ["8000/tcp", "8001/tcp", "8002/tcp"] },
    { summary: "a range of UDP", port: "5000-5001/udp", expected: ["5000/udp", "5001/udp"] },
    { summary: "a range of one", port: "80-80", expected: ["80/tcp"] },
    { summary: "zeros before the number are left out", port: "00080", expected: ["80/tcp"] },
    { summary: "the last port there is", port: "65535", expected: ["65535/tcp"] },
  ];
  it.each(cases)("$summary", async ({ port, expected }) => {
    expect((await expand({ ports: [port] })).ports).toEqual(expected);
  });

  it("several entries are one list, in their order", async () => {
    expect((await expand({ ports: ["443", "80-81", "53/udp"] })).ports).toEqual([
      "443/tcp",
      "80/tcp",
      "81/tcp",
      "53/udp",
    ]);
  });

  it("a variable may be a port", async () => {
    // The schema wants digits, so a port cannot be written with a variable.
    expect(await codeOf(() => expand({ vars: { P: "80" }, ports: ["${P}"] }))).toBe("DEFINITION_INVALID");
  });

  const wrong = [
    { summary: "a range that runs backwards", port: "8002-8000" },
    { summary: "a port that does not exist", port: "65536" },
    { summary: "a range that ends at a port that does not exist", port: "65530-65536" },
    { summary: "a port of five nines", port: "99999" },
  ];
  it.each(wrong)("refused: $summary", async ({ port }) => {
    expect(await codeOf(() => expand({ ports: [port] }))).toBe("DEFINITION_INVALID");
  });

  it("a large range is listed whole, or refused: never cut short", async () => {
    const outcome = await expand({ ports: ["10000-12999"] }).then(
      ({ ports }) => ports.length,
      () => "refused",
    );
    expect([3_000, "refused"]).toContain(outcome);
  });
});
