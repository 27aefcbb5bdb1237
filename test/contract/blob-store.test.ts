// SPDX-License-Identifier: Apache-2.0
import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { createDiskBlobStore, createMemoryBlobStore } from "../../src/store/index.js";
import { testClock } from "../support/clock.js";
import { temporaryFolder } from "../support/temporary.js";
import { describeBlobStore } from "./blob-store.js";

describeBlobStore("memory", () => {
  const clock = testClock();
  return { blobs: createMemoryBlobStore(clock.now), age: clock.advance, now: clock.now };
});

describeBlobStore("disk", () => {
  const folder = temporaryFolder();
  return {
    blobs: createDiskBlobStore(join(folder, "blobs"), join(folder, "tmp")),
    age: (ms) => ageFiles(folder, ms),
    now: () => new Date(),
  };
});

/** Files cannot wait, so their times are moved back. */
function ageFiles(folder: string, ms: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    const facts = statSync(path);
    if (facts.isFile()) utimesSync(path, facts.atime, new Date(facts.mtime.getTime() - ms));
  }
}
