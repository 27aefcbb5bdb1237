// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { startHttp } from "../../test/support/http-server.js";
import { testHost } from "../../test/support/host.js";
import { track, type TrackResult } from "../../test/support/tracking.js";

const BOTH = ["linux/amd64", "linux/arm64"];

function integrity(text: string): string {
  return `sha512-${createHash("sha512").update(text).digest("base64")}`;
}

type Versions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a registry says of a package with these versions. */
function versions(name: string, list: readonly string[], facts: Versions = {}): unknown {
  const entries = list.map((version) => [
    version,
    { dist: { integrity: integrity(`${name} ${version}`) }, ...facts[version] },
  ]);
  return { name, versions: Object.fromEntries(entries) as unknown };
}

interface Asked {
  readonly packages: Readonly<Record<string, unknown>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly tracker?: Readonly<Record<string, unknown>>;
  readonly parts?: Readonly<Record<string, unknown>>;
}

/** Tracks the package `a` with a registry of these packages. */
async function ask({ packages, vars = { V: "1.0.0" }, tracker, parts }: Asked): Promise<TrackResult> {
  const server = await startHttp((request, response) => {
    const answer = packages[decodeURIComponent((request.url ?? "").slice(1))];
    if (answer === undefined) response.writeHead(404).end();
    else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  const host = testHost({ env: { BASALT_NPM_REGISTRY: server.url } });
  const wanted = { type: "npm_package", package: "a", set: "V", ...tracker };
  return track(host, { vars, track: [wanted], ...(parts === undefined ? {} : { parts }) });
}

describe("npm_package: which version", () => {
  const cases = [
    { summary: "the newest", list: ["1.0.0", "1.10.0", "1.9.0"], line: "V 1.0.0 -> 1.10.0" },
    { summary: "none before a release", list: ["1.0.0", "2.0.0-rc.1", "1.1.0"], line: "V 1.0.0 -> 1.1.0" },
    {
      summary: "what matches only",
      list: ["1.0.0", "1.2.0", "2.0.0"],
      match: String.raw`^1\.`,
      line: "V 1.0.0 -> 1.2.0",
    },
    {
      summary: "none that is deprecated",
      list: ["1.0.0", "1.2.0", "1.3.0"],
      facts: { "1.3.0": { deprecated: "broken" }, "1.2.0": { deprecated: "" } },
      line: "V 1.0.0 -> 1.2.0",
    },
    {
      summary: "what is no version is passed over",
      list: ["1.0.0", "1.1", "v9.0.0", "latest", " 8.0.0"],
      line: undefined,
    },
    { summary: "the one that there is", list: ["1.0.0"], line: undefined },
  ] as const;
  it.each(cases)("$summary", async (one) => {
    const facts = "facts" in one ? one.facts : {};
    const tracker = "match" in one ? { match: one.match } : {};
    const result = await ask({ packages: { a: versions("a", one.list, facts) }, tracker });
    expect(result).toMatchObject({ lines: one.line === undefined ? [] : [one.line], codes: [] });
  });

  it("a scoped package is asked for", async () => {
    const packages = { "@s/a": versions("@s/a", ["1.1.0"]) };
    expect((await ask({ packages, tracker: { package: "@s/a" } })).lines).toEqual(["V 1.0.0 -> 1.1.0"]);
  });

  it("an older one is not taken, and that is told", async () => {
    const result = await ask({ packages: { a: versions("a", ["0.9.0"]) } });
    expect(result).toMatchObject({
      lines: [],
      codes: [],
      notes: ["V stays 1.0.0: npm a has nothing newer than 0.9.0"],
    });
  });
});

describe("npm_package: checksums", () => {
  const set = [
    { var: "V", value: "version" },
    { var: "SUM", value: "integrity" },
  ];
  const tracker = { package: "${P}", set };
  const P = '#{ target.arch == "amd64" ? "x64" : "arm" }';
  const packages = { x64: versions("x64", ["1.0.0", "1.1.0", "1.2.0"]), arm: versions("arm", ["1.0.0", "1.1.0"]) };
  const SUM = `#{ target.arch == "amd64" ? "${integrity("x64 1.0.0")}" : "${integrity("arm 1.0.0")}" }`;

  it("one for each platform, of the newest version that all platforms have", async () => {
    const result = await ask({ packages, tracker, vars: { P, V: "1.0.0", SUM }, parts: { platforms: BOTH } });
    expect(result.lines).toEqual([
      "V 1.0.0 -> 1.1.0",
      `SUM ${integrity("x64 1.0.0")} -> ${integrity("x64 1.1.0")} linux/amd64`,
      `SUM ${integrity("arm 1.0.0")} -> ${integrity("arm 1.1.0")} linux/arm64`,
    ]);
    expect(result.text).toContain(integrity("arm 1.1.0"));
    expect(result.text).not.toContain("1.0.0");
  });

  it("a plain variable cannot hold two: nothing of the tracker is changed", async () => {
    const vars = { P, V: "1.0.0", SUM: integrity("x64 1.0.0") };
    const result = await ask({ packages, tracker, vars, parts: { platforms: BOTH } });
    expect(result).toMatchObject({ lines: [], codes: ["TRACK_UNSAFE"], isWritten: false });
    expect(result.text).toContain("V: 1.0.0");
  });

  it("another content of the pinned version is not taken", async () => {
    const vars = { P: "x64", V: "1.2.0", SUM: integrity("somebody else's") };
    expect(await ask({ packages, tracker, vars })).toMatchObject({ lines: [], codes: ["TRACK_CONTRADICTION"] });
  });

  it("an empty checksum is filled in", async () => {
    const vars = { P: "x64", V: "1.2.0", SUM: "" };
    expect((await ask({ packages, tracker, vars })).lines).toEqual([`SUM  -> ${integrity("x64 1.2.0")}`]);
  });

  it("a version without a checksum that can be used is a problem", async () => {
    const facts = { "1.1.0": { dist: { integrity: "sha1-AAAA sha512-short", shasum: "00" } } };
    const vars = { P: "a", V: "1.0.0", SUM: "" };
    const result = await ask({ packages: { a: versions("a", ["1.0.0", "1.1.0"], facts) }, tracker, vars });
    expect(result.codes).toEqual(["TRACK_ANSWER"]);
  });
});

describe("npm_package: what goes wrong", () => {
  const good = versions("a", ["1.1.0"]);
  const cases = [
    { summary: "no such package", packages: {}, code: "HTTP_STATUS" },
    { summary: "no JSON", packages: { a: "<html>" }, code: "TRACK_ANSWER" },
    { summary: "JSON that is cut off", packages: { a: '{"versions":{' }, code: "TRACK_ANSWER" },
    { summary: "a list", packages: { a: [] }, code: "TRACK_ANSWER" },
    { summary: "null", packages: { a: "null" }, code: "TRACK_ANSWER" },
    { summary: "no versions", packages: { a: {} }, code: "TRACK_ANSWER" },
    { summary: "versions that are a text", packages: { a: { versions: "1.1.0" } }, code: "TRACK_ANSWER" },
    { summary: "a version that is nothing", packages: { a: { versions: { "1.1.0": null } } }, code: "TRACK_ANSWER" },
    { summary: "brackets without an end", packages: { a: "[".repeat(1_000_000) }, code: "TRACK_ANSWER" },
    { summary: "no version at all", packages: { a: { versions: {} } }, code: "TRACK_NOTHING" },
    {
      summary: "a prototype in place of versions",
      packages: { a: '{"__proto__":{"versions":{"1.1.0":{}}}}' },
      code: "TRACK_ANSWER",
    },
    { summary: "nothing that matches", packages: { a: good }, tracker: { match: "^7" }, code: "TRACK_NOTHING" },
    {
      summary: "an expression that is malformed",
      packages: { a: good },
      tracker: { match: "(" },
      code: "TRACK_INVALID",
    },
    {
      summary: "an expression that explodes",
      packages: { a: good },
      tracker: { match: "(a+)+$" },
      code: "TRACK_INVALID",
    },
    {
      summary: "an expression that looks around",
      packages: { a: good },
      tracker: { match: "(?=1)" },
      code: "TRACK_INVALID",
    },
    {
      summary: "a name that leaves the registry",
      packages: { a: good },
      tracker: { package: "../b" },
      code: "DEFINITION_INVALID",
    },
    { summary: "a variable that is not declared", packages: { a: good }, tracker: { set: "W" }, code: "TRACK_INVALID" },
    {
      summary: "a name that is built in",
      packages: { a: good },
      tracker: { set: "target.arch" },
      code: "TRACK_INVALID",
    },
  ] as const;
  it.each(cases)("$summary", async (one) => {
    const tracker = "tracker" in one ? one.tracker : {};
    const result = await ask({ packages: one.packages, tracker });
    expect(result).toMatchObject({ lines: [], codes: [one.code], isWritten: false });
  });

  it("many versions and an expression that begins anew everywhere end soon", async () => {
    const list = Array.from({ length: 20_000 }, (_, index) => `1.${index}.${index}`);
    const begin = performance.now();
    const tracker = { match: ".*.*.*.*x$" };
    const result = await ask({ packages: { a: versions("a", list) }, tracker });
    expect(result.codes).toEqual(["TRACK_INVALID"]);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it("a registry that redirects for ever, and one that is not there", async () => {
    const server = await startHttp((_request, response) => void response.writeHead(302, { location: "/a" }).end());
    const loop = testHost({ env: { BASALT_NPM_REGISTRY: server.url } });
    const gone = testHost({ env: { BASALT_NPM_REGISTRY: "http://127.0.0.1:1/" } });
    for (const host of [loop, gone]) {
      const wanted = { vars: { V: "1" }, track: [{ type: "npm_package", package: "a", set: "V" }] };
      expect((await track(host, wanted)).codes).toEqual(["NETWORK_UNREACHABLE"]);
    }
  });
});
