// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
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

/** A new home in `folder`, with the downloads of the shared one and nothing else. */
export async function homeWithDownloads(folder: string, name: string): Promise<Basalt> {
  const home = join(folder, name);
  await mkdir(join(home, "cache"), { recursive: true });
  for (const part of ["content", "indexes", "releases"])
    await cp(join(shared().home, "cache", part), join(home, "cache", part), { recursive: true });
  return basaltAt(home);
}

/** A copy of the shared home in `folder`: its images and advisories, and what it downloaded and compressed. */
export async function copyOfShared(folder: string, name: string): Promise<Basalt> {
  const home = join(folder, name);
  await cp(shared().home, home, { recursive: true });
  return basaltAt(home);
}

/** The store that the demo filled: `node:22`, `node:22-dev`, `reference/node:22`, and the apps built on them. */
export function shared(): Basalt {
  return basaltAt(inject("home"));
}
