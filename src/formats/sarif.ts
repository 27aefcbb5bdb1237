// SPDX-License-Identifier: Apache-2.0

/** One finding as code-scanning services take it. */
export interface SarifResult {
  readonly ruleId: string;
  readonly level: "error" | "warning" | "note";
  readonly message: string;
  /** Path as the user gave it; relative ones are relative to the root of the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A SARIF log of one run. Source: OASIS SARIF 2.1.0, sections 3.13 (log), 3.14 (run), 3.27 (result), 3.30 (region). */
export function formatSarif(tool: { readonly version: string }, results: readonly SarifResult[]): string {
  const rules = [...new Set(results.map((result) => result.ruleId))].toSorted((a, b) => (a < b ? -1 : 1));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "basalt", version: tool.version, rules: rules.map(toRule) } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [ROOT]: { description: { text: "the root of the repository" } } },
        results: results.map((result) => toResult(result, rules)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** What relative paths are relative to, by the name that code-scanning services use. */
const ROOT = "SRCROOT";

/** Services show the description of a rule above its results. */
function toRule(id: string): object {
  const words = id.toLowerCase().replaceAll("_", " ");
  return { id, shortDescription: { text: words.charAt(0).toUpperCase() + words.slice(1) } };
}

function toResult({ ruleId, level, message, file, line, column }: SarifResult, rules: readonly string[]): object {
  return {
    ruleId,
    ruleIndex: rules.indexOf(ruleId),
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: locationOf(file), region: { startLine: line, startColumn: column } },
      },
    ],
  };
}

function locationOf(file: string): object {
  const path = encodeURI(file.replace(/^\.\//, "")).replaceAll("#", "%23").replaceAll("?", "%3F");
  if (path.startsWith("/")) return { uri: `file://${path}` };
  return { uri: path, uriBaseId: ROOT };
}
