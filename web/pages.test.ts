// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  COUNTS,
  imageDetail,
  imageSummary,
  imageVersion,
  platformSummary,
  refusal,
  renderPage,
  status,
  textOf,
} from "../test/support/pages.js";

const LIST = "images?search=";

describe("the list", () => {
  it("has a section for each origin that there is, and a card for each image", async () => {
    const images = [
      imageSummary({ isFeatured: true }),
      imageSummary({ name: "reference/node", displayName: "Node.js (ordinary)", origin: "reference" }),
    ];
    const { html, status: code } = await renderPage("/", { [LIST]: { images }, status: status([{}]) });
    const text = textOf(html);
    expect(code).toBe(200);
    expect(text).toContain("Hardened images");
    expect(text).toContain("Ordinary images");
    expect(text).not.toContain("Pushed to this registry");
    expect(text).toContain("Node.js node:22 Featured JavaScript runtime 0 C 1 H 0 M 12 L 41 MB · 19 packages");
    expect(html).toContain('href="/images/reference/node"');
  });

  it("says how old the advisory data are", async () => {
    const { html } = await renderPage("/", { [LIST]: { images: [] }, status: status([{}]) });
    expect(textOf(html)).toContain("advisory data as of 2026-11-01");
  });

  it("says when there are none, and what to do", async () => {
    const { html } = await renderPage("/", { [LIST]: { images: [] }, status: status([{ kind: "kev" }]) });
    expect(textOf(html)).toContain("There are no advisory data yet, so vulnerabilities are unknown.");
  });

  it("does without the server's state", async () => {
    const { html, status: code } = await renderPage("/", { [LIST]: { images: [imageSummary()] } });
    expect([code, textOf(html).includes("advisory data")]).toEqual([200, false]);
  });

  it("tells a person with an empty store how to begin", async () => {
    const { html } = await renderPage("/", { [LIST]: { images: [] }, status: status() });
    expect(textOf(html)).toContain("There are no images yet. basalt build node");
  });

  it("asks for what was searched and shows it", async () => {
    const images = [imageSummary()];
    const page = await renderPage("/?q=a%26b&category=data-science", {
      "images?search=a%26b&category=data-science": { images },
    });
    expect(textOf(page.html)).toContain("1 image for “a&b” in Data science");
    expect(page.html).toContain('value="a&amp;b"');
  });

  it("says when nothing fits", async () => {
    const { html } = await renderPage("/?q=x", { "images?search=x": { images: [] } });
    expect(textOf(html)).toContain("No image fits.");
  });

  it("offers categories where there are several", async () => {
    const images = [imageSummary({ categories: ["data-science", "databases-and-storage"] })];
    const { html } = await renderPage("/", { [LIST]: { images } });
    expect(html).toContain('href="/?category=data-science"');
  });
});

describe("counts on a page", () => {
  const CASES = [
    { summary: "unknown where nobody knows", vulnerabilities: null, text: "unknown 41 MB" },
    { summary: "none known for zero", vulnerabilities: { ...COUNTS, high: 0, low: 0 }, text: "None known 41 MB" },
    {
      summary: "a fifth number where some are unrated",
      vulnerabilities: { ...COUNTS, unspecified: 3 },
      text: "0 C 1 H 0 M 12 L 3 ? 41 MB",
    },
  ];

  it.each(CASES)("$summary", async ({ vulnerabilities, text }) => {
    const latest = { tag: "22", digest: "d", pushedAt: "p", platform: platformSummary({ vulnerabilities }) };
    const { html } = await renderPage("/", { [LIST]: { images: [imageSummary({ latest })] } });
    expect(textOf(html)).toContain(text);
  });

  it("a card of an image that was not looked through says so", async () => {
    const platform = platformSummary({ packages: null, vulnerabilities: null });
    const latest = { tag: "1", digest: "d", pushedAt: "p", platform };
    const { html } = await renderPage("/", { [LIST]: { images: [imageSummary({ latest })] } });
    expect(textOf(html)).toContain("unknown 41 MB · ? packages");
  });

  it("a card of an image without a version has no figures", async () => {
    const { latest: _latest, ...image } = imageSummary();
    const { html } = await renderPage("/", { [LIST]: { images: [image] } });
    expect(textOf(html)).toContain("Node.js node JavaScript runtime unknown");
  });
});

