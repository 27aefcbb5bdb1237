// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseCommandWords } from "../formats/command-words.js";
import { checkAbsolutePath, cleanPath } from "./expand-paths.js";
import type { YamlPath } from "./located-yaml.js";
import type { FileCheck, ImageTest, TestCommand } from "./model.js";
import { isQuickPattern } from "../formats/bounded-pattern.js";
import type { RawFileCheck, RawTest } from "./raw.js";
import type { Report } from "./report.js";

/** Chosen, not measured: a program that says its version takes a second, one that starts a server some more. */
const TIMEOUT_SECONDS = 60;
const MIN_OUTPUT = 100; // characters that an expression must at least be able to look through

/** What the finished image must do. Reports `DEFINITION_TEST`, `DEFINITION_PATH`. */
export function expandTests(tests: readonly RawTest[], report: Report): readonly ImageTest[] {
  return tests.map((test, index) => {
    const at = ["tests", index];
    const { name = `test ${index + 1}`, commands = [], files = [] } = test;
    if (commands.length + files.length === 0)
      report(at, "DEFINITION_TEST", "the test runs no command and looks at no file");
    const conditions = expandConditions(test, at, report);
    return {
      name,
      commands: commands.flatMap((text, position) =>
        expandCommand(text, conditions, [...at, "commands", position], report),
      ),
      files: files.map((file, position) => expandFileCheck(file, [...at, "files", position], report)),
    };
  });
}

type Conditions = Omit<TestCommand, "text" | "words">;

/** What holds for all commands of a test. */
function expandConditions(test: RawTest, at: YamlPath, report: Report): Conditions {
  const { directory, output, timeout = TIMEOUT_SECONDS, "exit-code": exitCode = 0 } = test;
  if (directory !== undefined) cleanPath(directory, [...at, "directory"], report);
  if (output !== undefined) checkOutput(output, [...at, "output"], report);
  return {
    exitCode,
    timeoutMs: timeout * 1000,
    ...(directory === undefined ? {} : { workDir: directory }),
    ...(output === undefined ? {} : { output }),
  };
}

function checkOutput(output: string, at: YamlPath, report: Report): void {
  if (!isQuickPattern(output, MIN_OUTPUT)) report(at, "DEFINITION_TEST", "the regular expression is too complex");
  const malformed = malformation(output);
  if (malformed !== undefined) report(at, "DEFINITION_TEST", malformed);
}

function malformation(regex: string): string | undefined {
  try {
    return void new RegExp(regex, "u");
  } catch (error) {
    return (error as Error).message;
  }
}

function expandCommand(text: string, conditions: Conditions, at: YamlPath, report: Report): readonly TestCommand[] {
  try {
    return [{ text, words: parseCommandWords(text), ...conditions }];
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return report(at, "DEFINITION_TEST", error.message);
  }
}

function expandFileCheck(raw: RawFileCheck, at: YamlPath, report: Report): FileCheck {
  const { mode, absent: isAbsent = false, ...rest } = raw;
  const path = checkAbsolutePath(raw.path, [...at, "path"], report);
  if (path === "") report([...at, "path"], "DEFINITION_PATH", "the root is always there");
  const expectations = Object.keys(raw).filter((key) => key !== "path" && key !== "absent");
  if (isAbsent && expectations.length > 0)
    report(at, "DEFINITION_TEST", `what is absent has no ${expectations.join(", no ")}`);
  if (raw.contains !== undefined && (raw.kind ?? "file") !== "file")
    report([...at, "contains"], "DEFINITION_TEST", `a ${raw.kind} contains no text`);
  return { ...rest, path, isAbsent, ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }) };
}
