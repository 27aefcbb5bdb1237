// SPDX-License-Identifier: Apache-2.0
// Faults planted in a good definition, one of each kind: each is found at its line, and the good one is silent.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary.js";
import { lintFiles } from "./lint.js";

const SHA256 = "0123456789abcdef".repeat(4);
const GOOD = `# syntax=dhi.io/build:2-debian13

name: Tool 2.x
image: dhi.io/tool
variant: runtime
tags:
  - "2"
  - 2.1-debian13
platforms:
  - linux/amd64
  - linux/arm64
dates:
  release: "2026-01-01"
  end-of-life: "2029-01-01"
vars:
  VERSION: 2.1.0
  ARCH: '#{ target.arch == "amd64" ? "x86_64" : "aarch64" }'
  MAJOR: \${VERSION:^([0-9]+)}
contents:
  repositories:
    - deb [signed-by=/usr/share/keyrings/tool.gpg] https://packages.test/debian trixie main
  packages:
    - '!openssl'
    - base-files
    - libtool=2.1.0-1
  artifacts:
    - name: dhi.io/pkg-tool:1@sha256:${SHA256}
      includes:
        - usr/**
      uid: 0
  files:
    - url: https://a.test/\${ARCH}/tool.tar.gz
      checksum: sha256:${SHA256}
      path: /opt/tool
      if: target.arch == "amd64"
  builds:
    - name: build
      uses: dhi.io/golang:1@sha256:${SHA256}
      contents:
        packages:
          - bash
        files:
          - url: git+https://git.test/tool.git#v2
            checksum: 0123456789abcdef0123456789abcdef01234567
            path: \${source.dir}/tool
      pipeline:
        - name: patch
          uses: patch@v1
          with:
            patches: a.patch
        - name: make
          runs: make install DESTDIR=\${target.dir}
      outputs:
        - source: \${target.dir}/usr
          target: /usr
          uid: 0
          gid: 0
accounts:
  run-as: tool
  users:
    - name: tool
      uid: 1000
      gid: 1000
  groups:
    - name: tool
      gid: 1000
      members:
        - tool
os-release:
  name: Tools
  id: debian
  version-id: "13"
  version-codename: trixie
environment:
  A: b
paths:
  - type: directory
    path: /data
    uid: 1000
    gid: 1000
    mode: "0755"
  - type: symlink
    path: /usr/bin/t
    source: /usr/bin/tool
entrypoint:
  - /usr/bin/tool
ports:
  - 8080/tcp
tests:
  - name: starts
    commands:
      - tool --version
    exit-code: 0
track:
  - type: github_tag
    owner: a
    repo: b
    match: ^v2
    set: VERSION
  - type: json_file
    url: https://a.test/releases.json
    set:
      MAJOR: /0/major
`;

/** `LINE CODE` of every problem of a definition, and the text of those lines. */
async function lint(text: string, others: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const root = temporaryFolder();
  mkdirSync(join(root, "image"));
  for (const [name, content] of Object.entries(others)) writeFileSync(join(root, name), content);
  const file = join(root, "image", "tool.yaml");
  writeFileSync(file, text);
  const { problems } = await lintFiles([root], { today: "2026-11-24" });
  const lines = text.split("\n");
  return problems
    .filter((problem) => problem.file === file)
    .map((problem) => `${problem.code} ${lines[problem.line - 1]?.trim()}`);
}

it("the good one is silent", async () => {
  expect(await lint(GOOD)).toEqual([]);
});

