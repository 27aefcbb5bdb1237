// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { KnownPackage } from "./mappings.js";

const { packages } = parse(
  readFileSync(join(import.meta.dirname, "..", "..", "mappings", "packages.yaml"), "utf8"),
) as {
  packages: readonly KnownPackage[];
};
const byName = new Map(packages.map((entry) => [entry.debian, entry]));

/** Debian policy 5.6.1. */
const DEBIAN_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
/** Fedora has capital letters; both others' names may have an underscore; `@` begins a group. */
const OTHER_NAME = /^@?[A-Za-z0-9][A-Za-z0-9+._-]*$/;

/** Values that occur more than once. */
function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, at) => values.indexOf(value) !== at);
}

it("holds the packages that Dockerfiles install most", () => {
  expect(packages.length).toBeGreaterThanOrEqual(700);
  expect(byName.get("libpq-dev")).toMatchObject({ use: "build", runtime: ["libpq5"] });
  expect(byName.get("ca-certificates")?.use).toBe("provided-by-base");
  expect(byName.get("sudo")?.use).toBe("never");
  expect(byName.get("ffmpeg")?.use).toBe("run");
});

it("is sorted by Debian's name", () => {
  const names = packages.map(({ debian }) => debian);
  expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
});

it("has one entry a name in each family", () => {
  expect(repeated(packages.flatMap(({ debian, aliases = [] }) => [debian, ...aliases]))).toEqual([]);
  expect(repeated(packages.flatMap(({ alpine = [] }) => alpine))).toEqual([]);
  expect(repeated(packages.flatMap(({ fedora = [] }) => fedora))).toEqual([]);
});

it("names what is needed at run time by names that are no longer called otherwise", () => {
  const former = new Set(packages.flatMap(({ aliases = [] }) => aliases));
  const runtime = packages.flatMap((entry) => entry.runtime ?? []);
  expect(runtime.filter((name) => former.has(name))).toEqual([]);
  // A library's own entry says that programs need it, not that builds do
  const uses = new Set(runtime.flatMap((name) => byName.get(name)?.use ?? []));
  expect([...uses].filter((use) => use === "build" || use === "never")).toEqual([]);
});

describe.each(packages)("$debian", (entry) => {
  it("has the shape that the migrator reads", () => {
    const keys = Object.keys(entry);
    const order = ["debian", "use", "runtime", "aliases", "alpine", "fedora"];
    expect(keys).toEqual(order.filter((key) => keys.includes(key)));
    expect(["build", "run", "both", "provided-by-base", "never"]).toContain(entry.use);
    for (const name of [entry.debian, ...(entry.aliases ?? []), ...(entry.runtime ?? [])]) {
      expect(name).toMatch(DEBIAN_NAME);
    }
    for (const name of [...(entry.alpine ?? []), ...(entry.fedora ?? [])]) expect(name).toMatch(OTHER_NAME);
    for (const list of [entry.aliases, entry.alpine, entry.fedora, entry.runtime]) expect(list).not.toEqual([]);
  });

  it("says what is needed at run time only of what builds need", () => {
    if (entry.runtime !== undefined) expect(entry.use).toBe("build");
  });
});
