// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { lintFiles } from "./lint.js";

type Parts = Readonly<Record<string, unknown>>;

const OPTIONS = { today: "2026-11-24" };
const INFO = "metadata:\n  display-name: Test\n  short-description: A test\n";

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** `path: code` of every problem below a folder with these files. */
async function lint(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = rootWith(files);
  const { problems } = await lintFiles([root], OPTIONS);
  for (const { line, column, code, severity } of problems) {
    const expected = code === "DEFINITION_UNPINNED" ? "warning" : "error";
    expect([line >= 1, column >= 1, severity]).toEqual([true, true, expected]);
  }
  return problems.map(({ file, code }) => `${relative(root, file)}: ${code}`);
}

/** A download without a checksum, for these platforms or for all. */
function unpinned(...platforms: readonly string[]): object {
  return { url: "https://a.test/a", path: "/a", ...(platforms.length === 0 ? {} : { platforms }) };
}

describe("which files are checked", () => {
  it("all definitions and catalogue entries of a folder and those below it, in path order", async () => {
    const root = rootWith({
      "b/1.yaml": definitionText(),
      "b/c/d/2.yml": definitionText({ tags: ["2"] }),
      "a/info.yaml": INFO,
      "a/overview.md": "# a: [\n",
      "a/logo.svg": "<svg/>",
    });
    expect(await lintFiles([root], OPTIONS)).toEqual({ files: 3, passedOver: 0, problems: [] });
  });

  it("files that are named, whatever their names", async () => {
    const root = rootWith({
      definition: definitionText(),
      "1.yaml": definitionText({ tags: ["2"] }),
      "2.yaml": "a: [\n",
    });
    const result = await lintFiles([join(root, "definition"), join(root, "1.yaml")], OPTIONS);
    expect(result).toEqual({ files: 2, passedOver: 0, problems: [] });
  });

  it("no YAML of another kind that lies in a folder, unless it is named or cannot be read", async () => {
    const root = rootWith({
      "image/a/1.yaml": definitionText(),
      "image/a/config/prometheus.yaml": "global:\n  scrape_interval: 15s\n",
      "chart/a/values.yaml": "controller:\n  image:\n    tag: x\n",
      "chart/a/crds.yaml": "kind: A\n---\nkind: B\n",
    });
    expect(await lintFiles([root], OPTIONS)).toEqual({ files: 1, passedOver: 3, problems: [] });
    const named = await lintFiles([join(root, "image/a/config/prometheus.yaml")], OPTIONS);
    expect(named.problems.map(({ code }) => code)).toContain("SCHEMA_ADDITIONAL_PROPERTIES");
    const broken = rootWith({ "a.yaml": "a: 'b\n", "b.yaml": "a: &x [*x]\n", "c.yaml": "" });
    expect((await lintFiles([broken], OPTIONS)).problems.map(({ code }) => code)).toEqual([
      "YAML_MISSING_CHAR",
      "YAML_ALIASES",
      "SCHEMA_TYPE",
    ]);
  });

  it("definitions of packages and charts, which are in the same language and have no users", async () => {
    const { accounts: _accounts, name: _name, ...chart } = parse(definitionText({ variant: "helm" })) as Parts;
    const packaged = { ...chart, image: "dhi.io/pkg-a", variant: "runtime", tags: ["2.3.2-2dhi0"] };
    expect(await lint({ "chart/a.yaml": stringify(chart), "package/a.yaml": stringify(packaged) })).toEqual([]);
    expect(await lint({ "package/a.yaml": stringify({ ...packaged, frobnicate: true }) })).toEqual([
      "package/a.yaml: SCHEMA_ADDITIONAL_PROPERTIES",
    ]);
  });

  it("a link to nothing that lies in a folder is one problem", async () => {
    const root = rootWith({ "a/1.yaml": definitionText() });
    symlinkSync("nowhere.yaml", join(root, "a", "0.yaml"));
    expect((await lintFiles([root], OPTIONS)).problems.map(({ code }) => code)).toEqual(["DEFINITION_FILE_NOT_FOUND"]);
  });

  it("nothing, where there is nothing", async () => {
    expect(await lintFiles([temporaryFolder()], OPTIONS)).toEqual({ files: 0, passedOver: 0, problems: [] });
    expect(await lintFiles([], OPTIONS)).toEqual({ files: 0, passedOver: 0, problems: [] });
  });

  it("a path that does not exist is an error, not a clean result", async () => {
    expect(await codeOf(() => lintFiles([join(temporaryFolder(), "no.yaml")], OPTIONS))).toBe("FILE_NOT_FOUND");
    expect(await codeOf(() => lintFiles([temporaryFolder(), join(temporaryFolder(), "no")], OPTIONS))).toBe(
      "FILE_NOT_FOUND",
    );
  });

  it("folders that are linked in a circle come to an end", async () => {
    const root = rootWith({ "a/1.yaml": definitionText() });
    symlinkSync("..", join(root, "a", "up"));
    expect(new Set((await lintFiles([root], OPTIONS)).problems.map(({ code }) => code))).toEqual(
      new Set(["DEFINITION_TAG_TAKEN"]), // the same file under several paths
    );
  });
});

