// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gunzipSync } from "node:zlib";
import { loadDefinition, type Definition } from "../src/definition/index.js";
import { readTar } from "../src/formats/archive/tar-reader.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { formatLock, parseLock } from "../src/formats/lock.js";
import type { Host } from "../src/host/host.js";
import { packageRoot } from "../src/host/paths.js";
import { loadInventory } from "../src/inventory/index.js";
import type { BuiltImage } from "../src/pipeline.js";
import { loadManifest } from "../src/store/index.js";
import { startAlpineMirror, type AlpineMirror } from "./support/alpine-mirror.js";
import type { TestApk } from "./support/apk.js";
import { bytesOfStream, codeOf, streamOf } from "./support/bytes.js";
import { testDefinition } from "./support/definitions.js";
import { testHost } from "./support/host.js";
import { run, withStore } from "./support/pipeline.js";

const MAIN: readonly TestApk[] = [
  {
    name: "alpine-baselayout",
    fields: { depend: ["alpine-baselayout-data=1.0-r0", "/bin/sh"] },
    files: [
      { path: "tmp", kind: "directory", mode: 0o1777 },
      { path: "etc/os-release", content: "ID=other\n" },
      { path: "lib/sysctl.d/00-alpine.conf", content: "x" },
    ],
  },
  {
    name: "alpine-baselayout-data",
    files: [
      { path: "etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\ndaemon:x:2:2:daemon:/sbin:/sbin/nologin\n" },
      { path: "etc/group", content: "root:x:0:root\ndaemon:x:2:\n" },
    ],
  },
  {
    name: "busybox",
    files: [
      { path: "bin/busybox", content: "busybox", mode: 0o755 },
      { path: "etc/busybox-paths.d/busybox", content: "bin/ls\nbin/cat\nusr/bin/awk\nsbin/init\n" },
    ],
    fields: { triggers: "/bin /usr/bin" },
    scripts: { trigger: "#!/bin/busybox sh\n/bin/busybox --install -s\n" },
  },
  {
    name: "busybox-binsh",
    fields: { depend: "busybox=1.0-r0", provides: ["/bin/sh", "cmd:sh=1.0-r0"], provider_priority: "100" },
    files: [{ path: "bin/sh", kind: "symlink", target: "/bin/busybox" }],
  },
  { name: "coreutils", files: [{ path: "bin/cat", content: "cat", mode: 0o755 }] },
  { name: "apk-tools", files: [{ path: "sbin/apk", content: "apk", mode: 0o755 }] },
  { name: "tool", version: "2.0-r3", fields: { origin: "toolset" }, files: [{ path: "usr/bin/tool", content: "t" }] },
];
const OTHER: readonly TestApk[] = [{ name: "special", fields: { depend: "tool~2" } }];
/** What the catalogue's own images are made of besides. */
const BASE: readonly TestApk[] = [
  { name: "alpine-release", files: [{ path: "etc/alpine-release", content: "3.24.0\n" }] },
  { name: "ca-certificates-bundle", files: [{ path: "etc/ssl/certs/ca-certificates.crt", content: "certificates" }] },
  { name: "musl", files: [{ path: "lib/ld-musl-x86_64.so.1", content: "musl", mode: 0o755 }] },
  { name: "tzdata", files: [{ path: "usr/share/zoneinfo/UTC", content: "UTC" }] },
];
const ALPINE = "https://dl-cdn.alpinelinux.org/alpine/v3.24";

const PARTS = {
  tags: ["2", "2.0"],
  variant: "dev",
  contents: { packages: ["alpine-baselayout", "apk-tools", "coreutils", "tool=2.0-r3"] },
  accounts: { root: true, "run-as": "root" },
  "os-release": { name: "Test", id: "alpine", "version-id": "3.24" },
};

