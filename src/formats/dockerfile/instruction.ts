// SPDX-License-Identifier: Apache-2.0
import type { Heredoc } from "./logical-lines.js";

/** A Dockerfile as BuildKit understands it. Source: docs.docker.com/reference/dockerfile. */
export interface Dockerfile {
  readonly text: string;
  readonly escape: "\\" | "`";
  readonly directives: ReadonlyMap<string, string>;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** First and last line, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** Offsets in the file, of the keyword and behind the last character. */
  readonly start: number;
  readonly end: number;
  /** As written. */
  readonly source: string;
  /** `--name=value`, in order; without `=` the value is "". */
  readonly flags: readonly (readonly [name: string, value: string])[];
  /** What follows the flags, on one line: without line continuations and comments. */
  readonly args: string;
  /** Offset in the file of each character of `args`. */
  readonly argOffsets: readonly number[];
  /** The list of the exec form; absent for the shell form. */
  readonly json?: readonly string[];
  readonly heredocs: readonly Heredoc[];
  /** Names and values of ENV, ARG and LABEL, without quotes; ARG without a value has none. */
  readonly pairs: readonly (readonly [name: string, value: string | undefined])[];
  /** What ONBUILD keeps for later. */
  readonly trigger?: Instruction;
}
