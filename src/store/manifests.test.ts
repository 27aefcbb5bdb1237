// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { HOUR_MS, testClock, type TestClock } from "../../test/support/clock.js";
import {
  descriptorOfManifest,
  makeArtifact,
  makeImage,
  makeIndex,
  makeLayer,
  makeTwoPlatforms,
  repository,
  tagged,
} from "../../test/support/images.js";
import { putImage, memoryStore } from "../../test/support/store.js";
import { sha256Digest } from "../formats/digest.js";
import type { Tag } from "../formats/image-reference.js";
import { formatManifest, parseManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import {
  forgetManifest,
  listReferrers,
  loadManifest,
  readManifest,
  recordBlobs,
  recordManifest,
  recordTag,
  referencesOf,
  removeTag,
  resolveManifest,
} from "./manifests.js";
import type { Store } from "./open.js";

const APP = repository("team/app");
const TAG = "1.0" as Tag;
const UNKNOWN = sha256Digest("unknown");

describe("tags", () => {
  it("a tag that already points to the manifest keeps its time, and one that moves gets a new one", async () => {
    const { store, clock } = await create();
    const [first, second] = [sha256Digest("1"), sha256Digest("2")];
    const times: string[] = [];
    for (const digest of [first, first, second, second, first]) {
      clock.advance(HOUR_MS);
      await recordTag(store.db, APP, TAG, digest, clock.now());
      times.push(await timeOfTag(store));
    }
    const [made, again, moved, movedAgain, back] = times;
    expect(again).toBe(made);
    expect(movedAgain).toBe(moved);
    expect(new Set([made, moved, back]).size).toBe(3);
  });

  it("tags of other names and other repositories do not move with it", async () => {
    const { store, clock } = await create();
    const old = sha256Digest("old");
    await recordTag(store.db, APP, TAG, old, clock.now());
    await recordTag(store.db, APP, "1.1" as Tag, old, clock.now());
    await recordTag(store.db, repository("other"), TAG, old, clock.now());
    await recordTag(store.db, APP, TAG, sha256Digest("new"), clock.now());
    const rows = await store.db.selectFrom("tags").select(["repository", "name"]).where("digest", "=", old).execute();
    expect(rows.map((row) => `${row.repository}:${row.name}`).toSorted()).toEqual(["other:1.0", "team/app:1.1"]);
  });

  it("a removed tag leaves the manifest, and removing it again is no error", async () => {
    const { store } = await create();
    const image = makeImage();
    await putImage(store, APP, image, ["1.0", "1"]);
    await removeTag(store.db, APP, TAG);
    await removeTag(store.db, APP, TAG);
    expect(await resolveManifest(store.db, APP, TAG)).toBeUndefined();
    expect((await resolveManifest(store.db, APP, "1" as Tag))?.digest).toBe(image.root.digest);
    expect((await resolveManifest(store.db, APP, image.root.digest))?.digest).toBe(image.root.digest);
  });
});

describe("finding manifests", () => {
  it.each([
    { summary: "by tag", name: () => TAG },
    { summary: "by digest", name: (digest: string) => digest as Tag },
  ])("an image is found $summary, with its type, size and bytes", async ({ name }) => {
    const { store } = await create();
    const { root } = makeTwoPlatforms();
    await putImage(store, APP, makeTwoPlatforms(), ["1.0"]);
    const { digest, mediaType, bytes } = root;
    expect(await resolveManifest(store.db, APP, name(digest))).toEqual({ digest, mediaType, sizeBytes: bytes.length });
    expect(await readManifest(store.db, store.blobs, APP, name(digest))).toEqual({ digest, mediaType, bytes });
    expect((await loadManifest(store.db, store.blobs, APP, name(digest))).kind).toBe("index");
  });

  it.each([
    { summary: "an unknown tag", where: APP, name: "2.0" as Tag },
    { summary: "an unknown digest", where: APP, name: UNKNOWN },
    { summary: "a tag of another repository", where: repository("other"), name: TAG },
    { summary: "a digest of another repository", where: repository("other"), name: makeImage().root.digest },
  ])("$summary leads nowhere", async ({ where, name }) => {
    const { store } = await create();
    await putImage(store, APP, makeImage(), ["1.0"]);
    expect(await resolveManifest(store.db, where, name)).toBeUndefined();
    expect(await codeOf(() => readManifest(store.db, store.blobs, where, name))).toBe("MANIFEST_UNKNOWN");
  });

  it("a manifest that is noted again stays as it was", async () => {
    const { store, clock } = await create();
    const { root } = makeImage();
    await recordManifest(store.db, APP, root, clock.now());
    const before = await store.db.selectFrom("manifests").selectAll().execute();
    clock.advance(HOUR_MS);
    await recordManifest(store.db, APP, root, clock.now());
    expect(await store.db.selectFrom("manifests").selectAll().execute()).toEqual(before);
  });

  it("a forgotten manifest goes with its tags and references, from its repository only", async () => {
    const { store } = await create();
    const { root } = makeImage();
    for (const name of [APP, repository("other")]) await putImage(store, name, makeImage(), ["1.0", "1"]);
    await forgetManifest(store.db, APP, root.digest);
    for (const table of ["tags", "manifests", "manifest_references"] as const) {
      const rows = await store.db.selectFrom(table).select("repository").distinct().execute();
      expect(rows, table).toEqual([{ repository: "other" }]);
    }
    expect(await store.blobs.stat(root.digest)).toBeDefined();
  });
});

describe("references", () => {
  const layer = makeLayer([{ path: "a", content: "a" }]);
  it.each([
    {
      summary: "an image names its config and layers",
      image: makeImage({ layers: [layer] }),
      kinds: ["blob", "blob"],
    },
    {
      summary: "a layer that is used twice is named once",
      image: makeImage({ layers: [layer, layer] }),
      kinds: ["blob", "blob"],
    },
    { summary: "an index names manifests", image: makeTwoPlatforms(), kinds: ["manifest", "manifest"] },
    { summary: "an empty index names nothing", image: makeIndex([]), kinds: [] },
    {
      summary: "a subject is not a part",
      image: makeArtifact(makeImage().root, { artifactType: "application/test" }),
      kinds: ["blob", "blob"],
    },
  ])("$summary", async ({ image, kinds }) => {
    const { store, clock } = await create();
    expect(referencesOf(image.root).map((reference) => reference.kind)).toEqual(kinds);
    await recordManifest(store.db, APP, image.root, clock.now());
    const rows = await store.db.selectFrom("manifest_references").select(["child", "kind"]).execute();
    expect(rows.toSorted(byChild)).toEqual(referencesOf(image.root).toSorted(byChild));
  });

  it("very many are noted, too: a manifest of 4 MiB has room for tens of thousands", async () => {
    const { store, clock } = await create();
    const image = makeImage().root;
    if (image.kind === "index") throw new Error("an image is no index");
    const layers = Array.from({ length: 12_000 }, (_, index) => ({
      mediaType: MEDIA_TYPES.layerGzip,
      digest: sha256Digest(`layer ${index}`),
      size: 1,
    }));
    const manifest = parseManifest(formatManifest({ ...image.value, layers }));
    const digests = layers.map((layer) => layer.digest);
    await expect(recordManifest(store.db, APP, manifest, clock.now())).resolves.toBeUndefined();
    await expect(recordBlobs(store.db, APP, digests, clock.now())).resolves.toBeUndefined();
  });

  it("blobs are noted once, whatever is said how often", async () => {
    const { store, clock } = await create();
    await recordBlobs(store.db, APP, [], clock.now());
    await recordBlobs(store.db, APP, [UNKNOWN, UNKNOWN], clock.now());
    await recordBlobs(store.db, APP, [UNKNOWN], clock.now());
    expect(await store.db.selectFrom("repository_blobs").selectAll().execute()).toHaveLength(1);
  });
});

describe("referrers", () => {
  it("come oldest first, those of one moment by digest", async () => {
    const { store, clock } = await create();
    const { root } = makeImage();
    const bodies = ["e", "d", "c", "b", "a"];
    const artifacts = bodies.map((body) => makeArtifact(root, { artifactType: "application/test", body }).root);
    for (const artifact of artifacts.slice(0, 2)) await recordManifest(store.db, APP, artifact, clock.now());
    clock.advance(1);
    for (const artifact of artifacts.slice(2)) await recordManifest(store.db, APP, artifact, clock.now());
    const sorted = (from: number, to?: number): readonly string[] =>
      artifacts
        .slice(from, to)
        .map((artifact) => artifact.digest)
        .toSorted();
    const found = await listReferrers(store.db, APP, root.digest);
    expect(found.map((descriptor) => descriptor.digest)).toEqual([...sorted(0, 2), ...sorted(2)]);
  });

  it("are shown with what the referrers list shows of them", async () => {
    const { store, clock } = await create();
    const { root } = makeImage();
    const annotations = { "org.opencontainers.image.created": "2026-11-20T00:00:00Z" };
    const typed = makeArtifact(root, { artifactType: "application/test", annotations });
    await recordManifest(store.db, APP, typed.root, clock.now());
    expect(await listReferrers(store.db, APP, root.digest)).toEqual([
      { ...descriptorOfManifest(typed.root), artifactType: "application/test", annotations },
    ]);
  });

  it.each([
    {
      summary: "a manifest without a type goes by its config's",
      value: { config: { mediaType: "application/x-config", digest: UNKNOWN, size: 1 }, layers: [] },
      artifactType: "application/x-config",
    },
    {
      summary: "an empty type is none",
      value: { artifactType: "", config: { mediaType: "application/x-config", digest: UNKNOWN, size: 1 }, layers: [] },
      artifactType: "application/x-config",
    },
    {
      summary: "an index goes by its own type",
      value: { mediaType: MEDIA_TYPES.index, artifactType: "application/x-index", manifests: [] },
      artifactType: "application/x-index",
    },
    {
      summary: "an index without a type has none",
      value: { mediaType: MEDIA_TYPES.index, manifests: [] },
      artifactType: undefined,
    },
  ])("$summary", async ({ value, artifactType }) => {
    const { store, clock } = await create();
    const { root } = makeImage();
    const subject = descriptorOfManifest(root);
    const bytes = formatManifest({ schemaVersion: 2, ...value, subject });
    await recordManifest(store.db, APP, parseManifest(bytes), clock.now());
    const [found] = await listReferrers(store.db, APP, root.digest);
    expect(found?.artifactType).toBe(artifactType);
  });

  it("of another repository or another subject are not listed", async () => {
    const { store, clock } = await create();
    const { root } = makeImage();
    await recordManifest(store.db, repository("other"), makeArtifact(root).root, clock.now());
    await recordManifest(store.db, APP, makeArtifact(makeTwoPlatforms().root).root, clock.now());
    await recordManifest(store.db, APP, root, clock.now());
    expect(await listReferrers(store.db, APP, root.digest)).toEqual([]);
  });

  it("outlive the tags of their subject, and the subject itself", async () => {
    const { store } = await create();
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/test" });
    await putImage(store, APP, image, tagged("1.0"));
    await putImage(store, APP, artifact, []);
    await forgetManifest(store.db, APP, image.root.digest);
    expect(await listReferrers(store.db, APP, image.root.digest)).toHaveLength(1);
  });
});

async function create(): Promise<{ readonly store: Store; readonly clock: TestClock }> {
  const clock = testClock();
  return { store: await memoryStore({ now: clock.now }), clock };
}

async function timeOfTag({ db }: Store): Promise<string> {
  const row = await db.selectFrom("tags").select("updated_at").where("name", "=", TAG).executeTakeFirstOrThrow();
  return row.updated_at;
}

function byChild(a: { readonly child: string }, b: { readonly child: string }): number {
  return a.child < b.child ? -1 : 1;
}
