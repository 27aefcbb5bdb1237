// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTar, sha256, type TestEntry } from "../../test/support/archives.js";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { makeImage, makeLayer, noise, repository, type TestLayer } from "../../test/support/images.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { descriptorOf, type Descriptor } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import {
  openArchive,
  openArchiveImage,
  openPlatformImage,
  openStoreImage,
  type ImageReader,
} from "../transfer/index.js";
import type { Inventory } from "./inventory.js";
import { readInventory } from "./read-image.js";

const RELEASE: TestEntry = { path: "etc/os-release", content: 'ID=debian\nVERSION_ID="13"\n' };
const SEMVER = "app/node_modules/semver/package.json";

describe("layers", () => {
  it.each([
    { summary: "compressed with gzip", form: "gzip" as const },
    { summary: "not compressed", form: "none" as const },
  ])("that are $summary are read", async ({ form }) => {
    const inventory = await inventoryOf(
      makeLayer([RELEASE, status("base-files")], form),
      makeLayer([npm(SEMVER, "semver")], form),
    );
    expect(inventory.distro).toEqual({ id: "debian", versionId: "13", prettyName: "debian" });
    expect(namesOf(inventory)).toEqual(["base-files", "semver"]);
  });

  it("may have paths that begin at the root, with a dot, or with a slash", async () => {
    for (const prefix of ["./", "/", ""]) {
      const entries = [RELEASE, status("base-files")].map((entry) => ({ ...entry, path: `${prefix}${entry.path}` }));
      expect(namesOf(await inventoryOf(makeLayer(entries)))).toEqual(["base-files"]);
    }
  });

  it("of a kind that holds no files are passed over", async () => {
    const text = { descriptor: descriptorOf(Buffer.from("hello"), "text/plain"), bytes: Buffer.from("hello") };
    const layer = makeLayer([RELEASE, status("base-files")]);
    expect(namesOf(await inventoryOf({ ...layer, ...text }, layer))).toEqual(["base-files"]);
  });

  it("there may be none", async () => {
    expect(await inventoryOf()).toEqual({ packages: [] });
  });

  it.each([
    { summary: "are damaged", bytes: (layer: TestLayer) => layer.bytes.subarray(0, 100), code: "GZIP_INVALID" },
    { summary: "are noise", bytes: () => noise(600), code: "GZIP_INVALID" },
  ])("that $summary are an error", async ({ bytes, code }) => {
    const layer = makeLayer([RELEASE, { path: "big", content: noise(5_000) }]);
    const broken = bytes(layer);
    const descriptor: Descriptor = descriptorOf(broken, MEDIA_TYPES.layerGzip);
    expect(await codeOf(() => inventoryOf({ ...layer, descriptor, bytes: broken }))).toBe(code);
  });

  it("that leave the root are an error", async () => {
    expect(await codeOf(() => inventoryOf(makeLayer([{ path: "../etc/os-release", content: "" }])))).toBe(
      "TAR_PATH_UNSAFE",
    );
  });
});

describe("what upper layers do to lower ones", () => {
  const base = makeLayer([
    RELEASE,
    status("base-files"),
    npm(SEMVER, "semver"),
    npm("app/node_modules/semver/node_modules/yallist/package.json", "yallist"),
    npm("other/node_modules/lru/package.json", "lru"),
    { path: "usr/bin/node", content: program("22.11.0") },
  ]);
  const all = ["base-files", "lru", "node", "semver", "yallist"];
  const without = (...names: readonly string[]): readonly string[] => all.filter((name) => !names.includes(name));
  it.each([
    { summary: "nothing", above: [], names: all },
    {
      summary: "a whiteout takes a file away",
      above: [file("app/node_modules/semver/.wh.package.json")],
      names: without("semver"),
    },
    { summary: "a whiteout takes a folder away", above: [file(".wh.app")], names: without("semver", "yallist") },
    {
      summary: "an opaque folder loses what it had",
      above: [file("app/.wh..wh..opq")],
      names: without("semver", "yallist"),
    },
    {
      summary: "an opaque folder keeps what its own layer brings, before or after the mark",
      above: [
        npm("app/node_modules/a/package.json", "a"),
        file("app/.wh..wh..opq"),
        npm("app/node_modules/b/package.json", "b"),
      ],
      names: ["a", "b", "base-files", "lru", "node"],
    },
    { summary: "an opaque root loses everything", above: [file(".wh..wh..opq")], names: [] },
    {
      summary: "a new list of packages replaces the old one",
      above: [status("tzdata")],
      names: [...without("base-files"), "tzdata"].toSorted(),
    },
    {
      summary: "a program of another version replaces the old one",
      above: [{ path: "usr/bin/node", content: program("24.0.0") }],
      names: all,
    },
    {
      summary: "a program that says nothing replaces one that did",
      above: [file("usr/bin/node")],
      names: without("node"),
    },
    { summary: "a link replaces a file", above: [link("usr/bin/node")], names: without("node") },
    { summary: "a link replaces a folder", above: [link("app")], names: without("semver", "yallist") },
    { summary: "a file replaces a folder", above: [file("app")], names: without("semver", "yallist") },
    { summary: "a folder replaces a file", above: [folder("usr/bin/node")], names: without("node") },
    { summary: "a folder beside them changes nothing", above: [folder("app/node_modules"), folder("app")], names: all },
  ] as const)("$summary", async ({ above, names }) => {
    expect(namesOf(await inventoryOf(base, makeLayer(above)))).toEqual(names);
  });

  it("the version is that of the uppermost program", async () => {
    const inventory = await inventoryOf(base, makeLayer([{ path: "usr/bin/node", content: program("24.0.0") }]));
    expect(inventory.packages.filter((item) => item.kind === "nodejs").map((item) => item.version)).toEqual(["24.0.0"]);
  });

  it("what one layer takes away, a later one can bring again", async () => {
    const layers = [base, makeLayer([file(".wh.app")]), makeLayer([npm(SEMVER, "semver")])];
    expect(namesOf(await inventoryOf(...layers))).toEqual(without("yallist"));
  });
});

