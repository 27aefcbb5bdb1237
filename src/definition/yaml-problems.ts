// SPDX-License-Identifier: Apache-2.0
import type { Document } from "yaml";

/** What is wrong with a document's form. */
export interface YamlFault {
  readonly code: string;
  readonly message: string;
  /** In characters from the start. */
  readonly offset: number;
  readonly hint?: string;
}

/** What the parser's errors mean to somebody who writes a definition, where its own words do not say it. */
const EXPLAINED: Readonly<Record<string, { readonly message?: string; readonly hint: string }>> = {
  BAD_INDENT: { hint: "keys of one map begin in the same column" },
  BAD_SCALAR_START: { hint: "put the text in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "there is a key where the value before it goes on",
    hint: "keys of one map begin in the same column; text with a colon and a blank in it needs quotes",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "there is no colon behind a key",
    hint: "add it, or the quote or bracket that is not closed",
  },
  MULTIPLE_DOCS: { message: "the file holds several documents", hint: "one definition a file: take out the line ---" },
  RESOURCE_EXHAUSTION: { message: "it is nested too deeply", hint: "definitions have about ten levels" },
  TAB_AS_INDENT: { hint: "indent with blanks" },
};

/** The first fault of a document: what else the parser finds follows from it. */
export function firstFault(document: Document, text: string): YamlFault | undefined {
  const [error] = document.errors;
  if (error !== undefined) {
    const { message = firstLine(error.message), hint } = EXPLAINED[error.code] ?? {};
    const offset = placeOfFault(text, error.code, error.pos[0]);
    return { code: error.code, message, offset, ...(hint === undefined ? {} : { hint }) };
  }
  // The parser passes over tags that it does not know: `!openssl` would be nothing at all.
  const unknown = document.warnings.find((warning) => warning.code === "TAG_RESOLVE_FAILED");
  if (unknown === undefined) return undefined;
  const tag = /^\S+/.exec(text.slice(unknown.pos[0]))?.[0] ?? "";
  return {
    code: "TAG",
    message: `there is no tag ${tag}`,
    offset: unknown.pos[0],
    hint: `text that begins with ! needs quotes: "${tag}"`,
  };
}

/** Blanks of one level: two, as the public catalogue is written, where several lines are. */
function stepOf(text: string): number {
  return (text.match(/^ {2}\S/gm) ?? []).length > 1 ? 2 : 4;
}

/** Where a line is indented wrongly: the parser notices it one line early or late. */
function placeOfFault(text: string, code: string, offset: number): number {
  if (code !== "BAD_INDENT" && code !== "BLOCK_AS_IMPLICIT_KEY" && code !== "MISSING_CHAR") return offset;
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const own = indentAt(text, start);
  if (code === "BLOCK_AS_IMPLICIT_KEY") {
    const next = text.indexOf("\n", offset) + 1;
    return next > 0 && indentAt(text, next) > own && text.slice(next).trim() !== ""
      ? next + indentAt(text, next)
      : offset;
  }
  // The first of its map may be the one that is wrong, with all others beside each other.
  const step = stepOf(text);
  let first: number | undefined;
  for (let line = start; line > 0;) {
    line = text.lastIndexOf("\n", line - 2) + 1;
    const column = keyColumn(text, line);
    if (isBlank(text, line)) continue;
    if (column <= own) return first !== undefined && own - column === step ? first : offset;
    first = line + column;
    if (indentAt(text, line) < own) return own - indentAt(text, line) === step ? first : offset;
  }
  return offset;
}

function indentAt(text: string, line: number): number {
  let end = line;
  while (text[end] === " ") end += 1;
  return end - line;
}

/** The column of a line's first key, behind the dash of an item. */
function keyColumn(text: string, line: number): number {
  const dash = indentAt(text, line);
  return text[line + dash] === "-" && text[line + dash + 1] === " " ? dash + 1 + indentAt(text, line + dash + 1) : dash;
}

function isBlank(text: string, line: number): boolean {
  const first = text[line + indentAt(text, line)];
  return first === undefined || first === "\n" || first === "\r" || first === "#";
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
