// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testClock } from "../../test/support/clock.js";
import { basaltOn, testContext } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { streamOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { putImage, testStore } from "../../test/support/store.js";
import { listNames } from "../host/files.js";
import { createQueue } from "../factory/index.js";
import { runWorker } from "./worker.js";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("basalt gc", () => {
  it("removes what killed builds left, once it is old, and nothing else", async () => {
    const host = testHost({ now: () => new Date("2026-11-24T12:00:00Z") });
    const { temporary } = host.home;
    const ages = { "stage-a": 25, "test-b": 25, "stage-young": 1, blobs: 99, "load-c.tar": 48 };
    for (const [name, hours] of Object.entries(ages)) {
      mkdirSync(join(temporary, name), { recursive: true });
      const time = new Date(Date.parse("2026-11-24T12:00:00Z") - hours * 60 * 60 * 1000);
      utimesSync(join(temporary, name), time, time);
    }
    expect((await basaltOn(host, "gc", "--dry-run")).stdout).toContain("3 leftovers");
    expect(readdirSync(temporary)).toHaveLength(5);
    await basaltOn(host, "gc");
    expect(readdirSync(temporary).toSorted()).toEqual(["blobs", "stage-young"]);
  });

  it("says what it removed, as text and as JSON, and does nothing twice", async () => {
    const clock = testClock(new Date());
    const host = testHost({ now: clock.now });
    const store = await testStore(host);
    await store.blobs.put(streamOf("nobody needs this"));
    await putImage(store, "app", debianImage({ packages: ["kept 1"] }), ["1"]);
    clock.advance(DAY_MS);
    const dry = await basaltOn(host, "gc", "--dry-run");
    expect(dry).toMatchObject({
      code: 0,
      stdout: "would remove 1 blobs (17 B), 0 unfinished uploads and 0 leftovers of builds\n",
    });
    const { stdout } = await basaltOn(host, "gc", "--json");
    expect(JSON.parse(stdout)).toEqual({ blobs: 1, sizeBytes: 17, uploads: 0, leftovers: 0 });
    expect((await basaltOn(host, "gc")).stdout).toBe(
      "removed 0 blobs (0 B), 0 unfinished uploads and 0 leftovers of builds\n",
    );
    expect((await basaltOn(host, "quickview", "app:1")).code).toBe(0);
  });
});

describe("basalt keys", () => {
  it("list prints the public key, the same each time, and keeps the private one to its owner", async () => {
    const host = testHost();
    const first = await basaltOn(host, "keys", "list");
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n$/);
    expect((await basaltOn(host, "keys", "list")).stdout).toBe(first.stdout);
    expect(first.stdout + first.stderr).not.toContain("PRIVATE");
    for (const name of await listNames(host.home.keys))
      if (!name.endsWith(".pub")) expect(statSync(join(host.home.keys, name)).mode & 0o077, name).toBe(0);
  });
});

describe("basalt worker --drain", () => {
  it("looks through what was pushed and ends", async () => {
    const host = testHost();
    const store = await testStore(host);
    const image = debianImage({ packages: ["zlib1g 1-1 zlib"] });
    await putImage(store, "app", image, ["1"]);
    await createQueue(store.db, host.now).add({ kind: "inventory", repository: "app", digest: image.root.digest });
    expect(await basaltOn(host, "worker", "--drain")).toEqual({ code: 0, stdout: "", stderr: "" });
    const { stdout } = await basaltOn(host, "catalog", "get", "app", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ tags: [{ platforms: [{ packages: 1 }] }] });
  });

  it("ends at once where there is nothing to do", async () => {
    expect(await basaltOn(testHost(), "worker", "--drain")).toMatchObject({ code: 0 });
  });

  it("says which job failed, and goes on", async () => {
    const host = testHost();
    const store = await testStore(host);
    const image = debianImage({ packages: ["broken 1"], rawConfig: "{" });
    await putImage(store, "app", image, ["1"]);
    await createQueue(store.db, host.now).add({ kind: "inventory", repository: "app", digest: image.root.digest });
    const { code, stderr } = await basaltOn(host, "worker", "--drain");
    expect(code).toBe(0);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
    for (const [index, line] of stderr.trimEnd().split("\n").entries())
      expect(line).toMatch(new RegExp(`^job \\S+ \\(inventory\\), try ${index + 1}: error: MANIFEST_INVALID: `));
  });

  it("stops when it is interrupted", async () => {
    const context = testContext();
    const ended = runWorker({}, context);
    context.abort();
    expect(await ended).toBe(0);
  });
});
