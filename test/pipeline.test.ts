// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../src/formats/canonical-json.js";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { CatalogInfo } from "../src/definition/index.js";
import { formatLock, parseLock, type Lock } from "../src/formats/lock.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { createHttpClient } from "../src/host/http.js";
import { loadInventory } from "../src/inventory/index.js";
import type { BuildOptions, BuiltImage } from "../src/pipeline.js";
import { resolve } from "../src/resolve/index.js";
import { listReferrers, loadManifest } from "../src/store/index.js";
import { codeOf } from "./support/bytes.js";
import { type MirrorOptions } from "./support/debian-mirror.js";
import { temporaryFolder } from "./support/temporary.js";
import { PARTS, world, hostFor, withStore, run } from "./support/pipeline.js";

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
  } catch {
    return [];
  }
}

it("an image is built for two platforms, with inventory and evidence", async () => {
  const here = await world();
  const host = hostFor(here);
  const built = await run(host, here.definition);
  expect(built.tags).toEqual(["2", "2.0"]);
  await withStore(host, async (store) => {
    const repository = parseRepositoryName("test");
    const index = await loadManifest(store.db, store.blobs, repository, built.digest);
    const platforms = index.kind === "index" ? index.value.manifests : [];
    expect(platforms.map((item) => item.platform?.architecture)).toEqual(["amd64", "arm64"]);
    for (const { digest } of platforms) {
      const inventory = await loadInventory(store.db, digest);
      expect(inventory?.packages.map((item) => `${item.name} ${item.version} ${item.source}`)).toEqual([
        "base-files 1.0-1 base-files",
        "libtool 1.0-1 libtool",
        "tool 2.0-1 toolset",
      ]);
      const referrers = await listReferrers(store.db, repository, digest);
      const said = (annotation: string): readonly string[] =>
        referrers.flatMap(({ annotations }) => annotations?.[annotation] ?? []).toSorted(compareText);
      const types = [
        "https://cyclonedx.org/bom",
        "https://scout.docker.com/secrets/v0.1",
        "https://slsa.dev/provenance/v1",
        "https://slsa.dev/verification_summary/v1",
        "https://spdx.dev/Document",
        "urn:basalt:predicate:licenses:1",
        "urn:basalt:predicate:lock:1",
      ];
      expect(said("in-toto.io/predicate-type")).toEqual(types);
      const signed = [...types, "https://sigstore.dev/cosign/sign/v1"].toSorted(compareText);
      expect(said("dev.sigstore.bundle.predicateType")).toEqual(signed);
    }
  });
  expect(built.lock.platforms["linux/amd64"]?.dropped).toEqual([{ package: "base-files", dependency: "awk" }]);
});

