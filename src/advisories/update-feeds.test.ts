// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import {
  kevText,
  nodejsText,
  nvdText,
  openUntilFinished,
  trackerText,
  VECTORS,
} from "../../test/support/feed-files.js";
import { testHost, TEST_NOW } from "../../test/support/host.js";
import { startHttp, type TestServer } from "../../test/support/http-server.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { feedSources, updateFeeds, type Updated } from "./update-feeds.js";

const TRACKER = "/security-tracker.debian.org/tracker/data/json";
const NODEJS = "/raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json";
const KEV = "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
const NVD = /^\/nvd\.nist\.gov\/feeds\/json\/cve\/2\.0\/nvdcve-2\.0-([0-9]{4})\.json\.gz$/;
const ALL = ["debian-tracker", "kev", "nodejs-core", "nvd"];

type Answer = (response: ServerResponse) => void;

/** What a mirror of all feeds answers at a path. */
function contentOf(path: string): Buffer | string | undefined {
  if (path === TRACKER) return trackerText({ zlib: { "CVE-2026-0001": { trixie: { status: "open" } } } });
  if (path === NODEJS) return nodejsText([{ cve: ["CVE-2026-0002"], vulnerable: "22.x", patched: "^22.1.1" }]);
  if (path === KEV) return kevText(["CVE-2026-0001"]);
  const year = NVD.exec(path)?.[1];
  return year === undefined ? undefined : gzipSync(nvdText({ [`CVE-${year}-0001`]: VECTORS.low }));
}

/** A mirror; `answers` take the place of what it has. */
function startMirror(answers: Readonly<Record<string, Answer>> = {}): Promise<TestServer> {
  return startHttp((request, response) => {
    const path = request.url ?? "";
    const own = answers[path] ?? (NVD.test(path) ? answers["nvd"] : undefined) ?? answers["all"];
    if (own !== undefined) return own(response);
    const content = contentOf(path);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "last-modified": "Thu, 19 Nov 2026 06:00:00 GMT" }).end(content);
  });
}

const OTHER_TRACKER: Answer = (response) =>
  void response.end(trackerText({ openssl: { "CVE-2026-0009": { trixie: { status: "open" } } } }));
const MISSING: Answer = (response) => void response.writeHead(404).end("not found");
const CUT_OFF: Answer = (response) => {
  response.writeHead(200, { "content-length": 1000 }).write("{");
  setTimeout(() => response.destroy(), 20);
};

function hostFor(server: TestServer, home: string = temporaryFolder()): Host {
  return testHost({ home, env: { BASALT_FEED_MIRROR: server.url } });
}

function update(host: Host): Promise<Updated> {
  return updateFeeds(feedSources(host), host, {});
}

async function kindsOf(host: Host): Promise<readonly string[]> {
  return (await openUntilFinished(host)).feeds.map((feed) => feed.kind);
}

describe("where feeds are fetched from", () => {
  it("is the public addresses, each year of NVD its own", () => {
    const urls = feedSources(testHost()).map(({ url }) => url.href);
    expect(urls.slice(0, 3)).toEqual([`https:/${TRACKER}`, `https:/${NODEJS}`, `https:/${KEV}`]);
    expect(urls.slice(3).map((url) => NVD.exec(new URL(url).pathname.replace(/^/, "/nvd.nist.gov"))?.[1])).toEqual(
      Array.from({ length: 25 }, (_, index) => String(2002 + index)),
    );
  });

  const MIRRORS = [
    {
      summary: "a mirror has the same paths below each host's name",
      mirror: "http://mirror.test/feeds/",
      base: "/feeds",
    },
    { summary: "a mirror's address may lack the slash at its end", mirror: "http://mirror.test/feeds", base: "/feeds" },
    { summary: "a mirror may be a whole server", mirror: "http://mirror.test", base: "" },
  ];

  it.each(MIRRORS)("$summary", ({ mirror, base }) => {
    const [tracker] = feedSources(testHost({ env: { BASALT_FEED_MIRROR: mirror } }));
    expect(tracker?.url.href).toBe(`http://mirror.test${base}${TRACKER}`);
  });

  it("an empty setting is none", () => {
    const [tracker] = feedSources(testHost({ env: { BASALT_FEED_MIRROR: "" } }));
    expect(tracker?.url.host).toBe("security-tracker.debian.org");
  });
});

