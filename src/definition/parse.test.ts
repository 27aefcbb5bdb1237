// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { definitionText, testDefinition } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { BasaltError } from "../errors.js";
import { sha256Hex } from "../formats/digest.js";
import { packageRoot } from "../host/paths.js";
import { loadDefinition, parseDefinition, repositoryOf } from "./parse.js";
import { problemsOf } from "./problem.js";

describe("reading a definition", () => {
  it("a definition knows its image, its platforms and the hash of its text", async () => {
    const definition = await testDefinition({ platforms: ["linux/arm64"] });
    expect(definition).toMatchObject({ file: "test.yaml", image: "test", platforms: ["linux/arm64"] });
    expect(definition.sha256).toBe(sha256Hex(definitionText({ platforms: ["linux/arm64"] })));
  });

  it("without platforms a definition is for all", async () => {
    expect((await testDefinition()).platforms).toEqual(["linux/amd64", "linux/arm64"]);
  });

  it("a file is read", async () => {
    const file = join(temporaryFolder(), "1.yaml");
    writeFileSync(file, definitionText());
    expect(await loadDefinition(file)).toMatchObject({ file, image: "test" });
  });

  it("a file that does not exist is not found", async () => {
    expect(await codeOf(() => loadDefinition(join(temporaryFolder(), "1.yaml")))).toBe("FILE_NOT_FOUND");
  });

  const invalid = [
    { summary: "an empty file", text: "" },
    { summary: "text that is no YAML", text: "a: [\n" },
    { summary: "a file of another program", text: "services:\n  web:\n    image: nginx\n" },
    { summary: "a file that is not text", text: "\u0000\u0001\u0002" },
    { summary: "a file that is far too large", text: `# ${"x".repeat(4 * 1024 * 1024)}\n${definitionText()}` },
    { summary: "an alias of itself", text: `${definitionText()}tests: [&x { a: *x }]\n` },
    { summary: "a repository that is none", text: definitionText({ image: "Test Image" }) },
  ];
  it.each(invalid)("invalid: $summary", async ({ text }) => {
    expect(await codeOf(() => parseDefinition(text, "test.yaml"))).toBe("DEFINITION_INVALID");
  });

  it("the place of a wrong repository is told", async () => {
    const error = await testDefinition({ image: "Test Image" }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(BasaltError);
    expect(problemsOf(error as BasaltError, "other.yaml")).toMatchObject([
      { file: "test.yaml", line: 2, column: 1, code: "DEFINITION_IMAGE" },
    ]);
  });
});

describe("the path for locks and evidence", () => {
  const cases = [
    { summary: "a file below the working folder", file: "some/where/1.yaml", expected: "some/where/1.yaml" },
    { summary: "a file that was named in a roundabout way", file: "./some/./a/../1.yaml", expected: "some/1.yaml" },
    {
      summary: "a file of Basalt's own catalogue, by its full path",
      file: join(packageRoot(), "images", "node", "1.yaml"),
      expected: "images/node/1.yaml",
    },
    { summary: "a file elsewhere is only its name", file: "/srv/secret-project/1.yaml", expected: "1.yaml" },
    { summary: "a file above the working folder is only its name", file: "../../1.yaml", expected: "1.yaml" },
    { summary: "a file whose name begins with dots", file: "..1.yaml", expected: "..1.yaml" },
  ];
  it.each(cases)("$summary", async ({ file, expected }) => {
    expect((await parseDefinition(definitionText(), file)).path).toBe(expected);
  });

  it("nothing of this machine is in the path of a file in a temporary folder", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "a"));
    const file = relative(".", join(folder, "a", "1.yaml"));
    writeFileSync(file, definitionText());
    expect((await loadDefinition(file)).path).toBe("1.yaml");
  });
});

describe("repositories", () => {
  const cases = [
    { summary: "a plain name", image: "node", expected: "node" },
    { summary: "a name with a path", image: "reference/node", expected: "reference/node" },
    { summary: "a host with a dot is left out", image: "registry.test/team/node", expected: "team/node" },
    { summary: "a host with a port is left out", image: "registry:5000/node", expected: "node" },
    { summary: "this machine is left out", image: "localhost/node", expected: "node" },
    { summary: "a name in capitals is none", image: "Node", expected: undefined },
    { summary: "a name with a tag is none", image: "node:22", expected: undefined },
    { summary: "a name with a digest is none", image: `node@sha256:${"0".repeat(64)}`, expected: undefined },
    { summary: "a host alone is none", image: "registry.test/", expected: undefined },
    { summary: "a path that leaves is none", image: "../node", expected: undefined },
    { summary: "a path in a path that leaves is none", image: "a/../../node", expected: undefined },
    { summary: "a path from the root is none", image: "/node", expected: undefined },
    { summary: "a variable is none", image: "${NAME}", expected: undefined },
    { summary: "a name that is too long is none", image: "a".repeat(300), expected: undefined },
    { summary: "nothing is none", image: "", expected: undefined },
  ];
  it.each(cases)("$summary", ({ image, expected }) => {
    expect(repositoryOf(image)).toBe(expected);
  });
});
