// SPDX-License-Identifier: Apache-2.0
// The catalogue in a real browser.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Server } from "./support/basalt.js";
import { shared } from "./support/shared.js";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/google-chrome"] as const;
const basalt = shared();
let server: Server;
let browser: Browser;
let page: Page;
/** What went wrong in the browser: scripts, styles and pictures that the policy or the server refused. */
const problems: string[] = [];

beforeAll(async () => {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error("these tests need Chromium: .ci/run installs it");
  server = await basalt.serve();
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url.origin });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
});

afterAll(async () => {
  expect(problems).toEqual([]);
  await browser?.close();
  await server?.stop();
});

async function open(path: string): Promise<void> {
  const response = await page.goto(new URL(path, server.url).href);
  expect(response?.status(), path).toBe(200);
}

describe("the list", () => {
  it("shows images, and a search leaves those that fit", async () => {
    await open("/");
    const names = async (): Promise<readonly string[]> =>
      (await page.locator("a.card").all()).length === 0 ? [] : page.locator("a.card h2, a.card h3").allInnerTexts();
    expect(await page.locator("a.card[href='/images/node']").count()).toBe(1);
    const all = await names();
    await page.getByRole("searchbox").first().fill("runs javascript");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=/);
    expect(await page.locator("a.card[href='/images/node']").count()).toBe(1);
    expect((await names()).length).toBeLessThanOrEqual(all.length);
    await page.getByRole("searchbox").first().fill("nothing-has-this-name");
    await page.keyboard.press("Enter");
    await page.waitForURL(/nothing/);
    expect(await page.locator("a.card").count()).toBe(0);
  });
});

describe("an image", () => {
  it("has overview, guides, tools, tags, and how to pull", async () => {
    await open("/");
    await page.locator("a.card[href='/images/node']").click();
    await page.waitForURL(/\/images\/node$/);
    const text = await page.locator("main").innerText();
    for (const part of ["Node.js", "Tools included", `docker pull ${server.host}/node:22`])
      expect(text).toContain(part);
    await page.getByRole("link", { name: "Guides" }).click();
    await page.waitForURL(/tab=guides/);
    expect(await page.locator("main .content h2").count()).toBeGreaterThan(1);
    await page.getByRole("link", { name: /^Tags/ }).click();
    await page.waitForURL(/tab=tags/);
    const tags = await page.locator("main table").innerText();
    for (const part of ["22-dev", "22-debian13", "amd64, arm64"]) expect(tags).toContain(part);
  });

  it("copies the pull command", async () => {
    await open("/images/node");
    await page.locator("button[data-copy]").first().click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toContain(server.host);
  });
});

describe("a version", () => {
  it("lists packages, which can be filtered, and the counts of the command line", async () => {
    await open("/images/node/tags/22");
    const rows = page.locator("#packages tbody tr");
    const all = await rows.count();
    await page.getByLabel("Filter packages").fill("libstdc++");
    expect(all).toBeGreaterThan(5);
    await expect.poll(() => page.locator("#packages tbody tr:visible").count()).toBe(1);
    const side = await basalt.json<{ readonly vulnerabilities: Readonly<Record<string, number>> | null }>([
      "cves",
      "node:22",
      "--format",
      "json",
    ]);
    await open("/images/node/tags/22?tab=vulnerabilities");
    const text = await page.locator("main").innerText();
    if (side.vulnerabilities === null) expect(text).toMatch(/unknown/i);
    else
      for (const [letter, name] of [
        ["C", "critical"],
        ["H", "high"],
        ["M", "medium"],
        ["L", "low"],
      ] as const)
        expect(text.replaceAll(/\s+/g, "")).toContain(`${side.vulnerabilities[name]}${letter}`);
  });

  it("shows signature, SBOM and provenance", async () => {
    await open("/images/node/tags/22?tab=evidence");
    const text = await page.locator("main").innerText();
    for (const part of ["cosign verify", "SPDX", "SLSA"]) expect(text).toContain(part);
  });

  it("the comparison with what it replaces has both sides", async () => {
    await open("/compare?image=node:22&to=reference/node:22");
    const text = await page.locator("main").innerText();
    for (const part of ["node:22", "reference/node:22", "Packages"]) expect(text).toContain(part);
  });
});

describe("a pasted Dockerfile", () => {
  it("is shown on hardened images, with reasons, and can be copied", async () => {
    await open("/");
    await page.getByRole("link", { name: "Migrate" }).click();
    await page.waitForURL(/\/migrate$/);
    await page
      .getByLabel("Dockerfile", { exact: true })
      .fill("FROM node:22\nCOPY server.js /app/\nCMD node /app/server.js\n");
    await page.getByRole("button", { name: "Migrate" }).click();
    const wanted = `FROM ${server.host}/node:22\nCOPY server.js /app/\nCMD ["node", "/app/server.js"]\n`;
    await expect.poll(() => page.locator("pre.result").textContent()).toBe(wanted);
    expect(await page.locator("main table").innerText()).toContain("shell-form");
    await page.getByRole("button", { name: "Copy the Dockerfile" }).click();
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(wanted);
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

describe("every page", () => {
  const paths = [
    "/",
    "/images/node",
    "/images/node?tab=guides",
    "/images/node?tab=tags",
    "/images/node/tags/22",
    "/images/node/tags/22?tab=vulnerabilities",
    "/images/node/tags/22?tab=specification",
    "/images/node/tags/22?tab=evidence",
    "/compare?image=node:22&to=reference/node:22",
    "/migrate",
  ];

  it("has no sideways scrolling, on a telephone neither", async () => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of paths) {
        await open(path);
        const overflow = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("has links that lead somewhere", async () => {
    const seen = new Set<string>();
    for (const path of paths) {
      await open(path);
      const links = await page
        .locator("a[href]")
        .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
      for (const href of links) if (href.startsWith("/")) seen.add(href);
    }
    expect(seen.size).toBeGreaterThan(20);
    for (const href of seen) expect((await fetch(new URL(href, server.url))).status, href).toBe(200);
  });
});
