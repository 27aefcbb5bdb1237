// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { debianImage, type DebianImageOptions } from "../../test/support/debian-images.js";
import { advisoriesOf, trackerText } from "../../test/support/feed-files.js";
import { makeIndex, type TestImage } from "../../test/support/images.js";
import { findingLines } from "../../test/support/scans.js";
import { putImage, testStore } from "../../test/support/store.js";
import { parseImageReference } from "../formats/image-reference.js";
import { loadInventory } from "../inventory/index.js";
import type { Store } from "../store/index.js";
import { openStoreImage, type ImageReader } from "../transfer/index.js";
import { scanImage } from "./scan-image.js";

const TRACKER = trackerText({
  zlib: { "CVE-2026-0001": { trixie: { status: "open", urgency: "low" } } },
  bash: { "CVE-2026-0002": { trixie: { status: "open", urgency: "high" } } },
});
const SMALL: DebianImageOptions = {
  packages: ["zlib1g 1:1.3-1 zlib", "base-files 13.8"],
  node: "22.1.0",
  config: { User: "65532", Labels: { a: "b" } },
};

async function readerOf(image: TestImage, store: Store): Promise<ImageReader> {
  await putImage(store, "app", image, ["1"]);
  return openStoreImage(parseImageReference("app:1"), "app:1", store);
}

/** Counts how often blobs are read. */
function counted(reader: ImageReader): { readonly reader: ImageReader; readonly reads: string[] } {
  const reads: string[] = [];
  return {
    reads,
    reader: {
      ...reader,
      readBlob: (descriptor) => {
        reads.push(descriptor.mediaType);
        return reader.readBlob(descriptor);
      },
    },
  };
}

describe("scanning an image", () => {
  it("tells what it is, what is in it and what is known against it", async () => {
    const store = await testStore();
    const image = debianImage(SMALL);
    const scan = await scanImage(await readerOf(image, store), { advisories: await advisoriesOf([TRACKER]), store });
    const sizes = [...image.blobs.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(scan).toMatchObject({
      reference: "app:1",
      digest: image.root.digest,
      platform: "linux/amd64",
      sizeBytes: sizes,
      config: { config: { User: "65532", Labels: { a: "b" } } },
      inventory: { distro: { id: "debian", versionId: "13" } },
      counts: { low: 1, high: 0 },
    });
    expect(scan.inventory.packages.map((item) => `${item.kind} ${item.name} ${item.version}`)).toEqual([
      "deb base-files 13.8",
      "deb zlib1g 1:1.3-1",
      "nodejs node 22.1.0",
    ]);
    expect(findingLines(scan.result.findings)).toEqual(["CVE-2026-0001 zlib low"]);
  });

  it("looks through the layers once, whatever is asked later", async () => {
    const store = await testStore();
    const advisories = await advisoriesOf([TRACKER]);
    const first = counted(await readerOf(debianImage(SMALL), store));
    await scanImage(first.reader, { advisories, store });
    expect(first.reads.filter((type) => type.includes("layer"))).toHaveLength(1);
    const second = counted(await readerOf(debianImage(SMALL), store));
    const newer = await advisoriesOf([trackerText({ zlib: { "CVE-2026-0009": { trixie: { status: "open" } } } })]);
    const scan = await scanImage(second.reader, { advisories: newer, store });
    expect(second.reads.filter((type) => type.includes("layer"))).toEqual([]);
    expect(findingLines(scan.result.findings)).toEqual(["CVE-2026-0009 zlib unspecified"]);
  });

  it("remembers what is inside under the digest of the platform's manifest", async () => {
    const store = await testStore();
    const image = debianImage(SMALL);
    const { inventory } = await scanImage(await readerOf(image, store), {
      advisories: await advisoriesOf([TRACKER]),
      store,
    });
    expect(await loadInventory(store.db, image.root.digest)).toEqual(inventory);
  });
});

describe("an image for several platforms", () => {
  const INDEX = makeIndex([
    debianImage({ packages: ["zlib1g 1-1 zlib"], platform: "linux/amd64" }),
    debianImage({ packages: ["bash 5-1"], platform: "linux/arm64" }),
  ]);
  const CASES = [
    { platform: "linux/amd64", lines: ["CVE-2026-0001 zlib low"] },
    { platform: "linux/arm64", lines: ["CVE-2026-0002 bash high"] },
  ] as const;

  it.each(CASES)("is scanned for $platform when asked to", async ({ platform, lines }) => {
    const store = await testStore();
    const options = { platform, advisories: await advisoriesOf([TRACKER]), store };
    const scan = await scanImage(await readerOf(INDEX, store), options);
    expect(scan.platform).toBe(platform);
    expect(findingLines(scan.result.findings)).toEqual(lines);
  });

  it("has not every platform", async () => {
    const store = await testStore();
    const image = makeIndex([debianImage({ platform: "linux/amd64" })]);
    const advisories = await advisoriesOf([TRACKER]);
    const reader = await readerOf(image, store);
    expect(await codeOf(() => scanImage(reader, { platform: "linux/arm64", advisories, store }))).toBe(
      "MANIFEST_UNKNOWN",
    );
  });

  it("a single image is refused for another platform than its own", async () => {
    const store = await testStore();
    const advisories = await advisoriesOf([TRACKER]);
    const reader = await readerOf(debianImage({ platform: "linux/amd64" }), store);
    expect(await codeOf(() => scanImage(reader, { platform: "linux/arm64", advisories, store }))).toBe(
      "MANIFEST_UNKNOWN",
    );
  });
});

it("an image without packages is scanned, and nothing is counted", async () => {
  const store = await testStore();
  const advisories = await advisoriesOf([TRACKER], { isComplete: true });
  const scan = await scanImage(await readerOf(debianImage(), store), { advisories, store });
  expect(scan).toMatchObject({ counts: undefined, inventory: { packages: [] } });
});
