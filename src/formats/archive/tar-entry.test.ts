// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { tarPadding } from "./tar-entry.js";

const cases = [
  { summary: "nothing needs no padding", sizeBytes: 0, padding: 0 },
  { summary: "one byte is filled up to a block", sizeBytes: 1, padding: 511 },
  { summary: "a block less one byte needs one", sizeBytes: 511, padding: 1 },
  { summary: "a block needs no padding", sizeBytes: 512, padding: 0 },
  { summary: "8 GiB and a byte are filled up to a block", sizeBytes: 8 * 1024 ** 3 + 1, padding: 511 },
];
it.each(cases)("$summary", ({ sizeBytes, padding }) => {
  expect(tarPadding(sizeBytes)).toBe(padding);
});
