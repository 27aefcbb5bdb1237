// SPDX-License-Identifier: Apache-2.0
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** scrypt's cost: 32 MiB and about 80 ms on a server core. Source: OWASP Password Storage Cheat Sheet, "scrypt". */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Hashes at most two at a time, so that a flood of logins takes neither all memory nor all of the thread pool. */
const MAX_RUNNING = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** `scrypt$N$r$p$SALT$KEY`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** Takes the same time whether the password is right or not; a hash that cannot be read is matched by none. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = hash.split("$");
  if (scheme !== "scrypt" || salt === undefined || key === undefined) return false;
  const expected = Buffer.from(key, "base64url");
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, "base64url"), cost).catch(unlessUnusable);
  return expected.length === actual?.length && timingSafeEqual(expected, actual);
}

/** scrypt itself knows best which costs there are. */
function unlessUnusable(error: unknown): undefined {
  if (!(error instanceof RangeError)) throw error;
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

async function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const options = { ...cost, maxmem: 256 * cost.N * cost.r };
      scrypt(password.normalize("NFC"), salt, KEY_BYTES, options, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