it("the same lock gives the same digest in another home, time zone and moment, whatever is in the environment", async () => {
  const here = await world();
  const first = await run(hostFor(here), here.definition);
  const other = hostFor(here, {
    env: { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", PATH: "/nonexistent" },
    now: () => new Date("2026-11-20T23:59:59Z"),
  });
  const second = await run({ ...other, concurrency: 7 }, here.definition, {
    lock: parseLock(formatLock(first.lock), "lock"),
  });
  expect(second.digest).toBe(first.digest);
});

it("SOURCE_DATE_EPOCH decides the time, and nothing else changes with it", async () => {
  const here = await world();
  const early = await run(hostFor(here, { env: { SOURCE_DATE_EPOCH: "1000000000" } }), here.definition);
  const again = await run(hostFor(here, { env: { SOURCE_DATE_EPOCH: "1000000000" } }), here.definition);
  expect(again.digest).toBe(early.digest);
  expect((await run(hostFor(here), here.definition)).digest).not.toBe(early.digest);
});

it("a second build asks only whether the Release files changed, and adds nothing to the store", async () => {
  const here = await world();
  const home = temporaryFolder();
  const first = await run(hostFor(here, { home }), here.definition);
  const before = filesBelow(join(home, "blobs")).length;
  here.mirror.requests.length = 0;
  expect((await run(hostFor(here, { home }), here.definition)).digest).toBe(first.digest);
  expect(here.mirror.requests.filter((request) => !request.endsWith("/InRelease"))).toEqual([]);
  expect(filesBelow(join(home, "blobs"))).toHaveLength(before);
});

it("a newer Release file moves no digest as long as the packages are the same", async () => {
  const first = await world();
  const later = await world({ date: new Date("2026-11-20T11:00:00Z") });
  expect((await run(hostFor(first), first.definition)).digest).toBe(
    (await run(hostFor(later), later.definition)).digest,
  );
});

it("a lock builds without the network once its packages are there, even when the Release has expired", async () => {
  const here = await world({ validUntil: new Date("2026-11-21T00:00:00Z") });
  const home = temporaryFolder();
  const built = await run(hostFor(here, { home }), here.definition);
  const later = hostFor(here, { home, offline: true, now: () => new Date("2027-06-01T00:00:00Z") });
  expect((await run(later, here.definition, { lock: built.lock })).digest).toBe(built.digest);
  expect(await codeOf(() => run(later, here.definition))).toBe("RELEASE_EXPIRED");
});

it("a package that is updated changes its own layer and the image's, no other", async () => {
  const here = await world();
  const updated = await world({
    security: [
      { name: "libtool", version: "1.0-1+deb13u1", files: [{ path: "usr/lib/libtool.so.1", content: "fixed" }] },
    ],
  });
  const home = temporaryFolder();
  const layersOf = async (built: BuiltImage): Promise<readonly string[]> =>
    withStore(hostFor(here, { home }), async (store) => {
      const index = await loadManifest(store.db, store.blobs, parseRepositoryName("test"), built.digest);
      const amd64 = index.kind === "index" ? index.value.manifests[0] : undefined;
      if (amd64 === undefined) throw new Error("an index was expected");
      const image = await loadManifest(store.db, store.blobs, parseRepositoryName("test"), amd64.digest);
      return image.kind === "image" ? image.value.layers.map((layer) => layer.digest) : [];
    });
  const before = await layersOf(await run(hostFor(here, { home }), here.definition));
  const after = await layersOf(await run(hostFor(updated, { home }), updated.definition));
  expect(after.filter((digest) => !before.includes(digest))).toHaveLength(2);
});

function changed(lock: Lock, change: (text: string) => string): Lock {
  return parseLock(change(formatLock(lock)), "lock");
}

const tampered: readonly {
  readonly summary: string;
  readonly change: (text: string) => string;
  readonly code: string;
}[] = [
  {
    summary: "another hash for a package",
    change: (text) =>
      text.replace(
        /"sha256": "[0-9a-f]{64}",\n\s+"sizeBytes": ([0-9]+),\n\s+"source": "toolset"/,
        `"sha256": "${"0".repeat(64)}", "sizeBytes": $1, "source": "toolset"`,
      ),
    code: "FETCH_DIGEST_MISMATCH",
  },
  {
    summary: "another size for a package",
    change: (text) =>
      text.replace(/"sizeBytes": [0-9]+,\n\s+"source": "toolset"/, '"sizeBytes": 7, "source": "toolset"'),
    code: "FETCH_SIZE_MISMATCH",
  },
  {
    summary: "another version for a package",
    change: (text) => text.replaceAll('"version": "2.0-1"', '"version": "2.0-2"'),
    code: "LOCK_MISMATCH",
  },
  {
    summary: "a package under another name",
    change: (text) => text.replaceAll('"name": "libtool"', '"name": "libtool2"'),
    code: "LOCK_MISMATCH",
  },
  {
    summary: "a path that the mirror does not have",
    change: (text) => text.replaceAll("pool/main/tool_2.0-1_amd64.deb", "pool/main/gone.deb"),
    code: "HTTP_STATUS",
  },
  {
    summary: "a lock for another definition",
    change: (text) =>
      text.replace(
        /"definition": \{\n\s+"path": "test.yaml",\n\s+"sha256": "[0-9a-f]{64}"/,
        `"definition": {"path": "test.yaml", "sha256": "${"1".repeat(64)}"`,
      ),
    code: "LOCK_MISMATCH",
  },
  {
    summary: "a lock made with other assembly rules",
    change: (text) => text.replace(/"accounts": \d+/, '"accounts": 9999'),
    code: "LOCK_MISMATCH",
  },
  {
    summary: "a lock made with an unknown compressor",
    change: (text) => text.replace(/"compressor": "[^"]+"/, '"compressor": "gzip-9-magic"'),
    code: "LOCK_MISMATCH",
  },
  {
    summary: "a masked package smuggled in",
    change: (text) => text.replaceAll('"name": "libtool"', '"name": "mawk"'),
    code: "LOCK_MISMATCH",
  },
];
it.each(tampered)("$summary is refused with $code, and nothing is published", async ({ change, code }) => {
  const here = await world();
  const host = hostFor(here);
  const lock = await resolve(here.definition, { platforms: here.definition.platforms }, host);
  expect(await codeOf(() => run(host, here.definition, { lock: changed(lock, change) }))).toBe(code);
  await withStore(host, async ({ db }) => expect(await db.selectFrom("manifests").selectAll().execute()).toEqual([]));
  expect((await run(host, here.definition, { lock })).tags).toEqual(["2", "2.0"]);
});

it("a lock whose hash stands under another name is refused also when the layer is there already", async () => {
  const here = await world();
  const home = temporaryFolder();
  const { lock } = await run(hostFor(here, { home }), here.definition);
  const renamed = changed(lock, (text) => text.replaceAll('"name": "libtool"', '"name": "libtool2"'));
  expect(await codeOf(() => run(hostFor(here, { home }), here.definition, { lock: renamed }))).toBe("LOCK_MISMATCH");
});

const packageFaults: readonly {
  readonly summary: string;
  readonly options: Partial<MirrorOptions>;
  readonly code: string;
}[] = [
  {
    summary: "a package that the mirror has lost",
    options: {
      intercept: (path, response) => path.endsWith("tool_2.0-1_amd64.deb") && (response.writeHead(404).end(), true),
    },
    code: "HTTP_STATUS",
  },
  {
    summary: "a package that was changed",
    options: {
      tamper: (path, content) =>
        path.endsWith("/tool_2.0-1_amd64.deb") ? Buffer.concat([content.subarray(0, -1), Buffer.from("x")]) : content,
    },
    code: "FETCH_DIGEST_MISMATCH",
  },
  {
    summary: "half a package",
    options: {
      tamper: (path, content) =>
        path.endsWith("/tool_2.0-1_amd64.deb") ? content.subarray(0, content.length / 2) : content,
    },
    code: "FETCH_SIZE_MISMATCH",
  },
  {
    summary: "a connection that breaks in the middle",
    options: {
      intercept: (path, response) =>
        path.endsWith("/tool_2.0-1_amd64.deb") &&
        (response.writeHead(200, { "content-length": 500_000 }).write("x".repeat(1_000)),
        setTimeout(() => response.destroy(), 5),
        true),
    },
    code: "FETCH_SIZE_MISMATCH",
  },
];
it.each(packageFaults)("$summary stops the build, and the next one works", async ({ options, code }) => {
  const home = temporaryFolder();
  const bad = await world(options);
  const found = await codeOf(() => run(hostFor(bad, { home }), bad.definition));
  expect([code, "NETWORK_UNREACHABLE"]).toContain(found);
  expect(filesBelow(join(home, "cache", "content", "sha256")).length).toBeLessThan(12);
  const good = await world();
  expect((await run(hostFor(good, { home }), good.definition)).tags).toEqual(["2", "2.0"]);
});

it("a download that hangs is given up", async () => {
  const here = await world({
    intercept: (path, response) =>
      path.endsWith("/tool_2.0-1_amd64.deb") && (response.writeHead(200).flushHeaders(), true),
  });
  const http = createHttpClient({ limits: { idleTimeoutMs: 150, connectTimeoutMs: 150 } });
  expect(await codeOf(() => run({ ...hostFor(here), http }, here.definition))).toBe("NETWORK_UNREACHABLE");
});

it("a cached package that was damaged on the disk is found out, and the next build works", async () => {
  const here = await world();
  const home = temporaryFolder();
  const host = hostFor(here, { home });
  const lock = await resolve(here.definition, { platforms: ["linux/amd64"] }, host);
  await run(host, here.definition, { lock, platforms: ["linux/amd64"] });
  for (const name of filesBelow(join(home, "cache", "layers")))
    writeFileSync(join(home, "cache", "layers", name), "{}");
  const tool = lock.platforms["linux/amd64"]?.packages.find((item) => item.name === "tool")?.sha256 ?? "";
  const path = join(home, "cache", "content", "sha256", tool.slice(0, 2), tool);
  const bytes = readFileSync(path);
  bytes[bytes.length - 40_000] = (bytes[bytes.length - 40_000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(await codeOf(() => run(host, here.definition, { lock, platforms: ["linux/amd64"] }))).toMatch(
    /^(?:XZ_INVALID|CACHE_DAMAGED)$/,
  );
  expect((await run(host, here.definition, { lock, platforms: ["linux/amd64"] })).tags).toEqual(["2", "2.0"]);
});

it("a cancelled build leaves nothing behind that is seen, and the next one works", async () => {
  const here = await world();
  const host = hostFor(here);
  const controller = new AbortController();
  const onEvent: BuildOptions["onEvent"] = (event) => {
    if (event.kind === "stage" && event.stage === "assemble") controller.abort();
  };
  expect(await codeOf(() => run(host, here.definition, { signal: controller.signal, onEvent }))).toBe("CANCELLED");
  await withStore(host, async ({ db }) => {
    expect(await db.selectFrom("tags").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("leases").selectAll().execute()).toEqual([]);
  });
  expect((await run(host, here.definition)).tags).toEqual(["2", "2.0"]);
});

const untrue: readonly {
  readonly summary: string;
  readonly parts: Readonly<Record<string, unknown>>;
  readonly code: string;
}[] = [
  {
    summary: "a tag that says a version which is not in the image",
    parts: { ...PARTS, tags: ["3.1"] },
    code: "TAG_UNTRUE",
  },
  {
    summary: "a tag with the version of a package that is not there",
    parts: { ...PARTS, tags: ["${resolved.nothing.version}"] },
    code: "DEFINITION_INVALID",
  },
  {
    summary: "a package that does not exist",
    parts: { ...PARTS, contents: { packages: ["nothing"] } },
    code: "PACKAGE_UNKNOWN",
  },
  {
    summary: "a release that Basalt does not know",
    parts: { ...PARTS, "os-release": { id: "debian", "version-id": "99" } },
    code: "DISTRO_UNKNOWN",
  },
];
it.each(untrue)("$summary stops the build with $code", async ({ parts, code }) => {
  const here = await world({}, parts);
  expect(await codeOf(() => run(hostFor(here), here.definition))).toBe(code);
});

it("tags may take their version from what was resolved", async () => {
  const here = await world({}, { ...PARTS, tags: ["${resolved.tool.version}", "${resolved.tool.version}-debian"] });
  expect((await run(hostFor(here), here.definition)).tags).toEqual(["2.0", "2.0-debian"]);
});

it("an image is in the catalogue as built here, under its title until a definition has more to say", async () => {
  const here = await world();
  const host = hostFor(here);
  const folder = temporaryFolder();
  const info = 'metadata: { display-name: "The Tool", short-description: "Does things." }\n';
  writeFileSync(join(folder, "info.yaml"), info);
  const described = { ...here.definition, file: join(folder, "test.yaml") };
  const shown: string[] = [];
  for (const definition of [here.definition, described, here.definition]) {
    await run(host, definition);
    await withStore(host, async (store) => {
      const rows = await store.db.selectFrom("catalog_entries").select("entry").execute();
      const entries = rows.map((row) => JSON.parse(row.entry) as CatalogInfo);
      shown.push(...entries.map((entry) => `${entry.displayName}: ${entry.shortDescription}`));
    });
  }
  expect(shown).toEqual(["Test image: Built here", "The Tool: Does things.", "The Tool: Does things."]);
});

it("several builds over one home at once do not get into each other's way", async () => {
  const here = await world();
  const home = temporaryFolder();
  const all = await Promise.all(Array.from({ length: 3 }, () => run(hostFor(here, { home }), here.definition)));
  expect(new Set(all.map((built) => built.digest)).size).toBe(1);
});

it("a build says what it does", async () => {
  const here = await world();
  const stages: string[] = [];
  await run(hostFor(here), here.definition, {
    onEvent: (event) =>
      void (
        event.kind === "stage" &&
        stages.push(event.platform === undefined ? event.stage : `${event.stage} ${event.platform}`)
      ),
  });
  expect(stages).toEqual([
    "resolve",
    "fetch linux/amd64",
    "assemble linux/amd64",
    "fetch linux/arm64",
    "assemble linux/arm64",
    "describe",
    "scan",
    "judge",
    "sign",
    "publish",
  ]);
});
