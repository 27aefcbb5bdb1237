// SPDX-License-Identifier: Apache-2.0
import { inject } from "vitest";
import { basaltAt, type Basalt } from "./basalt.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Home in which the demo ran once, before all tests. */
    readonly home: string;
    /** What it printed. */
    readonly demoOutput: string;
  }
}

/** The store that the demo filled: `node:22`, `node:22-dev`, `reference/node:22`, and the apps built on them. */
export function shared(): Basalt {
  return basaltAt(inject("home"));
}
