// SPDX-License-Identifier: Apache-2.0
// Tests of definitions on finished images, as far as nothing has to run for them.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseRepositoryName, parseTag } from "../src/formats/image-reference.js";
import type { CtrfReport } from "../src/formats/ctrf.js";
import { ownPlatform } from "../src/host/machine.js";
import type { Host } from "../src/host/host.js";
import { build, type BuiltImage } from "../src/pipeline.js";
import type { BuildEvent } from "../src/resolve/index.js";
import { listReferrers, loadManifest, openStore, resolveManifest, type Store } from "../src/store/index.js";
import { startMirror } from "./support/debian-mirror.js";
import { testDefinition } from "./support/definitions.js";
import { testHost } from "./support/host.js";
import { testSigner } from "./support/signer.js";

type Parts = Readonly<Record<string, unknown>>;

const OTHER = ownPlatform() === "linux/amd64" ? "linux/arm64" : "linux/amd64";
const NAME = parseRepositoryName("test");
const signer = testSigner();
const FILES = {
  name: "files",
  files: [
    { path: "/etc/issue", mode: "0644", uid: 0, contains: "hello" },
    { path: "/etc/motd", absent: true },
    { path: "/app", kind: "directory", uid: 65532 },
  ],
};

async function mirrorHost(): Promise<Host> {
  const files = [
    { path: "etc/issue", content: "hello\n" },
    { path: "etc/motd", content: "hello\n" },
  ];
  const mirror = await startMirror({ packages: [{ name: "base-files", architecture: "all", files }] });
  return testHost({ trust: mirror.trust, env: { BASALT_DEBIAN_MIRROR: mirror.url } });
}

async function withStore<T>(host: Host, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(host);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

interface Run extends BuiltImage {
  readonly events: readonly BuildEvent[];
}

async function run(host: Host, tests: readonly Parts[] | undefined, platform: string = ownPlatform()): Promise<Run> {
  const paths = [
    { type: "directory", path: "/app", uid: 65532, gid: 65532 },
    { type: "delete", path: "/etc/motd" },
  ];
  const parts = { platforms: [platform], paths, ...(tests === undefined ? {} : { tests }) };
  const definition = await testDefinition(parts);
  const events: BuildEvent[] = [];
  const options = { builderId: "urn:test", version: "1.2.3", onEvent: (event: BuildEvent) => void events.push(event) };
  const built = await withStore(host, (store) => build(definition, options, { host, store, signer }));
  return { ...built, events };
}

/** The kept reports. */
function reports(host: Host): readonly CtrfReport[] {
  const folder = join(host.home.logs, "tests");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as CtrfReport);
}

const stages = ({ events }: Run): readonly string[] =>
  events.flatMap((event) => (event.kind === "stage" ? [event.stage] : []));

const timesTested = ({ events }: Run): number =>
  events.filter((event) => event.kind === "note" && event.text.includes("tests passed")).length;

it("file checks are made before an image is described and published, and reported", async () => {
  const host = await mirrorHost();
  const built = await run(host, [FILES]);
  expect(stages(built)).toEqual([
    "resolve",
    "fetch",
    "assemble",
    "test",
    "describe",
    "scan",
    "judge",
    "sign",
    "publish",
  ]);
  const [report] = reports(host);
  expect(report).toMatchObject({
    reportFormat: "CTRF",
    results: {
      tool: { name: "basalt", version: "1.2.3" },
      summary: { tests: 3, passed: 3, failed: 0, skipped: 0, pending: 0, other: 0, start: host.now().getTime() },
      tests: [
        { name: "/etc/issue", status: "passed", suite: ["files"] },
        { name: "/etc/motd", status: "passed" },
        { name: "/app", status: "passed" },
      ],
    },
    extra: { image: "test", platform: ownPlatform() },
  });
  expect(readdirSync(host.home.temporary).filter((name) => name.startsWith("test-"))).toEqual([]);
});

it("what the tests found is attached to the platform's image", async () => {
  const host = await mirrorHost();
  const built = await run(host, [FILES]);
  await withStore(host, async ({ db, blobs }) => {
    const index = await loadManifest(db, blobs, NAME, built.digest);
    const [platform] = index.kind === "index" ? index.value.manifests : [];
    const referrers = await listReferrers(db, NAME, platform?.digest ?? built.digest);
    const types = referrers.map(({ annotations }) => annotations?.["in-toto.io/predicate-type"]);
    expect(types).toContain("https://in-toto.io/attestation/test-result/v0.1");
  });
});

it("a failing file check keeps the image from being published, and its report is kept", async () => {
  const host = await mirrorHost();
  const wrong = { name: "wrong", files: [{ path: "/etc/issue", uid: 7 }, { path: "/etc/issue" }, { path: "/no" }] };
  const name = ownPlatform().replace("/", String.raw`\/`);
  await expect(run(host, [FILES, wrong])).rejects.toThrow(
    new RegExp(`the test "wrong" failed on ${name}: /etc/issue: its uid is 0, not 7; 1 more failed; report: .*json`),
  );
  await withStore(host, async ({ db }) => expect(await resolveManifest(db, NAME, parseTag("1"))).toBeUndefined());
  expect(reports(host).map(({ results }) => results.summary)).toMatchObject([{ tests: 6, passed: 4, failed: 2 }]);
  await expect(run(host, [FILES, wrong])).rejects.toMatchObject({ code: "TEST_FAILED" });
});

it("tests do not change the image", async () => {
  const host = await mirrorHost();
  const { digest } = await run(host, undefined);
  expect((await run(host, [FILES])).digest).toBe(digest);
});

it("an image that passed is not tried again, unless its tests change", async () => {
  const host = await mirrorHost();
  expect(timesTested(await run(host, [FILES]))).toBe(1);
  const kept = join(host.home.logs, "tests");
  const before = readdirSync(kept).map((name) => statSync(join(kept, name)).mtimeMs);
  const again = await run(host, [FILES]);
  expect([timesTested(again), stages(again).includes("test")]).toEqual([0, true]);
  expect(readdirSync(kept).map((name) => statSync(join(kept, name)).mtimeMs)).toEqual(before);
  expect(timesTested(await run(host, [FILES, { name: "more", files: [{ path: "/usr" }] }]))).toBe(1);
});

it("an image without tests has no stage of them", async () => {
  const host = await mirrorHost();
  expect(stages(await run(host, undefined))).not.toContain("test");
  expect([existsSync(join(host.home.logs, "tests")), existsSync(join(host.home.cache, "tests"))]).toEqual([
    false,
    false,
  ]);
});

it("on another platform files are looked at, and commands are told as skipped", async () => {
  const host = await mirrorHost();
  await run(host, [FILES, { name: "runs", commands: ["tool --version"], "exit-code": 0 }], OTHER);
  expect(reports(host)[0]?.results).toMatchObject({
    summary: { tests: 4, passed: 3, skipped: 1 },
    tests: [
      {},
      {},
      {},
      { name: "tool --version", status: "skipped", message: expect.stringContaining("this machine is") as string },
    ],
  });
});
