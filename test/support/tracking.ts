// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../../src/host/host.js";
import { updateDefinitions, type Updated, type UpdateOptions } from "../../src/track/index.js";
import { definitionText } from "./definitions.js";
import { temporaryFolder } from "./temporary.js";

export interface Tracked {
  readonly vars: Readonly<Record<string, string>>;
  readonly track: readonly Readonly<Record<string, unknown>>[];
  readonly parts?: Readonly<Record<string, unknown>>;
}

export interface TrackResult extends Updated {
  /** `VAR old -> new`, with the platform where it is not the same on all. */
  readonly lines: readonly string[];
  readonly codes: readonly string[];
  /** What is in the file afterwards. */
  readonly text: string;
}

/** Updates a definition with these variables and trackers. */
export async function track(host: Host, { vars, track, parts }: Tracked): Promise<TrackResult> {
  return trackText(host, definitionText({ vars, track, ...parts }));
}

/** Updates a definition with this text. */
export async function trackText(host: Host, text: string, options: UpdateOptions = {}): Promise<TrackResult> {
  const file = join(temporaryFolder(), "x.yaml");
  writeFileSync(file, text);
  for await (const result of updateDefinitions([file], options, host)) {
    const lines = result.changes.map(
      ({ variable, platform, from, to }) =>
        `${variable} ${from} -> ${to}${platform === undefined ? "" : ` ${platform}`}`,
    );
    const codes = result.problems.map(({ code }) => code);
    return { ...result, lines, codes, text: readFileSync(file, "utf8") };
  }
  throw new Error("nothing was updated");
}
