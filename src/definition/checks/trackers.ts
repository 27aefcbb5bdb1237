// SPDX-License-Identifier: Apache-2.0
import { parseBoundedPattern } from "../../formats/bounded-pattern.js";
import { isSafeOrigin } from "../../host/http.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawTracker } from "../raw-trackers.js";
import type { CheckContext } from "./check.js";

/** Trackers that cannot work: of variables that nothing declares, with expressions that are not used, of unsafe addresses. */
export function checkTrackers({ raw, variables, report }: CheckContext): void {
  for (const [index, tracker] of (raw.track ?? []).entries()) {
    const at = ["track", index];
    const fail = (path: YamlPath, message: string, hint?: string): void =>
      // Only `basalt update` fails of it: an image can be built.
      void report([...at, ...path], "DEFINITION_TRACKER", message, {
        severity: "warning",
        ...(hint === undefined ? {} : { hint }),
      });
    for (const { name, path } of variablesOf(tracker))
      if (!variables.has(name) || name.includes(".")) fail(path, `nothing declares ${name}`, "add it to vars");
    for (const { regex, path } of patternsOf(tracker)) {
      try {
        parseBoundedPattern(regex, (why) => new Error(why));
      } catch (error) {
        fail(path, `the regular expression ${JSON.stringify(regex)} is ${(error as Error).message}`);
      }
    }
    if ("url" in tracker && !(URL.canParse(tracker.url) && isSafeOrigin(new URL(tracker.url))))
      fail(["url"], `not an https URL: ${JSON.stringify(tracker.url)}`);
  }
}

function variablesOf(tracker: RawTracker): readonly { readonly name: string; readonly path: YamlPath }[] {
  const { set } = tracker;
  if (tracker.type === "var_increment") {
    const lists = (["increment", "reset"] as const).flatMap((key) =>
      (tracker[key] ?? []).map((name, index) => ({ name, path: [key, index] })),
    );
    return [{ name: tracker.set ?? "REL", path: ["set"] }, ...lists];
  }
  if (typeof set === "string") return [{ name: set, path: ["set"] }];
  if (Array.isArray(set))
    return (set as readonly { readonly var: string }[]).map(({ var: name }, index) => ({
      name,
      path: ["set", index, "var"],
    }));
  return Object.keys(set ?? {}).map((name) => ({ name, path: ["set", name] }));
}

function patternsOf(tracker: RawTracker): readonly { readonly regex: string; readonly path: YamlPath }[] {
  const own = "match" in tracker && tracker.match !== undefined ? [{ regex: tracker.match, path: ["match"] }] : [];
  if (tracker.type === "file")
    return Object.entries(tracker.set).flatMap(([name, regex]) =>
      typeof regex === "string" ? [{ regex, path: ["set", name] }] : [],
    );
  return own;
}
