// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { printable } from "../formats/printable.js";

/** Exit codes of every command. Source: docs/cli.md, "Exit codes"; 64 is EX_USAGE of sysexits(3). */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Done, and the condition that the caller asked about holds. */
  conditionHolds: 2,
  usage: 64,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a failure ends the program, and the line that says so: `error: CODE: what, where; what to do`. */
export function toFailure(error: unknown): { readonly code: ExitCode; readonly text: string } {
  if (error instanceof BasaltError) {
    const code = error.code === "USAGE" ? EXIT.usage : EXIT.failed;
    // Problems of a definition are lines of their own; the line that scripts look for comes last.
    const lines = error.message.split("\n");
    const [message = ""] = lines.length === 1 ? lines : [`${lines.length} problems, see above`];
    const before = lines.length === 1 ? "" : `${error.message}\n`;
    return { code, text: printable(`${before}error: ${error.code}: ${message}; ${error.action}`) };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: EXIT.failed, text: `error: INTERNAL: ${text}; this is a defect of Basalt, please report it` };
}
