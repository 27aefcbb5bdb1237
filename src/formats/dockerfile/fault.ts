// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";

/** What is wrong with a Dockerfile, and where. */
export class DockerfileFault extends BasaltError {
  /** From 1. */
  readonly line: number;
  readonly problem: string;

  constructor(
    line: number,
    problem: string,
    code: "DOCKERFILE_INVALID" | "DOCKERFILE_AMBIGUOUS" = "DOCKERFILE_INVALID",
  ) {
    super(code, `line ${line}: ${problem}`);
    this.line = line;
    this.problem = problem;
  }
}
