// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testDefinition } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { expandDefinition, type ImageDefinition, type Stage } from "../definition/index.js";
import { collect } from "../formats/bytes.js";
import { RootFolder } from "../host/root-folder.js";
import { hasManyIds } from "../host/user-namespace.js";
import { readAttestations, readOutputs, takeSnapshot, type Snapshot } from "./outputs.js";

type Parts = Readonly<Record<string, unknown>>;

const EPOCH = 1_700_000_000;

/** A root with these files, each with its path as content; those that end in `/` are folders, `a -> b` are links. */
function rootWith(...paths: readonly string[]): RootFolder {
  const folder = temporaryFolder();
  for (const path of paths) {
    const [name = "", target] = path.split(" -> ");
    mkdirSync(name.endsWith("/") ? join(folder, name) : dirname(join(folder, name)), { recursive: true });
    if (target !== undefined) symlinkSync(target, join(folder, name));
    else if (!name.endsWith("/")) writeFileSync(join(folder, name), name);
  }
  return new RootFolder(folder);
}

async function stageWith(
  outputs: readonly Parts[],
  attestations: readonly Parts[] = [],
): Promise<readonly [Stage, ImageDefinition]> {
  const builds = [{ name: "s", pipeline: [{ runs: "true" }], outputs, attestations }];
  const image = expandDefinition(await testDefinition({ contents: { packages: ["a"], builds } }), "linux/amd64");
  const [stage] = image.stages;
  if (stage === undefined) throw new Error("a stage was expected");
  return [stage, image];
}

/** `PATH KIND MODE OWNER CONTENT` of what outputs give. */
async function read(
  root: RootFolder,
  outputs: readonly Parts[],
  before: Snapshot = new Map(),
): Promise<readonly string[]> {
  const [stage, image] = await stageWith(outputs);
  const found: string[] = [];
  for await (const { entry, content } of readOutputs({ stage, image, root, before, epochSeconds: EPOCH })) {
    const text = (await collect(content, { maxBytes: 1000, name: "test" })).toString();
    const what = entry.kind === "symlink" ? entry.target : text;
    expect(entry.mtimeSeconds).toBe(EPOCH);
    found.push(`${entry.path} ${entry.kind} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${what}`.trimEnd());
  }
  return found;
}

