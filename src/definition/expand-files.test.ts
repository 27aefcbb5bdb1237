// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText, testDefinition } from "../../test/support/definitions.js";
import type { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { expandDefinition } from "./expand.js";
import type { FileRequest, ImageDefinition, PathEdit } from "./model.js";
import { problemsOf } from "./problem.js";

type Parts = Readonly<Record<string, unknown>>;

const HEX = "0123456789abcdef".repeat(4);
const CHECKSUM = `sha256:${HEX}`;
const INTEGRITY = `sha256-${Buffer.from(HEX, "hex").toString("base64")}`;

async function expand(parts: Parts, platform: Platform = "linux/amd64"): Promise<ImageDefinition> {
  return expandDefinition(await testDefinition(parts), platform);
}

function file(parts: Parts = {}): Parts {
  return { url: "https://a.test/a.tar.gz", checksum: CHECKSUM, path: "/opt/a", ...parts };
}

async function filesOf(...files: readonly Parts[]): Promise<readonly FileRequest[]> {
  return (await expand({ contents: { files } })).files;
}

async function editsOf(...paths: readonly Parts[]): Promise<readonly PathEdit[]> {
  return (await expand({ paths })).paths;
}

/** The key on which each problem stands, and its code. */
async function problemsIn(parts: Parts): Promise<readonly string[]> {
  const error = await expand(parts).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: expect.stringMatching(/^DEFINITION_(?:INVALID|UNSUPPORTED)$/) });
  const lines = definitionText(parts).split("\n");
  return problemsOf(error as BasaltError, "").map(({ line, column, code }) => {
    const key = /^[a-z-]+(?=:)/.exec((lines[line - 1] ?? "").slice(column - 1))?.[0];
    return `${key ?? "?"} ${code}`;
  });
}

