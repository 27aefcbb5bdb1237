// SPDX-License-Identifier: Apache-2.0
// SBOM and provenance in the index, as BuildKit puts them there, for those who ask for it.
import { join } from "node:path";
import { expect, it } from "vitest";
import { collect } from "../src/formats/bytes.js";
import type { Statement } from "../src/formats/in-toto.js";
import type { ImageIndex } from "../src/formats/oci/manifest.js";
import type { Host } from "../src/host/host.js";
import { build, type BuildOptions } from "../src/pipeline.js";
import { openSigner } from "../src/sign/index.js";
import { loadManifest, type Store } from "../src/store/index.js";
import { basaltOn } from "./support/commands.js";
import { repository } from "./support/images.js";
import { hostFor, withStore, world, type World } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

const TEST = repository("test");

async function buildOn(host: Host, { definition }: World, options: Partial<BuildOptions>): Promise<string> {
  const signer = await openSigner(host);
  const defaults = { builderId: "urn:test", version: "0.9.0", onEvent: () => undefined };
  return (await withStore(host, (store) => build(definition, { ...defaults, ...options }, { host, store, signer })))
    .digest;
}

async function indexOf({ db, blobs }: Store): Promise<ImageIndex> {
  const manifest = await loadManifest(db, blobs, TEST, "2" as never);
  if (manifest.kind !== "index") throw new Error("an index is expected");
  return manifest.value;
}

it("has an entry for each image, with the same statements as beside it but for times, and is the same tomorrow", async () => {
  const here = await world();
  const host = hostFor(here);
  const digest = await buildOn(host, here, { attestsInIndex: true });
  await withStore(host, async (store) => {
    const { manifests } = await indexOf(store);
    const images = manifests.filter(({ platform }) => platform?.os === "linux");
    const attestations = manifests.filter(({ platform }) => platform?.os === "unknown");
    expect(attestations.map(({ annotations }) => annotations)).toEqual(
      images.map((image) => ({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image.digest,
      })),
    );
    const manifest = await loadManifest(store.db, store.blobs, TEST, attestations[0]!.digest);
    const layers = manifest.kind === "image" ? manifest.value.layers : [];
    const statements = await Promise.all(
      layers.map(async (layer) => {
        const bytes = await collect(store.blobs.read(layer.digest), { maxBytes: 2 ** 24, name: "statement" });
        return JSON.parse(bytes.toString()) as Statement<{ readonly runDetails?: object }>;
      }),
    );
    expect(statements.map(({ predicateType }) => predicateType)).toEqual(
      layers.map(({ annotations }) => annotations?.["in-toto.io/predicate-type"]),
    );
    expect(statements.map(({ predicateType }) => predicateType)).toEqual([
      "https://spdx.dev/Document",
      "https://slsa.dev/provenance/v1",
    ]);
    expect(statements[1]?.predicate.runDetails).not.toHaveProperty("metadata");
    expect(statements[0]?.subject[0]?.digest["sha256"]).toBe(images[0]?.digest.slice("sha256:".length));
  });
  const tomorrow = hostFor(here, { home: host.home.root, now: () => new Date("2026-11-21T12:00:00Z") });
  expect(await buildOn(tomorrow, here, { attestsInIndex: true })).toBe(digest);
});

it("is verified, listed, copied and built again as any other", async () => {
  const here = await world();
  const host = hostFor(here);
  const digest = await buildOn(host, here, { attestsInIndex: true });
  expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
  expect(
    (await basaltOn(host, "vex", "add", "test:2", "--cve", "CVE-1", "--package", "tool", "--status", "fixed")).stdout,
  ).toMatch(/published for 2 images\n$/);
  const layout = `oci-dir://${join(temporaryFolder(), "copy")}`;
  expect((await basaltOn(host, "copy", "--referrers", "test:2", layout)).code).toBe(0);
  const key = join(host.home.keys, "cosign.pub");
  const rebuilt = await basaltOn(hostFor(here), "rebuild", "--verify", layout, "--key", key);
  expect(rebuilt).toMatchObject({ code: 0, stdout: `${layout} ${digest} equal\n` });
  const listed = await basaltOn(host, "catalog", "list", "--json");
  expect(listed.stdout).toContain('"test"');
});

it("is as without them where nobody asks", async () => {
  const here = await world();
  const host = hostFor(here);
  const digest = await buildOn(host, here, {});
  expect(await buildOn(host, here, { attestsInIndex: true })).not.toBe(digest);
  expect(await buildOn(host, here, {})).toBe(digest);
  await withStore(host, async (store) => expect((await indexOf(store)).manifests).toHaveLength(2));
});