describe("a fault", () => {
  /** What is replaced by what, the code, and the line where it is found: that of the replacement where none is given. */
  const faults: readonly (readonly [summary: string, from: string, to: string, code: string, line?: string])[] = [
    ["a bracket that is not closed", "name: Tool 2.x", "name: [Tool", "YAML_BAD_INDENT", "image: dhi.io/tool"],
    ["a key that stands twice", "variant: runtime", "name: again", "YAML_DUPLICATE_KEY"],
    ["a key that does not exist", "variant: runtime", "varaint: runtime", "SCHEMA_ADDITIONAL_PROPERTIES"],
    ["a value that is none of its list", "variant: runtime", "variant: production", "SCHEMA_ENUM"],
    ["a number where text is wanted", "  VERSION: 2.1.0", "  VERSION: 2.1", "SCHEMA_TYPE"],
    ["a mode that is none", 'mode: "0755"', 'mode: "rwxr-xr-x"', "SCHEMA_PATTERN"],
    ["a tracker without what it sets", "    set: VERSION\n", "", "SCHEMA_REQUIRED", "- type: github_tag"],
    ["a test without an exit code", "    exit-code: 0\n", "", "SCHEMA_REQUIRED", "- name: starts"],
    ["a repository that is none", "image: dhi.io/tool", "image: Tool Box", "DEFINITION_IMAGE"],
    ["a tag that is none", "2.1-debian13", "2.1+debian13", "DEFINITION_TAG"],
    ["a tag of another release", "2.1-debian13", "2.1-debian12", "DEFINITION_TAG_RULE"],
    ["a tag of another distribution", "2.1-debian13", "2.1-alpine3.24", "DEFINITION_TAG_RULE"],
    ["a tag of another variant", "2.1-debian13", "2.1-debian13-dev", "DEFINITION_TAG_RULE"],
    ["a tag that stands twice", "2.1-debian13", '"2"', "DEFINITION_TAG_TWICE"],
    ["a day that does not exist", '"2026-01-01"', '"2026-02-30"', "DEFINITION_DATE"],
    ["a life that ends before it begins", '"2029-01-01"', '"2025-01-01"', "DEFINITION_DATE"],
    ["a life that is over", '"2029-01-01"', '"2026-11-23"', "DEFINITION_END_OF_LIFE"],
    ["an expression that ends too early", ' : "aarch64" }', " }", "DEFINITION_VARS"],
    ["variables in a circle", "  VERSION: 2.1.0", "  VERSION: ${MAJOR}.1", "DEFINITION_VARS"],
    ["a regular expression that explodes", "^([0-9]+)", "^(([0-9]+)*)+$", "DEFINITION_VARS"],
    ["a reference that nothing declares", "${ARCH}/tool", "${ARHC}/tool", "DEFINITION_VARIABLE"],
    ["an APT source that is none", "deb [signed-by", "dbe [signed-by", "DEFINITION_REPOSITORY"],
    ["a package name that is none", "- bash", "- bash,dash", "PACKAGE_NAME"],
    ["a package that stands twice", "- base-files", "- '!openssl'", "PACKAGE_TWICE"],
    ["a shell that no label admits", "- base-files", "- bash # shell", "DEFINITION_SHELL"],
    ["a package manager that no label admits", "- base-files", "- apt", "DEFINITION_PACKAGE_MANAGER"],
    [
      "a download without a checksum",
      `      checksum: sha256:${SHA256}\n`,
      "",
      "DEFINITION_UNPINNED",
      "- url: https://a.test/${ARCH}/tool.tar.gz",
    ],
    ["a checksum that is none", `checksum: sha256:${SHA256}`, "checksum: sha256:abc", "DEFINITION_CHECKSUM"],
    [
      "a source without a commit",
      "            checksum: 0123456789abcdef0123456789abcdef01234567\n",
      "",
      "DEFINITION_UNPINNED",
      "- url: git+https://git.test/tool.git#v2",
    ],
    [
      "a commit that is none",
      "checksum: 0123456789abcdef0123456789abcdef01234567",
      "checksum: v2.1.0",
      "DEFINITION_CHECKSUM",
    ],
    ["a protocol that cannot be fetched", "url: https://", "url: ftp://", "DEFINITION_FILE"],
    ["a condition that is none", 'if: target.arch == "amd64"', "if: target.arch ==", "DEFINITION_CONDITION"],
    ["an image without a digest", `pkg-tool:1@sha256:${SHA256}`, "pkg-tool:1", "DEFINITION_UNPINNED"],
    ["a stage's image without a digest", `golang:1@sha256:${SHA256}`, "golang:1", "DEFINITION_UNPINNED"],
    ["a glob that leaves the image", "- usr/**", "- ../usr/**", "DEFINITION_GLOB"],
    ["a glob from the root", "- usr/**", "- /usr/**", "DEFINITION_GLOB"],
    ["an action that does not exist", "uses: patch@v1", "uses: patches@v1", "DEFINITION_ACTION"],
    ["an action without its input", "patches: a.patch", "dir: a", "DEFINITION_ACTION_INPUT", "uses: patch@v1"],
    [
      "an input that does not exist",
      "patches: a.patch",
      "patches: a.patch\n            dri: a",
      "DEFINITION_ACTION_INPUT",
      "dri: a",
    ],
    ["an input of another kind", "patches: a.patch", "patches: { a: b }", "DEFINITION_ACTION_INPUT"],
    [
      "a module to bump without a version",
      "uses: patch@v1\n          with:\n            patches: a.patch",
      "uses: go/bump@v2\n          with:\n            deps: a.test/b",
      "DEFINITION_ACTION_INPUT",
      "deps: a.test/b",
    ],
    [
      "a step that does nothing",
      "          runs: make install DESTDIR=${target.dir}\n",
      "",
      "DEFINITION_STEP",
      "- name: make",
    ],
    ["an output that is relative", "target: /usr", "target: usr", "DEFINITION_PATH"],
    ["a user that does not exist", "run-as: tool", "run-as: toool", "DEFINITION_USER"],
    ["a member that does not exist", "        - tool\nos", "        - toool\nos", "DEFINITION_MEMBER", "- toool"],
    ["a path that leaves the image", "path: /data", "path: /data/../../etc", "DEFINITION_PATH"],
    ["a path that is relative", "path: /data", "path: data", "SCHEMA_PATTERN"],
    ["a link to nothing", "    source: /usr/bin/tool\n", "", "DEFINITION_PATH", "- type: symlink"],
    ["a port that a user may not open", "- 8080/tcp", "- 80/tcp", "DEFINITION_PORT_PRIVILEGED"],
    ["a tracker of nothing", "    set: VERSION", "    set: VERSIN", "DEFINITION_TRACKER"],
    ["a tracker of several, one of them nothing", "      MAJOR: /0", "      MAJR: /0", "DEFINITION_TRACKER"],
    ["a tracker that matches without an end", "    match: ^v2", "    match: (v+)+", "DEFINITION_TRACKER"],
    ["a tracker that cannot match", "    match: ^v2", "    match: ^v2(", "DEFINITION_TRACKER"],
    ["a tracker in plain HTTP", "url: https://a.test/releases", "url: http://a.test/releases", "DEFINITION_TRACKER"],
    ["a key that is misspelt and needed", "image: dhi.io/tool", "iamge: dhi.io/tool", "SCHEMA_ADDITIONAL_PROPERTIES"],
    ["a key that is indented too much", "  VERSION: 2.1.0", "   VERSION: 2.1.0", "YAML_BAD_INDENT"],
    ["a mask that is a tag of YAML", "- '!openssl'", "- !openssl", "YAML_TAG"],
    [
      "a variable of a variable that nothing declares",
      "  VERSION: 2.1.0",
      "  VERSION: 2.1.0\n  X: ${NOPE}",
      "DEFINITION_VARIABLE",
      "X: ${NOPE}",
    ],
    [
      "a variable that cannot be named",
      "  VERSION: 2.1.0",
      "  VERSION: 2.1.0\n  MY VAR: x",
      "DEFINITION_VARS",
      "MY VAR: x",
    ],
    ["a tag of what nothing declares", "2.1-debian13", "${NOPE}-debian13", "DEFINITION_VARIABLE"],
    [
      "an address of what nothing declares",
      "url: https://a.test/${ARCH}/tool.tar.gz",
      "url: ${NOPE}",
      "DEFINITION_VARIABLE",
    ],
    [
      "an output of what nothing declares",
      "source: ${target.dir}/usr",
      "source: ${target.dri}/usr",
      "DEFINITION_VARIABLE",
    ],
    [
      "a folder of what nothing declares",
      "      pipeline:",
      "      work-dir: ${NOPE}/x\n      pipeline:",
      "DEFINITION_VARIABLE",
      "work-dir: ${NOPE}/x",
    ],
    [
      "a user of a group that does not exist",
      "gid: 1000\n  groups",
      "gid: 1001 # none\n  groups",
      "DEFINITION_GROUP",
      "gid: 1001 # none",
    ],
    [
      "a user that is too large",
      "uid: 1000\n      gid",
      "uid: 4294967295\n      gid",
      "SCHEMA_MAXIMUM",
      "uid: 4294967295",
    ],
    ["an environment variable that cannot be", "  A: b", "  A B: c", "DEFINITION_ENVIRONMENT"],
    [
      "an environment variable of a step that cannot be",
      "          runs: make",
      "          environment:\n            A=B: c\n          runs: make",
      "DEFINITION_ENVIRONMENT",
      "A=B: c",
    ],
    [
      "a secret without a name",
      "          runs: make",
      "          secrets:\n            - id: A\n              env: A B\n          runs: make",
      "DEFINITION_ENVIRONMENT",
      "env: A B",
    ],
    ["a label that cannot be", "environment:\n", "labels:\n  a b: c\nenvironment:\n", "DEFINITION_LABEL", "a b: c"],
    [
      "an annotation that cannot be",
      "environment:\n",
      "annotations:\n  '': c\nenvironment:\n",
      "DEFINITION_LABEL",
      "'': c",
    ],
    [
      "a signal that does not exist",
      "environment:\n",
      "stop-signal: SIGFOO\nenvironment:\n",
      "DEFINITION_SIGNAL",
      "stop-signal: SIGFOO",
    ],
    [
      "a codename of another release",
      "trixie\nenv",
      "bookworm\nenv",
      "DEFINITION_RELEASE",
      "version-codename: bookworm",
    ],
    ["an address that is none", "trixie\nenv", "trixie\n  home-url: here\nenv", "DEFINITION_RELEASE", "home-url: here"],
    [
      "a program with its arguments in one",
      "- /usr/bin/tool\nports",
      "- /usr/bin/tool --serve\nports",
      "DEFINITION_PROGRAM",
      "- /usr/bin/tool --serve",
    ],
    ["a program without a name", "- /usr/bin/tool\nports", "- ''\nports", "DEFINITION_PROGRAM", "- ''"],
    ["a pin with a star", "- libtool=2.1.0-1", "- libtool=2.1.*", "PACKAGE_PIN"],
    ["two pins of one package", "- base-files", "- libtool=2.0", "PACKAGE_PIN", "- libtool=2.1.0-1"],
    ["a mask with a version", "- '!openssl'", "- '!openssl=3'", "PACKAGE_PIN"],
    ["a package with a range", "- libtool=2.1.0-1", "- libtool>=2.1.0", "PACKAGE_NAME"],
    ["a package in capitals", "- base-files", "- Base-Files", "PACKAGE_NAME"],
    [
      "a repository without a component",
      " trixie main",
      " trixie",
      "DEFINITION_REPOSITORY",
      "- deb [signed-by=/usr/share/keyrings/tool.gpg] https://packages.test/debian trixie",
    ],
    [
      "a repository of a folder",
      "https://packages.test/debian trixie",
      "file:/srv/debian trixie",
      "DEFINITION_REPOSITORY",
      "- deb [signed-by=/usr/share/keyrings/tool.gpg] file:/srv/debian trixie main",
    ],
    [
      "a key without an address",
      "  packages:\n    - '!",
      "  keyring:\n    - tool.gpg\n  packages:\n    - '!",
      "DEFINITION_REPOSITORY",
      "- tool.gpg",
    ],
    [
      "a key for which no repository is left",
      "  packages:\n    - '!",
      "  keyring:\n    - https://a.test/k\n    - https://b.test/k\n  packages:\n    - '!",
      "DEFINITION_REPOSITORY",
      "- https://b.test/k",
    ],
    ["a suite of a pinned package", "- libtool=2.1.0-1", "- libtool/trixie=2.1", "PACKAGE_NAME"],
    [
      "a package URL that is none",
      "      path: /opt/tool",
      "      path: /opt/tool\n      spdx:\n        packages:\n          - name: x\n            purl: tool",
      "DEFINITION_PURL",
      "purl: tool",
    ],
    [
      "a mapping to no package URL",
      "  packages:\n    - '!",
      "  mappings:\n    tool: tool@2\n  packages:\n    - '!",
      "DEFINITION_PURL",
      "tool: tool@2",
    ],
    ["a download to a relative path", "path: /opt/tool", "path: opt/tool", "DEFINITION_PATH"],
    ["a download with a password", "url: https://a.test/", "url: https://me:secret@a.test/", "DEFINITION_FILE"],
    ["a download with a blank", "/tool.tar.gz", "/my tool.tar.gz", "DEFINITION_FILE"],
    [
      "a cache that is relative",
      "      pipeline:",
      "      caches:\n        - path: go/pkg\n      pipeline:",
      "DEFINITION_PATH",
      "- path: go/pkg",
    ],
    [
      "a cache that leaves the stage",
      "      pipeline:",
      "      caches:\n        - path: /go/../..\n      pipeline:",
      "DEFINITION_PATH",
      "- path: /go/../..",
    ],
    [
      "inputs without an action",
      "          runs: make",
      "          with: {}\n          runs: make",
      "DEFINITION_STEP",
      "with: {}",
    ],
    [
      "a link that has text",
      "    source: /usr/bin/tool\n",
      "    source: /usr/bin/tool\n    content: x\n",
      "DEFINITION_PATH",
      "content: x",
    ],
    ["a link to itself", "source: /usr/bin/tool", "source: /usr/bin/t", "DEFINITION_PATH"],
    [
      "a folder that has text",
      "    path: /data\n",
      "    path: /data\n    content: x\n",
      "DEFINITION_PATH",
      "content: x",
    ],
    [
      "a folder that becomes a link",
      "path: /usr/bin/t\n",
      "path: /data # link\n",
      "DEFINITION_PATH",
      "path: /data # link",
    ],
    [
      "a source outside the catalogue",
      "    path: /data\n",
      "    path: /data\n    source: /etc\n",
      "DEFINITION_PATH",
      "source: /etc",
    ],
    ["a mode with too many digits", 'mode: "0755"', 'mode: "77777"', "SCHEMA_PATTERN"],
    [
      "a suffix that no tag can have",
      "variant: runtime",
      "variant: runtime\nsuffix: /x",
      "SCHEMA_PATTERN",
      "suffix: /x",
    ],
    ["a platform twice", "- linux/arm64", "- linux/amd64 # again", "SCHEMA_UNIQUE_ITEMS"],
    ["a range of ports backwards", "- 8080/tcp", "- 90-80/tcp", "DEFINITION_PORT"],
    ["a variant that no tag agrees with", "variant: runtime", "variant: dev", "DEFINITION_TAG_RULE"],
    ["a port that is none", "- 8080/tcp", "- 99999/tcp", "DEFINITION_PORT"],
  ];
  const cases = faults.map(([summary, from, to, code, line]) => ({ summary, from, to, code, line }));
  it.each(cases)("$summary", async ({ from, to, code, line }) => {
    expect(GOOD).toContain(from);
    const found = await lint(GOOD.replace(from, () => to));
    const expected =
      line ??
      lineWith(
        GOOD.replace(from, () => to),
        to,
      );
    expect(found).toEqual([`${code} ${expected}`]);
  });

  it("a user that is declared twice", async () => {
    const twice = GOOD.replace("  groups:", "    - name: tool\n      uid: 2\n      gid: 2\n  groups:");
    expect(await lint(twice)).toEqual(["DEFINITION_ACCOUNT_TWICE - name: tool"]);
  });

  it("a distribution and a release that no tag agrees with", async () => {
    const tagged = GOOD.replace('- "2"', "- 2-debian13");
    expect(await lint(tagged.replace('"13"', '"12"').replace("trixie\nenv", "bookworm\nenv"))).toEqual([
      'DEFINITION_TAG_RULE version-id: "12"',
    ]);
    const alpine = tagged.replace("id: debian", "id: alpine").replace(/deb \[.*/, "https://packages.test/alpine");
    expect(await lint(alpine)).toEqual(["DEFINITION_TAG_RULE id: alpine"]);
  });

  it("a tag that no repository of Alpine has", async () => {
    const alpine = GOOD.replace("id: debian", "id: alpine").replace(/deb \[.*/, '"@edge https://packages.test/edge"');
    const named = async (entry: string): Promise<readonly string[]> =>
      (await lint(alpine.replace("- base-files", `- ${entry}`))).filter((line) => line.startsWith("PACKAGE_"));
    expect([...(await named("base-files@edge")), ...(await named("base-files=1.0-r0@edge"))]).toEqual([]);
    expect(await named("base-files@testing")).toEqual(["PACKAGE_NAME - base-files@testing"]);
  });

  it("two stages of one name", async () => {
    const stage = "    - name: build # again\n      pipeline:\n        - runs: make\n";
    expect(await lint(GOOD.replace("accounts:", `${stage}accounts:`))).toEqual([
      "DEFINITION_STAGE_TWICE - name: build # again",
    ]);
  });

  it("a script whose interpreter is not there", async () => {
    const script = "  - type: file\n    path: /usr/bin/tool\n    content: |\n      #!/bin/sh\n      exec true\n";
    const bare = GOOD.replace(/ {2}artifacts:[^]*(?=accounts:)/, "").replace("paths:\n", `paths:\n${script}`);
    expect(await lint(bare)).toEqual(["DEFINITION_INTERPRETER - /usr/bin/tool"]);
    expect(await lint(bare.replace("base-files", "dash"))).toEqual(["DEFINITION_SHELL - dash"]);
  });

  it("a tag that belongs to another definition", async () => {
    const other = GOOD.replace("  - 2.1-debian13\n", "");
    expect(await lint(GOOD, { "a.yaml": other })).toEqual(['DEFINITION_TAG_TAKEN - "2"']);
  });
});

/** The line of a text in which a part of it begins. */
function lineWith(text: string, part: string): string {
  const start = text.lastIndexOf("\n", text.indexOf(part)) + 1;
  return text.slice(start).split("\n", 1)[0]?.trim() ?? "";
}
