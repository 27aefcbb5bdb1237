// SPDX-License-Identifier: Apache-2.0
import stringWidth from "string-width";
import { printableLine } from "../../formats/printable.js";

/** A table in the manner of Docker Scout: columns set apart by │, a rule of ─ and ┼ below the head. */
export interface Table {
  readonly head?: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Pads by display width, so that wide characters and colours keep the columns straight. */
export function formatTable({ head, rows }: Table, indent: string): string {
  // What a cell holds may be of whoever pushed an image: it makes no lines of its own.
  const all = (head === undefined ? rows : [head, ...rows]).map((row) => row.map(printableLine));
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...all.map((row) => stringWidth(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `${indent}${widths.map((width, column) => padEnd(row[column] ?? "", width)).join(" │ ")}`.trimEnd();
  const rule = `${indent}${widths.map((width, column) => "─".repeat(width + (column === 0 || column === columns - 1 ? 1 : 2))).join("┼")}`;
  const body = all.slice(head === undefined ? 0 : 1);
  return [...(head === undefined ? [] : [centred(head, widths, indent), rule]), ...body.map(line)]
    .map((text) => `${text}\n`)
    .join("");
}

function centred(head: readonly string[], widths: readonly number[], indent: string): string {
  const cells = widths.map((width, column) => {
    const text = head[column] ?? "";
    const left = Math.floor((width - stringWidth(text)) / 2);
    return padEnd(" ".repeat(Math.max(0, left)) + text, width);
  });
  return `${indent}${cells.join(" │ ")}`.trimEnd();
}

function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}
