// SPDX-License-Identifier: Apache-2.0
// Definitions of Docker's public catalogue, unchanged, built from Debian's own packages and run.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lintFiles } from "../../src/definition/index.js";
import { DOCKER, must, ROOT } from "./support/run.js";
import type { Basalt } from "./support/basalt.js";
import { homeWithDownloads } from "./support/shared.js";

const CATALOGUE = join(ROOT, "..", "shared", "definitions", "image");
const MAPPING = [
  ["--map-repository", "http://dhi.io/deb=debian"],
  ["--map-package", "ca-certificates-bundle=builtin"],
  ["--pins", "ignore-suffix"],
].flat();
let folder: string;
let basalt: Basalt;

// A store of its own: the others count what is in the shared one.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-public-"));
  basalt = await homeWithDownloads(folder, "home");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  readonly file: string;
  /** The image and the tag that it is known by. */
  readonly name: string;
  /** Arguments of `docker run IMAGE`; none where the image has no program. */
  readonly command?: readonly string[];
  readonly expected?: RegExp;
}

const cases: readonly Case[] = [
  { file: "curl/debian-13/8", name: "curl:8.14.1", command: ["--version"], expected: /^curl 8\.14\.1 / },
  {
    file: "curl/debian-13/8-dev",
    name: "curl:8-dev",
    command: ["--entrypoint", "bash", "-c", "dpkg -s curl && id -u"],
    expected: /Version: 8\.14\.1[^]*^0$/m,
  },
  {
    file: "debian-base/debian-12/12",
    name: "debian-base:bookworm",
    command: ["bash", "-c", ". /etc/os-release && echo $VERSION_CODENAME $(id -u)"],
    expected: /^bookworm 65532$/m,
  },
  {
    file: "debian-base/debian-13/13",
    name: "debian-base:trixie",
    command: ["bash", "-c", ". /etc/os-release && echo $VERSION_CODENAME $(id -u)"],
    expected: /^trixie 65532$/m,
  },
  { file: "static/debian-13/static", name: "static:20250419-debian13" },
  { file: "static/debian-13/static-glibc", name: "static:20250419-glibc-debian13" },
  { file: "git/debian-13/2", name: "git:2", command: ["--version"], expected: /^git version 2\./ },
  // With a build stage each: links to busybox, and locales.
  {
    file: "busybox/debian-13/1",
    name: "busybox:1",
    command: ["sh", "-c", "echo hi | sed s/hi/ho/ && id -u"],
    expected: /^ho\n65532$/m,
  },
  { file: "bash/debian-13/5-dev", name: "bash:5-dev", command: ["sh", "-c", "locale -a"], expected: /^en_US\.utf8$/m },
  { file: "bash/debian-13/5", name: "bash:5", command: ["bash", "-c", "echo $((6 * 7))"], expected: /^42$/m },
];

describe.skipIf(!existsSync(CATALOGUE))("a definition of the public catalogue", () => {
  it.each(cases)("$file builds unchanged and runs", async ({ file, name, command, expected }) => {
    const built = await basalt.must([
      "build",
      join(CATALOGUE, `${file}.yaml`),
      "--platform",
      "linux/amd64",
      "--load",
      ...MAPPING,
    ]);
    expect(built).toContain(`${name} sha256:`);
    if (command === undefined || expected === undefined) return;
    const image = `localhost:5050/${built.split(" ", 1)[0] ?? ""}`; // as --load calls it: by its first tag
    // Options of `docker run` come before the image, its arguments after.
    const [flag, value, ...rest] = command;
    const args = flag === "--entrypoint" ? [flag, value ?? "", image, ...rest] : [image, ...command];
    expect(await must(DOCKER, ["run", "--rm", ...args])).toMatch(expected);
  });
});

const FILES = 652;
const TODAY = "2026-11-24";

/** What a maintainer of that catalogue would agree with, as of `TODAY`: kinds of problems and how many there are. */
const PROBLEMS = {
  DEFINITION_ACCOUNT_TWICE: 3,
  DEFINITION_END_OF_LIFE: 83,
  DEFINITION_MEMBER: 8,
  DEFINITION_PACKAGE_MANAGER: 15,
  DEFINITION_SHELL: 81,
  DEFINITION_UNPINNED: 121,
  PACKAGE_TWICE: 16,
};

it.skipIf(!existsSync(CATALOGUE))("the public catalogue is in the language that we read", async () => {
  const { files, problems } = await lintFiles([join(CATALOGUE, "..")], { today: TODAY });
  expect(files).toBe(FILES);
  const counts: Record<string, number> = {};
  for (const { code } of problems) counts[code] = (counts[code] ?? 0) + 1;
  expect(counts).toEqual(PROBLEMS);
});