async function world(parts: Readonly<Record<string, unknown>> = {}): Promise<{
  readonly mirror: AlpineMirror;
  readonly definition: Definition;
  readonly host: Host;
}> {
  const mirror = await startAlpineMirror({ packages: MAIN, other: OTHER });
  return { mirror, definition: await testDefinition({ ...PARTS, ...parts }), host: hostFor(mirror) };
}

function hostFor(mirror: AlpineMirror): Host {
  return testHost({ env: { BASALT_ALPINE_MIRROR: mirror.url }, trust: mirror.trust });
}

/** All entries of an image, of the first platform, by path: content, or the target of a link. */
async function filesOf(host: Host, built: BuiltImage): Promise<ReadonlyMap<string, string>> {
  return withStore(host, async (store) => {
    const repository = parseRepositoryName("test");
    const index = await loadManifest(store.db, store.blobs, repository, built.digest);
    const [first] = index.kind === "index" ? index.value.manifests : [];
    const manifest = await loadManifest(store.db, store.blobs, repository, first!.digest);
    const files = new Map<string, string>();
    for (const { digest } of manifest.kind === "index" ? [] : manifest.value.layers) {
      const bytes = gunzipSync(await bytesOfStream(store.blobs.read(digest)));
      for await (const { entry, content } of readTar(streamOf(bytes), { name: "layer" }))
        files.set(entry.path, entry.kind === "symlink" ? entry.target : (await bytesOfStream(content)).toString());
    }
    return files;
  });
}

function q1(text: string): string {
  return `Q1${createHash("sha1").update(text).digest("base64")}`;
}

it("a development image has busybox's links, apk's database, and what apk needs", async () => {
  const { host, definition } = await world();
  const built = await run(host, definition);
  const files = await filesOf(host, built);
  expect(files.get("bin/ls")).toBe("/bin/busybox");
  expect(files.get("usr/bin/awk")).toBe("/bin/busybox");
  expect(files.get("bin/cat")).toBe("cat");
  expect(files.get("etc/apk/world")).toBe("alpine-baselayout\napk-tools\ncoreutils\ntool\n");
  expect(files.get("etc/apk/arch")).toBe("x86_64\n");
  expect(files.get("etc/apk/repositories")).toBe(`${ALPINE}/main\n${ALPINE}/community\n`);
  expect(files.get("etc/os-release")).toBe("../usr/lib/os-release");
  expect(files.get("etc/passwd")).toContain("daemon:x:2:2:");
  expect(files.get("lib/apk/db/triggers")).toMatch(/^Q1\S+ \/bin \/usr\/bin\n$/);
  const scripts: string[] = [];
  const tar = Buffer.from(files.get("lib/apk/db/scripts.tar") ?? "");
  for await (const { entry } of readTar(streamOf(tar), { name: "scripts" })) scripts.push(entry.path);
  expect(scripts).toEqual([expect.stringMatching(/^busybox-1\.0-r0\.Q1\S+=\.trigger$/)]);
  const installed = files.get("lib/apk/db/installed") ?? "";
  expect(installed).toMatch(/^C:Q1\S+\nP:alpine-baselayout\nV:1\.0-r0\nA:x86_64\nS:[0-9]+\nI:1000\nT:package/);
  expect(installed).toMatch(/F:tmp\nM:0:0:1777\n/);
  // Of the content, and of the target of a link.
  expect(installed).toContain(`F:bin\nR:cat\na:0:0:755\nZ:${q1("cat")}\n`);
  expect(installed).toContain(`R:sh\nZ:${q1("/bin/busybox")}\n`);
});

