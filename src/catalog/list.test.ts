// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { catalogApp, type CatalogApp } from "../../test/support/catalog-app.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { advisoriesOf, trackerText } from "../../test/support/feed-files.js";
import { makeArtifact, makeCosignSignature, makeIndex } from "../../test/support/images.js";
import { putImage } from "../../test/support/store.js";
import type { CatalogInfo } from "../definition/index.js";
import type { ImageSummary } from "./models.js";

async function listed(api: CatalogApp, query = ""): Promise<readonly ImageSummary[]> {
  return (await api.json<{ readonly images: readonly ImageSummary[] }>(`images${query}`)).images;
}

async function namesIn(api: CatalogApp, query = ""): Promise<readonly string[]> {
  return (await listed(api, query)).map((image) => image.name);
}

const NODE: Partial<CatalogInfo> = {
  displayName: "Node.js",
  shortDescription: "JavaScript runtime on V8",
  categories: ["languages-and-frameworks"],
  tools: [{ name: "npm", description: "packages" }],
  isFeatured: true,
};

/** Images of every origin, pushed in an order that is not theirs in the list. */
async function fullCatalog(): Promise<CatalogApp> {
  const api = await catalogApp();
  const entries: readonly (readonly [string, Partial<CatalogInfo> | undefined])[] = [
    ["team/app", undefined],
    ["another", undefined],
    ["reference/node", { displayName: "Node.js (ordinary)", categories: ["languages-and-frameworks"] }],
    ["static", { displayName: "Static", categories: ["operating-systems"] }],
    ["base", { displayName: "Base" }],
    ["node", NODE],
  ];
  for (const [name, info] of entries) {
    await putImage(api.store, name, debianImage({ packages: [`${name.replace("/", "-")} 1-1`] }), ["1"]);
    if (info !== undefined) await putCatalogEntry(api.store, name, info);
  }
  return api;
}

describe("the list of images", () => {
  it("has hardened ones first, featured before others, then ordinary ones, then pushed ones", async () => {
    const images = await listed(await fullCatalog());
    expect(images.map((image) => `${image.origin} ${image.name}`)).toEqual([
      "hardened node",
      "hardened base",
      "hardened static",
      "reference reference/node",
      "pushed another",
      "pushed team/app",
    ]);
  });

  it("says what the catalogue's texts say, and stands in for what has none", async () => {
    const images = await listed(await fullCatalog());
    expect(images.find((image) => image.name === "node")).toMatchObject({
      displayName: "Node.js",
      shortDescription: "JavaScript runtime on V8",
      isFeatured: true,
      hasLogo: false,
      versions: 1,
    });
    expect(images.find((image) => image.name === "team/app")).toMatchObject({
      displayName: "team/app",
      categories: [],
      isFeatured: false,
    });
  });

  it("is empty where there are no images, though there are texts", async () => {
    const api = await catalogApp();
    await putCatalogEntry(api.store, "node", NODE);
    expect(await listed(api)).toEqual([]);
  });
});

describe("searching", () => {
  const CASES = [
    { summary: "by name", query: "?search=static", names: ["static"] },
    { summary: "by a part of a name", query: "?search=stat", names: ["static"] },
    { summary: "by title, in any case", query: "?search=NODE.JS", names: ["node", "reference/node"] },
    { summary: "by description", query: "?search=javascript", names: ["node"] },
    { summary: "by category", query: "?search=operating", names: ["static"] },
    { summary: "by tool", query: "?search=npm", names: ["node"] },
    { summary: "by repository of an image that was pushed", query: "?search=team", names: ["team/app"] },
    { summary: "all words must fit", query: "?search=node+v8", names: ["node"] },
    { summary: "in any order, with any space between", query: "?search=%20v8%20%20%20node%20", names: ["node"] },
    { summary: "words that fit nothing find nothing", query: "?search=node+python", names: [] },
    { summary: "characters with a meaning in patterns are only characters", query: "?search=.*", names: [] },
  ];

  it("finds images by words of their names, titles, descriptions, categories and tools", async () => {
    const api = await fullCatalog();
    const found = CASES.map(async ({ summary, query }) => ({ summary, query, names: await namesIn(api, query) }));
    expect(await Promise.all(found)).toEqual(CASES);
  });

  it("for nothing finds all", async () => {
    expect(await namesIn(await fullCatalog(), "?search=")).toHaveLength(6);
  });
});

