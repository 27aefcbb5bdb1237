// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startHttp } from "../../test/support/http-server.js";
import { testHost } from "../../test/support/host.js";
import { track, type TrackResult } from "../../test/support/tracking.js";

const SUMS = `${"a".repeat(64)}  tool-1.1-amd64.tgz\r\n${"b".repeat(64)}  tool-1.1-arm64.tgz\n`;

/** Tracks a file with this content. */
async function ask(
  content: string,
  tracker: Readonly<Record<string, unknown>>,
  vars: Readonly<Record<string, string>> = { V: "1.0" },
): Promise<TrackResult> {
  const server = await startHttp((_request, response) => void response.end(content));
  const parts = { platforms: ["linux/amd64", "linux/arm64"] };
  return track(testHost(), { vars, track: [{ url: `${server.url}x`, ...tracker }], parts });
}

describe("file", () => {
  it("a line's first group, for each platform what it asks for", async () => {
    const SUM = '#{ target.arch == "amd64" ? "x" : "y" }';
    const set = { SUM: "^([0-9a-f]{64})  tool-${V}-${target.arch}\\.tgz$" };
    const result = await ask(SUMS, { type: "file", set }, { V: "1.1", SUM });
    expect(result.lines).toEqual([`SUM x -> ${"a".repeat(64)} linux/amd64`, `SUM y -> ${"b".repeat(64)} linux/arm64`]);
  });

  const cases = [
    {
      summary: "the first line that matches",
      content: "old 1.1\nnew 1.2\nnew 1.3\n",
      where: "^new (.*)$",
      line: "V 1.0 -> 1.2",
    },
    { summary: "a whole match", content: "1.4\n", where: "^.*$", line: "V 1.0 -> 1.4" },
    { summary: "no line", content: "x\n", where: "^y", code: "TRACK_NOTHING" },
    { summary: "an empty group", content: "x\n", where: "^(y?)x", code: "TRACK_ANSWER" },
    { summary: "a value that needs quotes", content: "a b\n", where: "^a.*", code: "TRACK_UNSAFE" },
    { summary: "a very long value", content: "1".repeat(600), where: "^1+", code: "TRACK_ANSWER" },
    {
      summary: "lines beyond measure are passed over",
      content: `${"1".repeat(2_000)}\n2.0`,
      where: "^[0-9.]+",
      line: "V 1.0 -> 2.0",
    },
    {
      summary: "lines that explode",
      content: `${"a".repeat(900)}\n`.repeat(1_000),
      where: "^.*.*.*b",
      code: "TRACK_INVALID",
    },
  ];
  it.each(cases)("$summary", async ({ content, where, line, code }) => {
    const result = await ask(content, { type: "file", set: { V: where } });
    expect(result).toMatchObject({ lines: line === undefined ? [] : [line], codes: code === undefined ? [] : [code] });
  });
});

describe("json_file", () => {
  const document = JSON.stringify({ releases: [{ version: "2.0", lts: true, "a/b": { "~c": 3 } }], version: "1.5" });
  const cases = [
    { summary: "a pointer", where: "/releases/0/version", line: "V 1.0 -> 2.0" },
    { summary: "a pointer with escapes, to a number", where: "/releases/0/a~1b/~0c", line: "V 1.0 -> 3" },
    { summary: "a path", where: "releases[0].version", line: "V 1.0 -> 2.0" },
    { summary: "a path from the root", where: "$.releases.0.version", line: "V 1.0 -> 2.0" },
    { summary: "a truth value", where: "releases[0].lts", line: "V 1.0 -> true" },
    { summary: "nothing there", where: "/releases/1/version", code: "TRACK_NOTHING" },
    { summary: "an object", where: "/releases/0", code: "TRACK_NOTHING" },
    { summary: "what every object inherits", where: "constructor.name", code: "TRACK_NOTHING" },
    { summary: "a prototype", where: "__proto__.x", code: "TRACK_NOTHING" },
    { summary: "a path with a gap", where: "a..b", code: "TRACK_INVALID" },
    { summary: "no path", where: "", code: "TRACK_INVALID" },
  ];
  it.each(cases)("$summary", async ({ where, line, code }) => {
    const result = await ask(document, { type: "json_file", set: { V: where } });
    expect(result).toMatchObject({ lines: line === undefined ? [] : [line], codes: code === undefined ? [] : [code] });
  });

  const hostile = ["", "<html>", "{", "[".repeat(500_000)];
  it.each(hostile.map((content) => ({ content, summary: content.slice(0, 10) })))(
    "not JSON: $summary",
    async ({ content }) => {
      expect((await ask(content, { type: "json_file", set: { V: "/a" } })).codes).toEqual(["TRACK_ANSWER"]);
    },
  );

  it("a value that is no text says nothing where to look", async () => {
    expect((await ask("{}", { type: "json_file", set: { V: { a: 1 } } })).codes).toEqual(["TRACK_INVALID"]);
  });
});

describe("where files come from", () => {
  const set = { V: "^v(.*)" };

  it.each(["http://example.test/x", "file:///etc/passwd", "x", "data:text/plain,v2"])("refused: %s", async (url) => {
    const result = await track(testHost(), { vars: { V: "1" }, track: [{ type: "file", url, set }] });
    expect(result.codes).toEqual(["TRACK_INVALID"]);
  });

  const answers = [
    { summary: "a file that is not there", status: 404, location: undefined },
    { summary: "redirects without an end", status: 302, location: "/x" },
    { summary: "a redirect to plain HTTP", status: 301, location: "http://example.test/x" },
    { summary: "a redirect to a file", status: 307, location: "file:///etc/passwd" },
    { summary: "a redirect to nowhere", status: 302, location: undefined },
  ];
  it.each(answers)("$summary", async ({ status, location }) => {
    const server = await startHttp((_request, response) => {
      response.writeHead(status, location === undefined ? {} : { location }).end("v2");
    });
    const result = await track(testHost(), { vars: { V: "1" }, track: [{ type: "file", url: server.url, set }] });
    expect(result).toMatchObject({ lines: [], codes: ["HTTP_STATUS"] });
    expect(server.requests.length).toBeLessThan(10);
  });

  it("a redirect on this machine is followed", async () => {
    const server = await startHttp((request, response) => {
      if (request.url === "/y") response.end("v2");
      else response.writeHead(302, { location: "/y" }).end();
    });
    const result = await track(testHost(), { vars: { V: "1" }, track: [{ type: "file", url: server.url, set }] });
    expect(result.lines).toEqual(["V 1 -> 2"]);
  });

  it("a file without an end is not read to it", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const server = await startHttp((_request, response) => {
      const more = (): void => void (response.writable && response.write(chunk, more));
      more();
    });
    const result = await track(testHost(), { vars: { V: "1" }, track: [{ type: "file", url: server.url, set }] });
    expect(result.codes).toEqual(["SIZE_LIMIT_EXCEEDED"]);
  });
});
