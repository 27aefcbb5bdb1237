// SPDX-License-Identifier: Apache-2.0
import { readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf } from "../../test/support/bytes.js";
import { HAS_GIT } from "../../test/support/git.js";
import { startRepositories, type TestFile, type TestRepositories } from "../../test/support/git-repositories.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { fetchGitArchive, type GitSource } from "./git-archive.js";
import type { Host } from "./host.js";

const SECONDS = Date.parse("2026-01-02T00:00:00Z") / 1000;
const HOSTILE_CODES = ["GIT_CONTENT"];

function source({ url }: Pick<TestRepositories, "url">, name: string, commit: string, reference?: string): GitSource {
  const repository = new URL(`${url}${name}.git`);
  return reference === undefined ? { repository, commit } : { repository, commit, reference };
}

/** Each entry of the archive as a line. */
async function listing(what: GitSource, host: Host = testHost()): Promise<readonly string[]> {
  const file = await fetchGitArchive(what, host);
  const lines: string[] = [];
  for await (const { entry, content } of readTar(host.cache.read(file), { name: "git" })) {
    const text = entry.kind === "file" ? (await bytesOfStream(content)).toString() : "";
    const more = entry.kind === "symlink" ? `-> ${entry.target}` : JSON.stringify(text);
    lines.push(`${entry.kind} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${entry.path} ${more}`);
    expect(entry.mtimeSeconds).toBe(SECONDS);
  }
  return lines;
}

/** Nothing of what was fetched is left beside the cache. */
function leftovers(host: Host): readonly string[] {
  try {
    return readdirSync(host.home.temporary);
  } catch {
    return [];
  }
}

/** An entry of `.gitmodules`. */
function module(path: string, url: string): string {
  return `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`;
}

/** A host whose git is this script. */
function hostWithGit(script: string): Host {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return testHost({ env: { PATH: [folder, process.env["PATH"]].join(delimiter) } });
}

const FILES: Readonly<Record<string, TestFile>> = {
  README: "text\r\n",
  "a.txt": "a",
  "a/b/program": { mode: "100755", text: "#!/bin/sh\n" },
  "a/link": { mode: "120000", text: "b/program" },
  old: { mode: "100664", text: "group" },
  ".gitattributes": "* text=auto eol=crlf filter=lfs\nREADME export-ignore\n",
};
const LISTING = [
  `file 644 0:0 .gitattributes ${JSON.stringify(FILES[".gitattributes"])}`,
  'file 644 0:0 README "text\\r\\n"',
  'directory 755 0:0 a ""',
  'file 644 0:0 a.txt "a"',
  'directory 755 0:0 a/b ""',
  'file 755 0:0 a/b/program "#!/bin/sh\\n"',
  "symlink 777 0:0 a/link -> b/program",
  'file 644 0:0 old "group"',
];

