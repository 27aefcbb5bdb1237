// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { architectureOf } from "../formats/platform.js";
import { ownPlatform } from "./machine.js";

it("the machine's own platform has the processor that Node.js was built for", () => {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  expect(architectureOf(ownPlatform())).toBe(architecture);
});
