// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { gzipSync } from "node:zlib";
import { makeTar, storeXz, type TestEntry } from "../../test/support/archives.js";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import type { FileRequest } from "../definition/index.js";
import { parseIntegrity } from "../formats/integrity.js";
import { readFileRequest } from "./file-layer.js";

function request(parts: Partial<FileRequest> = {}): FileRequest {
  return {
    url: "npm:demo@1.0.0",
    pin: { kind: "integrity", integrity: parseIntegrity(`sha256:${"0".repeat(64)}`) },
    path: "usr/local/lib/demo",
    includes: [],
    excludes: [],
    uid: 0,
    gid: 0,
    software: [],
    ...parts,
  };
}

async function read(bytes: Buffer, wanted: FileRequest): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { entry, content } of readFileRequest(
    { sizeBytes: bytes.length, open: () => streamOf(bytes) },
    wanted,
  )) {
    await bytesOfStream(content);
    lines.push(
      `${entry.kind} ${entry.path} ${entry.mode.toString(8)}${"target" in entry ? ` -> ${entry.target}` : ""}`,
    );
  }
  return lines;
}

const packed: readonly TestEntry[] = [
  {
    path: "package/package.json",
    content: JSON.stringify({ name: "demo", bin: { demo: "./bin/cli.js" } }),
    mode: 0o600,
  },
  { path: "package/bin/cli.js", content: "#!/usr/bin/env node\n" },
  { path: "package/lib/a.js", content: "a" },
  { path: "package/LICENSE", content: "MIT" },
];

const cases = [
  {
    summary: "an npm package loses its top folder, and its programs can be run",
    wanted: request(),
    expected: [
      "file usr/local/lib/demo/package.json 644",
      "file usr/local/lib/demo/bin/cli.js 755",
      "file usr/local/lib/demo/lib/a.js 644",
      "file usr/local/lib/demo/LICENSE 644",
    ],
  },
  {
    summary: "includes pick what is wanted",
    wanted: request({ includes: ["LICENSE"] }),
    expected: ["file usr/local/lib/demo/LICENSE 644"],
  },
  {
    summary: "a folder's name takes all below it",
    wanted: request({ includes: ["lib"] }),
    expected: ["file usr/local/lib/demo/lib/a.js 644"],
  },
  {
    summary: "excludes are taken off",
    wanted: request({ excludes: ["lib/**", "LICENSE", "bin"] }),
    expected: ["file usr/local/lib/demo/package.json 644"],
  },
  {
    summary: "a mode that the definition gives is used for files",
    wanted: request({ includes: ["bin/cli.js"], mode: 0o700 }),
    expected: ["file usr/local/lib/demo/bin/cli.js 700"],
  },
  {
    summary: "it may go to the root",
    wanted: request({ path: "", includes: ["LICENSE"] }),
    expected: ["file LICENSE 644"],
  },
];
it.each(cases)("$summary", async ({ wanted, expected }) => {
  expect(await read(gzipSync(makeTar(packed)), wanted)).toEqual(expected);
});

it("an archive from elsewhere keeps its top folder", async () => {
  const tar = makeTar([
    { path: "demo-1.0/x", content: "x", mode: 0o755 },
    { path: "demo-1.0/y", kind: "symlink", target: "x" },
  ]);
  const expected = ["file opt/demo-1.0/x 755", "symlink opt/demo-1.0/y 777 -> x"];
  expect(await read(gzipSync(tar), request({ url: "https://example.test/demo.tar.gz", path: "opt" }))).toEqual(
    expected,
  );
  expect(await read(storeXz(tar), request({ url: "https://example.test/demo.tar.xz", path: "opt" }))).toEqual(expected);
});

it("a file that is no archive, or whose path is one, is stored as it is", async () => {
  expect(
    await read(Buffer.from("x"), request({ url: "https://example.test/tool", path: "usr/bin/tool", mode: 0o755 })),
  ).toEqual(["file usr/bin/tool 755"]);
  expect(await read(Buffer.from("x"), request({ url: "https://example.test/a.tar.gz", path: "opt/a.tar.gz" }))).toEqual(
    ["file opt/a.tar.gz 644"],
  );
});

const hostile: readonly {
  readonly summary: string;
  readonly bytes: Buffer;
  readonly code: string;
  readonly wanted?: FileRequest;
}[] = [
  { summary: "an empty download", bytes: Buffer.alloc(0), code: "GZIP_INVALID" },
  { summary: "a page instead of a package", bytes: Buffer.from("<html>"), code: "GZIP_INVALID" },
  { summary: "a package that is cut off", bytes: gzipSync(makeTar(packed)).subarray(0, 100), code: "GZIP_INVALID" },
  {
    summary: "a package that has nothing of what is wanted",
    bytes: gzipSync(makeTar(packed)),
    wanted: request({ includes: ["nothing"] }),
    code: "ARTIFACT_EMPTY",
  },
  {
    summary: "a file that would remove one of a lower layer",
    bytes: gzipSync(makeTar([{ path: "package/.wh.x", content: "" }])),
    code: "PACKAGE_CONTENT",
  },
  {
    summary: "a link that leads out",
    bytes: gzipSync(makeTar([{ path: "package/x", kind: "symlink", target: "../../../etc/passwd" }])),
    code: "TAR_PATH_UNSAFE",
  },
  {
    summary: "an absolute link",
    bytes: gzipSync(makeTar([{ path: "package/x", kind: "symlink", target: "/etc/passwd" }])),
    code: "TAR_PATH_UNSAFE",
  },
  {
    summary: "a hard link that leads out",
    bytes: gzipSync(makeTar([{ path: "package/x", kind: "hardlink", target: "../../x" }])),
    code: "TAR_PATH_UNSAFE",
  },
];
it.each(hostile)("$summary is refused with $code", async ({ bytes, code, wanted }) => {
  expect(await codeOf(() => read(bytes, wanted ?? request()))).toBe(code);
});
