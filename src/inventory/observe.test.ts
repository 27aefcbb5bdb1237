// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { bytesOfStream, inPieces, streamOf } from "../../test/support/bytes.js";
import { noise } from "../../test/support/images.js";
import { LayerObserver, mergeFacts, type LayerFacts } from "./observe.js";

const MiB = 1024 * 1024;
const STATUS = "var/lib/dpkg/status";
const NODE = "usr/bin/node";

describe("what is of interest", () => {
  it.each([
    { path: STATUS, isWanted: true },
    { path: "var/lib/dpkg/status.d/base-files", isWanted: true },
    { path: "var/lib/dpkg/status.d/base-files.md5sums", isWanted: false },
    { path: "var/lib/dpkg/status-old", isWanted: false },
    { path: "usr/lib/os-release", isWanted: true },
    { path: "etc/os-release", isWanted: true },
    { path: "opt/etc/os-release", isWanted: false },
    { path: NODE, isWanted: true },
    { path: "opt/app/node_modules/semver/package.json", isWanted: true },
    { path: "opt/app/package.json", isWanted: false },
    { path: "etc/passwd", isWanted: false },
    { path: "", isWanted: false },
  ])("$path: $isWanted", ({ path, isWanted }) => {
    expect(new LayerObserver().wants(path)).toBe(isWanted);
  });
});

describe("looking at files while they pass", () => {
  it.each([
    { summary: "of interest", path: STATUS },
    { summary: "that are scanned", path: NODE },
    { summary: "of no interest", path: "etc/passwd" },
  ])("lets those $summary pass unchanged", async ({ path }) => {
    const bytes = noise(10_000);
    const passed = await bytesOfStream(new LayerObserver().observe(path, inPieces(bytes, 997)));
    expect(passed.equals(bytes)).toBe(true);
  });

  it("keeps texts, also where letters are cut in the middle, and what scanners find", async () => {
    const observer = new LayerObserver();
    await pass(observer, STATUS, inPieces(Buffer.from("Maintainer: Jürgen Größer\n"), 1));
    await pass(observer, NODE, inPieces(Buffer.from(`xnode.js/v22.11.0${"\0".repeat(100)}`), 7));
    await pass(observer, "etc/passwd", streamOf("root:x:0:0::/root:/bin/sh\n"));
    expect(observer.facts().files).toEqual({ [STATUS]: "Maintainer: Jürgen Größer\n", [NODE]: "22.11.0" });
  });

  it.each([
    { summary: "a database of 64 MiB is kept", path: STATUS, sizeBytes: 64 * MiB, isKept: true },
    { summary: "a larger one is not", path: STATUS, sizeBytes: 64 * MiB + 1, isKept: false },
    { summary: "an os-release of 64 KiB is kept", path: "etc/os-release", sizeBytes: 64 * 1024, isKept: true },
    { summary: "a larger one is not, either", path: "etc/os-release", sizeBytes: 64 * 1024 + 1, isKept: false },
  ])("$summary", async ({ path, sizeBytes, isKept }) => {
    const observer = new LayerObserver();
    const chunk = Buffer.alloc(Math.min(sizeBytes, MiB), "x");
    await pass(observer, path, repeated(chunk, sizeBytes));
    expect(observer.facts().files[path]?.length).toBe(isKept ? sizeBytes : undefined);
    expect(observer.facts().files[path] === null).toBe(!isKept);
  });

  it("a file whose content breaks off is not kept", async () => {
    const observer = new LayerObserver();
    await expect(pass(observer, STATUS, breaking())).rejects.toThrow("broken off");
    expect(observer.facts().files).toEqual({ [STATUS]: null });
  });
});

