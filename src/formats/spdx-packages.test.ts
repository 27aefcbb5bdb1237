// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { readSpdxPackages } from "./spdx-packages.js";

function item(name: string, purl: string): object {
  return { name, externalRefs: [{ referenceType: "purl", referenceLocator: purl }] };
}

describe("packages of an SPDX document", () => {
  it.each([{}, null, [], "text", { packages: {} }, { packages: "x" }])("are not read from %j", async (document) => {
    expect(await codeOf(() => readSpdxPackages(document, "test"))).toBe("EVIDENCE_INVALID");
  });

  it.each([
    { summary: "null", item: null },
    { summary: "a text", item: "x" },
    { summary: "no name", item: {} },
    { summary: "numbers", item: { name: 1, versionInfo: 2, licenseDeclared: 3, supplier: 4, externalRefs: 5 } },
    { summary: "references that are none", item: { externalRefs: [null, 1, {}, { referenceType: "purl" }] } },
  ])("that are $summary say nothing", ({ item }) => {
    expect(readSpdxPackages({ packages: [item] }, "test")).toEqual([
      { name: "", version: "", kind: "", purl: "", license: "", supplier: "" },
    ]);
  });

  it("come by kind, name and version", () => {
    const packages = [item("b", "pkg:npm/b@1"), item("c", "pkg:deb/debian/c@1"), item("a", "pkg:npm/a@1")];
    expect(readSpdxPackages({ packages }, "test").map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "deb c",
      "npm a",
      "npm b",
    ]);
  });
});
