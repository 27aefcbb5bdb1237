// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

export interface FormatFlags {
  readonly format?: string;
  readonly json?: boolean;
}

/** What `--format` asks for, of these; `--json` is short for `--format json`, and the first is the default. @throws BasaltError `USAGE` */
export function formatOf<T extends string>(flags: FormatFlags, known: readonly [T, ...T[]]): T | "json" {
  const asked = known.find((format) => format === flags.format);
  if (flags.format !== undefined && asked === undefined)
    throw new BasaltError("USAGE", `unknown format ${JSON.stringify(flags.format)}; known: ${known.join(", ")}`);
  return flags.json === true ? "json" : (asked ?? known[0]);
}
