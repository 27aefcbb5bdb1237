// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { feedFiles, kevText, trackerText } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import type { Host } from "../host/host.js";
import { importFeeds } from "./import-feeds.js";
import { createAdvisoriesProvider, type AdvisoriesProvider } from "./provider.js";

const TRACKER = trackerText({ zlib: { "CVE-1": { trixie: { status: "open" } } } });

async function importText(text: string, host: Host): Promise<void> {
  await importFeeds(feedFiles({ "feed.json": text }), { isComplete: false }, host);
}

function providerFor(host: Host): AdvisoriesProvider {
  const provider = createAdvisoriesProvider(host.home.advisories);
  onTestFinished(() => provider.close().catch(() => undefined));
  return provider;
}

/** From now on, what nobody caught; the test runner's own listener would end the run. */
function collectUnhandled(): readonly unknown[] {
  const found: unknown[] = [];
  const listeners = process.rawListeners("unhandledRejection") as ((reason: unknown) => void)[];
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => found.push(reason));
  onTestFinished(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  });
  return found;
}

it("gives the same database while nothing changes", async () => {
  const host = testHost();
  await importText(TRACKER, host);
  const provider = providerFor(host);
  const [first, second] = await Promise.all([provider.current(), provider.current()]);
  expect(second).toBe(first);
  expect(await provider.current()).toBe(first);
});

it("knows nothing before the first import, and all after it", async () => {
  const host = testHost();
  const provider = providerFor(host);
  expect((await provider.current()).feeds).toEqual([]);
  await importText(TRACKER, host);
  expect((await provider.current()).covers("debian:13", "zlib")).toBe(true);
});

it("gives the new database after an import, while the old one stays readable for those at work", async () => {
  const host = testHost();
  await importText(TRACKER, host);
  const provider = providerFor(host);
  const old = await provider.current();
  await importText(kevText(["CVE-1"]), host);
  const fresh = await provider.current();
  expect(fresh.feeds.map((feed) => feed.kind)).toEqual(["debian-tracker", "kev"]);
  expect(old.feeds.map((feed) => feed.kind)).toEqual(["debian-tracker"]);
  expect(old.about("debian:13", "zlib")).toHaveLength(1);
});

it("knows nothing once the database is deleted", async () => {
  const host = testHost();
  await importText(TRACKER, host);
  const provider = providerFor(host);
  await provider.current();
  rmSync(host.home.advisories);
  expect((await provider.current()).feeds).toEqual([]);
});

it("can be closed without having been used", async () => {
  await expect(createAdvisoriesProvider(testHost().home.advisories).close()).resolves.toBeUndefined();
});

it("closes the old database after a while", async () => {
  const host = testHost();
  await importText(TRACKER, host);
  const provider = providerFor(host);
  const old = await provider.current();
  await importText(kevText(["CVE-1"]), host);
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  await provider.current();
  vi.advanceTimersByTime(60_000);
  await turn();
  expect(() => old.about("debian:13", "zlib")).toThrow();
});

it("a damaged database that was replaced since does not end the program", async () => {
  const host = testHost();
  const provider = providerFor(host);
  mkdirSync(host.home.root, { recursive: true });
  writeFileSync(host.home.advisories, "SQLite format 3\0 but nothing behind it");
  utimesSync(host.home.advisories, new Date(0), new Date(0));
  await provider.current().catch(() => undefined);
  rmSync(host.home.advisories);
  await importText(TRACKER, host);
  const unhandled = collectUnhandled();
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  expect((await provider.current()).feeds).toHaveLength(1);
  vi.advanceTimersByTime(60_000);
  for (let count = 0; count < 5; count += 1) await turn();
  expect(unhandled).toEqual([]);
});