describe("when all feeds can be had", () => {
  it("takes them all, the tracker as complete, and says when they were published", async () => {
    const host = hostFor(await startMirror());
    const updated = await update(host);
    expect(updated.failures).toEqual([]);
    const advisories = await openUntilFinished(host);
    expect(advisories.feeds.map((feed) => [feed.kind, feed.asOf, feed.records])).toEqual([
      ["debian-tracker", "2026-11-19T06:00:00.000Z", 1],
      ["kev", "2026-10-01T00:00:00Z", 1],
      ["nodejs-core", "2026-11-19T06:00:00.000Z", 1],
      ["nvd", "2026-11-02T03:00:00.000Z", 25],
    ]);
    expect(advisories.covers("debian:13", "a source that has no vulnerability")).toBe(true);
    expect(advisories.vulnerability("CVE-2002-0001")?.severity).toBe("low");
  });

  it("asks for each file once and tells which one is next", async () => {
    const server = await startMirror();
    const host = hostFor(server);
    const told: string[] = [];
    await updateFeeds(feedSources(host), host, { onSource: (source) => told.push(`GET ${source.url.pathname}`) });
    expect(server.requests).toEqual(told);
    expect(new Set(told).size).toBe(28);
  });

  it("without a date from the server, the moment of fetching is the date", async () => {
    const tracker = contentOf(TRACKER);
    const host = hostFor(await startMirror({ [TRACKER]: (response) => void response.end(tracker) }));
    await update(host);
    expect((await openUntilFinished(host)).feeds[0]?.asOf).toBe(TEST_NOW.toISOString());
  });

  it("a date that cannot be read is as good as none", async () => {
    const tracker = contentOf(TRACKER);
    const answer: Answer = (response) => void response.writeHead(200, { "last-modified": "yesterday" }).end(tracker);
    const host = hostFor(await startMirror({ [TRACKER]: answer }));
    expect(await codeOf(() => update(host))).toBeUndefined();
    expect(await kindsOf(host)).toEqual(ALL);
  });
});

