// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { LockedPackage } from "../formats/lock.js";
import { parseSha256 } from "../formats/digest.js";
import { MAX_PACKAGE_LAYERS, planLayers } from "./layer-plan.js";

function locked(name: string, source = name, sizeBytes = 1_000): LockedPackage {
  return {
    name,
    version: "1",
    architecture: "amd64",
    source,
    sourceVersion: "1",
    repository: "debian",
    suite: "trixie",
    path: `pool/${name}.deb`,
    sizeBytes,
    sha256: parseSha256("0".repeat(64)),
  };
}

function plan(packages: readonly LockedPackage[]): readonly string[] {
  return planLayers(packages).map((group) => group.members.map((item) => item.name).join("+"));
}

it("a few packages have a layer each, base-files first and libc next", () => {
  expect(plan(["zlib1g", "libc6", "base-files", "bash"].map((name) => locked(name)))).toEqual([
    "base-files",
    "libc6",
    "bash",
    "zlib1g",
  ]);
});

it("the order in which packages are named does not matter", () => {
  const packages = Array.from({ length: 300 }, (_, index) => locked(`p${index}`, `s${index % 150}`, index * 7));
  expect(plan(packages.toReversed())).toEqual(plan(packages));
});

it("more packages than layers share them by source", () => {
  const packages = Array.from({ length: 80 }, (_, index) =>
    locked(`p${String(index).padStart(2, "0")}`, `s${index % 40}`),
  );
  const groups = plan(packages);
  expect(groups).toHaveLength(40);
  expect(groups).toContain("p00+p40");
});

it.each([61, 200, 1_000])("%i packages fit into the layers there are, each once, libc alone", (count) => {
  const packages = [
    locked("libc6", "glibc"),
    locked("libc-bin", "glibc"),
    ...Array.from({ length: count }, (_, index) => locked(`p${index}`, `s${index}`, index)),
  ];
  const groups = planLayers(packages);
  expect(groups.length).toBeLessThanOrEqual(MAX_PACKAGE_LAYERS);
  expect(groups.flatMap((group) => group.members.map((item) => item.name)).toSorted()).toEqual(
    packages.map((item) => item.name).toSorted(),
  );
  expect(groups.find((group) => group.members.some((item) => item.name === "libc6"))?.members).toHaveLength(1);
});

it("a package meets the same neighbours when an unrelated one is added", () => {
  const packages = Array.from({ length: 200 }, (_, index) => locked(`p${index}`, `s${index}`, 1_000_000 - index));
  const before = new Set(plan(packages));
  const after = plan([...packages, locked("extra", "extra", 1)]);
  expect(after.filter((group) => !before.has(group)).length).toBeLessThanOrEqual(1);
});

it.each([
  { others: 40, layers: 60 },
  { others: 41, layers: 59 },
  { others: 60, layers: 40 },
  { others: 100, layers: 26 },
])("with $others other layers packages take $layers", ({ others, layers }) => {
  const packages = [
    locked("libc6", "glibc"),
    locked("base-files"),
    ...Array.from({ length: 1_000 }, (_, index) => locked(`p${index}`, `s${index}`, index)),
  ];
  expect(planLayers(packages, others)).toHaveLength(layers);
});

it("no packages make no layers", () => {
  expect(plan([])).toEqual([]);
});
