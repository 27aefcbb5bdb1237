// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { definitionText } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { packageRoot } from "../host/paths.js";

interface LintDocument {
  readonly files: number;
  readonly problems: readonly Readonly<Record<string, unknown>>[];
}

/** A folder with a good definition, one with two errors, and a bad info.yaml. */
function folder(): string {
  const root = temporaryFolder();
  mkdirSync(join(root, "image"));
  writeFileSync(join(root, "good.yaml"), definitionText());
  writeFileSync(join(root, "image", "bad.yaml"), definitionText({ variant: "other", frobnicate: true }));
  writeFileSync(join(root, "image", "info.yaml"), "metadata:\n  display-name: 5\n");
  return root;
}

describe("basalt lint", () => {
  it("prints every problem of every file as file:line:column: code: message, and ends with 1", async () => {
    const { code, stdout, stderr } = await basaltOn(testHost(), "lint", folder());
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(1);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines)
      expect(line).toMatch(/^\S+\.yaml:[1-9][0-9]*:[1-9][0-9]*: (?:YAML|SCHEMA|DEFINITION|PACKAGE|INFO)_[A-Z_]+: \S/);
    expect(stderr).toBe(`3 files, ${lines.length} problems\n`);
  });

  it("prints nothing about good files, and ends with 0", async () => {
    const path = join(folder(), "good.yaml");
    expect(await basaltOn(testHost(), "lint", path)).toMatchObject({ code: 0, stdout: "" });
  });

  it("--json prints one document that scripts rely on, and nothing else", async () => {
    const root = folder();
    const { code, stdout } = await basaltOn(testHost(), "lint", root, "--json");
    const document = JSON.parse(stdout) as LintDocument;
    expect(code).toBe(1);
    expect(Object.keys(document)).toEqual(["files", "problems"]);
    expect(document.files).toBe(3);
    for (const problem of document.problems) {
      const keys = ["file", "line", "column", "severity", "code", "message"];
      expect(
        Object.keys(problem)
          .filter((key) => key !== "hint")
          .toSorted(),
      ).toEqual(keys.toSorted());
      expect(problem).toMatchObject({
        file: expect.stringContaining(root) as string,
        line: expect.any(Number) as number,
        column: expect.any(Number) as number,
        severity: expect.stringMatching(/^(?:error|warning)$/) as string,
        message: expect.any(String) as string,
      });
    }
  });

  it("--json prints a document for good files, too", async () => {
    const { code, stdout } = await basaltOn(testHost(), "lint", join(folder(), "good.yaml"), "--json");
    expect([code, JSON.parse(stdout)]).toEqual([0, { files: 1, problems: [] }]);
  });

  const CODES = [
    { summary: "YAML that cannot be read", text: "name: [", code: /^YAML_/ },
    { summary: "a key that the schema does not know", text: definitionText({ frobnicate: 1 }), code: /^SCHEMA_/ },
    {
      summary: "an expression that means nothing",
      text: definitionText({ tags: ["#{nothing}"] }),
      code: /^DEFINITION_/,
    },
  ];

  it.each(CODES)("tells kinds of problems apart by their codes: $summary", async ({ text, code }) => {
    const path = join(temporaryFolder(), "x.yaml");
    writeFileSync(path, text);
    const { stdout } = await basaltOn(testHost(), "lint", path, "--json");
    const { problems } = JSON.parse(stdout) as LintDocument;
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem["code"]).toMatch(code);
  });

  it("a file that is not there fails, and is not a problem of a definition", async () => {
    const { code, stdout, stderr } = await basaltOn(testHost(), "lint", join(temporaryFolder(), "none.yaml"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: FILE_NOT_FOUND: [^\n]+\n$/);
  });

  it("finds nothing wrong with the catalogue that comes with Basalt", async () => {
    const folders = ["images", "reference"].map((name) => join(packageRoot(), name));
    expect(await basaltOn(testHost(), "lint", ...folders)).toMatchObject({ code: 0, stdout: "" });
  });
});
