// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { expandDefinition } from "./expand.js";
import { lintFiles } from "./lint.js";
import type { ImageDefinition } from "./model.js";
import { loadDefinition } from "./parse.js";

type Parts = Readonly<Record<string, unknown>>;

/** A catalogue with these files; texts stand as they are, parts become YAML. */
function catalogue(files: Readonly<Record<string, Parts | string>>): string {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : stringify(content));
  }
  return root;
}

async function load(files: Readonly<Record<string, Parts | string>>): Promise<ImageDefinition> {
  const definition = await loadDefinition(join(catalogue(files), "image/a/1.yaml"));
  return expandDefinition(definition, "linux/amd64");
}

describe("what is included", () => {
  it("lies under what includes it, in the order of the list, each file once", async () => {
    const image = await load({
      "image/a/1.yaml": definitionText({ includes: ["image/.x.inc.yaml", ".y.inc.yaml"], environment: { C: "own" } }),
      "image/.x.inc.yaml": { includes: ["image/.base.inc.yaml"], environment: { A: "x", B: "x", C: "x" } },
      "image/a/.y.inc.yaml": { includes: ["image/.base.inc.yaml"], environment: { B: "y" } },
      "image/.base.inc.yaml": { environment: { A: "base", D: "base" }, contents: { packages: ["tzdata"] } },
    });
    expect(image.environment).toEqual({ A: "x", B: "y", C: "own", D: "base" });
    expect(image.packages.map(({ name }) => name)).toEqual(["tzdata", "base-files"]);
  });

  const rules: readonly { summary: string; under: Parts; over: Parts; expected: Partial<ImageDefinition> }[] = [
    {
      summary: "lists are joined, and lose what stands in them twice",
      under: { tags: ["1", "2"], ports: ["80/tcp"] },
      over: { tags: ["2", "3"], ports: ["443/tcp"] },
      expected: { tags: ["1", "2", "3"], ports: ["80/tcp", "443/tcp"] },
    },
    {
      summary: "a later pin wins over a request without one",
      under: { contents: { packages: ["a", "!b"] } },
      over: { contents: { packages: ["a=1"] } },
      expected: { packages: [{ name: "a", version: "1" }], masks: ["b"] },
    },
    {
      summary: "commands and platforms are replaced as a whole",
      under: { cmd: ["a", "b"], entrypoint: ["c"], platforms: ["linux/amd64", "linux/arm64"] },
      over: { cmd: ["d"], platforms: ["linux/amd64"] },
      expected: { cmd: ["d"], entrypoint: ["c"] },
    },
    {
      summary: "paths keep their order",
      under: { paths: [{ type: "delete", path: "/b" }] },
      over: { paths: [{ type: "delete", path: "/a" }] },
      expected: {
        paths: [
          { kind: "delete", path: "b" },
          { kind: "delete", path: "a" },
        ],
      },
    },
    {
      summary: "variables of the including file count everywhere",
      under: { vars: { V: "1" }, environment: { A: "${V}" } },
      over: { vars: { V: "2" } },
      expected: { environment: { A: "2" } },
    },
  ];
  it.each(rules)("$summary", async ({ under, over, expected }) => {
    const { tags: _tags, ...rest } = parse(definitionText()) as Parts;
    const own = { tags: ["9"], ...rest, ...(over["contents"] === undefined ? { contents: {} } : {}), ...over };
    const image = await load({
      "image/a/1.yaml": { includes: ["u.inc.yaml"], ...own },
      "image/a/u.inc.yaml": under,
    });
    expect(image).toMatchObject(expected);
  });

  it("changes what the definition is, as its own text does", async () => {
    const shas = await Promise.all(
      ["tzdata", "curl"].map(async (name) => {
        const files = {
          "image/a/1.yaml": definitionText({ includes: ["u.inc.yaml"] }),
          "image/a/u.inc.yaml": { contents: { packages: [name] } },
        };
        return (await loadDefinition(join(catalogue(files), "image/a/1.yaml"))).sha256;
      }),
    );
    expect(shas[0]).not.toBe(shas[1]);
  });

  it("has its problems where they were written", async () => {
    const root = catalogue({
      "image/a/1.yaml": definitionText({ includes: ["u.inc.yaml"] }),
      "image/a/u.inc.yaml": 'variant: runtime\nports:\n  - "8080"\n  - "99999"\n',
    });
    const { problems } = await lintFiles([join(root, "image/a/1.yaml")], { today: "2026-11-24" });
    expect(problems.map(({ file, line, code }) => `${relative(root, file)}:${line} ${code}`)).toEqual([
      "image/a/u.inc.yaml:4 DEFINITION_PORT",
    ]);
    writeFileSync(join(root, "image/a/2.yaml"), definitionText({ includes: ["u.inc.yaml"], tags: ["2"] }));
    expect((await lintFiles([root], { today: "2026-11-24" })).problems).toEqual(problems);
  });
});

