// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { spdxId } from "./spdx.js";

const cases = [
  { summary: "parts are joined by dashes", parts: ["Package", "deb", "libc6"], id: "SPDXRef-Package-deb-libc6" },
  { summary: "dots stay", parts: ["a.b", "1.0"], id: "SPDXRef-a.b-1.0" },
  { summary: "other signs become one dash each run", parts: ["libstdc++6", "a_:~b"], id: "SPDXRef-libstdc-6-a-b" },
  { summary: "a path is no path", parts: ["../../etc"], id: "SPDXRef-..-..-etc" },
  { summary: "letters beyond ASCII, spaces and NUL are replaced", parts: ["ü a\0b\n"], id: "SPDXRef--a-b-" },
  { summary: "nothing", parts: [], id: "SPDXRef-" },
];
it.each(cases)("$summary", ({ parts, id }) => {
  expect(spdxId(...parts)).toBe(id);
});

it("any text becomes an identifier", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (parts) => {
      expect(spdxId(...parts)).toMatch(/^SPDXRef-[A-Za-z0-9.-]*$/);
    }),
  );
});
