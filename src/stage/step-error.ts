// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../errors.js";

/** What stopped a step that Basalt does itself. */
export function stepError(
  { where }: { readonly where: string },
  message: string,
  code: ErrorCode = "STAGE_FAILED",
): BasaltError {
  return new BasaltError(code, `${where}: ${message}`);
}
