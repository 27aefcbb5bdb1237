// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Feed } from "./feed.js";
import { isCvssRecord, isNvdFeed, readCvssRecords, readNvdFeed, type CvssRecord } from "./feeds/cvss-records.js";
import { isDebianTracker, readDebianTracker } from "./feeds/debian-tracker.js";
import { isKevCatalog, readKevCatalog } from "./feeds/kev.js";
import { isNodejsCoreIndex, readNodejsCoreIndex } from "./feeds/nodejs-core.js";

export interface ReadFeedOptions {
  /** Name for messages. */
  readonly name: string;
  /** The file is the whole of what its publisher has, so what it lacks is not known to be affected. */
  readonly isComplete: boolean;
}

/** Reads the text of a feed, whose kind is told by its content; undefined for JSON that is no feed that Basalt reads. @throws BasaltError `FEED_INVALID` */
export function readFeed(text: string, options: ReadFeedOptions): Feed | undefined {
  const value = isLines(text) ? parseLines(text, options.name) : parseJson(text, options.name);
  try {
    if (Array.isArray(value)) return value.every(isCvssRecord) && value.length > 0 ? readCvssRecords(value) : undefined;
    if (isCvssRecord(value)) return readCvssRecords([value]);
    if (isKevCatalog(value)) return readKevCatalog(value);
    if (isNvdFeed(value)) return readNvdFeed(value);
    if (isNodejsCoreIndex(value)) return readNodejsCoreIndex(value);
    if (isDebianTracker(value)) return readDebianTracker(value, options);
    return undefined;
  } catch (cause) {
    throw new BasaltError(
      "FEED_INVALID",
      `${options.name} has the form of a feed, but not its content: ${String(cause)}`,
      { cause },
    );
  }
}

/** One JSON document a line. */
function isLines(text: string): boolean {
  const end = text.indexOf("\n");
  return end !== -1 && /^\{.*\}\s*$/.test(text.slice(0, end)) && text.slice(end).trim() !== "";
}

function parseLines(text: string, name: string): readonly unknown[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) =>
    line.trim() === "" ? [] : [parseJson(line, `${name}:${index + 1}`) as CvssRecord],
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new BasaltError("FEED_INVALID", `${name} is not JSON: ${String(cause)}`, { cause });
  }
}
