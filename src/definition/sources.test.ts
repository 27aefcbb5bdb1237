// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { expandDefinition, expandWithObstacles } from "./expand.js";
import { lintFiles } from "./lint.js";
import type { PathEdit } from "./model.js";
import { loadDefinition } from "./parse.js";

type Parts = Readonly<Record<string, unknown>>;

/** `image/a/x.yaml` with these paths, and files beside it by their path from the catalogue's root. */
function catalogue(paths: readonly Parts[], files: Readonly<Record<string, string | Buffer>> = {}): string {
  const root = temporaryFolder();
  const all = { "image/a/x.yaml": definitionText({ paths, vars: { NAME: "run" } }), ...files };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

async function edits(root: string): Promise<readonly PathEdit[]> {
  return expandDefinition(await loadDefinition(join(root, "image/a/x.yaml")), "linux/amd64").paths;
}

const OWNER = { uid: 0, gid: 0 };

describe("a source", () => {
  it("is a file beside the definition or from the root of its catalogue, its name with variables", async () => {
    const root = catalogue(
      [
        { type: "file", path: "/a", source: "bin/${NAME}.sh", mode: "0755" },
        { type: "file", path: "/b", source: "image/a/bin/run.sh" },
      ],
      { "image/a/bin/run.sh": "#!/bin/sh\n" },
    );
    expect(await edits(root)).toEqual([
      { kind: "file", path: "a", ...OWNER, mode: 0o755, content: "#!/bin/sh\n" },
      { kind: "file", path: "b", ...OWNER, mode: 0o644, content: "#!/bin/sh\n" },
    ]);
  });

  it("is a folder with all that is in it; programs stay programs", async () => {
    const root = catalogue([{ type: "directory", path: "/etc/x", source: "conf", uid: 7, gid: 8 }], {
      "image/a/conf/a.conf": "a",
      "image/a/conf/d/run": "b",
    });
    chmodSync(join(root, "image/a/conf/d/run"), 0o755);
    const owner = { uid: 7, gid: 8 };
    expect(await edits(root)).toEqual([
      { kind: "directory", path: "etc/x", ...owner, mode: 0o755 },
      { kind: "directory", path: "etc/x/d", ...owner, mode: 0o755 },
      { kind: "file", path: "etc/x/a.conf", ...owner, mode: 0o644, content: "a" },
      { kind: "file", path: "etc/x/d/run", ...owner, mode: 0o755, content: "b" },
    ]);
  });

  it("is part of what the definition is", async () => {
    const shas = await Promise.all(
      ["one", "two", "two"].map(async (text) => {
        const root = catalogue([{ type: "file", path: "/a", source: "f" }], { "image/a/f": text });
        return (await loadDefinition(join(root, "image/a/x.yaml"))).sha256;
      }),
    );
    expect(shas[0]).not.toBe(shas[1]);
    expect(shas[1]).toBe(shas[2]);
  });

  const absent: readonly { summary: string; path: Parts }[] = [
    { summary: "that is nowhere", path: { type: "file", path: "/a", source: "image/b/no" } },
    { summary: "that is a folder where a file is wanted", path: { type: "file", path: "/a", source: "conf" } },
    { summary: "that is a file where a folder is wanted", path: { type: "directory", path: "/a", source: "x.yaml" } },
  ];
  it.each(absent)("$summary is in the way of building, not of linting", async ({ path }) => {
    const root = catalogue([path], { "image/a/conf/a": "a" });
    const definition = await loadDefinition(join(root, "image/a/x.yaml"));
    const { obstacles } = expandWithObstacles(definition, "linux/amd64");
    expect(obstacles.map(({ code }) => code)).toEqual(["DEFINITION_SOURCE"]);
    expect((await lintFiles([root], { today: "2026-11-24" })).problems).toEqual([]);
  });

  it.each(["/etc/passwd", "../../../../etc/passwd"])("%s is no source", async (source) => {
    const root = catalogue([{ type: "file", path: "/a", source }]);
    expect(await codeOf(() => edits(root))).toBe("DEFINITION_INVALID");
    const { problems } = await lintFiles([root], { today: "2026-11-24" });
    expect(problems.map(({ code }) => code)).toEqual(["DEFINITION_PATH"]);
  });

  it("that is a link out of the catalogue is refused", async () => {
    const root = catalogue([{ type: "file", path: "/a", source: "image/a/link" }]);
    symlinkSync("/etc/passwd", join(root, "image/a/link"));
    expect(await codeOf(() => edits(root))).toBe("DEFINITION_INVALID");
  });

  it("that is not text is refused", async () => {
    const root = catalogue([{ type: "file", path: "/a", source: "f" }], { "image/a/f": Buffer.from([0xff, 0xfe]) });
    expect(await codeOf(() => edits(root))).toBe("DEFINITION_INVALID");
  });
});