describe("files", () => {
  it("a file has all defaults", async () => {
    expect(await filesOf(file())).toEqual([
      {
        url: "https://a.test/a.tar.gz",
        pin: { kind: "integrity", integrity: INTEGRITY },
        path: "opt/a",
        includes: [],
        excludes: [],
        uid: 0,
        gid: 0,
        software: [],
      },
    ]);
  });

  const cases = [
    {
      summary: "what is taken from it and what is not",
      parts: { includes: ["bin/*"], excludes: ["*.md"] },
      expected: { includes: ["bin/*"], excludes: ["*.md"] },
    },
    { summary: "owner and mode", parts: { uid: 1, gid: 2, mode: "0755" }, expected: { uid: 1, gid: 2, mode: 0o755 } },
    { summary: "a mode with a set-uid bit", parts: { mode: "4755" }, expected: { mode: 0o4755 } },
    { summary: "an npm package", parts: { url: "npm:yarn@1.22.22" }, expected: { url: "npm:yarn@1.22.22" } },
    { summary: "a path that is cleaned", parts: { path: "//opt/./a/" }, expected: { path: "opt/a" } },
    { summary: "the root", parts: { path: "/" }, expected: { path: "" } },
    { summary: "a relative path lies below the root", parts: { path: "opt/a" }, expected: { path: "opt/a" } },
    {
      summary: "dots that are no parent folder",
      parts: { path: "/opt/..a/...b/c.." },
      expected: { path: "opt/..a/...b/c.." },
    },
    {
      summary: "software by name and version",
      parts: { spdx: { name: "a", version: "1" } },
      expected: { software: [{ name: "a", version: "1" }] },
    },
    { summary: "software by name", parts: { spdx: { name: "a" } }, expected: { software: [{ name: "a" }] } },
    {
      summary: "several pieces of software, whose version is the file's where they have none",
      parts: {
        spdx: {
          version: "1",
          packages: [{ name: "a" }, { name: "b", version: "2", purl: "pkg:generic/b@2", license: "MIT" }],
        },
      },
      expected: {
        software: [
          { name: "a", version: "1" },
          { name: "b", version: "2", purl: "pkg:generic/b@2", license: "MIT" },
        ],
      },
    },
    { summary: "a version alone is no software", parts: { spdx: { version: "1" } }, expected: { software: [] } },
  ];
  it.each(cases)("$summary", async ({ parts, expected }) => {
    expect(await filesOf(file(parts))).toEqual([expect.objectContaining(expected)]);
  });

  const checksums = [
    { summary: "sha256 in hex", checksum: CHECKSUM },
    { summary: "sha512 in hex", checksum: `sha512:${HEX.repeat(2)}` },
    { summary: "sha256 in base64", checksum: INTEGRITY },
    { summary: "sha512 in base64", checksum: `sha512-${Buffer.alloc(64).toString("base64")}` },
  ];
  it.each(checksums)("a checksum: $summary", async ({ checksum }) => {
    expect(await filesOf(file({ checksum }))).toHaveLength(1);
  });

  it("a file for one platform is not in the images of the others", async () => {
    const files = [file({ path: "/all" }), file({ path: "/arm", platforms: ["linux/arm64"] })];
    const paths = async (platform: Platform): Promise<readonly string[]> =>
      (await expand({ contents: { files } }, platform)).files.map(({ path }) => path);
    expect([await paths("linux/amd64"), await paths("linux/arm64")]).toEqual([["all"], ["all", "arm"]]);
  });

  const wrong = [
    { summary: "a file without a checksum", parts: { checksum: undefined }, expected: ["url DEFINITION_UNPINNED"] },
    { summary: "an empty checksum", parts: { checksum: "" }, expected: ["checksum DEFINITION_CHECKSUM"] },
    {
      summary: "a checksum that is too short",
      parts: { checksum: "sha256:abc" },
      expected: ["checksum DEFINITION_CHECKSUM"],
    },
    {
      summary: "a checksum of a broken kind",
      parts: { checksum: `md5:${"0".repeat(32)}` },
      expected: ["checksum DEFINITION_CHECKSUM"],
    },
    { summary: "another protocol", parts: { url: "ftp://a.test/a" }, expected: ["url DEFINITION_FILE"] },
    { summary: "a file of this machine", parts: { url: "file:///etc/passwd" }, expected: ["url DEFINITION_FILE"] },
    { summary: "an address that is none", parts: { url: "https://" }, expected: ["url DEFINITION_FILE"] },
    { summary: "an address with a broken host", parts: { url: "https://[/a" }, expected: ["url DEFINITION_FILE"] },
    { summary: "an npm package without a version", parts: { url: "npm:yarn" }, expected: ["url DEFINITION_FILE"] },
    {
      summary: "an npm package that leaves the registry",
      parts: { url: "npm:../a@1.0.0" },
      expected: ["url DEFINITION_FILE"],
    },
    { summary: "a path that leaves the image", parts: { path: "/opt/../../etc" }, expected: ["path DEFINITION_PATH"] },
    { summary: "a path with a zero byte", parts: { path: "/opt/\0" }, expected: ["path DEFINITION_PATH"] },
    { summary: "a condition that is none", parts: { if: "maybe" }, expected: ["if DEFINITION_CONDITION"] },
    { summary: "a condition of text", parts: { if: '"yes"' }, expected: ["if DEFINITION_CONDITION"] },
  ];
  it.each(wrong)("refused where it stands: $summary", async ({ parts, expected }) => {
    expect(await problemsIn({ contents: { files: [file(parts)] } })).toEqual(expected);
  });

  it("conditions say on which platform a file is there", async () => {
    const amd64 = [
      'target.arch == "amd64"',
      '#{ target.arch != "arm64" }',
      '"${target.arch}" == "amd64"',
      "target.dev == false && true",
      'definition.vars.KIND == "a"',
      "true",
    ];
    const never = ['target.arch == "s390x"', "false", "target.dev"];
    const files = [...amd64, ...never].map((condition) => file({ if: condition }));
    const image = await expand({ vars: { KIND: '#{ target.arch == "amd64" ? "a" : "b" }' }, contents: { files } });
    expect(image.files).toHaveLength(amd64.length);
  });

  it("all problems of all files are reported", async () => {
    const files = [file({ checksum: undefined }), file(), file({ url: "ftp://a.test/" }), file({ path: "/.." })];
    expect(await problemsIn({ contents: { files } })).toEqual([
      "url DEFINITION_UNPINNED",
      "url DEFINITION_FILE",
      "path DEFINITION_PATH",
    ]);
  });
});

