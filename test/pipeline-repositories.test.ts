// SPDX-License-Identifier: Apache-2.0
// Repositories that a definition adds: what of them is in lock and image, and what a lock is enough for.
import { describe, expect, it } from "vitest";
import { gunzip } from "../src/formats/archive/gzip.js";
import { readTar } from "../src/formats/archive/tar-reader.js";
import type { Digest } from "../src/formats/digest.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { formatLock, parseLock, type Lock, type LockedInputs } from "../src/formats/lock.js";
import type { Host } from "../src/host/host.js";
import type { BuiltImage } from "../src/pipeline.js";
import { loadManifest } from "../src/store/index.js";
import { startRepository, type TestRepository } from "./support/apt-repository.js";
import { bytesOfStream, codeOf } from "./support/bytes.js";
import { startHttp } from "./support/http-server.js";
import { hostFor, PACKAGES, run, withStore, world, type World } from "./support/pipeline.js";

const APT = { name: "apt", files: [{ path: "usr/bin/apt-get", content: "apt", mode: 0o755 }] };
const EXTRA = { name: "extra", files: [{ path: "usr/bin/extra", content: "extra", mode: 0o755 }] };

interface Setting {
  readonly here: World;
  readonly repository: TestRepository;
}

async function start(parts: Readonly<Record<string, unknown>> = {}, key?: string): Promise<Setting> {
  const repository = await startRepository({ packages: [EXTRA] });
  const { line, keyring } = repository;
  const contents = {
    repositories: [line, "deb http://ftp.debian.org/debian trixie main"],
    keyring: [key ?? keyring],
    packages: ["apt", "extra"],
  };
  const here = await world(
    { packages: [...PACKAGES, APT] },
    { variant: "dev", tags: ["1.0"], platforms: ["linux/amd64"], contents, ...parts },
  );
  return { here, repository };
}

/** Files below `etc/apt` and of keys, by path. */
async function filesOf(host: Host, { digest }: BuiltImage): Promise<ReadonlyMap<string, Buffer>> {
  return withStore(host, async (store) => {
    const files = new Map<string, Buffer>();
    const load = (name: Digest): ReturnType<typeof loadManifest> =>
      loadManifest(store.db, store.blobs, parseRepositoryName("test"), name);
    const index = await load(digest);
    const [platform] = index.kind === "index" ? index.value.manifests : [];
    if (platform === undefined) throw new Error("the image has no platform");
    const manifest = await load(platform.digest);
    for (const layer of manifest.kind === "image" ? manifest.value.layers : [])
      for await (const { entry, content } of readTar(gunzip(store.blobs.read(layer.digest), "layer"), {
        name: "layer",
      }))
        if (entry.kind === "file" && /^etc\/apt|keyrings/.test(entry.path))
          files.set(entry.path, await bytesOfStream(content));
    return files;
  });
}

const again = (lock: Lock): Lock => parseLock(formatLock(lock), "lock");

it("a dev image has the repository and its key, and the lock is enough to build it again", async () => {
  const { here, repository } = await start();
  const host = hostFor(here);
  const built = await run(host, here.definition);
  const locked = built.lock.platforms["linux/amd64"];
  const { url, key, keyring, files } = repository;
  expect(locked?.packages.find(({ name }) => name === "extra")).toMatchObject({
    repository: `${url}/`,
    suite: "stable",
  });
  expect(locked?.keyrings).toMatchObject([{ url: keyring, fingerprints: [key.fingerprint] }]);
  const inImage = await filesOf(host, built);
  expect(inImage.get("usr/share/keyrings/tool.gpg")).toEqual(key.publicBytes);
  expect(inImage.get("etc/apt/sources.list.d/definition.list")?.toString()).toBe(
    `deb [signed-by=/usr/share/keyrings/tool.gpg] ${url} stable main\n`,
  );
  // The server has another key meanwhile, and signs with it.
  for (const path of ["key", "dists/stable/InRelease"]) files.set(path, Buffer.from("other"));
  expect((await run(hostFor(here), here.definition, { lock: again(built.lock) })).digest).toBe(built.digest);
  expect(await codeOf(() => run(hostFor(here), here.definition))).toBe("KEY_INVALID");
});

it("a runtime image has nothing of it", async () => {
  const { here } = await start({ variant: "runtime" });
  const host = hostFor(here);
  const built = await run(host, here.definition);
  expect([...(await filesOf(host, built)).keys()]).toEqual([]);
});

it("a repository that has gone fails by name, from a lock as well", async () => {
  const { here, repository } = await start();
  const { lock } = await run(hostFor(here), here.definition);
  repository.files.clear();
  await expect(run(hostFor(here), here.definition, { lock })).rejects.toMatchObject({
    code: "HTTP_STATUS",
    message: expect.stringContaining(`${repository.url}/pool/extra_`) as string,
  });
});

function inputs(lock: Lock, change: (inputs: LockedInputs) => LockedInputs): Lock {
  const locked = lock.platforms["linux/amd64"];
  if (locked === undefined) throw new Error("the lock has no platform");
  return { ...lock, platforms: { "linux/amd64": { ...locked, ...change(locked) } } };
}

