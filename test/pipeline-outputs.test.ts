// SPDX-License-Identifier: Apache-2.0
// One layer of all, and layers compressed with zstd, through the whole flow.
import { describe, expect, it } from "vitest";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { formatLock, parseLock } from "../src/formats/lock.js";
import type { ImageManifest } from "../src/formats/oci/manifest.js";
import type { Host } from "../src/host/host.js";
import { loadInventory } from "../src/inventory/index.js";
import { loadManifest } from "../src/store/index.js";
import { codeOf } from "./support/bytes.js";
import { hostFor, PARTS, run, withStore, world } from "./support/pipeline.js";

const PATHS = [
  { type: "delete", path: "/etc/issue" },
  { type: "file", path: "/etc/added", content: "added\n", uid: 0, gid: 0 },
];
const TESTS = [
  {
    name: "paths",
    files: [
      { path: "/etc/added", contains: "added" },
      { path: "/etc/issue", absent: true },
    ],
  },
];

async function manifestOf(host: Host, digest: string): Promise<{ digest: string; value: ImageManifest }> {
  return withStore(host, async (store) => {
    const repository = parseRepositoryName("test");
    const index = await loadManifest(store.db, store.blobs, repository, digest as never);
    const [first] = index.kind === "index" ? index.value.manifests : [];
    if (first === undefined) throw new Error("the index names nothing");
    const manifest = await loadManifest(store.db, store.blobs, repository, first.digest);
    if (manifest.kind !== "image") throw new Error("it is no image");
    return { digest: first.digest, value: manifest.value };
  });
}

const GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
const ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
const cases = [
  { summary: "one layer", parts: { output: "squashed" }, types: [GZIP], compressor: /^gzip-6-/ },
  { summary: "zstd", parts: { compression: "zstd" }, types: [ZSTD, ZSTD, ZSTD, ZSTD], compressor: /^zstd-3-1\.5\.6$/ },
  { summary: "both", parts: { output: "squashed", compression: "zstd" }, types: [ZSTD], compressor: /^zstd-3-/ },
];

describe("an image of", () => {
  it.each(cases)(
    "$summary is built, tested, and the same again from its lock",
    async ({ parts, types, compressor }) => {
      const here = await world({}, { ...PARTS, paths: PATHS, tests: TESTS, ...parts });
      const host = hostFor(here);
      const built = await run(host, here.definition);
      const manifest = await manifestOf(host, built.digest);
      expect(manifest.value.layers.map((layer) => layer.mediaType)).toEqual(types);
      expect(built.lock.compressor).toMatch(compressor);
      const inventory = await withStore(host, (store) => loadInventory(store.db, manifest.digest as never));
      expect(inventory?.packages.map((item) => item.name)).toEqual(["base-files", "libtool", "tool"]);
      const other = { ...hostFor(here), concurrency: 7 };
      expect((await run(other, here.definition, { lock: parseLock(formatLock(built.lock), "lock") })).digest).toBe(
        built.digest,
      );
      expect((await run(host, here.definition)).digest).toBe(built.digest);
    },
  );

  it("a lock of another compression is refused", async () => {
    const here = await world();
    const host = hostFor(here);
    const { lock } = await run(host, here.definition);
    const zstd = { ...lock, compressor: "zstd-3-1.5.6" };
    expect(await codeOf(() => run(host, here.definition, { lock: zstd }))).toBe("LOCK_MISMATCH");
    expect(await codeOf(() => run(host, here.definition, { lock: { ...lock, compressor: "zstd-3-1.5.7" } }))).toBe(
      "LOCK_MISMATCH",
    );
  });
});