describe("when some feed cannot be had", () => {
  const CASES: readonly { summary: string; path: string; answer: Answer; kind: string; code: string }[] = [
    { summary: "it is missing", path: KEV, answer: MISSING, kind: "kev", code: "HTTP_STATUS" },
    {
      summary: "the server fails",
      path: TRACKER,
      answer: (response) => void response.writeHead(503).end(),
      kind: "debian-tracker",
      code: "HTTP_STATUS",
    },
    {
      summary: "something else lies at its address",
      path: TRACKER,
      answer: (response) => void response.end(contentOf(KEV)),
      kind: "debian-tracker",
      code: "FEED_INVALID",
    },
    {
      summary: "a login page lies at its address",
      path: NODEJS,
      answer: (response) => void response.end("<html>log in</html>"),
      kind: "nodejs-core",
      code: "FEED_INVALID",
    },
    {
      summary: "it is empty",
      path: NODEJS,
      answer: (response) => void response.end(),
      kind: "nodejs-core",
      code: "FEED_INVALID",
    },
    {
      summary: "its fields are of wrong types",
      path: TRACKER,
      answer: (response) =>
        void response.end(trackerText({ a: { "CVE-1": { trixie: { status: "open", urgency: 5 } } } })),
      kind: "debian-tracker",
      code: "FEED_INVALID",
    },
    {
      summary: "one year of it is missing",
      path: "/nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2026.json.gz",
      answer: MISSING,
      kind: "nvd",
      code: "HTTP_STATUS",
    },
    {
      summary: "its packing is cut off",
      path: "/nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2026.json.gz",
      answer: (response) => void response.end(gzipSync(nvdText({ "CVE-1": VECTORS.low })).subarray(0, 60)),
      kind: "nvd",
      code: "GZIP_INVALID",
    },
  ];

  it.each(CASES)("the others are taken and it is reported: $summary", async ({ path, answer, kind, code }) => {
    const host = hostFor(await startMirror({ [path]: answer }));
    const { failures } = await update(host);
    expect(failures.map(({ source, error }) => [source.kind, error.code])).toEqual([[kind, code]]);
    expect(await kindsOf(host)).toEqual(ALL.filter((other) => other !== kind));
  });

  it("what was there of it is kept, and the others are renewed", async () => {
    const home = temporaryFolder();
    await update(hostFor(await startMirror(), home));
    const host = hostFor(await startMirror({ [KEV]: MISSING, nvd: MISSING, [TRACKER]: OTHER_TRACKER }), home);
    await update(host);
    const advisories = await openUntilFinished(host);
    expect(advisories.feeds.map((feed) => feed.kind)).toEqual(ALL);
    expect(advisories.isExploited("CVE-2026-0001")).toBe(true);
    expect(advisories.vulnerability("CVE-2002-0001")).toBeDefined();
    expect(advisories.about("debian:13", "zlib")).toEqual([]);
    expect(advisories.about("debian:13", "openssl")).toHaveLength(1);
  });

  it("a connection that breaks off loses no feed in silence: what is not taken is reported", async () => {
    const host = hostFor(await startMirror({ [NODEJS]: CUT_OFF }));
    const { failures } = await update(host);
    const reported = failures.map(({ source }) => source.kind);
    expect(reported).toContain("nodejs-core");
    expect([...new Set([...reported, ...(await kindsOf(host))])].toSorted()).toEqual(ALL);
  });
});

describe("when no feed can be had", () => {
  const CASES: readonly { summary: string; answer: Answer }[] = [
    { summary: "because all are missing", answer: MISSING },
    { summary: "because the server breaks off", answer: CUT_OFF },
    { summary: "because all hold nonsense", answer: (response) => void response.end("[1, 2]") },
  ];

  it.each(CASES)("fails and keeps what was there, $summary", async ({ answer }) => {
    const home = temporaryFolder();
    await update(hostFor(await startMirror(), home));
    const host = hostFor(await startMirror({ all: answer }), home);
    expect(await codeOf(() => update(host))).toBe("FEEDS_UNREACHABLE");
    expect(await kindsOf(host)).toEqual(ALL);
  });

  it("asks a server that does not answer only once", async () => {
    const server = await startMirror({ all: (response) => void response.destroy() });
    expect(await codeOf(() => update(hostFor(server)))).toBe("FEEDS_UNREACHABLE");
    expect(server.requests).toHaveLength(1);
  });

  it("fails without a network", async () => {
    const host = testHost({ offline: true });
    expect(await codeOf(() => update(host))).toBe("FEEDS_UNREACHABLE");
  });

  it("makes no database where none was", async () => {
    const host = hostFor(await startMirror({ all: MISSING }));
    await update(host).catch(() => undefined);
    expect(await kindsOf(host)).toEqual([]);
  });
});

it("can be cancelled, and keeps what was there", async () => {
  const server = await startMirror({ [KEV]: () => undefined }); // never answers
  const host = hostFor(server);
  const controller = new AbortController();
  const onSource = ({ kind }: { readonly kind: string }): void => {
    if (kind === "kev") setTimeout(() => controller.abort(), 20);
  };
  const work = (): Promise<Updated> => updateFeeds(feedSources(host), host, { signal: controller.signal, onSource });
  expect(await codeOf(work)).toBe("CANCELLED");
  expect(await kindsOf(host)).toEqual([]);
});