describe("a category", () => {
  const CASES = [
    {
      summary: "has the images that name it",
      query: "?category=languages-and-frameworks",
      names: ["node", "reference/node"],
    },
    { summary: "must be named in full", query: "?category=languages", names: [] },
    { summary: "goes together with a search", query: "?category=languages-and-frameworks&search=v8", names: ["node"] },
  ];

  it("leaves out the others", async () => {
    const api = await fullCatalog();
    const found = CASES.map(async ({ summary, query }) => ({ summary, query, names: await namesIn(api, query) }));
    expect(await Promise.all(found)).toEqual(CASES);
  });
});

describe("the latest version in the list", () => {
  it("is the runtime that was pushed last, whatever dev variants came after it", async () => {
    const api = await catalogApp();
    const variants = [
      { tag: "20", variant: "runtime" },
      { tag: "22", variant: "runtime" },
      { tag: "22-dev", variant: "dev" },
    ];
    for (const { tag, variant } of variants) {
      const config = { Labels: { "io.basalt.variant": variant, tag } };
      await putImage(api.store, "node", debianImage({ config }), [tag]);
      api.clock.advance(1000);
    }
    const [image] = await listed(api);
    expect(image).toMatchObject({ versions: 3, latest: { tag: "22", pushedAt: "2026-11-20T12:00:01.000Z" } });
  });

  it("carries the figures of its first platform", async () => {
    const advisories = await advisoriesOf([
      trackerText({ zlib: { "CVE-1": { trixie: { status: "open", urgency: "low" } } } }),
    ]);
    const api = await catalogApp({ advisories });
    const index = makeIndex([
      debianImage({ packages: ["zlib1g 1-1 zlib", "base-files 13"] }),
      debianImage({ packages: ["zlib1g 1-1 zlib"], platform: "linux/arm64" }),
    ]);
    await putImage(api.store, "app", index, ["1"]);
    await lookThrough(api.store, "app:1");
    const [image] = await listed(api);
    expect(image?.latest).toMatchObject({
      digest: index.root.digest,
      platform: {
        platform: "linux/amd64",
        packages: 2,
        vulnerabilities: { low: 1, critical: 0, suppressed: 0 },
        dataAsOf: "2026-11-01T00:00:00.000Z",
      },
    });
  });

  it("has no figures before the image was looked through", async () => {
    const api = await catalogApp();
    await putImage(api.store, "app", debianImage({ packages: ["not-looked-through 1"] }), ["1"]);
    const [image] = await listed(api);
    expect(image?.latest?.platform).toMatchObject({ packages: null, vulnerabilities: null, dataAsOf: null });
  });
});

describe("what is no image", () => {
  it("signatures under cosign's tags are not listed as versions", async () => {
    const api = await catalogApp();
    const image = debianImage({ packages: ["signed 1"] });
    await putImage(api.store, "app", image, ["1"]);
    const signature = makeCosignSignature(image.root);
    await putImage(api.store, "app", signature.image, [signature.tag]);
    expect(await listed(api)).toMatchObject([{ name: "app", versions: 1 }]);
  });

  it("a repository that holds signatures only is not listed", async () => {
    const api = await catalogApp();
    const signature = makeCosignSignature(debianImage({ packages: ["elsewhere 1"] }).root);
    await putImage(api.store, "signatures", signature.image, [signature.tag]);
    expect(await listed(api)).toEqual([]);
  });

  it("whatever is listed can be opened", async () => {
    const api = await catalogApp();
    const artifact = makeArtifact(undefined, { artifactType: "application/vnd.example" });
    await putImage(api.store, "charts", artifact, ["1"]);
    await putImage(api.store, "app", debianImage({ packages: ["beside-charts 1"] }), ["1"]);
    const names = await namesIn(api);
    expect(names).toContain("app");
    for (const name of names) expect((await api.get(`images/${name}`)).statusCode, name).toBe(200);
  });
});

describe("one image that is damaged", () => {
  const BROKEN = [
    { summary: "its configuration is no JSON", rawConfig: "{" },
    { summary: "its configuration lacks what it must say", rawConfig: "{}" },
    { summary: "its configuration is null", rawConfig: "null" },
    {
      summary: "its settings are of wrong types",
      rawConfig: '{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[]},"config":{"Labels":5,"User":7}}',
    },
  ];

  it.each(BROKEN)("does not take the others from the list: $summary", async ({ rawConfig }) => {
    const api = await catalogApp();
    await putImage(api.store, "good", debianImage({ packages: ["good 1"] }), ["1"]);
    await putImage(api.store, "broken", debianImage({ packages: ["broken 1"], rawConfig }), ["1"]);
    expect(await namesIn(api)).toContain("good");
  });
});
