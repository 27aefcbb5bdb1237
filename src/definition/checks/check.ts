// SPDX-License-Identifier: Apache-2.0
import type { Definition } from "../model.js";
import type { RawDefinition } from "../raw.js";
import type { Report } from "../report.js";

/** What a check looks at: the definition on one platform, variables replaced. */
export interface CheckContext {
  readonly definition: Definition;
  readonly raw: RawDefinition;
  /** Values of its variables and of built-in names such as `target.arch`. */
  readonly variables: ReadonlyMap<string, string>;
  readonly report: Report;
  /** Day in UTC, `2026-11-24`. */
  readonly today: string;
}

/** Finds what the schema cannot say; whether an image can be built with it is another question. */
export type Check = (context: CheckContext) => void;
