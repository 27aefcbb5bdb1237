// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for all tests of a file or block, which must not change what is in it; gone when they have ended. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "basalt-shared-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
