// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { formatSarif, type SarifResult } from "./sarif.js";

const RESULT: SarifResult = {
  ruleId: "DEFINITION_TAG",
  level: "error",
  message: 'not a tag: "a b"',
  file: "./images/my tool/1.yaml",
  line: 3,
  column: 5,
};

interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly Readonly<Record<string, unknown>>[];
  }[];
}

function format(...results: readonly SarifResult[]): Log {
  return JSON.parse(formatSarif({ version: "1.2.3" }, results)) as Log;
}

it("a result says which rule, how bad, what and where", () => {
  const { version, runs } = format(RESULT);
  expect(version).toBe("2.1.0");
  expect(runs[0]?.results).toEqual([
    {
      ruleId: "DEFINITION_TAG",
      ruleIndex: 0,
      level: "error",
      message: { text: 'not a tag: "a b"' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "images/my%20tool/1.yaml", uriBaseId: "SRCROOT" },
            region: { startLine: 3, startColumn: 5 },
          },
        },
      ],
    },
  ]);
});

it("each rule is listed once, and results name it by its place", () => {
  const [run] = format(RESULT, { ...RESULT, ruleId: "DEFINITION_DATE" }, RESULT).runs;
  const ids = run?.tool.driver.rules.map(({ id }) => id) ?? [];
  expect(ids).toEqual(["DEFINITION_DATE", "DEFINITION_TAG"]);
  expect(run?.results.map((result) => ids[Number(result["ruleIndex"])])).toEqual(
    run?.results.map((result) => result["ruleId"]),
  );
});

it("nothing found is a run without results", () => {
  expect(format().runs[0]).toMatchObject({ results: [], tool: { driver: { name: "basalt", version: "1.2.3" } } });
});

const paths = [
  { summary: "an absolute path says so", file: "/srv/a#1.yaml", expected: { uri: "file:///srv/a%231.yaml" } },
  { summary: "marks stand for themselves", file: "a?b.yaml", expected: { uri: "a%3Fb.yaml", uriBaseId: "SRCROOT" } },
];
it.each(paths)("a path as a URI: $summary", ({ file, expected }) => {
  expect(format({ ...RESULT, file }).runs[0]?.results).toMatchObject([
    { locations: [{ physicalLocation: { artifactLocation: expected } }] },
  ]);
});
