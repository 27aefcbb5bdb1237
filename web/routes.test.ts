// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { imageDetail, imageSummary, platformContents, renderPage, status, textOf } from "../test/support/pages.js";

/** Made by the build. */
const CLIENT = join(import.meta.dirname, "..", "dist", "web", "client", "client.js");

describe("addresses", () => {
  const CASES = [
    { summary: "the list", url: "/", asked: ["images?search=", "status"] },
    { summary: "an image", url: "/images/node", asked: ["images/node"] },
    { summary: "an image in a folder", url: "/images/team/app", asked: ["images/team%2Fapp"] },
    { summary: "an image in a folder, encoded", url: "/images/team%2Fapp", asked: ["images/team%2Fapp"] },
    { summary: "a slash at the end", url: "/images/node/", asked: ["images/node"] },
    {
      summary: "a version",
      url: "/images/team/app/tags/1.0",
      asked: ["images/team%2Fapp/versions/1.0", "images/team%2Fapp", "status"],
    },
    {
      summary: "a version by digest",
      url: "/images/node/tags/sha256:ab",
      asked: ["images/node/versions/sha256%3Aab", "images/node", "status"],
    },
    { summary: "the comparison", url: "/compare?image=a&to=b", asked: ["compare?image=a&to=b"] },
    { summary: "the form for a Dockerfile", url: "/migrate", asked: [] },
    { summary: "a path that leaves its folder", url: "/images/..%2F..%2Fstatus", asked: ["images/..%2F..%2Fstatus"] },
    { summary: "a part that cannot be decoded", url: "/images/%E0%A4", asked: ["images/%25E0%25A4"] },
    { summary: "a name with a question mark", url: "/images/a%3Fsearch=b", asked: ["images/a%3Fsearch%3Db"] },
  ];

  it.each(CASES)("$summary", async ({ url, asked }) => {
    expect((await renderPage(url)).asked).toEqual(asked);
  });

  it("links of an image lead back to it, whatever its folders are called", async () => {
    const name = "team/tags/app";
    const { html } = await renderPage("/", { "images?search=": { images: [imageSummary({ name })] } });
    const href = /class="card" href="([^"]+)"/.exec(html)?.[1] ?? "";
    expect((await renderPage(href)).asked).toEqual(["images/team%2Ftags%2Fapp"]);
  });
});

describe("where nothing is", () => {
  const PATHS = [
    "/nothing",
    "/images",
    "/images/",
    "/compare/x",
    "/migrate/x",
    "/assets/none.css",
    "/assets/../package.json",
    "/IMAGES/node",
  ];

  it.each(PATHS)("the page is 404: %s", async (path) => {
    const page = await renderPage(path);
    expect([page.status, textOf(page.html).startsWith("Not found")]).toEqual([404, true]);
  });

  it.each(["//", "//[", "//evil.test/images/node", "/\\[", "http://[", "/%", "/%00", "/images/%00", "*"])(
    "an address that is none breaks nothing: %s",
    async (url) => {
      const page = await renderPage(url, { "images?search=": { images: [] } });
      expect([200, 400, 404]).toContain(page.status);
    },
  );

  it("a path that begins with two slashes is not the list", async () => {
    const page = await renderPage("//evil.test", { "images?search=": { images: [] }, status: status() });
    expect(page.status).toBe(404);
  });
});

describe("assets", () => {
  const ASSETS = [
    { path: "/assets/style.css", type: "text/css; charset=utf-8" },
    { path: "/assets/icon.svg", type: "image/svg+xml" },
  ];

  it.each(ASSETS)("$path is $type", async ({ path, type }) => {
    const page = await renderPage(path);
    expect([page.status, page.headers["content-type"], page.asked]).toEqual([200, type, []]);
    expect(page.html.length).toBeGreaterThan(50);
  });

  it.skipIf(!existsSync(CLIENT))("/assets/client.js is a script", async () => {
    const page = await renderPage("/assets/client.js");
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
  });

  it("what the pages load is there", async () => {
    const { html } = await renderPage("/nothing");
    const loaded = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
    expect(loaded.toSorted()).toEqual(["/assets/client.js", "/assets/icon.svg", "/assets/style.css"]);
  });
});

describe("headers", () => {
  const URLS = [
    "/",
    "/images/node",
    "/images/node/tags/22",
    "/compare",
    "/migrate",
    "/nothing",
    "/assets/style.css",
    "/assets/icon.svg",
  ];

  it.each(URLS)("let nothing in from elsewhere: %s", async (url) => {
    const { headers } = await renderPage(url, {
      "images?search=": { images: [] },
      "images/node": imageDetail(),
      "images/node/versions/22": platformContents(),
    });
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-|\*/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBeTruthy();
  });

  it("pages have no script or style of their own, which the policy would forbid", async () => {
    const { html } = await renderPage("/images/node", { "images/node": imageDetail({ overview: "x" }) });
    expect(html).not.toMatch(/<script>|<style|\sstyle="/);
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
  });
});
