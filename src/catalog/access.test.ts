// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { catalogApp, type CatalogApp } from "../../test/support/catalog-app.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { addAccount, basic } from "../../test/support/registry.js";
import { putImage } from "../../test/support/store.js";
import type { ImageDetail, ImageSummary } from "./models.js";

const PATHS = [
  "images",
  "images/node",
  "images/node/logo",
  "images/node/versions/22",
  "compare?image=node:22&to=reference/node:22",
  "status",
];

/** `node`, `reference/node` and `team/app`, looked through. */
async function catalog(anonymousPull: boolean): Promise<CatalogApp> {
  const api = await catalogApp({ anonymousPull });
  for (const name of ["node", "reference/node", "team/app"]) {
    await putImage(api.store, name, debianImage({ packages: [`${name.replace("/", "-")} 1-1`] }), ["22"]);
    await lookThrough(api.store, `${name}:22`);
  }
  await putCatalogEntry(api.store, "node", { logo: "<svg/>" });
  await putCatalogEntry(api.store, "reference/node", {});
  return api;
}

async function names(api: CatalogApp, authorization?: string): Promise<readonly string[]> {
  const { images } = await api.json<{ readonly images: readonly ImageSummary[] }>("images", authorization);
  return images.map((image) => image.name);
}

describe("where anybody may pull", () => {
  it("everything can be seen without logging in", async () => {
    const api = await catalog(true);
    for (const path of PATHS) expect((await api.get(path)).statusCode, path).toBe(200);
    expect(await names(api)).toEqual(["node", "reference/node", "team/app"]);
  });

  it("wrong credentials are refused all the same", async () => {
    const api = await catalog(true);
    for (const path of ["images", "images/node"])
      // the hash of a password takes its time
      expect(await api.failure(path, basic("nobody", "wrong password")), path).toEqual([401, "LOGIN_REFUSED"]);
  });
});

describe("where only users may pull", () => {
  it("nothing can be seen without logging in, and browsers are asked to", async () => {
    const api = await catalog(false);
    for (const path of PATHS) {
      const answer = await api.get(path);
      expect([answer.statusCode, answer.headers["www-authenticate"]], path).toEqual([
        401,
        'Basic realm="Basalt", charset="UTF-8"',
      ]);
      expect(answer.json(), path).toMatchObject({ error: { code: "LOGIN_REFUSED" } });
    }
  });

  it("the answer does not tell what exists", async () => {
    const api = await catalog(false);
    const bodies = ["images/node", "images/none"].map(async (path) => (await api.get(path)).body);
    expect(new Set(await Promise.all(bodies)).size).toBe(1);
  });

  it("a user sees everything", async () => {
    const api = await catalog(false);
    const user = await addAccount(api, { name: "user" });
    for (const path of PATHS) expect((await api.get(path, user)).statusCode, path).toBe(200);
  });

  const REFUSED = [
    { summary: "a header that is none", authorization: "hello" },
    { summary: "a header without a name", authorization: `Basic ${Buffer.from("no colon").toString("base64")}` },
    { summary: "a bearer token that nobody issued", authorization: "Bearer abc" },
    { summary: "an unknown name", authorization: basic("nobody", "some password") },
    { summary: "a token that nobody made", authorization: basic("user", `bst_${"0".repeat(12)}_${"a".repeat(43)}`) },
  ];

  it.each(REFUSED)("$summary is refused", async ({ authorization }) => {
    const api = await catalog(false);
    await addAccount(api, { name: "user" });
    expect(await api.failure("images", authorization)).toEqual([401, "LOGIN_REFUSED"]);
  });

  it("a token that has expired is refused", async () => {
    const api = await catalog(false);
    const user = await addAccount(api, { name: "user", expiresAt: new Date(api.clock.now().getTime() + 60_000) });
    expect((await api.get("images", user)).statusCode).toBe(200);
    api.clock.advance(60_000);
    expect(await api.failure("images", user)).toEqual([401, "LOGIN_REFUSED"]);
  });
});

describe("somebody whose token is for some repositories only", () => {
  const CASES = [
    { pattern: "node", visible: ["node"] },
    { pattern: "team/*", visible: ["team/app"] },
    { pattern: "reference", visible: ["reference/node"] },
    { pattern: "none", visible: [] },
  ];

  it.each(CASES)("sees those that $pattern means in the list", async ({ pattern, visible }) => {
    const api = await catalog(false);
    expect(await names(api, await addAccount(api, { name: "ci", repositoryPattern: pattern }))).toEqual(visible);
  });

  it("cannot tell the others from those that do not exist", async () => {
    const api = await catalog(false);
    const ci = await addAccount(api, { name: "ci", repositoryPattern: "team/*" });
    expect(await api.failure("images/node", ci)).toEqual([404, "REPOSITORY_UNKNOWN"]);
    expect(await api.failure("images/node/logo", ci)).toEqual([404, "REPOSITORY_UNKNOWN"]);
    expect(await api.failure("images/node/versions/22", ci)).toEqual([404, "MANIFEST_UNKNOWN"]);
    for (const query of ["image=team/app:22&to=node:22", "image=node:22&to=team/app:22"])
      expect(await api.failure(`compare?${query}`, ci)).toEqual([404, "MANIFEST_UNKNOWN"]);
    const [hidden, absent] = [await api.get("images/node", ci), await api.get("images/mode", ci)];
    expect(hidden.body.replaceAll("node", "mode")).toBe(absent.body);
  });

  it("sees the one", async () => {
    const api = await catalog(false);
    const ci = await addAccount(api, { name: "ci", repositoryPattern: "team/*" });
    expect((await api.get("images/team%2Fapp", ci)).statusCode).toBe(200);
    expect((await api.get("images/team%2Fapp/versions/22", ci)).statusCode).toBe(200);
  });

  it("is not told of an ordinary image that it may not see", async () => {
    const api = await catalog(false);
    const ci = await addAccount(api, { name: "ci", repositoryPattern: "node" });
    expect(await api.json<ImageDetail>("images/node", ci)).not.toHaveProperty("replaces");
  });

  it("a token without the right to pull sees nothing", async () => {
    const api = await catalog(false);
    const ci = await addAccount(api, { name: "ci", actions: ["push"] });
    expect(await names(api, ci)).toEqual([]);
    expect(await api.failure("images/node", ci)).toEqual([404, "REPOSITORY_UNKNOWN"]);
  });
});
