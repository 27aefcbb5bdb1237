// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import type { Platform } from "../formats/platform.js";
import { parseDefinition } from "./parse.js";
import { setVariable } from "./set-variable.js";

const REST = `contents:
  packages: [base-files]   # aligned
accounts: { run-as: nonroot, users: [{ name: nonroot, uid: 65532, gid: 65532 }], groups: [{ name: nonroot, gid: 65532 }] }
os-release: {name: Test, id: debian, version-id: "13", version-codename: trixie}
`;

/** A definition with these lines as its vars. */
function textWith(vars: string): string {
  return `# head\nname:   Odd   # spaces\nimage: test\nvariant: runtime\ntags: ['1']\nvars:\n${vars}\n${REST}`;
}

async function set(vars: string, amd64: string, arm64 = amd64): Promise<string> {
  const text = textWith(vars);
  const values = new Map<Platform, string>([
    ["linux/amd64", amd64],
    ["linux/arm64", arm64],
  ]);
  return setVariable(text, await parseDefinition(text, "x.yaml"), { name: "V", values });
}

describe("a variable is changed where it stands, and nothing else", () => {
  const cases = [
    { summary: "plain", before: "  V: 1.2.3", values: ["1.2.4"], after: "  V: 1.2.4" },
    { summary: "plain with a comment", before: "  V:  1.2.3   # why", values: ["1.2.4"], after: "  V:  1.2.4   # why" },
    { summary: "in double quotes", before: '  V: "1.2.3"', values: ["1.2.4"], after: '  V: "1.2.4"' },
    { summary: "in single quotes", before: "  V: '1.2.3' # x", values: ["1.2.4"], after: "  V: '1.2.4' # x" },
    { summary: "plain, and would become a number", before: "  V: 1.2.3", values: ["22.10"], after: '  V: "22.10"' },
    { summary: "plain, and would become a truth value", before: "  V: 1.2.3", values: ["true"], after: '  V: "true"' },
    { summary: "with a tag", before: "  V: !!str 1", values: ["2"], after: '  V: !!str "2"' },
    {
      summary: "beside others",
      before: "  A: x\n  V: 1.x\n  B: 1.x",
      values: ["2.x"],
      after: "  A: x\n  V: 2.x\n  B: 1.x",
    },
    {
      summary: "an expression with a value for each platform",
      before: `  V: '#{ target.arch == "amd64"\n    ? "a1"\n    : "b1" }' # both`,
      values: ["a2", "b2"],
      after: `  V: '#{ target.arch == "amd64"\n    ? "a2"\n    : "b2" }' # both`,
    },
    {
      summary: "an expression in double quotes",
      before: String.raw`  V: "#{ target.arch == \"amd64\" ? \"a1\" : 'b1' }"`,
      values: ["a2", "b2"],
      after: String.raw`  V: "#{ target.arch == \"amd64\" ? \"a2\" : 'b2' }"`,
    },
    {
      summary: "an expression that compares with one of its values",
      before: `  V: '#{ target.arch == "amd64" ? "amd64" : "arm64" }'`,
      values: ["x", "y"],
      after: `  V: '#{ target.arch == "amd64" ? "x" : "y" }'`,
    },
    {
      summary: "an expression with the same value twice",
      before: `  V: '#{ target.arch == "amd64" ? "1" : "1" }'`,
      values: ["2", "3"],
      after: `  V: '#{ target.arch == "amd64" ? "2" : "3" }'`,
    },
    {
      summary: "a nested expression",
      before: `  V: '#{ target.dev ? "d" : target.arch == "amd64" ? "a" : "b" }'`,
      values: ["x", "y"],
      after: `  V: '#{ target.dev ? "d" : target.arch == "amd64" ? "x" : "y" }'`,
    },
    {
      summary: "an expression that makes other variables",
      before: `  D: \${V}\n  V: '#{ target.arch == "amd64" ? "a" : "b" }'`,
      values: ["x", "y"],
      after: `  D: \${V}\n  V: '#{ target.arch == "amd64" ? "x" : "y" }'`,
    },
  ];
  it.each(cases)("$summary", async ({ before, values, after }) => {
    const [amd64 = "", arm64 = amd64] = values;
    expect(await set(before, amd64, arm64)).toBe(textWith(after));
  });

  it("line ends stay what they are", async () => {
    const text = textWith("  V: 1.x # c").replaceAll("\n", "\r\n");
    const values = new Map<Platform, string>([["linux/amd64", "2.x"]]);
    const changed = await setVariable(text, await parseDefinition(text, "x.yaml"), { name: "V", values });
    expect(changed).toBe(text.replace("1.x", "2.x"));
  });
});

describe("refused, since something else would change or the value would not be that", () => {
  const cases = [
    { summary: "another value for each platform in a plain text", vars: "  V: a", values: ["a", "b"] },
    { summary: "a text in lines", vars: "  V: |-\n    a", values: ["b"] },
    { summary: "an anchor that others use", vars: "  V: &v a\n  W: *v", values: ["b"] },
    { summary: "an alias", vars: "  W: &v a\n  V: *v", values: ["b"] },
    { summary: "a reference", vars: "  W: a\n  V: ${W}", values: ["b"] },
    { summary: "a text that is joined", vars: `  V: '#{ "a" + target.arch }'`, values: ["b", "c"] },
    { summary: "an expression among other text", vars: `  V: 'x#{ "a" }'`, values: ["b"] },
    { summary: "one value of an expression for two platforms", vars: `  V: '#{ "a" }'`, values: ["b", "c"] },
    {
      summary: "an expression that looks at itself in another variable",
      vars: `  W: '#{ V == "a" ? "b" : "c" }'\n  V: '#{ W }'`,
      values: ["x"],
    },
    { summary: "no variable of that name", vars: "  W: a", values: ["b"] },
    { summary: "quotes in the value", vars: "  V: a", values: [`b" : "c`] },
    { summary: "a line break in the value", vars: "  V: a", values: ["b\nimage: evil"] },
    { summary: "an expression as value", vars: "  V: a", values: ["#{target.arch}"] },
    { summary: "a reference as value", vars: "  V: a", values: ["${W}"] },
    { summary: "a comment in the value", vars: "  V: a", values: ["b #c"] },
  ];
  it.each(cases)("$summary", async ({ vars, values }) => {
    const [amd64 = "", arm64 = amd64] = values;
    expect(await codeOf(() => set(vars, amd64, arm64))).toMatch(/^(?:TRACK_UNSAFE|DEFINITION_INVALID)$/);
  });
});
