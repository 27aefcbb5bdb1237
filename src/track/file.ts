// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { getBytesSafely, isSafeOrigin, redactUrl } from "../host/http.js";
import { cancellation, invalid, unreadable, type Finding, type FoundValue, type TrackContext } from "./finding.js";
import { matchLine, textsOf } from "./matching.js";

const MAX_BYTES = 16 * 1024 * 1024; // chosen; lists of checksums and releases have some 100 KiB
const MAX_STEPS = 50; // of a path into JSON

type FileTracker = Extract<RawTracker, { readonly type: "file" | "json_file" }>;

/** Values in a file of text, line by line, or in one of JSON. */
export async function findInFile(tracker: FileTracker, context: TrackContext): Promise<Finding> {
  const { type, url: address } = tracker;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !isSafeOrigin(url)) throw invalid(`not an https URL: ${JSON.stringify(address)}`);
  const name = redactUrl(url);
  const options = { maxBytes: MAX_BYTES, ...cancellation(context) };
  const bytes = await context.once(`file ${url.href}`, () => getBytesSafely(context.host.http, url, options));
  const text = bytes.toString("utf8");
  const document = type === "file" ? undefined : parseJson(text, name);
  const values = textsOf(tracker).map(([variable, where]): FoundValue => {
    const value = type === "file" ? matchLine(text, where) : textAt(document, where);
    if (value === undefined) throw new BasaltError("TRACK_NOTHING", `${name} has nothing at ${JSON.stringify(where)}`);
    return { variable, value, kind: "text" };
  });
  return { source: name, candidates: [{ version: "", values: async () => values }], compare: () => 0 };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unreadable(`${name} does not answer JSON`, cause);
  }
}

/** The text, number or truth value at a JSON pointer (RFC 6901), or at a path such as `releases[0].version`. */
function textAt(document: unknown, path: string): string | undefined {
  let value: unknown = document;
  for (const step of stepsOf(path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function stepsOf(path: string): readonly string[] {
  const steps = path.startsWith("/")
    ? path
        .slice(1)
        .split("/")
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    : path
        .replace(/^\$\.?/, "")
        .replaceAll(/\[([0-9]+)\]/g, ".$1")
        .replace(/^\./, "")
        .split(".");
  if (steps.length > MAX_STEPS || steps.includes("")) throw invalid(`not a path into JSON: ${JSON.stringify(path)}`);
  return steps;
}