describe("an output", () => {
  const cases: readonly { summary: string; files: readonly string[]; output: Parts; expected: readonly string[] }[] = [
    {
      summary: "is a file under another name",
      files: ["target/tool"],
      output: { source: "/target/tool", target: "/usr/bin/other", uid: 7, gid: 8, mode: "0755" },
      expected: ["usr/bin/other file 755 7:8 target/tool"],
    },
    {
      summary: "is a file in a folder, under its own name",
      files: ["target/tool"],
      output: { source: "/target/tool", target: "/usr/bin/" },
      expected: ["usr/bin/tool file 644 0:0 target/tool"],
    },
    {
      summary: "is a folder with all below it",
      files: ["target/a/x", "target/a/b/y", "target/c"],
      output: { source: "/target/a", target: "/opt/a" },
      expected: [
        "opt/a directory 755 0:0",
        "opt/a/b directory 755 0:0",
        "opt/a/b/y file 644 0:0 target/a/b/y",
        "opt/a/x file 644 0:0 target/a/x",
      ],
    },
    {
      summary: "is what a pattern selects in a folder",
      files: ["target/a.so.1", "target/b.so", "target/c.a", "target/d/e.so"],
      output: { source: "/target/*.so*", target: "/usr/lib" },
      expected: ["usr/lib/a.so.1 file 644 0:0 target/a.so.1", "usr/lib/b.so file 644 0:0 target/b.so"],
    },
    {
      summary: "is everything in a folder, and what is below it",
      files: ["target/a", "target/d/e"],
      output: { source: "/target/*", target: "/" },
      expected: ["a file 644 0:0 target/a", "d directory 755 0:0", "d/e file 644 0:0 target/d/e"],
    },
    {
      summary: "keeps links as they are",
      files: ["target/l -> /etc/passwd"],
      output: { source: "/target/l", target: "/l" },
      expected: ["l symlink 777 0:0 /etc/passwd"],
    },
    {
      summary: "goes where the image's links lead",
      files: ["target/tool"],
      output: { source: "/target/tool", target: "/bin/tool" },
      expected: ["usr/bin/tool file 644 0:0 target/tool"],
    },
    {
      summary: "takes characters of patterns in folders for what they are",
      files: ["target/a+b/x", "target/aab/y"],
      output: { source: "/target/a+b/*", target: "/o" },
      expected: ["o/x file 644 0:0 target/a+b/x"],
    },
  ];
  it.each(cases)("$summary", async ({ files, output, expected }) => {
    expect(await read(rootWith(...files), [output])).toEqual(expected);
  });

  it("with diff is what changed: new files, other content, other modes", async () => {
    const root = rootWith("usr/same", "usr/content", "usr/mode", "usr/d/");
    const before = await takeSnapshot(root);
    writeFileSync(join(root.path, "usr/content"), "changed");
    writeFileSync(join(root.path, "usr/new"), "new");
    chmodSync(join(root.path, "usr/mode"), 0o755);
    expect(await read(root, [{ source: "/", target: "/", diff: true }], before)).toEqual([
      "usr/content file 644 0:0 changed",
      "usr/mode file 755 0:0 usr/mode",
      "usr/new file 644 0:0 new",
    ]);
  });

  it("with diff takes away what the steps removed, folders as a whole", async () => {
    const root = rootWith("etc/a/x", "etc/a/y/z", "etc/b", "etc/c", "var/d");
    const before = await takeSnapshot(root);
    for (const path of ["etc/a", "etc/c", "var/d"]) rmSync(join(root.path, path), { recursive: true });
    const [stage, image] = await stageWith([{ source: "/etc", target: "/etc", diff: true }]);
    const removals: string[] = [];
    const work = { stage, image, root, before, epochSeconds: EPOCH };
    for await (const { entry } of readOutputs(work, removals)) expect(entry.path).toBe("etc");
    expect(removals).toEqual(["etc/a", "etc/c"]);
  });

  it.runIf(hasManyIds())("with diff keeps the owner that the steps gave, without it does not", async () => {
    const root = rootWith("srv/old");
    const before = await takeSnapshot(root);
    writeFileSync(join(root.path, "srv/new"), "new");
    for (const name of ["old", "new"]) chownSync(join(root.path, "srv", name), 65532, 65533);
    const output = { source: "/srv", target: "/srv", uid: 5, gid: 6 };
    expect(await read(root, [{ ...output, diff: true }], before)).toEqual([
      "srv/new file 644 65532:65533 new",
      "srv/old file 644 65532:65533 srv/old",
    ]);
    expect(await read(root, [output], before)).toEqual([
      "srv directory 755 5:6",
      "srv/new file 644 5:6 new",
      "srv/old file 644 5:6 srv/old",
    ]);
  });

  it("that is not there is an error, one without changes is none", async () => {
    const root = rootWith("usr/a");
    expect(await codeOf(() => read(root, [{ source: "/target/no", target: "/a" }]))).toBe("STAGE_OUTPUT");
    expect(await codeOf(() => read(root, [{ source: "/usr/*.so", target: "/a" }]))).toBe("STAGE_OUTPUT");
    expect(await read(root, [{ source: "/usr", target: "/usr", diff: true }], await takeSnapshot(root))).toEqual([]);
  });

  it("whose name would remove a file is an error", async () => {
    const root = rootWith("target/.wh.passwd");
    expect(await codeOf(() => read(root, [{ source: "/target", target: "/etc" }]))).toBe("STAGE_OUTPUT");
  });

  it("that is a pipe is an error", async () => {
    const root = rootWith("target/");
    execFileSync("mkfifo", [join(root.path, "target/p")]);
    expect(await codeOf(() => read(root, [{ source: "/target", target: "/a" }]))).toBe("STAGE_OUTPUT");
  });
});

describe("an attestation", () => {
  const TYPE = "https://a.test/v1";
  const attest = async (content: string, more: Parts = {}, change = false): Promise<unknown> => {
    const root = rootWith("target/");
    const path = join(root.path, "target/a.json");
    writeFileSync(path, content);
    const before = await takeSnapshot(root);
    if (change) writeFileSync(path, `${content} `);
    const [stage, image] = await stageWith([], [{ "predicate-type": TYPE, source: "/target/a.json", ...more }]);
    return readAttestations({ stage, image, root, before, epochSeconds: EPOCH });
  };

  it("is what a JSON file says", async () => {
    expect(await attest('{"a":[1]}')).toEqual([{ predicateType: TYPE, predicate: { a: [1] } }]);
  });

  it("with diff is there only if the steps changed the file", async () => {
    expect(await attest("{}", { diff: true })).toEqual([]);
    expect(await attest("{}", { diff: true }, true)).toHaveLength(1);
  });

  const faults: readonly { summary: string; content: string; more?: Parts }[] = [
    { summary: "that is not JSON", content: "{" },
    { summary: "that is not an object", content: "[]" },
    { summary: "that is null", content: "null" },
    { summary: "that is not there", content: "{}", more: { source: "/target/b.json" } },
    { summary: "that is a folder", content: "{}", more: { source: "/target" } },
    { summary: "that is too large", content: `{"a":"${"a".repeat(17 * 1024 * 1024)}"}` },
  ];
  it.each(faults)("$summary is an error", async ({ content, more }) => {
    expect(await codeOf(() => attest(content, more))).toBe("STAGE_OUTPUT");
  });
});
