// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startHttp } from "../../test/support/http-server.js";
import { definitionText } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { track, trackText, type TrackResult } from "../../test/support/tracking.js";
import { updateDefinitions } from "./index.js";

/** A server whose paths are answered with what stands here. */
async function startFiles(files: Readonly<Record<string, string>>): Promise<string> {
  const { url } = await startHttp((request, response) => {
    const content = files[(request.url ?? "").slice(1)];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  return url;
}

function file(url: string, variable: string): Readonly<Record<string, unknown>> {
  return { type: "file", url, set: { [variable]: "^.*$" } };
}

describe("several trackers", () => {
  it("what one of them cannot do stops no other", async () => {
    const url = await startFiles({ a: "2", c: "4" });
    const trackers = [file(`${url}a`, "A"), file(`${url}b`, "B"), file(`${url}c`, "C")];
    const result = await track(testHost(), { vars: { A: "1", B: "1", C: "1" }, track: trackers });
    expect(result).toMatchObject({ lines: ["A 1 -> 2", "C 1 -> 4"], codes: ["HTTP_STATUS"], isWritten: true });
    expect(result.text).toContain('A: "2"\n  B: "1"\n  C: "4"');
  });

  it("a later one sees what an earlier one found", async () => {
    const url = await startFiles({ version: "2.0", "sum-2.0": "abc" });
    const trackers = [file(`${url}version`, "V"), file(`${url}sum-\${V}`, "S")];
    const result = await track(testHost(), { vars: { V: "1.0", S: "x" }, track: trackers });
    expect(result.lines).toEqual(["V 1.0 -> 2.0", "S x -> abc"]);
  });

  it("each source is asked once, by whatever number of trackers, platforms and files", async () => {
    const server = await startHttp((_request, response) => void response.end("2"));
    const folder = temporaryFolder();
    const files = ["a.yaml", "b.yaml"].map((name) => join(folder, name));
    const text = definitionText({
      vars: { A: "1", B: "1" },
      track: [file(server.url, "A"), file(server.url, "B")],
      platforms: ["linux/amd64", "linux/arm64"],
    });
    for (const name of files) writeFileSync(name, text);
    const results = [];
    for await (const result of updateDefinitions(files, {}, testHost())) results.push(result.changes.length);
    expect(results).toEqual([2, 2]);
    expect(server.requests).toHaveLength(1);
  });

  it("packages of Alpine are not looked up, which is told and no failure", async () => {
    const tracker = { type: "alpine_package", package: "pkg:apk/alpine/a", set: "V" };
    const result = await track(testHost(), { vars: { V: "1" }, track: [tracker] });
    expect(result).toMatchObject({ lines: [], codes: [], trackers: 1 });
    expect(result.notes).toEqual(["V is not looked up: this version of Basalt does not track alpine_package"]);
  });
});

/** A changes to 2; B stays. */
async function count(tracker: Readonly<Record<string, unknown>>, rel = "4", isFirst = true): Promise<TrackResult> {
  const url = await startFiles({ a: "2", b: "1" });
  const others = [file(`${url}a`, "A"), file(`${url}b`, "B")];
  const counter = { type: "var_increment", ...tracker };
  const all = isFirst ? [counter, ...others] : [...others, counter];
  return track(testHost(), { vars: { A: "1", B: "1", REL: rel, R: "7" }, track: all });
}

describe("var_increment", () => {
  const cases = [
    { summary: "any change, where it says nothing", tracker: {}, line: "REL 4 -> 5" },
    { summary: "one of the increments changed", tracker: { increment: ["A"] }, line: "REL 4 -> 5" },
    { summary: "none of the increments changed", tracker: { increment: ["B"] }, line: undefined },
    { summary: "one of the resets changed", tracker: { reset: ["A"] }, line: "REL 4 -> 0" },
    { summary: "none of the resets changed", tracker: { reset: ["B"] }, line: undefined },
    { summary: "a reset wins", tracker: { reset: ["A"], increment: ["A"] }, line: "REL 4 -> 0" },
    {
      summary: "an increment beside a reset that stays",
      tracker: { reset: ["B"], increment: ["A"] },
      line: "REL 4 -> 5",
    },
    { summary: "another variable", tracker: { set: "R", increment: ["A"] }, line: "R 7 -> 8" },
    { summary: "behind the others as well", tracker: {}, isFirst: false, line: "REL 4 -> 5" },
  ];
  it.each(cases)("$summary", async ({ tracker, line, isFirst }) => {
    const { lines, codes } = await count(tracker, "4", isFirst);
    expect(codes).toEqual([]);
    expect(lines).toEqual(["A 1 -> 2", ...(line === undefined ? [] : [line])]);
  });

  it.each(["x", "1.5", "-1", "007", "9999999999"])("no number that is counted: %s", async (rel) => {
    expect(await count({}, rel)).toMatchObject({ lines: ["A 1 -> 2"], codes: ["TRACK_INVALID"] });
  });

  it("a variable that is not there", async () => {
    expect((await count({ set: "NO" })).codes).toEqual(["TRACK_INVALID"]);
  });
});

describe("the file", () => {
  it("a dry run writes nothing", async () => {
    const url = await startFiles({ a: "2" });
    const text = definitionText({ vars: { A: "1" }, track: [file(`${url}a`, "A")] });
    const result = await trackText(testHost(), text, { isDryRun: true });
    expect(result).toMatchObject({ lines: ["A 1 -> 2"], isWritten: false, text });
  });

  it("what would not lint clean is not written, nothing of it", async () => {
    const url = await startFiles({ a: "2", b: "bad+tag" });
    const trackers = [file(`${url}a`, "A"), file(`${url}b`, "TAG")];
    const text = definitionText({ vars: { A: "1", TAG: "1" }, tags: ["${TAG}"], track: trackers });
    const result = await trackText(testHost(), text);
    expect(result).toMatchObject({ lines: [], codes: ["DEFINITION_INVALID"], isWritten: false, text });
    expect(result.problems[0]?.message).toContain("DEFINITION_TAG");
  });

  it("a warning that was there before is in nobody's way", async () => {
    const url = await startFiles({ a: "2" });
    const dates = { "end-of-life": "2020-01-01" };
    const text = definitionText({ vars: { A: "1" }, dates, track: [file(`${url}a`, "A")] });
    expect(await trackText(testHost(), text)).toMatchObject({ lines: ["A 1 -> 2"], isWritten: true });
  });

  it("somebody else's change is not overwritten", async () => {
    const path = join(temporaryFolder(), "x.yaml");
    const { url } = await startHttp((_request, response) => {
      writeFileSync(path, `${readFileSync(path, "utf8")}# meanwhile\n`);
      response.end("2");
    });
    writeFileSync(path, definitionText({ vars: { A: "1" }, track: [file(url, "A")] }));
    for await (const { problems, isWritten } of updateDefinitions([path], {}, testHost())) {
      expect(problems.map(({ code }) => code)).toEqual(["FILE_UNREADABLE"]);
      expect(isWritten).toBe(false);
    }
    expect(readFileSync(path, "utf8")).toContain("# meanwhile");
  });

  const broken = [
    { summary: "no YAML", text: "a: [", code: "DEFINITION_INVALID" },
    { summary: "no definition", text: "a: b\n", code: "DEFINITION_INVALID" },
    {
      summary: "variables in a circle",
      text: definitionText({ vars: { A: "${B}", B: "${A}" } }),
      code: "DEFINITION_INVALID",
    },
    {
      summary: "a tracker that does not exist",
      text: definitionText({ track: [{ type: "x" }] }),
      code: "DEFINITION_INVALID",
    },
    { summary: "nothing tracked", text: definitionText(), code: undefined },
  ];
  it.each(broken)("$summary", async ({ text, code }) => {
    const result = await trackText(testHost(), text);
    expect(result).toMatchObject({ lines: [], codes: code === undefined ? [] : [code], text, trackers: 0 });
  });

  it("a variable of an included file is left alone", async () => {
    const url = await startFiles({ a: "2" });
    const folder = temporaryFolder();
    writeFileSync(join(folder, "base.inc.yaml"), 'vars: { A: "1" }\n');
    const path = join(folder, "x.yaml");
    writeFileSync(path, definitionText({ includes: ["base.inc.yaml"], track: [file(`${url}a`, "A")] }));
    for await (const { problems } of updateDefinitions([path], {}, testHost()))
      expect(problems.map(({ code }) => code)).toEqual(["TRACK_UNSAFE"]);
  });

  it("without a network each tracker says so", async () => {
    const trackers = [
      file("https://example.test/a", "A"),
      { type: "git_tag", url: "https://example.test/x.git", match: "^v", set: "A" },
      { type: "oci_artifact", name: "example.test/a", match: "^1", set: [{ var: "A", value: "tag" }] },
    ];
    const host = testHost({ offline: true });
    const { codes } = await track(host, { vars: { A: "1" }, track: trackers });
    expect(codes).toEqual(["NETWORK_OFFLINE", "NETWORK_OFFLINE", "NETWORK_OFFLINE"]);
  });
});
