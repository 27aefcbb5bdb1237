// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { formatBuildInputs, parseBuildInputs, type BuildInputs } from "./build-inputs.js";
import type { Sha256 } from "./digest.js";

const INPUTS: BuildInputs = {
  lock: {
    lockVersion: 1,
    rules: { tar: 1 },
    compressor: "gzip-6-zlib",
    definition: { path: "images/test.yaml", sha256: "0".repeat(64) as Sha256 },
    platforms: { "linux/amd64": { packages: [], artifacts: [], dropped: [] } },
    evidence: { indexes: [] },
  },
  definition: {
    path: "a/test.yaml",
    files: [
      { path: "a/test.yaml", text: "image: test\n" },
      { path: "start", text: "#!/bin/true\n", isProgram: true },
    ],
  },
  platforms: ["linux/amd64"],
  sourceDateEpoch: "1700000000",
};

/** As it comes out of a statement. */
function written(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(formatBuildInputs(INPUTS))) as Record<string, unknown>;
}

function files(...paths: readonly unknown[]): object {
  return { definition: { path: "a", files: [{ path: "a", text: "" }, ...paths.map((path) => ({ path, text: "" }))] } };
}

it("what was attested is read as it was", () => {
  expect(parseBuildInputs(written(), "test")).toEqual(INPUTS);
});

describe("what leads elsewhere, or is not whole, is refused", () => {
  const rows: readonly { summary: string; change: object; code?: string }[] = [
    { summary: "a path out of the folder", change: files("../b") },
    { summary: "a path out of the folder in the middle", change: files("a/../../b") },
    { summary: "an absolute path", change: files("/etc/passwd") },
    { summary: "a path of another system", change: files("b\\..\\..\\c") },
    { summary: "a drive", change: files("C:x") },
    { summary: "an empty part", change: files("b//c") },
    { summary: "the folder itself", change: files(".") },
    { summary: "no path", change: files("") },
    { summary: "a NUL", change: files("a\0b") },
    { summary: "a long path", change: files("a".repeat(2_000)) },
    { summary: "a path that is none", change: files(7) },
    { summary: "a file twice", change: files("b", "b") },
    { summary: "too many files", change: files(...Array.from({ length: 5_000 }, (_, index) => `f${index}`)) },
    { summary: "no definition among the files", change: { definition: { path: "b", files: [] } } },
    { summary: "files that are no list", change: { definition: { path: "a", files: { a: "" } } } },
    { summary: "a file without text", change: { definition: { path: "a", files: [{ path: "a" }] } } },
    {
      summary: "more text than a definition has",
      change: { definition: { path: "a", files: [{ path: "a", text: "x".repeat(33 * 1024 * 1024) }] } },
    },
    { summary: "no platform", change: { platforms: [] } },
    { summary: "an unknown platform", change: { platforms: ["plan9/mips"] } },
    { summary: "a time in words", change: { sourceDateEpoch: "yesterday" } },
    { summary: "no lock", change: { lock: null } },
    { summary: "a lock of another version", change: { lock: { lockVersion: 2 } }, code: "LOCK_INVALID" },
  ];
  it.each(rows)("$summary", async ({ change, code = "EVIDENCE_INVALID" }) => {
    expect(await codeOf(() => parseBuildInputs({ ...written(), ...change }, "test"))).toBe(code);
  });

  it.each([undefined, null, 7, "text", []])("%j in place of it", async (value) => {
    expect(await codeOf(() => parseBuildInputs(value, "test"))).toBe("EVIDENCE_INVALID");
  });
});
