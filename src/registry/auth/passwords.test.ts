// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./passwords.js";

it("a password is matched by its own hash only, whatever way its letters are composed", async () => {
  const composed = "p\u00e4ssword";
  const hash = await hashPassword(composed);
  expect(await verifyPassword(composed, hash)).toBe(true);
  expect(await verifyPassword("pa\u0308ssword", hash)).toBe(true);
  expect(await verifyPassword("passwort", hash)).toBe(false);
  expect(await verifyPassword("", hash)).toBe(false);
});

it("equal passwords have different hashes, which say how they were made", async () => {
  const [first, second] = await Promise.all([hashPassword("password"), hashPassword("password")]);
  expect(first).not.toBe(second);
  for (const hash of [first, second]) expect(hash).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
});

it("many at once all come to their right answer", async () => {
  const hash = await hashPassword("password");
  const answers = ["password", "passwore", "password", "x", "password"].map((text) => verifyPassword(text, hash));
  expect(await Promise.all(answers)).toEqual([true, false, true, false, true]);
});

it("a hash with other costs is verified with those", async () => {
  // scrypt("password", 16 zero bytes, N 16, r 1, p 1), 32 bytes
  const { scryptSync } = await import("node:crypto");
  const key = scryptSync("password", Buffer.alloc(16), 32, { N: 16, r: 1, p: 1 }).toString("base64url");
  const hash = `scrypt$16$1$1$${Buffer.alloc(16).toString("base64url")}$${key}`;
  expect(await verifyPassword("password", hash)).toBe(true);
  expect(await verifyPassword("passwords", hash)).toBe(false);
});

it.each([
  { summary: "empty text", hash: "" },
  { summary: "a plain password", hash: "password" },
  { summary: "another scheme", hash: "bcrypt$10$8$1$c2FsdA$a2V5" },
  { summary: "a hash without a key", hash: "scrypt$32768$8$1$c2FsdA" },
  { summary: "an empty key", hash: "scrypt$16$1$1$c2FsdA$" },
  { summary: "a cost that is no number", hash: "scrypt$many$8$1$c2FsdA$a2V5" },
  { summary: "a cost that is no power of two", hash: "scrypt$1000$8$1$c2FsdA$a2V5" },
  { summary: "a cost of nothing", hash: "scrypt$0$0$0$c2FsdA$a2V5" },
  { summary: "a negative cost", hash: "scrypt$-16$1$1$c2FsdA$a2V5" },
])("a hash that cannot be read is matched by none: $summary", async ({ hash }) => {
  expect(await verifyPassword("password", hash)).toBe(false);
});
