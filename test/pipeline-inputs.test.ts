// SPDX-License-Identifier: Apache-2.0
// Inputs that are not packages of the distribution: files of other images, and what takes the place of what cannot be had.
import { expect, it } from "vitest";
import { gunzip } from "../src/formats/archive/gzip.js";
import { readTar } from "../src/formats/archive/tar-reader.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { formatLock, parseLock } from "../src/formats/lock.js";
import type { BuiltImage } from "../src/pipeline.js";
import { loadManifest } from "../src/store/index.js";
import { codeOf } from "./support/bytes.js";
import { testDefinition } from "./support/definitions.js";
import { PARTS, world, hostFor, withStore, run } from "./support/pipeline.js";

it("files are taken out of another image of the store, by its digest", async () => {
  const here = await world();
  const host = hostFor(here);
  const first = await run(host, here.definition);
  const take = async (name: string, more: Readonly<Record<string, unknown>> = {}): Promise<BuiltImage> => {
    const artifacts = [{ name, includes: ["usr/bin/**"], excludes: ["usr/bin/mawk"], uid: 7, gid: 8, ...more }];
    const contents = { packages: ["!mawk", "base-files"], artifacts };
    return run(host, await testDefinition({ image: "taker", contents }));
  };
  const taken = await take(`other.test/test:1@${first.digest}`);
  await withStore(host, async (store) => {
    const index = await loadManifest(store.db, store.blobs, parseRepositoryName("taker"), taken.digest);
    const [platform] = index.kind === "index" ? index.value.manifests : [];
    const manifest = await loadManifest(
      store.db,
      store.blobs,
      parseRepositoryName("taker"),
      platform?.digest ?? taken.digest,
    );
    const layers = manifest.kind === "image" ? manifest.value.layers : [];
    const entries: string[] = [];
    for (const { digest } of layers)
      for await (const { entry } of readTar(gunzip(store.blobs.read(digest), digest), { name: digest }))
        entries.push(`${entry.path} ${entry.kind} ${entry.uid}:${entry.gid}`);
    expect(entries).toContain("usr/bin/tool file 7:8");
    expect(entries.join("\n")).not.toContain("mawk");
  });
  expect((await take(`other.test/test:1@${first.digest}`)).digest).toBe(taken.digest);
  expect(await codeOf(() => take(`test@${first.digest}`, { includes: ["no/such"] }))).toBe("ARTIFACT_EMPTY");
  expect(await codeOf(() => take(`test@sha256:${"0".repeat(64)}`))).toBe("MANIFEST_UNKNOWN");
  expect(await codeOf(() => take("test:1"))).toBe("DEFINITION_INVALID");
});

it("inputs that cannot be had are mapped, which lock and provenance say", async () => {
  const contents = {
    repositories: ["deb [signed-by=/usr/share/keyrings/x.gpg] http://x.test/deb trixie main"],
    packages: ["base-files", "!mawk", "tool-9=2.0-1+x1", "libtool=1.0-1+deb13u2"],
  };
  const here = await world({}, { ...PARTS, contents });
  const host = hostFor(here);
  expect(await codeOf(() => run(host, here.definition))).toBe("REPOSITORY_KEY");
  const mapping = {
    repositories: { "http://x.test": "debian" },
    packages: { "tool-9": "tool" },
    pins: "ignore-suffix",
  } as const;
  const built = await run(host, here.definition, { mapping });
  const locked = built.lock.platforms["linux/amd64"]?.packages.map(({ name, version }) => `${name} ${version}`);
  expect(locked).toEqual(["base-files 1.0-1", "libtool 1.0-1", "tool 2.0-1"]);
  expect(built.lock.mapping).toEqual(mapping);
  const again = await run(hostFor(here), here.definition, { lock: parseLock(formatLock(built.lock), "lock") });
  expect(again.digest).toBe(built.digest);
});