it("an image is built for two platforms, with inventory; the same lock gives the same digest", async () => {
  const { host, definition, mirror } = await world({
    variant: "runtime",
    accounts: {
      "run-as": "nonroot",
      users: [{ name: "nonroot", uid: 65532, gid: 65532 }],
      groups: [{ name: "nonroot", gid: 65532 }],
    },
    contents: { packages: ["tool"] },
  });
  const first = await run(host, definition);
  await withStore(host, async (store) => {
    const index = await loadManifest(store.db, store.blobs, parseRepositoryName("test"), first.digest);
    for (const { digest } of index.kind === "index" ? index.value.manifests : []) {
      const inventory = await loadInventory(store.db, digest);
      expect(inventory?.distro).toMatchObject({ id: "alpine", versionId: "3.24" });
      expect(inventory?.packages).toMatchObject([{ kind: "apk", name: "tool", version: "2.0-r3", source: "toolset" }]);
    }
  });
  const lock = parseLock(formatLock(first.lock), "lock");
  expect((await run(hostFor(mirror), definition, { lock })).digest).toBe(first.digest);
});

it.each(["3.24.yaml", "3.24-dev.yaml"])(
  "the catalogue's alpine-base builds as %s says, and passes its tests",
  async (name) => {
    const mirror = await startAlpineMirror({ packages: [...MAIN, ...BASE] });
    const host = hostFor(mirror);
    const definition = await loadDefinition(join(packageRoot(), "images/alpine-base/alpine-3.24", name));
    const built = await run(host, definition);
    expect(built.tags).toContain(name.replace(".yaml", ""));
    expect(Object.keys(built.lock.platforms)).toEqual(["linux/amd64", "linux/arm64"]);
  },
);

it("a repository that is not Alpine's is taken with its key, and only with it", async () => {
  const { mirror } = await world();
  const contents = {
    repositories: [mirror.otherUrl, `${ALPINE}/main`],
    keyring: [`${mirror.otherKeyUrl}#${mirror.otherFingerprint}`],
    packages: ["special"],
  };
  const build = async (change: Readonly<Record<string, unknown>>): Promise<BuiltImage> =>
    run(hostFor(mirror), await testDefinition({ ...PARTS, variant: "runtime", contents: { ...contents, ...change } }));
  const built = await build({});
  expect(built.lock.platforms["linux/amd64"]?.packages.map(({ name, repository }) => [name, repository])).toEqual([
    ["special", mirror.otherUrl],
    ["tool", "alpine"],
  ]);
  const again = await testDefinition({ ...PARTS, variant: "runtime", contents });
  const lock = parseLock(formatLock(built.lock), "lock");
  expect((await run(hostFor(mirror), again, { lock })).digest).toBe(built.digest);
  expect(await codeOf(() => build({ keyring: [] }))).toBe("SIGNATURE_INVALID");
  expect(await codeOf(() => build({ keyring: [`${mirror.otherKeyUrl}#${"0".repeat(64)}`] }))).toBe("KEY_INVALID");
  expect(await codeOf(() => build({ repositories: [mirror.otherUrl] }))).toBe("PACKAGE_UNSATISFIABLE");
});

it("a tagged repository gives what is asked for with its tag, and what that needs and nobody else has", async () => {
  const { mirror } = await world();
  const contents = {
    repositories: [`${ALPINE}/main`, `@other ${mirror.otherUrl}`],
    keyring: [`${mirror.otherKeyUrl}#${mirror.otherFingerprint}`],
    packages: ["apk-tools", "special@other"],
  };
  const definition = await testDefinition({ ...PARTS, contents });
  const host = hostFor(mirror);
  const built = await run(host, definition);
  expect(
    built.lock.platforms["linux/amd64"]?.packages.map(({ name, repository, suite }) => [name, repository, suite]),
  ).toEqual([
    ["apk-tools", "alpine", "v3.24"],
    ["special", mirror.otherUrl, "other"],
    ["tool", "alpine", "v3.24"],
  ]);
  const files = await filesOf(host, built);
  expect(files.get("etc/apk/world")).toBe("apk-tools\nspecial@other\n");
  const lock = parseLock(formatLock(built.lock), "lock");
  expect((await run(hostFor(mirror), definition, { lock })).digest).toBe(built.digest);
  const without = testDefinition({ ...PARTS, contents: { ...contents, packages: ["special"] } });
  expect(await codeOf(async () => run(hostFor(mirror), await without))).toBe("PACKAGE_UNKNOWN");
});
