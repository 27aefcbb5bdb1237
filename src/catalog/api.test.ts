// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { catalogApp, type CatalogApp } from "../../test/support/catalog-app.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { advisoriesOf, trackerText } from "../../test/support/feed-files.js";
import { putImage } from "../../test/support/store.js";

const ADVISORIES = [trackerText({ bash: { "CVE-2026-0001": { trixie: { status: "open", urgency: "high" } } } })];

/** `app:1` and `app:2`, looked through; `new:1`, not yet. */
async function twoVersions(): Promise<CatalogApp> {
  const api = await catalogApp({ advisories: await advisoriesOf(ADVISORIES, { isComplete: true }) });
  await putImage(api.store, "app", debianImage({ packages: ["bash 5-1", "zlib1g 1-1"] }), ["1"]);
  await putImage(api.store, "app", debianImage({ packages: ["zlib1g 2-1"] }), ["2"]);
  await putImage(api.store, "new", debianImage({ packages: ["not-yet 1"] }), ["1"]);
  for (const name of ["app:1", "app:2"]) await lookThrough(api.store, name);
  return api;
}

describe("comparing two images", () => {
  it("answers as basalt compare does", async () => {
    const api = await twoVersions();
    expect(await api.json("compare?image=app:2&to=app:1")).toMatchObject({
      analyzed: { reference: "app:2", platform: "linux/amd64", packages: 1, vulnerabilities: { high: 0 } },
      comparison: { reference: "app:1", packages: 2, vulnerabilities: { high: 1 } },
      packages: [
        { change: "removed", name: "bash", comparisonVulnerabilities: { high: 1 } },
        { change: "upgraded", name: "zlib1g", version: "2-1", comparisonVersion: "1-1" },
      ],
    });
  });

  const FAILURES = [
    { summary: "one that does not exist", query: "image=app:2&to=none:1", expected: [404, "MANIFEST_UNKNOWN"] },
    { summary: "a tag that does not exist", query: "image=app:9&to=app:1", expected: [404, "MANIFEST_UNKNOWN"] },
    {
      summary: "one of another registry",
      query: "image=docker.io/app:2&to=app:1",
      expected: [404, "MANIFEST_UNKNOWN"],
    },
    { summary: "one that was not looked through", query: "image=app:2&to=new:1", expected: [409, "IMAGE_PENDING"] },
    { summary: "a name that is none", query: "image=APP&to=app:1", expected: [400, "REFERENCE_INVALID"] },
    { summary: "an empty name", query: "image=&to=app:1", expected: [400, "REFERENCE_INVALID"] },
    { summary: "only one name", query: "image=app:2", expected: [400, "USAGE"] },
    {
      summary: "a platform nobody builds for",
      query: "image=app:2&to=app:1&platform=plan9%2F386",
      expected: [400, "PLATFORM_UNKNOWN"],
    },
    {
      summary: "a platform that it has not",
      query: "image=app:2&to=app:1&platform=linux%2Farm64",
      expected: [404, "MANIFEST_UNKNOWN"],
    },
  ];

  it.each(FAILURES)("is refused for $summary", async ({ query, expected }) => {
    expect(await (await twoVersions()).failure(`compare?${query}`)).toEqual(expected);
  });
});

describe("errors are JSON with a code", () => {
  const CASES = [
    { summary: "an image that does not exist", path: "images/none", expected: [404, "REPOSITORY_UNKNOWN"] },
    { summary: "a name that is none", path: "images/UPPER", expected: [400, "REFERENCE_INVALID"] },
    { summary: "a name that leaves its folder", path: "images/..%2F..%2Fetc", expected: [400, "REFERENCE_INVALID"] },
    { summary: "a tag that does not exist", path: "images/app/versions/9", expected: [404, "MANIFEST_UNKNOWN"] },
    { summary: "a tag that is none", path: "images/app/versions/-x", expected: [404, "MANIFEST_UNKNOWN"] },
    {
      summary: "a digest that is not there",
      path: `images/app/versions/sha256:${"0".repeat(64)}`,
      expected: [404, "MANIFEST_UNKNOWN"],
    },
    {
      summary: "a platform that it has not",
      path: "images/app/versions/1?platform=linux%2Farm64",
      expected: [404, "MANIFEST_UNKNOWN"],
    },
    { summary: "a logo that is not there", path: "images/app/logo", expected: [404, "REPOSITORY_UNKNOWN"] },
    { summary: "a parameter given twice", path: "images?search=a&search=b", expected: [400, "USAGE"] },
  ];

  it.each(CASES)("$summary", async ({ path, expected }) => {
    expect(await (await twoVersions()).failure(path)).toEqual(expected);
  });

  it("say what to do", async () => {
    const answer = await (await twoVersions()).get("images/none");
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({
      error: {
        code: "REPOSITORY_UNKNOWN",
        message: expect.stringContaining("none") as string,
        action: expect.stringContaining("basalt catalog list") as string,
      },
    });
  });
});

describe("a logo", () => {
  const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

  it("comes as SVG that may run nothing when it is opened by itself", async () => {
    const api = await catalogApp();
    await putImage(api.store, "node", debianImage({ packages: ["logo 1"] }), ["1"]);
    await putCatalogEntry(api.store, "node", { logo: SVG });
    const answer = await api.get("images/node/logo");
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe(SVG);
    expect(answer.headers["content-type"]).toMatch(/^image\/svg\+xml/);
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("sandbox");
    expect(policy).not.toContain("script-src");
    expect(policy).not.toContain("allow-scripts");
    expect(await api.json("images/node")).toMatchObject({ hasLogo: true });
  });
});

describe("the server's state", () => {
  it("is its version, its name, its key and its feeds", async () => {
    const api = await catalogApp({ advisories: await advisoriesOf(ADVISORIES) });
    expect(await api.json("status")).toEqual({
      version: "1.2.3",
      registry: "registry.test:5050",
      publicKey: "-----BEGIN PUBLIC KEY-----\n",
      feeds: [
        {
          kind: "debian-tracker",
          title: "Debian security tracker",
          source: expect.any(String) as string,
          asOf: "2026-11-01T00:00:00.000Z",
          importedAt: "2026-11-20T12:00:00.000Z",
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          records: 1,
        },
      ],
    });
  });
});
