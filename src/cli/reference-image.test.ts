// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { referenceOf } from "./reference-image.js";

const CASES = [
  {
    summary: "a hardened image replaces the ordinary one of its line",
    name: "node",
    version: "22.1.0",
    expected: "reference/node:22",
  },
  { summary: "a version may be a number", name: "node", version: "22", expected: "reference/node:22" },
  { summary: "a version may have a suffix", name: "node", version: "22-debian13", expected: "reference/node:22" },
  { summary: "an image in a folder keeps it", name: "team/app", version: "1.0", expected: "reference/team/app:1" },
  { summary: "an ordinary image replaces nothing", name: "reference/node", version: "22.1.0", expected: undefined },
  { summary: "a version that is no number has no line", name: "static", version: "latest", expected: undefined },
  { summary: "a number that goes on is no line", name: "static", version: "20260101beta", expected: undefined },
  { summary: "without a version nothing is known", name: "node", version: undefined, expected: undefined },
  { summary: "an image of others replaces nothing", name: undefined, version: "22.1.0", expected: undefined },
];

it.each(CASES)("$summary", ({ name, version, expected }) => {
  const Labels = {
    ...(name === undefined ? {} : { "io.basalt.name": name }),
    ...(version === undefined ? {} : { "org.opencontainers.image.version": version }),
  };
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers" as const, diff_ids: [] },
    config: { Labels },
  };
  expect(referenceOf({ config })).toBe(expected);
});
