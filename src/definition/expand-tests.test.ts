// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { definitionText } from "../../test/support/definitions.js";
import { readDefinition } from "./expand.js";
import type { ImageTest } from "./model.js";
import { parseDefinition } from "./parse.js";

type Parts = Readonly<Record<string, unknown>>;

async function read(tests: readonly Parts[]): Promise<ReturnType<typeof readDefinition>> {
  const vars = { VERSION: "1.2" };
  return readDefinition(await parseDefinition(definitionText({ vars, tests }), "test.yaml"), "linux/amd64");
}

async function expand(test: Parts): Promise<ImageTest | undefined> {
  const { image, problems } = await read([test]);
  expect(problems).toEqual([]);
  return image?.tests[0];
}

describe("a test", () => {
  const cases: readonly { summary: string; test: Parts; expected: Parts }[] = [
    {
      summary: "has its commands in words, with their conditions",
      test: {
        name: "version",
        directory: "/srv",
        commands: ["tool --version", "sh -c 'tool | cat'"],
        "exit-code": 3,
        timeout: 5,
        output: "^tool ${VERSION}",
      },
      expected: {
        name: "version",
        commands: [
          {
            text: "tool --version",
            words: ["tool", "--version"],
            workDir: "/srv",
            exitCode: 3,
            timeoutMs: 5000,
            output: "^tool 1.2",
          },
          {
            text: "sh -c 'tool | cat'",
            words: ["sh", "-c", "tool | cat"],
            workDir: "/srv",
            exitCode: 3,
            timeoutMs: 5000,
            output: "^tool 1.2",
          },
        ],
        files: [],
      },
    },
    {
      summary: "without a name is known by its number, and ends after a minute",
      test: { commands: ["a"], "exit-code": 0 },
      expected: { name: "test 1", commands: [{ text: "a", words: ["a"], exitCode: 0, timeoutMs: 60_000 }], files: [] },
    },
    {
      summary: "of files needs no exit code",
      test: {
        name: "files",
        files: [
          { path: "/app/", kind: "directory", mode: "0755", uid: 1000, gid: 1000 },
          { path: "/bin/sh", absent: true },
          { path: "/etc/a", contains: "b" },
        ],
      },
      expected: {
        name: "files",
        commands: [],
        files: [
          { path: "app", isAbsent: false, kind: "directory", mode: 0o755, uid: 1000, gid: 1000 },
          { path: "bin/sh", isAbsent: true },
          { path: "etc/a", isAbsent: false, contains: "b" },
        ],
      },
    },
  ];
  it.each(cases)("$summary", async ({ test, expected }) => {
    expect(await expand(test)).toEqual(expected);
  });
});

describe("a problem of a test is", () => {
  const cases: readonly { summary: string; test: Parts; expected: string }[] = [
    { summary: "nothing to do", test: { "exit-code": 0 }, expected: "DEFINITION_TEST" },
    { summary: "an empty command", test: { commands: ["a", ""], "exit-code": 0 }, expected: "DEFINITION_TEST" },
    { summary: "a pipe", test: { commands: ["a | b"], "exit-code": 0 }, expected: "DEFINITION_TEST" },
    {
      summary: "an expression that explodes",
      test: { commands: ["a"], "exit-code": 0, output: "(a+)+$" },
      expected: "DEFINITION_TEST",
    },
    {
      summary: "a malformed expression",
      test: { commands: ["a"], "exit-code": 0, output: "[a" },
      expected: "DEFINITION_TEST",
    },
    {
      summary: "a folder outside of the image",
      test: { commands: ["a"], "exit-code": 0, directory: "../.." },
      expected: "DEFINITION_PATH",
    },
    { summary: "a path outside of the image", test: { files: [{ path: "/../a" }] }, expected: "DEFINITION_PATH" },
    {
      summary: "a path that is made relative",
      test: { files: [{ path: "${VERSION}/a" }] },
      expected: "DEFINITION_PATH",
    },
    { summary: "the root", test: { files: [{ path: "/" }] }, expected: "DEFINITION_PATH" },
    {
      summary: "a mode of what is absent",
      test: { files: [{ path: "/a", absent: true, mode: "0644" }] },
      expected: "DEFINITION_TEST",
    },
    {
      summary: "text in a folder",
      test: { files: [{ path: "/a", kind: "directory", contains: "b" }] },
      expected: "DEFINITION_TEST",
    },
  ];
  it.each(cases)("$summary", async ({ test, expected }) => {
    const { problems } = await read([test]);
    expect(problems.map(({ code }) => code)).toEqual([expected]);
    expect(problems[0]?.line).toBeGreaterThan(15);
  });

  const schema: readonly { summary: string; test: Parts }[] = [
    { summary: "a command without an exit code", test: { commands: ["a"] } },
    { summary: "a command without an exit code beside files", test: { commands: ["a"], files: [{ path: "/a" }] } },
    { summary: "nothing at all", test: { name: "a" } },
    { summary: "a file without a path", test: { files: [{ absent: true }] } },
    { summary: "a key that is not ours", test: { files: [{ path: "/a", owner: "b" }] } },
    { summary: "an empty text to look for", test: { files: [{ path: "/a", contains: "" }] } },
  ];
  it.each(schema)("$summary, by the schema", async ({ test }) => {
    await expect(read([test])).rejects.toThrow(/SCHEMA_/);
  });
});
