// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { formatSpdxFragment } from "../formats/spdx-fragment.js";
import { npm } from "./npm.js";
import { isSpdxDocument, packagesInDocument } from "./spdx-documents.js";

const PATH = "opt/docker/sbom/web/src-ui-node_modules.spdx.json";
const TEXT = formatSpdxFragment("web", [
  { name: "@s/a", version: "1.2.3", purl: "pkg:npm/%40s/a@1.2.3", license: "MIT" },
  { name: "b", version: "2.0.0", purl: "pkg:npm/b@2.0.0?x=y" },
  { name: "c", version: "3.0.0", purl: "pkg:golang/c@3.0.0" },
  { name: "d" },
]);
const FOUND = [
  { name: "@s/a", version: "1.2.3", purl: "pkg:npm/%40s/a@1.2.3", license: "MIT", paths: [PATH] },
  { name: "b", version: "2.0.0", purl: "pkg:npm/b@2.0.0", paths: [PATH] },
];

it("a document of an image shows its packages", () => {
  expect(packagesInDocument(PATH, TEXT, "npm")).toEqual(FOUND);
  expect(npm.interest(PATH)).toMatchObject({ kind: "text" });
  expect(npm.find(new Map([[PATH, TEXT]]))).toEqual(FOUND);
});

it.each(["opt/docker/sbom/a.json", "srv/opt/docker/sbom/a/a.spdx.json", "opt/docker/sbom/.spdx.json/", "a.spdx.json"])(
  "%s is no such document",
  (path) => {
    expect(isSpdxDocument(path)).toBe(false);
  },
);

const entry = (reference: unknown): string => JSON.stringify({ packages: [{ externalRefs: [reference] }] });
it.each([
  ["no JSON", "{"],
  ["nothing", "null"],
  ["a list", "[]"],
  ["packages that are none", '{"packages": {"length": 1}}'],
  ["entries that are none", '{"packages": [null, 1, [], {"externalRefs": 1}, {"externalRefs": [null]}]}'],
  ["a reference that is no text", entry({ referenceType: "purl", referenceLocator: 1 })],
  ["a package URL that is none", entry({ referenceType: "purl", referenceLocator: "pkg:npm/%zz" })],
  ["a package URL without a version", entry({ referenceType: "purl", referenceLocator: "pkg:npm/a" })],
  ["a reference of another kind", entry({ referenceType: "cpe23Type", referenceLocator: "pkg:npm/a@1.0.0" })],
])("%s shows none", (_summary, text) => {
  expect(packagesInDocument(PATH, text, "npm")).toEqual([]);
});