describe.runIf(HAS_GIT)("a commit as an archive", () => {
  const kinds = [
    { kind: "smart", format: "sha1" },
    { kind: "dumb", format: "sha1" },
    { kind: "smart", format: "sha256" },
  ] as const;
  it.each(kinds)("from a $kind server, in $format: as committed, whatever attributes say", async ({ kind, format }) => {
    const server = await startRepositories(kind, format);
    const first = server.commit("x", FILES);
    const next = server.commit("x", { ...FILES, more: "more" }, first);
    server.refer("x", "refs/heads/main", next);
    server.refer("x", "refs/tags/v1", first);
    expect(await listing(source(server, "x", first, "v1"))).toEqual(LISTING);
    const host = testHost();
    expect(await listing(source(server, "x", next), host)).toHaveLength(LISTING.length + 1);
    expect(leftovers(host)).toEqual([]);
  });

  it("the same bytes from every server and with every configuration", async () => {
    const shas: string[] = [];
    for (const kind of ["smart", "dumb"] as const) {
      const server = await startRepositories(kind);
      const commit = server.commit("x", FILES);
      server.refer("x", "refs/heads/main", commit);
      shas.push((await fetchGitArchive(source(server, "x", commit, "main"), testHost())).sha256);
    }
    expect(new Set(shas).size).toBe(1);
  });

  it("what was made is found again, by its commit, also without a network", async () => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", FILES);
    server.refer("x", "refs/heads/main", commit);
    const home = temporaryFolder();
    const file = await fetchGitArchive(source(server, "x", commit, "main"), testHost({ home }));
    const count = server.requests.length;
    expect(await fetchGitArchive(source(server, "x", commit), testHost({ home }))).toEqual(file);
    const offline = testHost({ home, offline: true });
    expect(await fetchGitArchive(source(server, "x", commit, "main"), offline)).toEqual(file);
    expect(server.requests.length).toBe(count);
    const other = source(server, "x", "0".repeat(40));
    expect(await codeOf(() => fetchGitArchive(other, offline))).toBe("NETWORK_OFFLINE");
  });

  it("many files stream", async () => {
    const server = await startRepositories("smart");
    const files = Object.fromEntries(
      Array.from({ length: 3 }, (_, index) => [`f${index}`, "x".repeat(3_000_000 + index)]),
    );
    const commit = server.commit("x", files);
    server.refer("x", "refs/heads/main", commit);
    const file = await fetchGitArchive(source(server, "x", commit), testHost());
    expect(file.sizeBytes).toBeGreaterThan(9_000_000);
  });
});

describe.runIf(HAS_GIT)("the reference must lead to the commit", () => {
  it("a tag, a branch, a full name, HEAD, the commit itself, the beginning of it", async () => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", { a: "a" });
    const other = server.commit("x", { a: "b" }, commit);
    server.refer("x", "refs/heads/main", other);
    server.refer("x", "refs/heads/v1", other);
    server.refer("x", "refs/pull/1/head", commit);
    server.git("x", "tag", "-a", "-m", "annotated", "v1", commit);
    const host = testHost();
    for (const reference of ["v1", "refs/tags/v1", "refs/pull/1/head", commit, commit.slice(0, 10)])
      expect(await codeOf(() => fetchGitArchive(source(server, "x", commit, reference), host))).toBeUndefined();
    for (const reference of ["main", "HEAD", "refs/heads/v1"])
      expect(await codeOf(() => fetchGitArchive(source(server, "x", other, reference), host))).toBeUndefined();
  });

  it("a tag that moved is told, also where the commit is known", async () => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", { a: "a" });
    const evil = server.commit("x", { a: "evil" });
    server.refer("x", "refs/tags/v1", commit);
    const host = testHost();
    await fetchGitArchive(source(server, "x", commit, "v1"), host);
    server.refer("x", "refs/tags/v1", evil);
    const error = await fetchGitArchive(source(server, "x", commit, "v1"), host).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: "GIT_REFERENCE_MOVED",
      message: expect.stringContaining(`#v1 leads to the commit ${evil}, and the definition pins ${commit}`) as string,
    });
    // A lock names the commit, which is still to be had.
    expect(await codeOf(() => fetchGitArchive(source(server, "x", commit), testHost()))).toBeUndefined();
  });

  const unknown = ["v2", "refs/tags/v2", "refs/nothing"];
  it.each(unknown)("%s is not there", async (reference) => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", { a: "a" });
    server.refer("x", "refs/heads/refs/tags/v2", commit);
    expect(await codeOf(() => fetchGitArchive(source(server, "x", commit, reference), testHost()))).toBe(
      "GIT_REFERENCE_UNKNOWN",
    );
  });

  it("a server that gives only what has a name is asked for all that has one", async () => {
    const server = await startRepositories("smart");
    const first = server.commit("x", { a: "a" });
    server.refer("x", "refs/heads/main", server.commit("x", { a: "b" }, first));
    const wrapped = join(temporaryFolder(), "git");
    // The protocol before version 2 has servers that refuse the rest.
    writeFileSync(wrapped, `#!/bin/sh\nexec git -c protocol.version=0 "$@"\n`, { mode: 0o755 });
    const host = testHost({ env: { PATH: [dirname(wrapped), process.env["PATH"]].join(delimiter) } });
    expect(await codeOf(() => fetchGitArchive(source(server, "x", first), host))).toBeUndefined();
  });

  it.each(["smart", "dumb"] as const)("a commit that is not there: %s", async (kind) => {
    const server = await startRepositories(kind);
    const commit = server.commit("x", { a: "a" });
    server.refer("x", "refs/heads/main", commit);
    const host = testHost();
    expect(await codeOf(() => fetchGitArchive(source(server, "x", "1".repeat(40)), host))).toBe(
      "GIT_REFERENCE_UNKNOWN",
    );
    const tree = server.git("x", "rev-parse", `${commit}^{tree}`);
    expect(await codeOf(() => fetchGitArchive(source(server, "x", tree), host))).toBe("GIT_REFERENCE_UNKNOWN");
    expect(leftovers(host)).toEqual([]);
  });
});

