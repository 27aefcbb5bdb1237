// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Values and types that programs may build on. A change here is a change for others and belongs into CHANGELOG.md. */
const EXPORTS = [
  "BasaltError",
  "ERRORS",
  "build",
  "compareScans",
  "copyImage",
  "createHost",
  "findDefinitions",
  "formatLock",
  "importFeeds",
  "loadDefinition",
  "openAdvisories",
  "openImage",
  "openSigner",
  "openStore",
  "parseDefinition",
  "parseLock",
  "resolve",
  "scanImage",
  "startServer",
];

it("the package exports these names and no others", async () => {
  const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  expect(exports).toEqual({ ".": { types: "./dist/src/index.d.ts", default: "./dist/src/index.js" } });
  expect(new Set(Object.keys(await import("../src/index.js")))).toEqual(new Set(EXPORTS));
});