describe("a lock that was edited is refused", () => {
  const cases: readonly { readonly summary: string; readonly edit: (lock: Lock) => Lock }[] = [
    {
      summary: "a package of a repository that the definition does not have",
      edit: (lock) =>
        inputs(lock, ({ packages, ...rest }) => ({
          ...rest,
          packages: packages.map((item) => ({ ...item, repository: "https://elsewhere.test/" })),
        })),
    },
    { summary: "without the key", edit: (lock) => inputs(lock, (rest) => ({ ...rest, keyrings: [] })) },
    {
      summary: "with other fingerprints than the definition pins",
      edit: (lock) =>
        inputs(lock, ({ keyrings = [], ...rest }) => ({
          ...rest,
          keyrings: keyrings.map((item) => ({ ...item, fingerprints: ["A".repeat(40)] })),
        })),
    },
    {
      summary: "a mapping that takes the repository away",
      edit: (lock) => {
        const extra = lock.platforms["linux/amd64"]?.packages.find(({ name }) => name === "extra");
        const url = extra?.repository.replace(/\/$/, "") ?? "";
        return { ...lock, mapping: { repositories: { [url]: "debian" }, packages: {}, pins: "exact" } };
      },
    },
    { summary: "another compressor", edit: (lock) => ({ ...lock, compressor: "brotli" }) },
    { summary: "a rule of another version", edit: (lock) => ({ ...lock, rules: { ...lock.rules, tar: 99 } }) },
    { summary: "without the platform", edit: (lock) => ({ ...lock, platforms: {} }) },
  ];
  it.each(cases)("$summary", async ({ edit }) => {
    const { here } = await start();
    const { lock } = await run(hostFor(here), here.definition);
    expect(await codeOf(() => run(hostFor(here), here.definition, { lock: edit(lock) }))).toBe("LOCK_MISMATCH");
  });

  it("two packages whose files were swapped", async () => {
    const { here } = await start();
    const { lock } = await run(hostFor(here), here.definition);
    const edited = inputs(lock, ({ packages, ...rest }) => {
      const [a, b] = packages;
      if (a === undefined || b === undefined) throw new Error("too few packages");
      const fileOf = ({ repository, path, sizeBytes, sha256 }: typeof a): Partial<typeof a> => ({
        repository,
        path,
        sizeBytes,
        sha256,
      });
      return {
        ...rest,
        packages: [
          { ...a, ...fileOf(b) },
          { ...b, ...fileOf(a) },
        ],
      };
    });
    expect(await codeOf(() => run(hostFor(here), here.definition, { lock: edited }))).toBe("LOCK_MISMATCH");
  });
});

async function superseded(): Promise<{ readonly here: World; readonly lock: Lock; readonly digest: string }> {
  let isGone = false;
  const here = await world({
    intercept: (path, response) => isGone && path.includes("/pool/") && Boolean(response.writeHead(404).end()),
  });
  const { lock, digest } = await run(hostFor(here), here.definition);
  isGone = true;
  return { here, lock, digest };
}

describe("a package that the mirror no longer has", () => {
  it("comes from the snapshot archive, as of the index that named it", async () => {
    const { here, lock, digest } = await superseded();
    const before = await world();
    const snapshot = await startHttp((request, response) => {
      const path = /^\/archive\/(debian|debian-security)\/20261119T180000Z\/(.*)$/.exec(request.url ?? "");
      if (path === null) return void response.writeHead(404).end();
      response.writeHead(302, { location: `${before.mirror.url}${path[1]}/${path[2]}` }).end();
    });
    const host = hostFor(here, { env: { BASALT_SNAPSHOT_MIRROR: snapshot.url } });
    expect((await run(host, here.definition, { lock })).digest).toBe(digest);
    const packages = Object.values(lock.platforms).flatMap((locked) => locked.packages);
    expect(snapshot.requests).toHaveLength(new Set(packages.map(({ sha256 }) => sha256)).size);
  });

  it("and that the archive does not have either, fails with both places", async () => {
    const { here, lock } = await superseded();
    const snapshot = await startHttp((_request, response) => void response.writeHead(404).end());
    const host = hostFor(here, { env: { BASALT_SNAPSHOT_MIRROR: snapshot.url } });
    const work = run(host, here.definition, { lock });
    await expect(work).rejects.toMatchObject({ code: "HTTP_STATUS" });
    await expect(work).rejects.toThrow(
      new RegExp(`^${here.mirror.url}.* answered 404; ${snapshot.url}archive/debian/2026`),
    );
  });

  it("is looked for nowhere else where there is no archive, or a wrong address", async () => {
    const { here, lock } = await superseded();
    await expect(run(hostFor(here), here.definition, { lock })).rejects.toThrow(/^[^;]* answered 404$/);
    const host = hostFor(here, { env: { BASALT_SNAPSHOT_MIRROR: "ftp://x.test" } });
    expect(await codeOf(() => run(host, here.definition, { lock }))).toBe("MIRROR_INVALID");
  });
});
