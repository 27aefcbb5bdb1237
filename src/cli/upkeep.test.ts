// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testClock } from "../../test/support/clock.js";
import { basaltOn, testContext } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { streamOf } from "../../test/support/bytes.js";
import { putEvidence, sourcesOf, statementAbout } from "../../test/support/evidence.js";
import { testHost } from "../../test/support/host.js";
import { descriptorOfManifest, makeImage, repository } from "../../test/support/images.js";
import { putImage, testStore } from "../../test/support/store.js";
import { listNames } from "../host/files.js";
import { createQueue } from "../factory/index.js";
import { openSigner, signDescriptions } from "../sign/index.js";
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

  it("rotate makes another one, and what the former one signed stays good for a time, and no longer", async () => {
    const host = testHost();
    const store = await testStore(host);
    const image = makeImage();
    await putImage(store, "app", image, ["1"]);
    const subject = descriptorOfManifest(image.root);
    const types = ["slsaProvenance", "lock", "spdx"] as const;
    const statements = sourcesOf(...types.map((type) => statementAbout(image.root, type)));
    const options = { repository: repository("app"), signer: await openSigner(host), store };
    await putEvidence(store, "app", await signDescriptions([{ subject, statements }], options));
    const rotated = await basaltOn(host, "keys", "rotate", "--valid-for", "12h");
    expect(rotated.stdout).toMatch(
      /^new key [A-Za-z0-9+/=]{44}\nformer key [A-Za-z0-9+/=]{44}, good until 2026-11-21T00:00:00\.000Z\n$/,
    );
    expect((await basaltOn(host, "verify", "app:1")).code).toBe(0);
    expect((await basaltOn(host, "keys", "list")).stdout).toMatch(/-----END[^#]+# former key .+\n-----BEGIN/);
    const later = testHost({ home: host.home.root, now: () => new Date("2026-11-21T00:00:01Z") });
    const refused = await basaltOn(later, "verify", "app:1");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("EVIDENCE_MISSING");
  });
});
