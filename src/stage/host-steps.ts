// SPDX-License-Identifier: Apache-2.0
import type { HostWork } from "../definition/index.js";
import type { RootFolder } from "../host/root-folder.js";
import type { EventSink } from "../resolve/index.js";
import { patchPomFile } from "./pom.js";
import { scanFolder } from "./scan.js";
import { verifyFile } from "./verify.js";

/** Where a step that Basalt does itself finds the stage. */
export interface HostStep {
  /** For messages: the image, the stage and the step. */
  readonly where: string;
  readonly root: RootFolder;
  readonly now: Date;
  /** What it writes was changed at. */
  readonly epochSeconds: number;
  readonly onEvent: EventSink;
}

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
