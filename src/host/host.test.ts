// SPDX-License-Identifier: Apache-2.0
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { sha256Hex } from "../formats/digest.js";
import { createHost } from "./host.js";
import { homeAt } from "./paths.js";

it("a host without options takes its home from the environment it is given", () => {
  const folder = join(temporaryFolder(), "home");
  const host = createHost({ env: { BASALT_HOME: folder } });
  expect(host.home).toEqual(homeAt(folder));
  expect(host.cache.pathOf(sha256Hex("a")).startsWith(host.home.cache)).toBe(true);
});

it("a home that is named goes before the environment's", () => {
  const home = homeAt(temporaryFolder());
  expect(createHost({ home, env: { BASALT_HOME: "/elsewhere" } }).home).toBe(home);
});

it("making a host touches nothing on the disk", () => {
  const folder = join(temporaryFolder(), "home");
  createHost({ home: homeAt(folder) });
  expect(existsSync(folder)).toBe(false);
});

it("the keys of distributions come with the program", () => {
  const { trust } = createHost({ env: {} });
  expect(statSync(join(trust.folder, "debian")).isDirectory()).toBe(true);
  expect(trust.pins).toBeUndefined();
});

it("the clock and the retry policy can be replaced", () => {
  const moment = new Date("2026-01-02T03:04:05Z");
  const retry = { attempts: 1, backoffMs: 0 };
  const host = createHost({ env: {}, now: () => moment, retry });
  expect([host.now(), host.retry]).toEqual([moment, retry]);
});

it("an offline host refuses every request", async () => {
  const { http } = createHost({ env: {}, offline: true });
  expect(await codeOf(() => http.request(new URL("http://127.0.0.1:9/")))).toBe("NETWORK_OFFLINE");
});

it("at least two things are done at once, and something is tried again", () => {
  const host = createHost({ env: {} });
  expect(host.concurrency).toBeGreaterThanOrEqual(2);
  expect(host.retry.attempts).toBeGreaterThanOrEqual(2);
  expect(host.nodeVersion).toBe(process.version);
});
