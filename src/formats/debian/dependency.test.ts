// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { formatDependency, parseDependencies, satisfiesVersion, type Relation } from "./dependency.js";

describe("dependencies", () => {
  const cases = [
    { summary: "no field", text: undefined, dependencies: [] },
    { summary: "an empty field", text: "", dependencies: [] },
    { summary: "one package", text: "libc6", dependencies: [[{ name: "libc6" }]] },
    {
      summary: "a version",
      text: "libc6 (>= 2.36)",
      dependencies: [[{ name: "libc6", relation: ">=", version: "2.36" }]],
    },
    {
      summary: "a version without spaces",
      text: "a(<<1:2~rc1-3)",
      dependencies: [[{ name: "a", relation: "<<", version: "1:2~rc1-3" }]],
    },
    {
      summary: "more space than needed",
      text: "  a  (  =   1  )  ",
      dependencies: [[{ name: "a", relation: "=", version: "1" }]],
    },
    {
      summary: "the old spellings",
      text: "a (< 1), b (> 2)",
      dependencies: [[{ name: "a", relation: "<=", version: "1" }], [{ name: "b", relation: ">=", version: "2" }]],
    },
    {
      summary: "alternatives in order",
      text: "default-mta | mail-transport-agent",
      dependencies: [[{ name: "default-mta" }, { name: "mail-transport-agent" }]],
    },
    {
      summary: "an architecture",
      text: "python3:any (>= 3.11~)",
      dependencies: [[{ name: "python3", qualifier: "any", relation: ">=", version: "3.11~" }]],
    },
    {
      summary: "lists of architectures and build profiles are passed over",
      text: "a (= 1) [amd64 !arm64] <!nocheck> <cross>",
      dependencies: [[{ name: "a", relation: "=", version: "1" }]],
    },
    {
      summary: "lines that are continued",
      text: "a,\nb,\n\tc",
      dependencies: [[{ name: "a" }], [{ name: "b" }], [{ name: "c" }]],
    },
    { summary: "a comma at the end", text: "a, ", dependencies: [[{ name: "a" }]] },
    {
      summary: "signs in names",
      text: "libstdc++6, g++-12, 0ad.data",
      dependencies: [[{ name: "libstdc++6" }], [{ name: "g++-12" }], [{ name: "0ad.data" }]],
    },
  ];
  it.each(cases)("$summary", ({ text, dependencies }) => {
    expect(parseDependencies(text, "test")).toEqual(dependencies);
  });
});

describe("hostile dependencies are refused", () => {
  const cases = [
    { summary: "an empty alternative", text: "a | " },
    { summary: "an alternative before nothing", text: "| a" },
    { summary: "two packages without a comma", text: "a b" },
    { summary: "a name with an underscore", text: "a_b" },
    { summary: "a name that begins with a dash", text: "-a" },
    { summary: "a path", text: "../../etc/passwd" },
    { summary: "an absolute path", text: "/etc/passwd" },
    { summary: "a NUL", text: "a\0" },
    { summary: "a name that is not ASCII", text: "ä" },
    { summary: "a version without a relation", text: "a (1.0)" },
    { summary: "a relation without a version", text: "a (>=)" },
    { summary: "a strict relation without a version", text: "a (<<)" },
    { summary: "an equals sign without a version", text: "a (=)" },
    { summary: "a relation that does not exist", text: "a (!= 1)" },
    { summary: "a relation of three signs", text: "a (>>> 1)" },
    { summary: "a version that is none", text: "a (= $(x))" },
    { summary: "a version of signs that versions do not have", text: "a (>= 1/../2)" },
    { summary: "a bracket that is not closed", text: "a (= 1" },
    { summary: "a bracket that is not opened", text: "a = 1)" },
    { summary: "two versions", text: "a (>= 1) (<< 2)" },
    { summary: "two versions in one bracket", text: "a (>= 1 << 2)" },
    { summary: "an empty architecture", text: "a:" },
    { summary: "a variable of debian/control", text: "${shlibs:Depends}" },
    { summary: "a list of architectures that is not closed", text: "a [amd64" },
    { summary: "a build profile that is not closed", text: "a <!nocheck" },
    { summary: "a long run of brackets", text: `a ${"<x>".repeat(10_000)}(` },
    { summary: "garbage", text: "\u00a5".repeat(100) },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseDependencies(text, "test"))).toBe("CONTROL_INVALID");
  });

  it("twenty thousand spaces take no longer than as many letters", async () => {
    const startedAt = performance.now();
    expect(await codeOf(() => parseDependencies(`a${" ".repeat(20_000)}!`, "test"))).toBe("CONTROL_INVALID");
    expect(performance.now() - startedAt).toBeLessThan(300); // linear: about 1 ms; quadratic: a second and more
  });

  it("any text is dependencies or a CONTROL_INVALID", async () => {
    const piece = fc.constantFrom(
      "a",
      "b-c",
      ":",
      "any",
      " ",
      "(",
      ")",
      ">=",
      "<<",
      "=",
      "1.0",
      ",",
      "|",
      "[",
      "]",
      "<",
      ">",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        expect([undefined, "CONTROL_INVALID"]).toContain(
          await codeOf(() => parseDependencies(pieces.join(""), "test")),
        );
      }),
    );
  });
});

describe("a version that", () => {
  const cases = [
    { version: "1.0", relation: "<<", bound: "1.0", isMet: false },
    { version: "0.9", relation: "<<", bound: "1.0", isMet: true },
    { version: "1.0", relation: "<=", bound: "1.0-0", isMet: true },
    { version: "1.1", relation: "<=", bound: "1.0", isMet: false },
    { version: "1.0", relation: "=", bound: "0:1.0", isMet: true },
    { version: "1.0", relation: "=", bound: "1.0-1", isMet: false },
    { version: "1.0~rc1", relation: ">=", bound: "1.0", isMet: false },
    { version: "1.0", relation: ">=", bound: "1.0~rc1", isMet: true },
    { version: "1.0", relation: ">>", bound: "1.0", isMet: false },
    { version: "1:0", relation: ">>", bound: "9", isMet: true },
  ] as const;
  it.each(cases)("is $version, to be $relation $bound: $isMet", ({ version, relation, bound, isMet }) => {
    expect(satisfiesVersion(version, { relation, version: bound })).toBe(isMet);
  });

  it("has no bound is met by all", () => {
    expect([satisfiesVersion("1", {}), satisfiesVersion("1", { version: "2" })]).toEqual([true, true]);
  });
});

it("what is formatted is read back", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,12}$/);
  const bound = fc.record({
    relation: fc.constantFrom<Relation>("<<", "<=", "=", ">=", ">>"),
    version: fc.stringMatching(/^[0-9][A-Za-z0-9.+~:-]{0,12}$/),
  });
  const alternative = fc
    .tuple(
      name,
      fc.option(fc.record({ qualifier: fc.constantFrom("any", "native", "arm64") }), { nil: {} }),
      fc.option(bound, { nil: {} }),
    )
    .map(([packageName, qualifier, version]) => ({ name: packageName, ...qualifier, ...version }));
  const dependencies = fc.array(fc.array(alternative, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(dependencies, (wanted) => {
      expect(parseDependencies(wanted.map(formatDependency).join(", "), "test")).toEqual(wanted);
    }),
  );
});