describe.runIf(HAS_GIT)("submodules", () => {
  it("are followed, each at the commit that the tree pins", async () => {
    const server = await startRepositories("smart");
    const inner = server.commit("inner", { deep: "deep" });
    server.refer("inner", "refs/heads/main", inner);
    const lib = server.commit("lib", {
      ".gitmodules": module("in", "./../inner.git"),
      in: { mode: "160000", id: inner },
      l: "l",
    });
    server.refer("lib", "refs/heads/main", lib);
    const links = { "vendor/lib": { mode: "160000", id: lib }, "vendor/same": { mode: "160000", id: inner } };
    const text = `${module("vendor/lib", "../lib.git")}${module("vendor/same", `${server.url}inner.git`)}`;
    const commit = server.commit("x", { ".gitmodules": text, ...links });
    server.refer("x", "refs/heads/main", commit);
    const paths = (await listing(source(server, "x", commit))).map((line) => line.split(" ").slice(0, 4).join(" "));
    expect(paths).toEqual([
      "file 644 0:0 .gitmodules",
      "directory 755 0:0 vendor",
      "directory 755 0:0 vendor/lib",
      "file 644 0:0 vendor/lib/.gitmodules",
      "directory 755 0:0 vendor/lib/in",
      "file 644 0:0 vendor/lib/in/deep",
      "file 644 0:0 vendor/lib/l",
      "directory 755 0:0 vendor/same",
      "file 644 0:0 vendor/same/deep",
    ]);
  });

  const id = "1".repeat(40);
  const cases = [
    { summary: "without a list", modules: undefined },
    { summary: "that the list does not have", modules: module("y", "../y.git") },
    { summary: "that is a file of this machine", modules: module("m", "file:///etc") },
    { summary: "that is a path of this machine", modules: module("m", "/etc") },
    { summary: "that is a program", modules: module("m", "ext::sh -c id") },
    { summary: "by ssh", modules: module("m", "git@example.test:m.git") },
    { summary: "without TLS", modules: module("m", "http://example.test/m.git") },
    { summary: "with a password", modules: module("m", "https://u:p@example.test/m.git") },
    { summary: "whose address is an option", modules: module("m", "--upload-pack=id") },
    { summary: "in a list that is broken", modules: "[submodule" },
  ];
  it.each(cases)("refused: one $summary", async ({ modules }) => {
    const server = await startRepositories("dumb");
    const list = modules === undefined ? {} : { ".gitmodules": modules };
    const commit = server.commit("x", { ...list, m: { mode: "160000", id } });
    server.refer("x", "refs/heads/main", commit);
    const host = testHost();
    expect(await codeOf(() => fetchGitArchive(source(server, "x", commit), host))).toBe("GIT_CONTENT");
    expect(leftovers(host)).toEqual([]);
  });
});

