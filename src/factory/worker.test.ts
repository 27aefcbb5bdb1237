// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { streamOf } from "../../test/support/bytes.js";
import { eventually } from "../../test/support/clock.js";
import { testHost } from "../../test/support/host.js";
import {
  makeArtifact,
  makeCosignSignature,
  makeImage,
  makeLayer,
  makeTwoPlatforms,
  noise,
  repository,
  type TestImage,
} from "../../test/support/images.js";
import { putImage, testStore } from "../../test/support/store.js";
import { sha256Digest } from "../formats/digest.js";
import type { Host } from "../host/host.js";
import { loadInventory } from "../inventory/index.js";
import { forgetManifest, type Store } from "../store/index.js";
import { createQueue, type Job, type Queue } from "./queue.js";
import { work } from "./worker.js";

const LAYERS = [
  makeLayer([
    { path: "etc/os-release", content: 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13"\n' },
    {
      path: "var/lib/dpkg/status",
      content: "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: 13.8\n",
    },
  ]),
];

describe("looking through images", () => {
  it("stores the inventory of what was pushed, and ends when nothing is left", async () => {
    const { host, store, queue } = await create();
    const image = makeImage({ layers: LAYERS });
    await push({ store, queue }, image);
    expect(await drain({ host, store })).toMatchObject({ done: 1, failures: [] });
    expect(await loadInventory(store.db, image.root.digest)).toMatchObject({
      distro: { id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13" },
      packages: [{ kind: "deb", name: "base-files", version: "13.8" }],
    });
    expect(await statesOf(store)).toEqual(["done"]);
    expect(await drain({ host, store })).toMatchObject({ done: 0 });
  });

  it("does the platforms of an index, and nothing for the index itself", async () => {
    const { host, store, queue } = await create();
    const index = makeTwoPlatforms();
    await push({ store, queue }, index);
    for (const { digest } of index.manifests.slice(0, -1))
      await queue.add({ kind: "inventory", repository: "app", digest });
    expect(await drain({ host, store })).toMatchObject({ done: 3, failures: [] });
    for (const { digest, kind } of index.manifests)
      expect((await loadInventory(store.db, digest)) !== undefined).toBe(kind === "image");
  });

  it("does not look twice", async () => {
    const { host, store, queue } = await create();
    const image = makeImage({ layers: LAYERS });
    await push({ store, queue }, image);
    await drain({ host, store });
    for (const digest of image.blobs.keys()) await store.blobs.remove(digest);
    await queue.add({ kind: "inventory", repository: "app", digest: image.root.digest });
    expect(await drain({ host, store })).toMatchObject({ done: 1, failures: [] });
  });

  it.each([
    {
      summary: "an artifact with the empty config",
      artifact: makeArtifact(makeImage().root, { artifactType: "application/test" }),
    },
    { summary: "an artifact without a type", artifact: makeArtifact(undefined) },
    { summary: "a cosign signature", artifact: makeCosignSignature(makeImage().root).image },
  ])("has nothing to do for $summary, and that is no failure", async ({ artifact }) => {
    const { host, store, queue } = await create();
    await push({ store, queue }, artifact);
    expect(await drain({ host, store })).toMatchObject({ failures: [] });
    expect(await statesOf(store)).toEqual(["done"]);
  });

  it("has nothing to do for an image that was deleted meanwhile", async () => {
    const { host, store, queue } = await create();
    const image = makeImage();
    await push({ store, queue }, image);
    await forgetManifest(store.db, repository("app"), image.root.digest);
    expect(await drain({ host, store })).toMatchObject({ done: 1, failures: [] });
    expect(await statesOf(store)).toEqual(["done"]);
  });
});

describe("failing", () => {
  it("is recorded after three tries, each of which is reported, and other jobs are done", async () => {
    const { host, store, queue } = await create();
    const broken = makeImage({ layers: [{ ...makeLayer([]), ...layerOf(noise(500)) }] });
    const good = makeImage({ layers: LAYERS });
    await push({ store, queue }, broken);
    await push({ store, queue }, good);
    const { failures } = await drain({ host, store });
    expect(failures.map((job) => [job.request.digest, job.attempts])).toEqual(
      [1, 2, 3].map((n) => [broken.root.digest, n]),
    );
    expect((await statesOf(store)).toSorted()).toEqual(["done", "failed"]);
    expect(await loadInventory(store.db, good.root.digest)).toBeDefined();
    const row = await store.db.selectFrom("jobs").select("error").where("state", "=", "failed").executeTakeFirst();
    expect(row?.error).toBeTruthy();
  });

  it.each([
    { summary: "a repository that cannot be", request: { repository: "../etc", digest: makeImage().root.digest } },
    { summary: "a digest that cannot be", request: { repository: "app", digest: "latest" } },
  ])("of $summary is recorded, too", async ({ request }) => {
    const { host, store, queue } = await create();
    await queue.add({ kind: "inventory", ...request });
    expect((await drain({ host, store })).failures).toHaveLength(3);
    expect(await statesOf(store)).toEqual(["failed"]);
  });

  it("of a blob that is missing is recorded, and a later push of the image is looked through", async () => {
    const { host, store, queue } = await create();
    const image = makeImage({ layers: LAYERS });
    await push({ store, queue }, image);
    await store.blobs.remove(LAYERS[0]!.descriptor.digest);
    await drain({ host, store });
    expect(await statesOf(store)).toEqual(["failed"]);
    await store.blobs.put(streamOf(LAYERS[0]!.bytes));
    await queue.add({ kind: "inventory", repository: "app", digest: image.root.digest });
    expect(await drain({ host, store })).toMatchObject({ done: 1, failures: [] });
    expect(await loadInventory(store.db, image.root.digest)).toBeDefined();
  });
});

describe("ending", () => {
  it("does nothing when it was told to end before it began", async () => {
    const { host, store, queue } = await create();
    await push({ store, queue }, makeImage());
    const options = { isDraining: true, signal: AbortSignal.abort(), onFailure: () => undefined };
    expect(await work({ host, store }, options)).toBe(0);
    expect(await queue.countWaiting()).toBe(1);
  });

  it("a worker that waits for more takes what comes, and ends at once when it is told to", async () => {
    const { host, store, queue } = await create();
    const image = makeImage();
    await push({ store, queue }, image);
    const end = new AbortController();
    const working = work({ host, store }, { isDraining: false, signal: end.signal, onFailure: () => undefined });
    await eventually(async () => (await loadInventory(store.db, image.root.digest)) !== undefined);
    await eventually(async () => (await queue.countWaiting()) === 0);
    const start = performance.now();
    end.abort();
    expect(await working).toBe(1);
    expect(performance.now() - start).toBeLessThan(900);
  });

  it("two workers share the work", async () => {
    const { host, store, queue } = await create();
    const images = [1, 2, 3, 4, 5, 6].map((number) => makeImage({ annotations: { number: String(number) } }));
    for (const image of images) await push({ store, queue }, image);
    const results = await Promise.all([drain({ host, store }), drain({ host, store })]);
    expect(results.reduce((sum, result) => sum + result.done, 0)).toBe(images.length);
    for (const image of images) expect(await loadInventory(store.db, image.root.digest)).toBeDefined();
  });
});

interface Deps {
  readonly host: Host;
  readonly store: Store;
}

async function create(): Promise<Deps & { readonly queue: Queue }> {
  const host = testHost();
  const store = await testStore(host);
  return { host, store, queue: createQueue(store.db, host.now) };
}

async function push(
  { store, queue }: { readonly store: Store; readonly queue: Queue },
  image: TestImage,
): Promise<void> {
  await putImage(store, "app", image, []);
  await queue.add({ kind: "inventory", repository: "app", digest: image.root.digest });
}

async function drain(deps: Deps): Promise<{ readonly done: number; readonly failures: readonly Job[] }> {
  const failures: Job[] = [];
  const signal = new AbortController().signal;
  const done = await work(deps, { isDraining: true, signal, onFailure: (job) => void failures.push(job) });
  return { done, failures };
}

async function statesOf({ db }: Store): Promise<readonly string[]> {
  return (await db.selectFrom("jobs").select("state").execute()).map((row) => row.state);
}

/** A layer whose bytes are no archive. */
function layerOf(bytes: Buffer): Pick<ReturnType<typeof makeLayer>, "descriptor" | "bytes"> {
  const layer = makeLayer([], "none");
  return { bytes, descriptor: { ...layer.descriptor, digest: sha256Digest(bytes), size: bytes.length } };
}
