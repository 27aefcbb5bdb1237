// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import type { GeneratedEntry, PackageFacts, TriggerInterest } from "../contract.js";

const FOLDER = "var/lib/dpkg/triggers";
/** A path, or a name that is also the name of a file below triggers/. Source: deb-triggers(5); dpkg, lib/dpkg/triglib.c. */
const TRIGGER = /^(?:\/[!-~]+|[A-Za-z0-9:][A-Za-z0-9:+._-]*)$/;

/** The interests that a package declares; what it activates is of no lasting meaning. Source: deb-triggers(5). */
export function parseTriggers(text: string, packageName: string): readonly TriggerInterest[] {
  return text.split("\n").flatMap((line) => {
    const [directive = "", trigger = ""] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (!/^interest(?:-await|-noawait)?$/.test(directive) || !TRIGGER.test(trigger)) return [];
    return [{ trigger, package: packageName, isAwaited: directive !== "interest-noawait" }];
  });
}

/**
 * Who is to be told what, as dpkg keeps it. An empty `Unincorp` says that nothing waits: were it missing, dpkg would run the scripts
 * of all interested packages once. Source: dpkg, lib/dpkg/triglib.c (trk_explicit, trk_file, trig_incorporate).
 */
export function formatTriggers(packages: readonly Pick<PackageFacts, "triggers">[]): readonly GeneratedEntry[] {
  const files = new Map([
    ["File", ""],
    ["Unincorp", ""],
  ]);
  const interests = packages
    .flatMap((facts) => facts.triggers)
    .toSorted((a, b) => compareText(a.package, b.package) || compareText(a.trigger, b.trigger));
  for (const { trigger, package: name, isAwaited } of interests) {
    const isPath = trigger.startsWith("/");
    const file = isPath ? "File" : trigger;
    const line = `${isPath ? `${trigger} ` : ""}${name}${isAwaited ? "" : "/noawait"}\n`;
    files.set(file, `${files.get(file) ?? ""}${line}`);
  }
  return [...files]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([name, content]) => ({ kind: "file", path: `${FOLDER}/${name}`, mode: 0o644, content }));
}
