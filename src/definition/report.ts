// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "./located-yaml.js";
import type { Definition } from "./model.js";
import type { Problem } from "./problem.js";

/** Notes a problem at a place of the definition, and answers nothing in place of what is wrong. */
export type Report = (path: YamlPath, code: string, message: string, options?: ReportOptions) => readonly never[];

export interface ReportOptions {
  /** @default "error" */
  readonly severity?: Problem["severity"];
  /** What to do about it. */
  readonly hint?: string;
}

/** A report that adds to `problems`. */
export function reportInto(problems: Problem[], definition: Pick<Definition, "file" | "yaml">): Report {
  return (path, code, message, { severity = "error", hint } = {}) => {
    const place = definition.yaml.locate(path);
    problems.push({
      file: definition.file,
      ...place,
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
    return [];
  };
}

/** An error at a place of a definition. */
export function problemAt(
  { file, yaml }: Pick<Definition, "file" | "yaml">,
  path: YamlPath,
  what: Pick<Problem, "code" | "message" | "hint">,
): Problem {
  return { file, ...yaml.locate(path), severity: "error", ...what };
}
