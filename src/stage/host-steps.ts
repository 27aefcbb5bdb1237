// SPDX-License-Identifier: Apache-2.0
import type { HostWork } from "../definition/index.js";
import type { HostStep } from "./host-step.js";
import { patchPomFile } from "./pom.js";
import { scanFolder } from "./scan.js";
import { verifyFile } from "./verify.js";

/** Does what a step of Basalt's own says. @throws BasaltError `STAGE_FAILED`, `SIGNATURE_INVALID`, `KEY_INVALID` */
export async function runHostStep(work: HostWork, step: HostStep): Promise<void> {
  switch (work.kind) {
    case "verify":
      return verifyFile(work, step);
    case "scan":
      return scanFolder(work, step);
    case "pom":
      return patchPomFile(work, step);
  }
}