describe("whiteouts", () => {
  it.each([
    { path: "etc/.wh.os-release", removed: ["etc/os-release"], emptied: [] },
    { path: ".wh.etc", removed: ["etc"], emptied: [] },
    { path: "a/b/.wh..wh.c", removed: ["a/b/.wh.c"], emptied: [] },
    { path: "var/lib/.wh..wh..opq", removed: [], emptied: ["var/lib"] },
    { path: ".wh..wh..opq", removed: [], emptied: [""] },
  ])("$path is one", ({ path, removed, emptied }) => {
    const observer = new LayerObserver();
    expect(observer.seesWhiteout(path)).toBe(true);
    expect(observer.facts()).toEqual({ files: {}, removed, emptied });
  });

  it.each(["etc/os-release", "etc/wh.x", "etc/x.wh.y", ".wh.d/x", ""])("%j is none", (path) => {
    const observer = new LayerObserver();
    expect(observer.seesWhiteout(path)).toBe(false);
    expect(observer.facts()).toEqual({ files: {}, removed: [], emptied: [] });
  });
});

describe("layers on top of each other", () => {
  const base: LayerFacts = {
    files: { [STATUS]: "base", "etc/os-release": "base", "opt/a/x": "base", "opt/ab/x": "base", "opt/a": "file" },
    removed: [],
    emptied: [],
  };
  it.each([
    { summary: "nothing", above: {}, gone: [], changed: {} },
    {
      summary: "a file with other content",
      above: { files: { [STATUS]: "new" } },
      gone: [],
      changed: { [STATUS]: "new" },
    },
    { summary: "a file that shows nothing", above: { files: { [STATUS]: null } }, gone: [STATUS], changed: {} },
    { summary: "a further file", above: { files: { more: "new" } }, gone: [], changed: { more: "new" } },
    { summary: "a whiteout of a file", above: { removed: ["etc/os-release"] }, gone: ["etc/os-release"], changed: {} },
    { summary: "a whiteout of a folder", above: { removed: ["opt/a"] }, gone: ["opt/a", "opt/a/x"], changed: {} },
    { summary: "a whiteout of a folder far above", above: { removed: ["var"] }, gone: [STATUS], changed: {} },
    { summary: "a whiteout of what is not there", above: { removed: ["opt/abc", "et"] }, gone: [], changed: {} },
    { summary: "an emptied folder", above: { emptied: ["opt/a"] }, gone: ["opt/a/x"], changed: {} },
    {
      summary: "an emptied root",
      above: { emptied: [""] },
      gone: [STATUS, "etc/os-release", "opt/a/x", "opt/ab/x", "opt/a"],
      changed: {},
    },
    {
      summary: "a folder that is emptied and filled again by the same layer",
      above: { emptied: ["etc"], files: { "etc/os-release": "new" } },
      gone: [],
      changed: { "etc/os-release": "new" },
    },
    {
      summary: "a file that is removed and there again in the same layer",
      above: { removed: [STATUS], files: { [STATUS]: "new" } },
      gone: [],
      changed: { [STATUS]: "new" },
    },
  ])("$summary", ({ above, gone, changed }) => {
    const expected = new Map<string, string>(Object.entries({ ...(base.files as Record<string, string>), ...changed }));
    for (const path of gone) expected.delete(path);
    const merged = mergeFacts([base, { files: {}, removed: [], emptied: [], ...above }]);
    expect(Object.fromEntries(merged)).toEqual(Object.fromEntries(expected));
  });

  it("a later layer can bring back what an earlier one took away", () => {
    const layers: readonly LayerFacts[] = [
      { files: { a: "1" }, removed: [], emptied: [] },
      { files: {}, removed: ["a"], emptied: [] },
      { files: { a: "3" }, removed: [], emptied: [] },
    ];
    expect(Object.fromEntries(mergeFacts(layers))).toEqual({ a: "3" });
    expect(mergeFacts(layers.slice(0, 2)).size).toBe(0);
    expect(mergeFacts([]).size).toBe(0);
  });

  it("a whiteout without a name takes nothing away", () => {
    const observer = new LayerObserver();
    observer.seesWhiteout(".wh.");
    observer.seesWhiteout("opt/a/.wh.");
    expect(mergeFacts([base, observer.facts()]).size).toBe(Object.keys(base.files).length);
  });
});

async function pass(observer: LayerObserver, path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of observer.observe(path, content));
}

async function* repeated(chunk: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let left = sizeBytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from("Package: a\n");
  throw new Error("broken off");
}
