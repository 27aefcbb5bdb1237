// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { dsseSigningBytes } from "./dsse.js";

// Source: secure-systems-lab/dsse, protocol.md, the test vector of "PAE".
const cases = [
  {
    summary: "the test vector of the specification",
    type: "http://example.com/HelloWorld",
    payload: Buffer.from("hello world"),
    bytes: "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  },
  { summary: "nothing", type: "", payload: Buffer.alloc(0), bytes: "DSSEv1 0  0 " },
  { summary: "lengths count bytes, not letters", type: "ü", payload: Buffer.from("日"), bytes: "DSSEv1 2 ü 3 日" },
  { summary: "a payload that looks like a length", type: "a", payload: Buffer.from("1 b"), bytes: "DSSEv1 1 a 3 1 b" },
];
it.each(cases)("$summary", ({ type, payload, bytes }) => {
  expect(dsseSigningBytes(type, payload).toString()).toBe(bytes);
});

it("a payload stays bytes", () => {
  expect(dsseSigningBytes("a", Buffer.from([0, 255])).subarray(-2)).toEqual(Buffer.from([0, 255]));
});
