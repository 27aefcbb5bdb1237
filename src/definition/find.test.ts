// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { findDefinitions, listDefinitions } from "./find.js";

/** A folder with these files. */
function rootWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const CATALOGUE = {
  "images/node/debian-13/22.yaml": definitionText({ image: "node", tags: ["22", "22.1"] }),
  "images/node/debian-13/22-dev.yaml": definitionText({ image: "node", variant: "dev", tags: ["22-dev"] }),
  "images/node/debian-13/24.yaml": definitionText({
    image: "registry.test/node",
    vars: { VERSION: "24.2.0" },
    tags: ["${VERSION}"],
  }),
  "images/node/info.yaml": "metadata:\n  display-name: Node\n  short-description: Runs\n",
  "images/node/overview.md": "# Node\n",
  "images/static.yaml": definitionText({ image: "static", tags: ["${resolved.base-files.version}"] }),
  "reference/node/22.yaml": definitionText({ image: "reference/node", tags: ["22"] }),
  "other/node/22.yaml": definitionText({ image: "other", tags: ["22"] }),
};

async function namesOf(what: string, ...roots: readonly string[]): Promise<readonly string[]> {
  const found = await findDefinitions(what, roots);
  return found.map(
    ({ file }) => roots.map((root) => relative(root, file)).find((path) => !path.startsWith("..")) ?? file,
  );
}

describe("by name", () => {
  const cases = [
    {
      summary: "a name means all definitions of that image, in path order",
      what: "node",
      expected: ["images/node/debian-13/22-dev.yaml", "images/node/debian-13/22.yaml", "images/node/debian-13/24.yaml"],
    },
    { summary: "a name and a tag mean one", what: "node:22", expected: ["images/node/debian-13/22.yaml"] },
    { summary: "another tag of it means the same", what: "node:22.1", expected: ["images/node/debian-13/22.yaml"] },
    {
      summary: "a tag of another variant means that one",
      what: "node:22-dev",
      expected: ["images/node/debian-13/22-dev.yaml"],
    },
    {
      summary: "a tag that is written with a variable",
      what: "node:24.2.0",
      expected: ["images/node/debian-13/24.yaml"],
    },
    { summary: "a definition directly in the catalogue folder", what: "static", expected: ["images/static.yaml"] },
    { summary: "an ordinary image for comparison", what: "reference/node:22", expected: ["reference/node/22.yaml"] },
  ];
  it.each(cases)("$summary", async ({ what, expected }) => {
    expect(await namesOf(what, rootWith(CATALOGUE))).toEqual(expected);
  });

  const unknown = [
    { summary: "a name that is not there", what: "nginx", code: "DEFINITION_NOT_FOUND" },
    { summary: "a tag that is not there", what: "node:18", code: "DEFINITION_NOT_FOUND" },
    { summary: "a part of a tag", what: "node:2", code: "DEFINITION_NOT_FOUND" },
    { summary: "a part of a name", what: "nod", code: "DEFINITION_NOT_FOUND" },
    { summary: "a definition outside the catalogue folders", what: "other:22", code: "DEFINITION_NOT_FOUND" },
    { summary: "a tag that only the lock decides", what: "static:13.1", code: "DEFINITION_NOT_FOUND" },
    { summary: "a name in capitals", what: "Node", code: "REFERENCE_INVALID" },
    { summary: "nothing", what: "", code: "REFERENCE_INVALID" },
    { summary: "a path that leaves", what: "../node", code: "REFERENCE_INVALID" },
  ];
  it.each(unknown)("not found: $summary", async ({ what, code }) => {
    expect(await codeOf(() => findDefinitions(what, [rootWith(CATALOGUE)]))).toBe(code);
  });

  it("nothing is found where there is no catalogue", async () => {
    expect(await codeOf(() => findDefinitions("node", [temporaryFolder()]))).toBe("DEFINITION_NOT_FOUND");
    expect(await codeOf(() => findDefinitions("node", []))).toBe("DEFINITION_NOT_FOUND");
  });

  it("the first root that has it wins, and hides the second", async () => {
    const own = rootWith({ "images/node/22.yaml": definitionText({ image: "node", tags: ["22"] }) });
    expect(await namesOf("node", own, rootWith(CATALOGUE))).toEqual(["images/node/22.yaml"]);
  });

  it("a tag that the first root lacks is taken from the second", async () => {
    const own = rootWith({ "images/node/22.yaml": definitionText({ image: "node", tags: ["22"] }) });
    expect(await namesOf("node:22-dev", own, rootWith(CATALOGUE))).toEqual(["images/node/debian-13/22-dev.yaml"]);
  });

  it("a definition that is broken is reported, not passed over", async () => {
    const root = rootWith({ "images/node/22.yaml": "image: node\n" });
    expect(await codeOf(() => findDefinitions("node", [root]))).toBe("DEFINITION_INVALID");
  });
});

describe("by file", () => {
  const cases = [
    { summary: "a file that ends in .yaml", name: "22.yaml" },
    { summary: "a file that ends in .yml", name: "22.yml" },
    { summary: "a file of another name", name: "definition" },
  ];
  it.each(cases)("$summary", async ({ name }) => {
    const file = join(rootWith({ [name]: definitionText() }), name);
    expect(await findDefinitions(file, [])).toMatchObject([{ file, image: "test" }]);
  });

  it("a file that does not exist is not found", async () => {
    expect(await codeOf(() => findDefinitions(join(temporaryFolder(), "22.yaml"), []))).toBe("FILE_NOT_FOUND");
  });

  it("a file that is broken is reported", async () => {
    const root = rootWith({ "22.yaml": "a: [\n" });
    expect(await codeOf(() => findDefinitions(join(root, "22.yaml"), []))).toBe("DEFINITION_INVALID");
  });
});

describe("the whole catalogue", () => {
  it("has the definitions of all catalogue folders and nothing else, in path order", async () => {
    const root = rootWith({
      ...CATALOGUE,
      "images/node/notes.yaml": "just: notes\n",
      "images/node/old.yml": definitionText({ image: "old" }),
    });
    const found = await listDefinitions(root);
    expect(found.map(({ file }) => relative(root, file))).toEqual([
      "images/node/debian-13/22-dev.yaml",
      "images/node/debian-13/22.yaml",
      "images/node/debian-13/24.yaml",
      "images/static.yaml",
      "reference/node/22.yaml",
    ]);
  });

  it("is empty where there is none", async () => {
    expect(await listDefinitions(temporaryFolder())).toEqual([]);
  });
});
