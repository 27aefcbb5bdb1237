// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { HAS_GIT, startGit, TAGS_COMMIT } from "../../test/support/git.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { track, type TrackResult } from "../../test/support/tracking.js";
import type { Host } from "../host/host.js";

const MATCH = String.raw`^v([0-9]+\.[0-9]+\.[0-9]+)$`;

describe.runIf(HAS_GIT)("git_tag", () => {
  const set = [
    { var: "V", value: "name" },
    { var: "T", value: "tag" },
    { var: "C", value: "commit" },
    { var: "M", value: "name", match: String.raw`^([0-9]+\.[0-9]+)` },
  ];
  const vars = { V: "1.2.0", T: "v1.2.0", C: "", M: "1.2" };

  it("the newest release that matches: its tag, name, commit, and a part of it", async () => {
    const { url } = await startGit();
    const result = await track(testHost(), { vars, track: [{ type: "git_tag", url, match: MATCH, set }] });
    expect(result.codes).toEqual([]);
    expect(result.lines).toEqual(["V 1.2.0 -> 1.10.0", "T v1.2.0 -> v1.10.0", `C  -> ${TAGS_COMMIT}`, "M 1.2 -> 1.10"]);
  });

  const cases = [
    {
      summary: "a release before its time is not one, even where the expression ends early",
      match: "^v([0-9.]+)",
      line: "V 1.0 -> 1.10.0",
    },
    { summary: "the whole match where there is no group", match: "^v.*", line: "V 1.0 -> v1.10.0" },
    { summary: "other tags", match: "^other-(.*)", line: "V 1.0 -> 9.0" },
  ];
  it.each(cases)("$summary", async ({ match, line }) => {
    const { url } = await startGit();
    const result = await track(testHost(), { vars: { V: "1.0" }, track: [{ type: "git_tag", url, match, set: "V" }] });
    expect(result.lines).toEqual([line]);
  });

  it("a tag that moved is not followed", async () => {
    const { url } = await startGit();
    const moved = { ...vars, V: "1.10.0", T: "v1.10.0", M: "1.10", C: "0".repeat(40) };
    const result = await track(testHost(), { vars: moved, track: [{ type: "git_tag", url, match: MATCH, set }] });
    expect(result).toMatchObject({ lines: [], codes: ["TRACK_CONTRADICTION"] });
  });

  it("nothing goes back", async () => {
    const { url } = await startGit();
    const result = await track(testHost(), {
      vars: { V: "3.0" },
      track: [{ type: "git_tag", url, match: MATCH, set: "V" }],
    });
    expect(result).toMatchObject({ lines: [], codes: [] });
    expect(result.notes[0]).toMatch(/^V stays 3\.0: .* has nothing newer than 1\.10\.0$/);
  });
});

describe("git_tag, without asking anybody", () => {
  const refused = [
    { summary: "an address without a scheme", url: "example.test/x" },
    { summary: "a helper of git's", url: "ext::sh -c touch% x" },
    { summary: "an option", url: "--upload-pack=x" },
    { summary: "plain HTTP", url: "http://example.test/x.git" },
    { summary: "a file", url: "file:///etc" },
  ];
  it.each(refused)("refused: $summary", async ({ url }) => {
    const result = await track(testHost(), {
      vars: { V: "1" },
      track: [{ type: "git_tag", url, match: "x", set: "V" }],
    });
    expect(result.codes).toEqual(["TRACK_INVALID"]);
  });
});

/** A host whose git knows these references of the repository `o/r` of GitHub, and tells nobody of others. */
function hostWithGithub(refs: readonly string[]): Host {
  const folder = temporaryFolder();
  const lines = refs.map((ref) => `${"a".repeat(40)}\t${ref}`).join("\n");
  const script = `#!/bin/sh\n[ "$3" = https://github.com/o/r.git ] || { echo "fatal: no host" >&2; exit 128; }\ncat <<'X'\n${lines}\nX\n`;
  writeFileSync(join(folder, "git"), script, { mode: 0o755 });
  return testHost({ env: { PATH: [folder, process.env["PATH"]].join(delimiter) } });
}