describe("an image", () => {
  const FULL = imageDetail({
    overview: "# About\n\nA *runtime*.",
    guides: "## Run it",
    tools: [{ name: "npm", description: "packages" }],
    homeUrl: "https://nodejs.org/en",
    categories: ["data-science"],
    replaces: "reference/node:22",
    tags: [imageVersion({ isSigned: true, attestations: ["https://spdx.dev/Document"], endOfLife: "2027-04-30" })],
  });

  it("shows its overview, how to use it, tools and facts", async () => {
    const { html } = await renderPage("/images/node", { "images/node": FULL });
    const text = textOf(html);
    expect(html).toContain("<h1>About</h1>");
    expect(html).toContain("<em>runtime</em>");
    expect(text).toContain("Use this image docker login registry.test");
    expect(text).toContain("FROM registry.test/node:22");
    expect(text).toContain("npm packages");
    expect(text).toContain("User 65532 Shell none Package manager none");
    expect(text).toContain("Evidence Signature, SBOM (SPDX)");
    expect(text).toContain("Supported until 2027-04-30");
    expect(html).toContain('href="/compare?image=node:22&amp;to=reference/node:22"');
    expect(html).toContain("<title>Node.js · Basalt</title>");
  });

  const TABS = [
    { tab: "", shows: "About" },
    { tab: "?tab=overview", shows: "About" },
    { tab: "?tab=guides", shows: "Run it" },
    { tab: "?tab=tags", shows: "Image version" },
    { tab: "?tab=nonsense", shows: "About" },
  ];

  it.each(TABS)("has tabs with addresses: $tab", async ({ tab, shows }) => {
    const { html } = await renderPage(`/images/node${tab}`, { "images/node": FULL });
    expect(textOf(html)).toContain(shows);
    expect(html.match(/aria-current="page"/g)).toHaveLength(1);
  });

  it("without texts shows its tags", async () => {
    const versions = [imageVersion(), imageVersion({ tags: ["22-dev"], user: "0", shell: "bash", distro: "" })];
    const { html } = await renderPage("/images/node", { "images/node": imageDetail({ tags: versions }) });
    const text = textOf(html);
    expect(text).toContain("Node.js 22 22 22-debian13 debian-13 – – 65532 amd64 41 MB 2026-11-19");
    expect(text).toContain("22-dev – – bash root amd64");
    expect(html).toContain('href="/images/node/tags/22?tab=vulnerabilities"');
  });
});

describe("failures", () => {
  const CASES = [
    { summary: "an image that does not exist", status: 404, code: "REPOSITORY_UNKNOWN", heading: "Not found" },
    { summary: "a visitor who must log in", status: 401, code: "LOGIN_REFUSED", heading: "Log in" },
    { summary: "a server that fails", status: 500, code: "INTERNAL", heading: "That did not work" },
  ];

  it.each(CASES)("keep their status: $summary", async ({ status: expected, code, heading }) => {
    const answer = refusal(expected, code, "this is why");
    for (const [url, path] of [
      ["/", LIST],
      ["/images/x", "images/x"],
      ["/images/x/tags/1", "images/x/versions/1"],
    ] as const) {
      const page = await renderPage(url, { [path]: answer });
      expect([page.status, textOf(page.html)], url).toEqual([expected, `${heading} this is why Back to the catalogue`]);
    }
  });

  it.each(CASES)("have a title of their own: $summary", async ({ status: expected, code, heading }) => {
    const page = await renderPage("/images/x", { "images/x": refusal(expected, code, "this is why") });
    expect(page.html).toContain(`<title>${heading} · Basalt</title>`);
  });

  it("without a body of ours are said, too", async () => {
    const page = await renderPage("/images/x", { "images/x": { status: 502, body: {} } });
    expect([page.status, textOf(page.html).includes("gave no answer")]).toEqual([502, true]);
  });
});
