// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { checkInfo, lintInfo, loadCatalogInfo } from "./info.js";

const SMALL = "metadata:\n  display-name: Test\n  short-description: A test\n";

/** The path of a definition `debian-13/1.yaml` in a folder with these files. */
function definitionWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries({ "debian-13/1.yaml": "", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return join(root, "debian-13", "1.yaml");
}

describe("loading", () => {
  it("a small entry has all defaults", async () => {
    expect(await loadCatalogInfo(definitionWith({ "info.yaml": SMALL }))).toEqual({
      displayName: "Test",
      shortDescription: "A test",
      isFeatured: false,
      categories: [],
      tools: [],
      overview: "",
      guides: "",
    });
  });

  it("a full entry has everything", async () => {
    const more = [
      "  featured: true",
      "  home-url: https://a.test/",
      "  categories: [security, networking]",
      "  included-tools:",
      "    - name: a",
      "      description: does it",
      "    - name: b",
      "",
    ].join("\n");
    const file = definitionWith({
      "info.yaml": SMALL + more,
      "overview.md": "# Over\n",
      "guides.md": "# Guide\n",
      "logo.svg": "<svg/>",
    });
    expect(await loadCatalogInfo(file)).toEqual({
      displayName: "Test",
      shortDescription: "A test",
      isFeatured: true,
      homeUrl: "https://a.test/",
      categories: ["security", "networking"],
      tools: [
        { name: "a", description: "does it" },
        { name: "b", description: "" },
      ],
      overview: "# Over\n",
      guides: "# Guide\n",
      logo: "<svg/>",
    });
  });

  it("an entry beside the definition goes before one above it, with its own texts", async () => {
    const file = definitionWith({
      "info.yaml": SMALL,
      "overview.md": "above",
      "debian-13/info.yaml": SMALL.replace("Test", "Beside"),
      "debian-13/overview.md": "beside",
    });
    expect(await loadCatalogInfo(file)).toMatchObject({ displayName: "Beside", overview: "beside" });
  });

  it("where there is no entry there is none", async () => {
    expect(await loadCatalogInfo(definitionWith({ "overview.md": "# Over\n" }))).toBeUndefined();
  });

  it("a logo that is too large is left out", async () => {
    const file = definitionWith({ "info.yaml": SMALL, "logo.svg": `<svg>${" ".repeat(300_000)}</svg>` });
    expect(await loadCatalogInfo(file)).not.toHaveProperty("logo");
  });

  const broken = [
    { summary: "an entry that is no YAML", text: "a: [\n" },
    { summary: "an entry without what it needs", text: "metadata:\n  display-name: x\n" },
    { summary: "an empty entry", text: "" },
    { summary: "an entry with an unknown category", text: `${SMALL}  categories: [games]\n` },
  ];
  it.each(broken)("refused: $summary", async ({ text }) => {
    expect(await codeOf(() => loadCatalogInfo(definitionWith({ "info.yaml": text })))).toBe("DEFINITION_INVALID");
  });
});

describe("checking", () => {
  it("a good entry has no problems", async () => {
    expect(await checkInfo(SMALL, "info.yaml")).toEqual([]);
  });

  it("every problem is told, at its place", async () => {
    const text = `${SMALL}  featured: 5\n  categories: [games]\n`;
    const problems = await checkInfo(text, "a/info.yaml");
    expect(problems.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`)).toEqual([
      "a/info.yaml:4:3 SCHEMA_TYPE",
      "a/info.yaml:5:16 SCHEMA_ENUM",
    ]);
  });
});

describe("the logo beside an entry", () => {
  const guides = { "guides.md": "# Guides\n" };
  const cases: readonly { summary: string; files: Readonly<Record<string, string>>; expected: readonly string[] }[] = [
    { summary: "is there", files: { ...guides, "logo.svg": "<svg/>" }, expected: [] },
    { summary: "is missing on a page that is finished", files: guides, expected: ["INFO_LOGO"] },
    { summary: "may be missing while there are no guides", files: {}, expected: [] },
    { summary: "is no SVG", files: { "logo.svg": "PNG" }, expected: ["INFO_LOGO"] },
    { summary: "is too large", files: { "logo.svg": `<svg>${" ".repeat(300_000)}</svg>` }, expected: ["INFO_LOGO"] },
  ];
  it.each(cases)("$summary", async ({ files, expected }) => {
    const file = join(dirname(dirname(definitionWith({ "info.yaml": SMALL, ...files }))), "info.yaml");
    expect((await lintInfo(SMALL, file)).map(({ code }) => code)).toEqual(expected);
  });
});