describe.runIf(HAS_GIT)("refused:", () => {
  const cases: readonly { readonly summary: string; readonly files: Readonly<Record<string, TestFile>> }[] = [
    { summary: "a parent folder", files: { "..": "x" } },
    { summary: "the folder itself", files: { ".": "x" } },
    { summary: "git's folder", files: { ".git": "x" } },
    { summary: "git's folder in capitals", files: { ".GIT": "x" } },
    { summary: "git's folder below another", files: { "a/.git": "x" } },
    { summary: "a name with a slash", files: { "a\\..\\..\\b": "x" } },
    { summary: "an absolute name", files: { "\\etc": "x" } },
    { summary: "a name that is not UTF-8", files: { "\u00ff": "x" } },
    { summary: "a mode that is none", files: { a: { mode: "160001", text: "x" } } },
    { summary: "a file and a folder of one name", files: { a: "x", "a/b": "y" } },
    { summary: "a link to nowhere", files: { a: { mode: "120000", text: "" } } },
    { summary: "a link with a zero byte", files: { a: { mode: "120000", text: "a\0b" } } },
  ];
  it.each(cases)("$summary", async ({ files }) => {
    for (const kind of ["smart", "dumb"] as const) {
      const server = await startRepositories(kind);
      const commit = server.commit("x", files);
      server.refer("x", "refs/heads/main", commit);
      const host = testHost();
      expect(HOSTILE_CODES).toContain(await codeOf(() => fetchGitArchive(source(server, "x", commit), host)));
      expect(leftovers(host)).toEqual([]);
    }
  });

  it("a link that is too long", async () => {
    const server = await startRepositories("dumb");
    const commit = server.commit("x", { a: { mode: "120000", text: "a".repeat(5000) } });
    server.refer("x", "refs/heads/main", commit);
    expect(await codeOf(() => fetchGitArchive(source(server, "x", commit), testHost()))).toBe("SIZE_LIMIT_EXCEEDED");
  });
});

describe("a git that", () => {
  const SOURCE: GitSource = { repository: new URL("https://example.test/x.git"), commit: "1".repeat(40) };
  const HANGS = `case "$*" in *" fetch "*) sleep 100 & sleep 100;; *" cat-file "*) exit 1;; esac`;

  it("hangs is cancelled with all that it started", async () => {
    const host = hostWithGit(HANGS);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    expect(await codeOf(() => fetchGitArchive(SOURCE, host, { signal: stop.signal }))).toBe("CANCELLED");
    expect(leftovers(host)).toEqual([]);
  });

  it("takes too long is stopped", async () => {
    const host = hostWithGit(HANGS);
    const limits = { maxBytes: 1e6, timeoutMs: 200 };
    expect(await codeOf(() => fetchGitArchive(SOURCE, host, { limits }))).toBe("NETWORK_UNREACHABLE");
    expect(leftovers(host)).toEqual([]);
  });

  it("writes too much is stopped", async () => {
    const host = hostWithGit(
      `case "$*" in *" fetch "*) head -c 3000000 /dev/zero > pack; sleep 100;; *" cat-file "*) exit 1;; esac`,
    );
    const limits = { maxBytes: 1e6, timeoutMs: 60_000 };
    expect(await codeOf(() => fetchGitArchive(SOURCE, host, { limits }))).toBe("SIZE_LIMIT_EXCEEDED");
    expect(leftovers(host)).toEqual([]);
  });

  it("is not there", async () => {
    const host = testHost({ env: { PATH: temporaryFolder() } });
    expect(await codeOf(() => fetchGitArchive(SOURCE, host))).toBe("GIT_UNAVAILABLE");
  });

  it("is given nothing of this machine's configuration", async () => {
    const host = hostWithGit(
      `case "$*" in *" fetch "*) echo "fatal: $HOME|$GIT_CONFIG_NOSYSTEM|$GIT_CONFIG_GLOBAL|$GIT_ALLOW_PROTOCOL|$GIT_DIR|$*" >&2; exit 1;; *" cat-file "*) exit 1;; esac`,
    );
    process.env["GIT_DIR"] = "/nowhere";
    const error = await fetchGitArchive(SOURCE, host).catch((cause: unknown) => cause);
    delete process.env["GIT_DIR"];
    const message = error instanceof Error ? error.message : "";
    expect(message).toContain(`${host.home.temporary}/git-`);
    expect(message).toContain("|1|/dev/null|https||-c transfer.fsckObjects=true -c core.hooksPath=/dev/null");
  });
});
