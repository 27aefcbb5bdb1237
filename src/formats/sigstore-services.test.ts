// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { chooseSigstoreServices } from "./sigstore-services.js";

const NOW = new Date("2026-11-20T12:00:00Z");

function service(url: string, majorApiVersion = 1, validFor: object = { start: "2026-01-01T00:00:00Z" }): object {
  return { url, majorApiVersion, validFor, operator: "test" };
}

const CONFIG = {
  mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
  caUrls: [service("https://ca.test")],
  oidcUrls: [service("https://oidc.test")],
  rekorTlogUrls: [service("https://log.test")],
  rekorTlogConfig: { selector: "ANY" },
  tsaUrls: [service("https://tsa.test/api/v1/timestamp")],
  tsaConfig: { selector: "ANY" },
};

function choose(config: unknown): ReturnType<typeof chooseSigstoreServices> {
  const bytes = Buffer.isBuffer(config) ? config : Buffer.from(JSON.stringify(config));
  return chooseSigstoreServices(bytes, "signing-config.json", NOW);
}

describe("services of a signing config", () => {
  it("are one of each kind", async () => {
    expect(await choose(CONFIG)).toEqual({
      authority: { url: "https://ca.test", majorApiVersion: 1 },
      logs: [{ url: "https://log.test", majorApiVersion: 1 }],
      timestampAuthorities: [{ url: "https://tsa.test/api/v1/timestamp", majorApiVersion: 1 }],
    });
  });

  it("are those that are valid now, the highest version that is spoken here first, then the newest", async () => {
    const rekorTlogUrls = [
      service("https://one.test", 1),
      service("https://old.test", 2, { start: "2025-01-01T00:00:00Z" }),
      service("https://new.test/", 2, { start: "2026-06-01T00:00:00Z", end: "2027-01-01T00:00:00Z" }),
      service("https://past.test", 2, { start: "2026-07-01T00:00:00Z", end: "2026-08-01T00:00:00Z" }),
      service("https://future.test", 2, { start: "2027-07-01T00:00:00Z" }),
      service("https://three.test", 3),
    ];
    const chosen = async (rekorTlogConfig: object): Promise<readonly string[]> =>
      (await choose({ ...CONFIG, rekorTlogUrls, rekorTlogConfig })).logs.map(({ url }) => url);
    expect(await chosen({ selector: "ANY" })).toEqual(["https://new.test"]);
    expect(await chosen({ selector: "EXACT", count: 2 })).toEqual(["https://new.test", "https://old.test"]);
    expect(await chosen({ selector: "ALL" })).toEqual(["https://new.test", "https://old.test", "https://one.test"]);
    expect(await chosen({})).toEqual(["https://new.test"]);
    expect(await codeOf(() => chosen({ selector: "EXACT", count: 4 }))).toBe("KEY_INVALID");
  });

  it.each([
    { summary: "without logs", config: { rekorTlogUrls: [], rekorTlogConfig: {} }, logs: 0, authorities: 1 },
    { summary: "without time stamps", config: { tsaUrls: [], tsaConfig: {} }, logs: 1, authorities: 0 },
  ])("$summary are enough", async ({ config, logs, authorities }) => {
    const chosen = await choose({ ...CONFIG, ...config });
    expect([chosen.logs.length, chosen.timestampAuthorities.length]).toEqual([logs, authorities]);
  });

  it.each([
    { summary: "nothing", config: Buffer.alloc(0) },
    { summary: "no JSON", config: Buffer.from("hello") },
    { summary: "bytes that are no UTF-8", config: Buffer.from([0x22, 0xff, 0x22]) },
    { summary: "a list", config: [] },
    { summary: "null", config: null },
    { summary: "a trusted root", config: { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" } },
    {
      summary: "a former version",
      config: { ...CONFIG, mediaType: "application/vnd.dev.sigstore.signingconfig.v0.1+json" },
    },
    { summary: "a selector that is none", config: { ...CONFIG, tsaConfig: { selector: "SOME" } } },
    { summary: "a count that is none", config: { ...CONFIG, tsaConfig: { selector: "EXACT", count: "x" } } },
    { summary: "a list that is none", config: { ...CONFIG, caUrls: {} } },
    { summary: "no authority", config: { ...CONFIG, caUrls: [] } },
    {
      summary: "an authority that is none any more",
      config: { ...CONFIG, caUrls: [service("https://ca.test", 1, { end: "2026-02-01T00:00:00Z" })] },
    },
    {
      summary: "an authority of a later version alone",
      config: { ...CONFIG, caUrls: [service("https://ca.test", 2)] },
    },
    { summary: "no witness", config: { ...CONFIG, rekorTlogUrls: [], tsaUrls: [] } },
    {
      summary: "a witness that is none yet",
      config: { ...CONFIG, rekorTlogUrls: [service("https://log.test", 1, { start: "2028-01-01T00:00:00Z" })] },
    },
    { summary: "a file for an address", config: { ...CONFIG, caUrls: [service("file:///etc/passwd")] } },
    { summary: "no address", config: { ...CONFIG, caUrls: [service("")] } },
    { summary: "a key twice", config: Buffer.from(`{"mediaType":"x",${JSON.stringify(CONFIG).slice(1)}`) },
  ])("are not found in what has $summary", async ({ config }) => {
    expect(await codeOf(() => choose(config))).toBe("KEY_INVALID");
  });
});