describe("what cannot be included", () => {
  const wrong: readonly { summary: string; files: Readonly<Record<string, Parts | string>> }[] = [
    { summary: "a file that is not there", files: { "image/a/1.yaml": definitionText({ includes: ["no.yaml"] }) } },
    { summary: "an absolute path", files: { "image/a/1.yaml": definitionText({ includes: ["/etc/a.yaml"] }) } },
    {
      summary: "a path upwards",
      files: { "image/a/1.yaml": definitionText({ includes: ["../../x.yaml"] }), "x.yaml": {} },
    },
    {
      summary: "a file that is no YAML by its name",
      files: { "image/a/1.yaml": definitionText({ includes: ["passwd"] }) },
    },
    { summary: "itself", files: { "image/a/1.yaml": definitionText({ includes: ["1.yaml"] }) } },
    {
      summary: "a circle",
      files: {
        "image/a/1.yaml": definitionText({ includes: ["x.yaml"] }),
        "image/a/x.yaml": { includes: ["y.yaml"] },
        "image/a/y.yaml": { includes: ["x.yaml"] },
      },
    },
    {
      summary: "YAML that is broken",
      files: { "image/a/1.yaml": definitionText({ includes: ["x.yaml"] }), "image/a/x.yaml": "a: [\n" },
    },
    {
      summary: "keys that do not exist",
      files: { "image/a/1.yaml": definitionText({ includes: ["x.yaml"] }), "image/a/x.yaml": { frobnicate: 1 } },
    },
    {
      summary: "a chain of a hundred files",
      files: {
        "image/a/1.yaml": definitionText({ includes: ["0.yaml"] }),
        ...Object.fromEntries(
          Array.from({ length: 100 }, (_, n) => [`image/a/${n}.x.yaml`, { includes: [`${n + 1}.x.yaml`] }]),
        ),
        "image/a/0.yaml": { includes: ["0.x.yaml"] },
      },
    },
  ];
  it.each(wrong)("$summary", async ({ files }) => {
    expect(await codeOf(() => load(files))).toBe("DEFINITION_INVALID");
  });

  it("a link out of the catalogue, at the line that names it, and nothing of it is shown", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "secret.yaml"), "password: hunter2\n");
    const root = catalogue({ "image/a/1.yaml": definitionText({ includes: ["x.yaml"] }) });
    symlinkSync(join(outside, "secret.yaml"), join(root, "image/a/x.yaml"));
    const file = join(root, "image/a/1.yaml");
    expect(await codeOf(() => loadDefinition(file))).toBe("DEFINITION_INVALID");
    const { problems } = await lintFiles([file], { today: "2026-11-24" });
    expect(problems).toMatchObject([
      { file, code: "DEFINITION_INCLUDE", message: "x.yaml leads out of the catalogue" },
    ]);
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines[(problems[0]?.line ?? 0) - 1]).toContain("x.yaml");
  });

  it("more than a megabyte in all", async () => {
    const big = { labels: Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, "x".repeat(40)])) };
    const names = ["p.inc.yaml", "q.inc.yaml", "r.inc.yaml"];
    const files = Object.fromEntries(names.map((name) => [`image/a/${name}`, big]));
    const own = { "image/a/1.yaml": definitionText({ includes: names }) };
    expect(await codeOf(() => load({ ...own, ...files }))).toBe("DEFINITION_INVALID");
  });
});
