// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { BasaltError } from "../errors.js";
import { patchPom, type PomPatch } from "./maven-pom.js";

const POM = `<?xml version="1.0"?>
<!-- <properties><a.version>0</a.version></properties> -->
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <properties>
    <a.version>1.0</a.version>
  </properties>
  <dependencies>
    <dependency>
      <groupId>g</groupId><artifactId>a</artifactId>
      <version>\${a.version}</version>
    </dependency>
    <dependency><groupId>g</groupId><artifactId>b</artifactId><version>2.0 <!-- old --></version></dependency>
    <dependency><groupId>g</groupId><artifactId>managed</artifactId></dependency>
  </dependencies>
  <profiles><profile><dependencies>
    <dependency><groupId>g</groupId><artifactId>b</artifactId><version>2.0</version><type>pom</type></dependency>
  </dependencies></profile></profiles>
</project>
`;

function patch(parts: Partial<PomPatch>, text = POM): string {
  return patchPom(text, {
    dependencies: [],
    properties: [],
    list: ["dependencyManagement", "dependencies"],
    mayLower: false,
    ...parts,
  });
}

function bump(artifactId: string, version: string, more: object = {}): Partial<PomPatch> {
  return { dependencies: [{ groupId: "g", artifactId, version, ...more }] };
}

describe("versions of a Maven project", () => {
  const cases: readonly (readonly [summary: string, parts: Partial<PomPatch>, from: string, to: string])[] = [
    [
      "a property",
      { properties: [{ property: "a.version", value: "1.1&2" }] },
      "\n    <a.version>1.0<",
      "\n    <a.version>1.1&amp;2<",
    ],
    [
      "a property that is new",
      { properties: [{ property: "b", value: "1" }] },
      "  </properties>\n  <dep",
      "  <b>1</b>\n</properties>\n  <dep",
    ],
    ["a dependency that refers to a property", bump("a", "1.1"), "${a.version}", "1.1"],
    ["a dependency of a type", bump("b", "2.1", { type: "pom" }), "2.0</version><type>", "2.1</version><type>"],
    [
      "a dependency that stands nowhere",
      bump("c", "1", { type: "pom", scope: "import" }),
      "</project>",
      "<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>c</artifactId>" +
        "<version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>\n</project>",
    ],
    [
      "a dependency for another list",
      { ...bump("c", "1"), list: ["dependencies"] },
      "  </dependencies>\n  <profiles>",
      "  <dependency><groupId>g</groupId><artifactId>c</artifactId><version>1</version></dependency>\n</dependencies>\n  <profiles>",
    ],
  ];
  it.each(cases)("%s", (_summary, parts, from, to) => {
    expect(POM).toContain(from);
    expect(patch(parts)).toBe(POM.replace(from, () => to));
  });

  it("a dependency wherever it is listed", () => {
    expect(patch(bump("b", "2.1")).match(/<version>2\.1<\/version>/g)).toHaveLength(2);
  });

  it("one without a version of its own stays: what manages it decides", () => {
    expect(patch(bump("managed", "9"))).toBe(POM);
  });

  it("two new ones share a list, which may be an empty element", () => {
    const both = patch({ dependencies: ["c", "d"].map((artifactId) => ({ groupId: "g", artifactId, version: "1" })) });
    expect(both.match(/<dependencyManagement>/g)).toHaveLength(1);
    expect(patch({ properties: [{ property: "p", value: "1" }] }, "<project><properties/></project>")).toBe(
      "<project><properties><p>1</p></properties>\n</project>",
    );
  });

  it("a lower one is refused unless it is wanted", async () => {
    expect(await codeOf(() => patch(bump("b", "1.9")))).toBe("POM_INVALID");
    expect(await codeOf(() => patch(bump("a", "0.9")))).toBe("POM_INVALID");
    expect(await codeOf(() => patch({ properties: [{ property: "a.version", value: "0.9" }] }))).toBe("POM_INVALID");
    expect(patch({ ...bump("b", "1.9"), mayLower: true })).toContain("<version>1.9</version>");
  });
});

describe("what is no project is refused", () => {
  it.each([
    ["nothing", ""],
    ["another document", "<settings/>"],
    ["an element without its end", "<project><properties>"],
    ["ends in the wrong order", "<project><a><b></a></b></project>"],
    ["an end too many", "<project></project></a>"],
    ["a comment without its end", "<project><!-- </project>"],
    ["a bracket in text", "<project>a < b</project>"],
    ["a document type without its end", `<project>${"<!DOCTYPE".repeat(20_000)}`], // was quadratic: minutes
    ["a document type whose bracket stays open", `<project>${"<!DOCTYPE [".repeat(20_000)}`],
  ])("%s", async (_summary, text) => {
    expect(await codeOf(() => patch({ properties: [{ property: "a", value: "1" }] }, text))).toBe("POM_INVALID");
  });

  it("and so is a property that is no name", async () => {
    expect(await codeOf(() => patch({ properties: [{ property: "a><b", value: "1" }] }))).toBe("POM_INVALID");
  });

  it("random text ends with an error that says so, or is kept", () => {
    const piece = fc.constantFrom(
      "<project>",
      "</project>",
      "<properties>",
      "</properties>",
      "<a/>",
      "<!--",
      "-->",
      "x",
      "<",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        try {
          patch({ properties: [{ property: "q", value: "1" }] }, pieces.join(""));
        } catch (error) {
          if (!(error instanceof BasaltError)) throw error;
        }
      }),
    );
  });
});
