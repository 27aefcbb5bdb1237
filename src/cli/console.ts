// SPDX-License-Identifier: Apache-2.0
import { createColors } from "picocolors";
import type { WriteStream } from "node:tty";
import { printable } from "../formats/printable.js";

type Colors = ReturnType<typeof createColors>;

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Console {
  readonly print: (text: string) => void;
  readonly note: (text: string) => void;
  /** Whether stderr is a terminal on which a line can be drawn again. */
  readonly isLive: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** For stdout. */
  readonly colors: Colors;
}

export function createConsole(
  streams: { readonly stdout: WriteStream; readonly stderr: WriteStream },
  env: Readonly<Record<string, string | undefined>>,
): Console {
  const hasColor = (env["NO_COLOR"] ?? "") === "" && (streams.stdout.isTTY || (env["FORCE_COLOR"] ?? "") !== "");
  return {
    print: (text) => void streams.stdout.write(printable(text)),
    note: (text) => void streams.stderr.write(text),
    isLive: streams.stderr.isTTY && env["TERM"] !== "dumb",
    width: streams.stderr.columns ?? streams.stdout.columns ?? 100,
    colors: createColors(hasColor),
  };
}
