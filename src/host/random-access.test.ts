// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { openRandomAccess } from "./random-access.js";

const cases = [
  { summary: "a part in the middle", offset: 2, sizeBytes: 3, expected: "234" },
  { summary: "the beginning", offset: 0, sizeBytes: 1, expected: "0" },
  { summary: "the whole file", offset: 0, sizeBytes: 10, expected: "0123456789" },
  { summary: "nothing", offset: 5, sizeBytes: 0, expected: "" },
  { summary: "what there is, where the part reaches over the end", offset: 8, sizeBytes: 10, expected: "89" },
  { summary: "nothing behind the end", offset: 20, sizeBytes: 5, expected: "" },
];

it.each(cases)("reads $summary", ({ offset, sizeBytes, expected }) => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "0123456789");
  const file = openRandomAccess(path);
  onTestFinished(file.close);
  expect(file.read(offset, sizeBytes).toString()).toBe(expected);
});

it("parts can be read in any order, and stay what they were", () => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "0123456789");
  const file = openRandomAccess(path);
  onTestFinished(file.close);
  const parts = [8, 0, 4].map((offset) => file.read(offset, 2));
  expect(parts.map(String)).toEqual(["89", "01", "45"]);
});

it("a file that does not exist is not found", async () => {
  expect(await codeOf(() => openRandomAccess(join(temporaryFolder(), "nothing")))).toBe("FILE_NOT_FOUND");
});
