// SPDX-License-Identifier: Apache-2.0

/** Anything JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with object keys in code unit order and no white space, so that equal values are equal bytes.
 * Members that are undefined are left out.
 */
export function canonicalJson(value: unknown): string {
  return format(value, "", "");
}

/** As `canonicalJson`, indented for people and ended by a newline. */
export function prettyJson(value: unknown): string {
  return `${format(value, "\n", "  ")}\n`;
}

/** Not by way of a sorted object: JavaScript puts keys that look like numbers first, whatever their order. */
function format(value: unknown, newline: string, indent: string): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const inner = newline === "" ? "" : `${newline}${indent}`;
  const colon = newline === "" ? ":" : ": ";
  const record = value as Readonly<Record<string, unknown>>;
  const items = Array.isArray(value)
    ? value.map((item) => format(item, inner, indent))
    : Object.keys(record)
        .filter((key) => record[key] !== undefined)
        .toSorted(compareText)
        .map((key) => `${JSON.stringify(key)}${colon}${format(record[key], inner, indent)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return items.length === 0 ? `${open}${close}` : `${open}${inner}${items.join(`,${inner}`)}${newline}${close}`;
}

/** Orders text by code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
