// SPDX-License-Identifier: Apache-2.0

/** One word of a shell. Source: POSIX.1-2017, XCU 2.2.2. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Goes into a folder, if one is given. */
export function enter(folder: string | undefined): string {
  return folder === undefined ? "" : `cd ${quote(folder)}\n`;
}

/** A piece of a value: as it is written, or what a shell puts in its place. */
export interface Piece {
  readonly kind: "literal" | "expansion";
  readonly text: string;
}

/**
 * Splits a value in which a shell expands `$NAME`, `${…}` and `$(…)`, and nothing else: quotes, backslashes, backquotes and
 * wildcards are characters like others, so that no value ends the quotes that a script puts around it. `\$` is a dollar sign.
 * Undefined where an expansion has no end.
 */
export function parseExpansions(value: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let literal = "";
  for (let at = 0; at < value.length;) {
    if (value.startsWith(String.raw`\$`, at)) {
      literal += "$";
      at += 2;
      continue;
    }
    const end = expansionEnd(value, at);
    if (end === undefined) return undefined;
    if (end === at) {
      literal += value.charAt(at);
      at += 1;
      continue;
    }
    if (literal !== "") pieces.push({ kind: "literal", text: literal });
    literal = "";
    pieces.push({ kind: "expansion", text: value.slice(at, end) });
    at = end;
  }
  return literal === "" ? pieces : [...pieces, { kind: "literal", text: literal }];
}

/** Where the expansion that begins at `at` ends; `at` itself where none begins, undefined where it has no end. */
function expansionEnd(value: string, at: number): number | undefined {
  if (value.charAt(at) !== "$") return at;
  const name = /^\$[A-Za-z_][A-Za-z0-9_]*/.exec(value.slice(at, at + 256))?.[0];
  if (name !== undefined) return at + name.length;
  const opening = value.charAt(at + 1);
  return opening === "(" || opening === "{" ? closingEnd(value, at + 1) : at;
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "{": "}" };

/** Behind the bracket that closes the one at `start`; brackets in quotes, and behind a backslash, do not count. */
function closingEnd(value: string, start: number): number | undefined {
  const open: string[] = [];
  let quoted = "";
  for (let at = start; at < value.length; at += 1) {
    const char = value.charAt(at);
    if (quoted !== "'" && char === "\\") at += 1;
    else if (quoted !== "") quoted = char === quoted ? "" : quoted;
    else if (char === "'" || char === '"') quoted = char;
    else if (CLOSING[char] !== undefined) open.push(CLOSING[char]);
    else if (char === open.at(-1)) {
      open.pop();
      if (open.length === 0) return at + 1;
    }
  }
  return undefined;
}

/** Lines that put an expanded value into a variable of the script; a `$(…)` that fails ends the script. */
export function assignment(variable: string, pieces: readonly Piece[]): string {
  const lines = pieces.map(({ kind, text }) =>
    kind === "literal" ? `${variable}="$${variable}"${quote(text)}\n` : `${variable}="$${variable}${text}"\n`,
  );
  return `${variable}=''\n${lines.join("")}`;
}