function github(host: Host, tracker: Readonly<Record<string, unknown>>): Promise<TrackResult> {
  return track(host, { vars: { V: "1.0" }, track: [{ owner: "o", repo: "r", ...tracker }] });
}

describe("GitHub", () => {
  const A = "a".repeat(40);
  const refs = ["HEAD", "refs/heads/next", "refs/tags/v1.1", "refs/tags/v1.1^{}", "refs/tags/v1.2-beta.1"];
  const good = [
    { summary: "github_tag", tracker: { type: "github_tag", match: "^v(.*)", set: "V" }, line: "V 1.0 -> 1.1" },
    {
      summary: "github_release",
      tracker: { type: "github_release", set: [{ var: "V", value: "tag" }] },
      line: "V 1.0 -> v1.1",
    },
    {
      summary: "github_repository",
      tracker: { type: "github_repository", set: { V: "commit" } },
      line: `V 1.0 -> ${A}`,
    },
    {
      summary: "github_repository with a branch",
      tracker: { type: "github_repository", branch: "next", set: { V: "commit" } },
      line: `V 1.0 -> ${A}`,
    },
  ];
  it.each(good)("$summary", async ({ tracker, line }) => {
    expect((await github(hostWithGithub(refs), tracker)).lines).toEqual([line]);
  });

  const bad = [
    {
      summary: "a branch that is not there",
      tracker: { type: "github_repository", branch: "no", set: { V: "commit" } },
      code: "TRACK_NOTHING",
    },
    {
      summary: "a branch that is an option",
      tracker: { type: "github_repository", branch: "-x", set: { V: "commit" } },
      code: "TRACK_INVALID",
    },
    {
      summary: "something else than a commit",
      tracker: { type: "github_repository", set: { V: "tag" } },
      code: "TRACK_INVALID",
    },
    { summary: "a map of maps", tracker: { type: "github_repository", set: { V: {} } }, code: "TRACK_INVALID" },
    {
      summary: "an owner with a path",
      tracker: { type: "github_tag", owner: "../x", match: "x", set: "V" },
      code: "TRACK_INVALID",
    },
    {
      summary: "no network",
      tracker: { type: "github_tag", owner: "x", match: "x", set: "V" },
      code: "NETWORK_UNREACHABLE",
    },
    { summary: "no tag that matches", tracker: { type: "github_tag", match: "^w", set: "V" }, code: "TRACK_NOTHING" },
  ];
  it.each(bad)("$summary", async ({ tracker, code }) => {
    expect(await github(hostWithGithub(refs), tracker)).toMatchObject({ lines: [], codes: [code] });
  });

  const explosive = [
    {
      summary: "tags that are long",
      refs: [`refs/tags/v9${"9".repeat(5_000)}`, `refs/tags/v1.1${".1".repeat(5_000)}`, "refs/tags/v1.1"],
    },
    {
      summary: "many tags",
      refs: Array.from({ length: 20_000 }, (_, index) => `refs/tags/v1.0.${index}-x${"1.".repeat(30)}`).concat(
        "refs/tags/v1.1",
      ),
    },
    { summary: "tags with quotes and shells", refs: ['refs/tags/v9"$(false)', "refs/tags/v9';x", "refs/tags/v1.1"] },
  ];
  it.each(explosive)("$summary end soon", async ({ refs }) => {
    const begin = performance.now();
    const tracker = { type: "github_tag", match: String.raw`^v([0-9]+\.[0-9]+)$`, set: "V" };
    expect((await github(hostWithGithub(refs), tracker)).lines).toEqual(["V 1.0 -> 1.1"]);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it("a value that would need quotes is not written", async () => {
    const host = hostWithGithub(['refs/tags/v9"x', "refs/tags/v1.1"]);
    const result = await github(host, { type: "github_tag", match: "^v.*", set: "V" });
    expect(result).toMatchObject({ lines: [], codes: ["TRACK_UNSAFE"], isWritten: false });
  });
});
