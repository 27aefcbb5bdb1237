// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { HAS_GIT, startGit, TAGS_COMMIT } from "../../test/support/git.js";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { listRemoteRefs, parseRemoteRefs } from "./git.js";
import type { Host } from "./host.js";

const A = "a".repeat(40);
const B = "b".repeat(40);

/** A host whose git is this script. */
function hostWithGit(script: string): Host {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return testHost({ env: { PATH: [folder, process.env["PATH"]].join(delimiter) } });
}

describe("what git prints", () => {
  const cases = [
    { summary: "nothing", text: "", expected: [] },
    { summary: "a tag", text: `${A}\trefs/tags/v1\n`, expected: [{ name: "refs/tags/v1", commit: A }] },
    {
      summary: "an annotated tag, by the commit that it leads to",
      text: `${A}\trefs/tags/v1\n${B}\trefs/tags/v1^{}\n`,
      expected: [{ name: "refs/tags/v1", commit: B }],
    },
    { summary: "a head", text: `${A}\tHEAD\n`, expected: [{ name: "HEAD", commit: A }] },
    {
      summary: "hashes of SHA-256",
      text: `${"c".repeat(64)}\trefs/tags/v1`,
      expected: [{ name: "refs/tags/v1", commit: "c".repeat(64) }],
    },
    { summary: "no hash", text: "xyz\trefs/tags/v1\n", expected: [] },
    { summary: "a blank in a name", text: `${A}\trefs/tags/v 1\n`, expected: [] },
    { summary: "something else", text: `<html>\n${A} refs/tags/v1\n${A}\tv1\n`, expected: [] },
  ];
  it.each(cases)("$summary", ({ text, expected }) => {
    expect(parseRemoteRefs(text)).toEqual(expected);
  });
});

describe("asking a repository", () => {
  it.runIf(HAS_GIT)("tags and branches are told, with the commits that they lead to", async () => {
    const { url } = await startGit();
    const refs = await listRemoteRefs(new URL(url), ["refs/tags/*"], testHost());
    expect(refs.map(({ name }) => name)).toContain("refs/tags/v1.10.0");
    expect(new Set(refs.map(({ commit }) => commit))).toEqual(new Set([TAGS_COMMIT]));
    expect(await listRemoteRefs(new URL(url), ["refs/heads/main"], testHost())).toEqual([
      { name: "refs/heads/main", commit: TAGS_COMMIT },
    ]);
  });

  it("an address is never an option, and a pattern never a command", async () => {
    const host = hostWithGit(`echo "fatal: $GIT_ALLOW_PROTOCOL $GIT_TERMINAL_PROMPT $*" >&2; exit 1`);
    const url = new URL("https://example.test/--upload-pack=x.git");
    const error = await listRemoteRefs(url, ["$(false)"], host).catch((error: unknown) => error);
    const asked = "https 0 ls-remote -- https://example.test/--upload-pack=x.git $(false)";
    expect(error).toMatchObject({ message: expect.stringContaining(asked) as string });
  });

  const failures = [
    {
      summary: "no such host",
      said: "fatal: unable to access 'x': Could not resolve host: x",
      code: "NETWORK_UNREACHABLE",
    },
    { summary: "no such repository", said: "fatal: repository 'x' not found", code: "HTTP_STATUS" },
    {
      summary: "a password is wanted",
      said: "fatal: could not read Username for 'x': terminal prompts disabled",
      code: "HTTP_STATUS",
    },
    {
      summary: "a server that fails",
      said: "fatal: The requested URL returned error: 503",
      code: "NETWORK_UNREACHABLE",
    },
    { summary: "no word", said: "", code: "NETWORK_UNREACHABLE" },
  ];
  it.each(failures)("failed: $summary", async ({ said, code }) => {
    const host = hostWithGit(`echo "${said}" >&2; exit 128`);
    expect(await codeOf(() => listRemoteRefs(new URL("https://example.test/x.git"), ["HEAD"], host))).toBe(code);
  });

  const refused = ["http://example.test/x.git", "ssh://git@example.test/x.git", "file:///etc", "ext::sh"];
  it.each(refused)("not asked: %s", async (url) => {
    const host = hostWithGit("echo asked >&2; exit 0");
    expect(await codeOf(() => listRemoteRefs(new URL(url), ["HEAD"], host))).toBe("HTTP_STATUS");
  });

  it("a machine without git says so", async () => {
    const host = testHost({ env: { PATH: temporaryFolder() } });
    expect(await codeOf(() => listRemoteRefs(new URL("https://example.test/x.git"), ["HEAD"], host))).toBe(
      "GIT_UNAVAILABLE",
    );
  });

  it("a server without an end is stopped", async () => {
    const host = hostWithGit(`exec yes ${"x".repeat(1000)}`);
    expect(await codeOf(() => listRemoteRefs(new URL("https://example.test/x.git"), ["HEAD"], host))).toBe(
      "SIZE_LIMIT_EXCEEDED",
    );
  });

  it.runIf(HAS_GIT)("a server that is no repository is an error", async () => {
    const server = await startHttp((_request, response) => void response.writeHead(404).end());
    expect(await codeOf(() => listRemoteRefs(new URL(`${server.url}x.git`), ["HEAD"], testHost()))).toBe("HTTP_STATUS");
  });
});
