// SPDX-License-Identifier: Apache-2.0
import { createTwoFilesPatch } from "diff";
import { formatSarif, type SarifResult } from "../formats/sarif.js";
import type { Finding, Migration, MigrationJson } from "./model.js";

const HEADINGS: Readonly<Record<Finding["kind"], string>> = {
  impossible: "Not done:",
  check: "Look at:",
  suggestion: "Would be better:",
};
const LEVELS = { impossible: "error", check: "warning", suggestion: "note" } as const;

/** What was done and what is left, for a person: a line each, `LINE rule: text`. */
export function formatReport(migration: Migration, file: string): string {
  const { changes, findings, customizations } = migration;
  const lines =
    changes.length === 0
      ? [`${file}: nothing to change`]
      : [`${file}: ${changes.length} ${changes.length === 1 ? "change" : "changes"}`];
  for (const { line, rule, reason, before, after } of changes) {
    lines.push(`  ${line}  ${rule}: ${reason}`);
    if (before !== "" && before !== after) lines.push(...quoted("-", before));
    if (after !== "") lines.push(...quoted("+", after));
  }
  for (const kind of ["impossible", "check", "suggestion"] as const) {
    const found = findings.filter((finding) => finding.kind === kind);
    if (found.length > 0) lines.push(HEADINGS[kind]);
    for (const { line, rule, message } of found) lines.push(`  ${line}  ${rule}: ${message}`);
  }
  if (customizations.length > 0) lines.push("Images to build first:");
  for (const { image, base, packages } of customizations) lines.push(`  ${image}: ${base} with ${packages.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

/** As `--json` and the API say it. */
export function toMigrationJson({ isChanged, text, changes, findings, customizations }: Migration): MigrationJson {
  return { changed: isChanged, dockerfile: text, changes, findings, customizations };
}

const MAX_QUOTED = 6;

function quoted(sign: string, text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, MAX_QUOTED).map((line) => `       ${sign} ${line}`);
  return lines.length > MAX_QUOTED ? [...shown, `       ${sign} … ${lines.length - MAX_QUOTED} more lines`] : shown;
}

/** A unified diff, as `git apply` takes it; "" when nothing changed. */
export function formatDiff(before: string, after: string, file: string): string {
  if (before === after) return "";
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\r?\n/, "");
}

/** Changes as notes, findings by how much they matter. */
export function formatMigrationSarif(migration: Migration, file: string, version: string): string {
  const results: SarifResult[] = [
    ...migration.changes.map(({ rule, reason, line }) => ({
      ruleId: rule,
      level: "note" as const,
      message: reason,
      file,
      line,
      column: 1,
    })),
    ...migration.findings.map(({ rule, message, line, kind }) => ({
      ruleId: rule,
      level: LEVELS[kind],
      message,
      file,
      line,
      column: 1,
    })),
  ];
  return formatSarif({ version }, results);
}
