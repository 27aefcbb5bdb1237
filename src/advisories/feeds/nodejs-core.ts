// SPDX-License-Identifier: Apache-2.0
import { severityOfWord } from "../../formats/severity.js";
import { requireAllTexts, requireTexts } from "../texts.js";
import { createFeed, type Advisory, type Feed } from "../feed.js";

/** Vulnerabilities of Node.js itself, by number. Source: nodejs/security-wg, vuln/core/index.json. */
export type NodejsCoreIndex = Readonly<Record<string, NodejsEntry>>;

interface NodejsEntry {
  readonly cve?: readonly string[];
  readonly vulnerable: string;
  readonly patched: string;
  readonly description?: string;
  readonly severity?: string;
}

export function isNodejsCoreIndex(value: unknown): value is NodejsCoreIndex {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const [first] = Object.values(value) as readonly unknown[];
  return first !== null && typeof first === "object" && "vulnerable" in first && "patched" in first;
}

export function readNodejsCoreIndex(index: NodejsCoreIndex): Feed {
  return createFeed({
    kind: "nodejs-core",
    title: "Node.js core vulnerabilities",
    coverage: [{ ecosystem: "nodejs", packages: "all" }],
    advisories: Object.entries(index).flatMap(([number, entry]) => toAdvisories(number, entry)),
  });
}

/** Early entries have no CVE id; they get one after their number in the list. */
function toAdvisories(number: string, entry: NodejsEntry): readonly Advisory[] {
  requireAllTexts(entry, ["vulnerable", "patched"]);
  requireTexts(entry, ["description", "severity"]);
  const ids = entry.cve === undefined || entry.cve.length === 0 ? [`NODE-CORE-${number}`] : entry.cve;
  const severity = severityOfWord(entry.severity);
  if (!ids.every((id) => typeof id === "string")) throw new TypeError(`cve of ${number} must be a list of texts`);
  return ids.map((id) => ({
    ecosystem: "nodejs",
    package: "node",
    vulnerability: id,
    state: "open",
    vulnerableRange: entry.vulnerable,
    patchedRange: entry.patched,
    ...(severity === undefined ? {} : { severity }),
    isUnimportant: false,
    ...(entry.description === undefined ? {} : { note: entry.description }),
  }));
}
