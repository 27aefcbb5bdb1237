// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { testHost } from "../../test/support/host.js";
import { putImage, testStore } from "../../test/support/store.js";
import type { Host } from "../host/host.js";
import { publicHost } from "./public-url.js";

async function prepared(env: Readonly<Record<string, string>> = {}): Promise<Host> {
  const host = testHost({ env });
  const store = await testStore(host);
  const image = debianImage({ packages: ["zlib1g 1-1 zlib"], config: { User: "65532" } });
  await putImage(store, "node", image, ["22", "22.1", "22.1.0", "22-debian13"]);
  await lookThrough(store, "node:22");
  await putCatalogEntry(store, "node", {
    displayName: "Node.js",
    shortDescription: "JavaScript runtime",
    tools: [{ name: "npm", description: "" }],
  });
  await putImage(store, "team/app", debianImage({ packages: ["team-app 1"] }), ["1"]);
  return host;
}

describe("basalt catalog list", () => {
  it("prints a line an image", async () => {
    const { code, stdout, stderr } = await basaltOn(await prepared(), "catalog", "list");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^node +│ 22 +│ unknown +│ JavaScript runtime$/m);
    expect(stdout).toMatch(/^team\/app +│ 1 +│ unknown +│ Pushed to this registry$/m);
  });

  it("--search leaves out what does not fit", async () => {
    const { stdout } = await basaltOn(await prepared(), "catalog", "list", "--search", "javascript", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ images: [{ name: "node", displayName: "Node.js", versions: 1 }] });
  });

  it("says how to begin where there is nothing", async () => {
    const { code, stdout } = await basaltOn(testHost(), "catalog", "list");
    expect([code, stdout.includes("basalt build")]).toEqual([0, true]);
  });

  it("says that a search found nothing, not that the store is empty", async () => {
    const { stdout } = await basaltOn(await prepared(), "catalog", "list", "--search", "python");
    expect(stdout).not.toContain("the store has no images");
  });

  it("--json prints a document where there is nothing", async () => {
    expect(JSON.parse((await basaltOn(testHost(), "catalog", "list", "--json")).stdout)).toEqual({ images: [] });
  });
});

describe("basalt catalog get", () => {
  it("prints what a person needs to use the image", async () => {
    const { code, stdout } = await basaltOn(await prepared(), "catalog", "get", "node");
    expect(code).toBe(0);
    expect(stdout).toContain("Node.js: JavaScript runtime\n");
    expect(stdout).toContain("  docker pull localhost:5050/node:22\n");
    expect(stdout).toContain("Tools included: npm\n");
    expect(stdout).toMatch(/^22, 22\.1, 22\.1\.0, and 1 more │ linux\/amd64 │ 65532 │ none +│ 1 +│/m);
  });

  it("--json prints one document", async () => {
    const { stdout } = await basaltOn(await prepared(), "catalog", "get", "node", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ name: "node", tags: [{ digest: expect.any(String) as string }] });
  });

  const ABSENT = [
    { name: "none", code: "REPOSITORY_UNKNOWN" },
    { name: "NODE", code: "REFERENCE_INVALID" },
  ];

  it.each(ABSENT)("fails for $name", async ({ name, code }) => {
    const ended = await basaltOn(await prepared(), "catalog", "get", name);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(new RegExp(`^error: ${code}: `));
  });
});

describe("the name of this registry", () => {
  const CASES = [
    { summary: "is localhost with the default port", env: {}, expected: "localhost:5050" },
    {
      summary: "is what the public address says",
      env: { BASALT_PUBLIC_URL: "https://images.test/" },
      expected: "images.test",
    },
    { summary: "keeps a port", env: { BASALT_PUBLIC_URL: "http://images.test:8080" }, expected: "images.test:8080" },
    {
      summary: "is the default where the address is none",
      env: { BASALT_PUBLIC_URL: "images" },
      expected: "localhost:5050",
    },
  ];

  it.each(CASES)("$summary", ({ env, expected }) => {
    expect(publicHost(testHost({ env }))).toBe(expected);
  });

  it("is what people are told to pull from", async () => {
    const host = await prepared({ BASALT_PUBLIC_URL: "https://images.test" });
    expect((await basaltOn(host, "catalog", "get", "node")).stdout).toContain("docker login images.test\n");
  });
});