describe("what is found", () => {
  const cases: readonly { summary: string; files: Readonly<Record<string, string>>; expected: readonly string[] }[] = [
    {
      summary: "all problems of all files, by file",
      files: {
        "c.yaml": definitionText({ tags: [] }),
        "a.yaml": "a: [\n",
        "b.yaml": definitionText({ unknown: 1, variant: "prod" }),
        "ok.yaml": definitionText(),
        "info.yaml": "metadata: {}\n",
      },
      expected: [
        "a.yaml: YAML_BAD_INDENT",
        "b.yaml: SCHEMA_ENUM",
        "b.yaml: SCHEMA_ADDITIONAL_PROPERTIES",
        "c.yaml: SCHEMA_MIN_ITEMS",
        "info.yaml: SCHEMA_REQUIRED",
        "info.yaml: SCHEMA_REQUIRED",
      ],
    },
    {
      summary: "a key that stands twice",
      files: { "a.yaml": `${definitionText()}name: again\n` },
      expected: ["a.yaml: YAML_DUPLICATE_KEY"],
    },
    {
      summary: "a repository that is none",
      files: { "a.yaml": definitionText({ image: "A b" }) },
      expected: ["a.yaml: DEFINITION_IMAGE"],
    },
    {
      summary: "a tag that is none",
      files: { "a.yaml": definitionText({ tags: ["a b"] }) },
      expected: ["a.yaml: DEFINITION_TAG"],
    },
    {
      summary: "a user that does not exist",
      files: { "a.yaml": definitionText({ accounts: { "run-as": "nobody" } }) },
      expected: ["a.yaml: DEFINITION_USER"],
    },
    {
      summary: "variables that cannot be replaced",
      files: { "a.yaml": definitionText({ vars: { A: "#{ x }" } }) },
      expected: ["a.yaml: DEFINITION_VARS"],
    },
    {
      summary: "nothing in a part that is right and cannot be built",
      files: { "a.yaml": definitionText({ output: "squashed", compression: "zstd" }) },
      expected: [],
    },
    {
      summary: "a problem on one platform only",
      files: { "a.yaml": definitionText({ contents: { files: [unpinned("linux/arm64")] } }) },
      expected: ["a.yaml: DEFINITION_UNPINNED"],
    },
    {
      summary: "a problem on both platforms, once",
      files: { "a.yaml": definitionText({ contents: { files: [unpinned()] } }) },
      expected: ["a.yaml: DEFINITION_UNPINNED"],
    },
    {
      summary: "the problems of each platform",
      files: { "a.yaml": definitionText({ contents: { files: [unpinned("linux/amd64"), unpinned("linux/arm64")] } }) },
      expected: ["a.yaml: DEFINITION_UNPINNED", "a.yaml: DEFINITION_UNPINNED"],
    },
    {
      summary: "a file that is far too large",
      files: { "a.yaml": `# ${"x".repeat(4 * 1024 * 1024)}\n${definitionText()}` },
      expected: ["a.yaml: YAML_SIZE"],
    },
    {
      summary: "an alias of itself",
      files: { "a.yaml": `${definitionText()}tests: [&x { a: *x }]\n`, "b.yaml": definitionText() },
      expected: ["a.yaml: YAML_ALIASES"],
    },
    { summary: "an empty catalogue entry", files: { "info.yaml": "" }, expected: ["info.yaml: SCHEMA_TYPE"] },
    {
      summary: "a catalogue entry that is no YAML",
      files: { "info.yaml": "a: 'b\n" },
      expected: ["info.yaml: YAML_MISSING_CHAR"],
    },
  ];
  it.each(cases)("$summary", async ({ files, expected }) => {
    expect(await lint(files)).toEqual(expected);
  });

  it("letters that are not UTF-8, where they are", async () => {
    const root = rootWith({ "a.yaml": "" });
    writeFileSync(join(root, "a.yaml"), Buffer.from("name: a\nimage: b\xff\n", "latin1"));
    const { problems } = await lintFiles([root], OPTIONS);
    expect(problems).toMatchObject([{ line: 2, column: 9, code: "YAML_ENCODING" }]);
  });

  it("a character that YAML does not have, where it is", async () => {
    const { problems } = await lintFiles([rootWith({ "a.yaml": "name: a\nimage: \u001b[31m\n" })], OPTIONS);
    expect(problems).toMatchObject([{ line: 2, column: 8, code: "YAML_ENCODING" }]);
  });

  it("the first problems of many, and how many there are", async () => {
    const root = rootWith({ "a.yaml": definitionText({ ports: Array.from({ length: 1_000 }, () => "0/tcp") }) });
    const { problems } = await lintFiles([root], OPTIONS);
    expect(problems).toHaveLength(200);
    expect(problems.at(-1)).toMatchObject({
      code: "DEFINITION_PROBLEMS",
      message: "from here on there are 801 problems",
    });
  });

  it("thousands of items take no quadratic time", async () => {
    const tags = Array.from({ length: 15_000 }, (_, index) => String(index));
    const root = rootWith({ "a.yaml": definitionText({ tags, contents: { packages: tags } }) });
    const begin = performance.now();
    expect((await lintFiles([root], OPTIONS)).problems).toEqual([]);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it("a message does not repeat the file's name, also where that has a blank", async () => {
    const root = rootWith({ "my images/a.yaml": definitionText({ accounts: { "run-as": "nobody" } }) });
    const { problems } = await lintFiles([root], OPTIONS);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).not.toContain(root);
    expect(problems[0]?.message).not.toContain("my images");
  });
});
