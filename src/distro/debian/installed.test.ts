// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import type { PackageFacts } from "../contract.js";
import { formatDpkgDatabase, parseDpkgDatabase } from "./installed.js";

const STATUS = "var/lib/dpkg/status";

function parse(files: Readonly<Record<string, string>>): readonly string[] {
  const map = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  return parseDpkgDatabase(map).map(
    (item) => `${item.name} ${item.version} ${item.architecture} ${item.source} ${item.sourceVersion}`,
  );
}

function paragraph(fields: Readonly<Record<string, string>>): string {
  return Object.entries({
    Package: "bash",
    Status: "install ok installed",
    Architecture: "amd64",
    Version: "5.2-1",
    ...fields,
  })
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

const cases = [
  {
    summary: "an installed package is listed with its source",
    files: { [STATUS]: paragraph({ Source: "bash-src (5.2)" }) },
    expected: ["bash 5.2-1 amd64 bash-src 5.2"],
  },
  {
    summary: "without Source the package is its own source",
    files: { [STATUS]: paragraph({}) },
    expected: ["bash 5.2-1 amd64 bash 5.2-1"],
  },
  {
    summary: "a removed package whose configuration is left is not listed",
    files: { [STATUS]: paragraph({ Status: "deinstall ok config-files" }) },
    expected: [],
  },
  {
    summary: "a half-installed package is not listed",
    files: { [STATUS]: paragraph({ Status: "install ok half-installed" }) },
    expected: [],
  },
  {
    summary: "a fragment needs no status",
    files: { "var/lib/dpkg/status.d/bash": "Package: bash\nVersion: 5.2-1\nArchitecture: amd64\n" },
    expected: ["bash 5.2-1 amd64 bash 5.2-1"],
  },
  {
    summary: "status and fragment of one package make one",
    files: {
      [STATUS]: paragraph({}),
      "var/lib/dpkg/status.d/bash": "Package: bash\nVersion: 5.2-1\nArchitecture: amd64\n",
    },
    expected: ["bash 5.2-1 amd64 bash 5.2-1"],
  },
  {
    summary: "two architectures of a package are two",
    files: { [STATUS]: `${paragraph({})}\n${paragraph({ Architecture: "i386" })}` },
    expected: ["bash 5.2-1 amd64 bash 5.2-1", "bash 5.2-1 i386 bash 5.2-1"],
  },
  {
    summary: "checksums beside fragments are no packages",
    files: { "var/lib/dpkg/status.d/bash.md5sums": "d41d8cd98f00b204e9800998ecf8427e  etc/x\n" },
    expected: [],
  },
  { summary: "an empty database has no packages", files: { [STATUS]: "" }, expected: [] },
];
it.each(cases)("$summary", ({ files, expected }) => {
  expect(parse(files)).toEqual(expected);
});

it("a paragraph without a version is refused", async () => {
  expect(
    await codeOf(() => parse({ [STATUS]: "Package: bash\nStatus: install ok installed\nArchitecture: amd64\n" })),
  ).toBe("CONTROL_INVALID");
});

function factsOf(name: string): PackageFacts {
  return {
    name,
    version: "1",
    statusParagraph: paragraph({ Package: name }),
    replaces: [],
    alternatives: [],
    triggers: [],
    retained: {},
  };
}

function viewOf(...names: readonly string[]): Parameters<typeof formatDpkgDatabase>[0] {
  return { packages: names.map(factsOf), exists: () => true };
}

it("what is written is read again, by name", () => {
  const [entry] = formatDpkgDatabase(viewOf("zsh", "bash"), "runtime");
  if (entry?.kind !== "file") throw new Error("a file was expected");
  expect(entry.path).toBe(STATUS);
  expect(parse({ [STATUS]: String(entry.content) }).map((line) => line.split(" ")[0])).toEqual(["bash", "zsh"]);
});

it("dev images have what dpkg starts from", () => {
  const paths = formatDpkgDatabase(viewOf("bash"), "dev").map((entry) => entry.path);
  expect(paths).toEqual([
    STATUS,
    "var/lib/dpkg/info/format",
    "var/lib/dpkg/triggers/File",
    "var/lib/dpkg/triggers/Unincorp",
  ]);
});