describe("paths", () => {
  const cases: readonly { summary: string; path: Parts; expected: readonly PathEdit[] }[] = [
    {
      summary: "a folder",
      path: { type: "directory", path: "/a/b" },
      expected: [{ kind: "directory", path: "a/b", uid: 0, gid: 0, mode: 0o755 }],
    },
    {
      summary: "a folder with owner and mode",
      path: { type: "directory", path: "/a", uid: 1000, gid: 2000, mode: "1777" },
      expected: [{ kind: "directory", path: "a", uid: 1000, gid: 2000, mode: 0o1777 }],
    },
    {
      summary: "a file",
      path: { type: "file", path: "/a", content: "grüße\n" },
      expected: [{ kind: "file", path: "a", uid: 0, gid: 0, mode: 0o644, content: "grüße\n" }],
    },
    {
      summary: "a file with owner and mode",
      path: { type: "file", path: "/a", content: "", uid: 1, gid: 2, mode: "0600" },
      expected: [{ kind: "file", path: "a", uid: 1, gid: 2, mode: 0o600, content: "" }],
    },
    {
      summary: "an empty file",
      path: { type: "emptyfile", path: "/a", mode: "600" },
      expected: [{ kind: "file", path: "a", uid: 0, gid: 0, mode: 0o600, content: "" }],
    },
    {
      summary: "a link",
      path: { type: "symlink", path: "/a/b", source: "../c", uid: 1, gid: 2 },
      expected: [{ kind: "symlink", path: "a/b", uid: 1, gid: 2, target: "../c" }],
    },
    {
      summary: "what is deleted",
      path: { type: "delete", path: "/var/run" },
      expected: [{ kind: "delete", path: "var/run" }],
    },
    {
      summary: "a path that is cleaned",
      path: { type: "delete", path: "//var/./lib///x/" },
      expected: [{ kind: "delete", path: "var/lib/x" }],
    },
    {
      summary: "nothing for another platform",
      path: { type: "delete", path: "/a", platforms: ["linux/arm64"] },
      expected: [],
    },
    {
      summary: "something for this platform",
      path: { type: "delete", path: "/a", platforms: ["linux/arm64", "linux/amd64"] },
      expected: [{ kind: "delete", path: "a" }],
    },
  ];
  it.each(cases)("$summary", async ({ path, expected }) => {
    expect(await editsOf(path)).toEqual(expected);
  });

  it("edits keep their order, since they are applied in it", async () => {
    const edits = await editsOf(
      { type: "delete", path: "/var/run" },
      { type: "symlink", path: "/var/run", source: "/run" },
      { type: "directory", path: "/a" },
    );
    expect(edits.map(({ kind }) => kind)).toEqual(["delete", "symlink", "directory"]);
  });

  const wrong = [
    {
      summary: "a path that leaves the image",
      path: { path: "/a/../../b", type: "delete" },
      expected: ["path DEFINITION_PATH"],
    },
    {
      summary: "a path that leaves the image and comes back",
      path: { path: "/a/../b", type: "delete" },
      expected: ["path DEFINITION_PATH"],
    },
    {
      summary: "a path that is the parent folder",
      path: { path: "/..", type: "directory" },
      expected: ["path DEFINITION_PATH"],
    },
    { summary: "a path with a zero byte", path: { path: "/a\0b", type: "delete" }, expected: ["path DEFINITION_PATH"] },
    { summary: "a link without a target", path: { type: "symlink", path: "/a" }, expected: ["type DEFINITION_PATH"] },
    {
      summary: "a file from a source",
      path: { source: "a", type: "file", path: "/a" },
      expected: ["source DEFINITION_SOURCE"],
    },
    {
      summary: "a condition that is none",
      path: { type: "delete", path: "/a", if: "target.arch ==" },
      expected: ["if DEFINITION_CONDITION"],
    },
    {
      summary: "a file in the root's place",
      path: { path: "/", type: "file", content: "x" },
      expected: ["path DEFINITION_PATH"],
    },
    {
      summary: "a link in the root's place",
      path: { path: "/.", type: "symlink", source: "a" },
      expected: ["path DEFINITION_PATH"],
    },
    { summary: "deleting the root", path: { path: "//", type: "delete" }, expected: ["path DEFINITION_PATH"] },
  ];
  it.each(wrong)("refused where it stands: $summary", async ({ path, expected }) => {
    expect(await problemsIn({ paths: [path] })).toEqual(expected);
  });

  it("a variable does not smuggle a parent folder in", async () => {
    const parts = { vars: { P: "../.." }, paths: [{ type: "delete", path: "/a/${P}/b" }] };
    expect(await codeOf(() => expand(parts))).toBe("DEFINITION_INVALID");
  });

  const folders = [
    { summary: "a work folder that leaves the image", parts: { "work-dir": "/app/../../etc" } },
    { summary: "a work folder whose variable is relative", parts: { vars: { P: "app" }, "work-dir": "${P}" } },
    { summary: "a volume that leaves the image", parts: { volumes: ["/data/../.."] } },
    { summary: "a volume whose variable is relative", parts: { vars: { P: "data" }, volumes: ["${P}"] } },
  ];
  it.each(folders)("refused: $summary", async ({ parts }) => {
    expect(await codeOf(() => expand(parts))).toBe("DEFINITION_INVALID");
  });
});
