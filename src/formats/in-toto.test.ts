// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { parseDigest } from "./digest.js";
import { PREDICATE_TYPES, toStatement } from "./in-toto.js";

const HEX = "0123456789abcdef".repeat(4);

const cases = [
  { summary: "a sha256", digest: `sha256:${HEX}`, expected: { sha256: HEX } },
  { summary: "a sha512", digest: `sha512:${HEX}${HEX}`, expected: { sha512: HEX + HEX } },
];
it.each(cases)("a statement names its subject by $summary", ({ digest, expected }) => {
  const subject = { name: "a/b", digest: parseDigest(digest) };
  expect(toStatement(subject, PREDICATE_TYPES.spdx, { x: 1 })).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "a/b", digest: expected }],
    predicateType: "https://spdx.dev/Document",
    predicate: { x: 1 },
  });
});
