// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { definitionText } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { definitionFiles, restoreDefinition } from "./definition-files.js";
import { expandDefinition } from "./expand.js";
import { loadDefinition } from "./parse.js";

const PATHS = [
  { type: "file", path: "/etc/app.conf", source: "app.conf" },
  { type: "file", path: "/usr/bin/start", source: "image/start.sh", mode: "0755" },
  { type: "directory", path: "/srv/pages", source: "image/pages" },
];

it("a definition is the same where its files are written again, whatever they are called and wherever they stood", async () => {
  const root = temporaryFolder();
  for (const [path, content] of Object.entries({
    "image/a/b/1.yaml": definitionText({ includes: ["image/.x.inc.yaml", ".y.inc.yaml"], paths: PATHS }),
    "image/.x.inc.yaml": stringify({ includes: ["image/.base.inc.yaml"], environment: { A: "x" } }),
    "image/a/b/.y.inc.yaml": stringify({ includes: ["image/.base.inc.yaml"], environment: { B: "y" } }),
    "image/.base.inc.yaml": stringify({ environment: { A: "base" } }),
    "image/a/b/app.conf": "key = value\n",
    "image/start.sh": "#!/bin/true\n",
    "image/pages/one.html": "1",
    "image/pages/deep er/two.html": "2",
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  chmodSync(join(root, "image/start.sh"), 0o755);
  const original = await loadDefinition(join(root, "image/a/b/1.yaml"));
  const files = definitionFiles(original);
  expect(files.path).toBe("image/a/b/1.yaml");
  expect(files.files.map(({ path }) => path)).toEqual([
    "image/a/b/1.yaml",
    "image/.base.inc.yaml",
    "image/.x.inc.yaml",
    "image/a/b/.y.inc.yaml",
    "image/a/b/app.conf",
    "image/a/b/image/pages/deep er/two.html",
    "image/a/b/image/pages/one.html",
    "image/a/b/image/start.sh",
  ]);
  const restored = await restoreDefinition(JSON.parse(JSON.stringify(files)) as typeof files, temporaryFolder());
  expect(restored.sha256).toBe(original.sha256);
  expect(expandDefinition(restored, "linux/amd64")).toEqual(expandDefinition(original, "linux/amd64"));
});

it("a definition alone is one file", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "own.yaml"), definitionText());
  const files = definitionFiles(await loadDefinition(join(folder, "own.yaml")));
  expect(files).toEqual({ path: "own.yaml", files: [{ path: "own.yaml", text: definitionText() }] });
});
