// SPDX-License-Identifier: Apache-2.0
import stringWidth from "string-width";

/** Columns that text for people keeps to; what cannot be broken, such as a URL, may be longer. */
export const TEXT_WIDTH = 100;

export interface Indents {
  /** Before the first line. */
  readonly first: string;
  /** Before all others. */
  readonly rest: string;
}

/** Sets pieces that must stay whole one after the other, with a blank between them, in lines of `TEXT_WIDTH`. */
export function formatPieces(pieces: readonly string[], { first, rest }: Indents): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const piece of pieces) {
    if (!isEmpty && stringWidth(line) + 1 + stringWidth(piece) > TEXT_WIDTH) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line = isEmpty ? `${line}${piece}` : `${line} ${piece}`;
    isEmpty = false;
  }
  return [...lines, line].map((text) => `${text.trimEnd()}\n`).join("");
}

/** Breaks text between words. */
export function formatParagraph(text: string, indents: Indents): string {
  return formatPieces(text.split(" "), indents);
}

/** `a, b and c`; nothing for no items. */
export function listWords(items: readonly string[], word: "and" | "or" = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}

/** `1 package`, `3 packages`. */
export function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A label and what stands beside it, in pieces that stay whole. */
export type Fact = readonly [label: string, pieces: readonly string[]];

/** Labels in a column of their own; what stands beside them is broken within its column. Facts without pieces are left out. */
export function formatFacts(facts: readonly Fact[], indent: string): string {
  const told = facts.filter(([, pieces]) => pieces.length > 0);
  const width = Math.max(0, ...told.map(([label]) => stringWidth(label)));
  return told
    .map(([label, pieces]) => {
      const padded = label + " ".repeat(width - stringWidth(label));
      return formatPieces(pieces, { first: `${indent}${padded}  `, rest: `${indent}${" ".repeat(width)}  ` });
    })
    .join("");
}

/** Items with commas between them, as pieces. */
export function commaPieces(items: readonly string[]): readonly string[] {
  return items.map((item, index) => (index === items.length - 1 ? item : `${item},`));
}
