// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Console } from "./console.js";

/** Shows work as a list of steps that are ticked off. */
export interface Steps {
  readonly run: <T>(title: string, work: () => Promise<T>, outcome: (value: T) => string) => Promise<T>;
  /** As `run`, for a step that the rest can do without: its failure is said and passed over. */
  readonly attempt: <T>(title: string, work: () => Promise<T>) => Promise<T | undefined>;
}

export function createSteps(console: Console, now: () => Date): Steps {
  const seconds = (since: Date): string => `${((now().getTime() - since.getTime()) / 1000).toFixed(1)} s`;
  const begin = (title: string): void => console.note(console.isLive ? `  · ${title}` : "");
  const end = (line: string): void => console.note(`${console.isLive ? "\r\u001b[K" : ""}${line}\n`);
  const clear = (error: unknown): never => {
    if (console.isLive) console.note("\r\u001b[K");
    throw error;
  };
  return {
    run: async (title, work, outcome) => {
      const since = now();
      begin(title);
      const value = await work().catch(clear);
      const text = outcome(value);
      end(`  ✓ ${title}${text === "" ? "" : `: ${text}`} (${seconds(since)})`);
      return value;
    },
    attempt: async (title, work) => {
      const since = now();
      begin(title);
      try {
        const value = await work();
        end(
          `  ${value === undefined ? "-" : "✓"} ${title}${value === undefined ? ": left out" : ""} (${seconds(since)})`,
        );
        return value;
      } catch (error) {
        if (!(error instanceof BasaltError) || error.code === "CANCELLED") return clear(error);
        end(`  - ${title}: left out: ${error.message}`);
        return undefined;
      }
    },
  };
}
