// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../errors.js";
import type { RootFolder } from "../host/root-folder.js";
import type { EventSink } from "../resolve/index.js";

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

/** What stopped a step that Basalt does itself. */
export function stepError(
  { where }: Pick<HostStep, "where">,
  message: string,
  code: ErrorCode = "STAGE_FAILED",
): BasaltError {
  return new BasaltError(code, `${where}: ${message}`);
}