describe("links within a layer", () => {
  it("a hard link shows what its target shows", async () => {
    const manifest = npm("store/node_modules/semver/package.json", "semver");
    const hardlink: TestEntry = { kind: "hardlink", path: SEMVER, target: manifest.path };
    const inventory = await inventoryOf(makeLayer([manifest, hardlink]));
    expect(inventory.packages.map((item) => item.paths)).toEqual([[SEMVER, manifest.path]]);
  });

  it("a program under two names is listed once with both", async () => {
    const node = { path: "usr/bin/node", content: program("22.11.0") };
    const inventory = await inventoryOf(
      makeLayer([node, { kind: "hardlink", path: "usr/bin/nodejs", target: node.path }]),
    );
    expect(inventory.packages.map((item) => item.paths)).toEqual([["usr/bin/node", "usr/bin/nodejs"]]);
  });

  it("os-release as the link that Debian has leads to the file below /usr", async () => {
    const layer = makeLayer([
      { path: "usr/lib/os-release", content: 'ID=debian\nVERSION_ID="12"\n' },
      { kind: "symlink", path: "etc/os-release", target: "../usr/lib/os-release" },
      status("base-files"),
    ]);
    expect((await inventoryOf(layer)).distro).toMatchObject({ versionId: "12" });
  });
});

describe("an image as docker save of older engines wrote it", () => {
  it("is read with its links", async () => {
    const lower = makeTar([RELEASE, status("base-files")]);
    const upper = makeTar([npm(SEMVER, "semver")]);
    const config = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [lower, upper, lower].map((tar) => `sha256:${sha256(tar)}`) },
    });
    const layers = ["a/layer.tar", "b/layer.tar", "c/layer.tar"];
    const archive = makeTar([
      { kind: "symlink", path: "c/layer.tar", target: "../a/layer.tar" },
      { path: "a/layer.tar", content: lower },
      { path: "b/layer.tar", content: upper },
      { path: "config.json", content: config },
      {
        path: "manifest.json",
        content: JSON.stringify([{ Config: "config.json", RepoTags: ["app:1.0"], Layers: layers }]),
      },
    ]);
    const file = join(temporaryFolder(), "saved.tar");
    writeFileSync(file, archive);
    const reader = await openArchiveImage(await openArchive(file, testHost()), {});
    expect(namesOf(await read(reader))).toEqual(["base-files", "semver"]);
  });
});

async function inventoryOf(...layers: readonly TestLayer[]): Promise<Inventory> {
  const store = await memoryStore();
  const image = makeImage({ layers });
  await putImage(store, "app", image, []);
  return read(await openStoreImage({ repository: repository("app"), digest: image.root.digest }, "app", store));
}

async function read(reader: ImageReader): Promise<Inventory> {
  return readInventory(reader, await openPlatformImage(reader, undefined));
}

function namesOf({ packages }: Inventory): readonly string[] {
  return packages.map((item) => item.name).toSorted();
}

function status(name: string): TestEntry {
  const content = `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n`;
  return { path: "var/lib/dpkg/status", content };
}

function npm(path: string, name: string): TestEntry {
  return { path, content: JSON.stringify({ name, version: "1.0.0" }) };
}

function program(version: string): Buffer {
  return Buffer.concat([noise(3_000), Buffer.from(`node.js/v${version}\0`), noise(3_000)]);
}

function file(path: string): TestEntry {
  return { path, content: "" };
}

function link(path: string): TestEntry {
  return { kind: "symlink", path, target: "elsewhere" };
}

function folder(path: string): TestEntry {
  return { kind: "directory", path };
}
