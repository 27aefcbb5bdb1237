// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { evaluateExpression } from "./expression.js";
import type { YamlPath } from "./located-yaml.js";
import type { Definition } from "./model.js";
import type { Report } from "./report.js";

/** Whether what has this `if:` is there on the platform. Reports `DEFINITION_CONDITION`. */
export type Holds = (condition: string | undefined, at: YamlPath) => boolean;

/** Conditions are expressions as between `#{` and `}`; the braces may be there. `get` knows variables by their name. */
export function createHolds(get: (name: string) => string | undefined, report: Report): Holds {
  return (condition, at) => {
    if (condition === undefined) return true;
    const text = /^\s*#\{([^}]*)\}\s*$/.exec(condition)?.[1] ?? condition;
    try {
      const value = evaluateExpression(text, (name) => get(name.replace(/^definition\.vars\./, "")));
      if (value === true || value === "true") return true;
      if (value === false || value === "false") return false;
      report([...at, "if"], "DEFINITION_CONDITION", `${JSON.stringify(value)} is neither true nor false`);
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
      report([...at, "if"], "DEFINITION_CONDITION", error.message);
    }
    return false;
  };
}

/** What an expansion works with. */
export interface ExpandContext {
  readonly platform: Platform;
  readonly report: Report;
  readonly holds: Holds;
  readonly sources: Definition["sources"];
}

/** Whether an entry is for the platform, by its `platforms` and its `if`. */
export function isWanted(
  entry: { readonly platforms?: readonly string[]; readonly if?: string },
  at: YamlPath,
  { platform, holds }: ExpandContext,
): boolean {
  return entry.platforms?.includes(platform) !== false && holds(entry.if, at);
}
