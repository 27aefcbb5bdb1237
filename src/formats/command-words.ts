// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** What a shell would do something about, outside of quotes. Source: POSIX.1-2017, XCU 2.2 and 2.10. */
const SHELL_ONLY = /[|&;<>()$`\n\r]/;
const BLANK = /[ \t]/;

/**
 * Splits a command into words as a POSIX shell does, without a shell: `'…'` is taken as it stands, in `"…"` a backslash takes away the
 * meaning of `"` and of itself, outside of quotes that of any character. Nothing is expanded; what would need a shell is refused
 * rather than handed on. Source: POSIX.1-2017, XCU 2.2. @throws BasaltError `COMMAND_INVALID`
 */
export function parseCommandWords(command: string): readonly [string, ...string[]] {
  if (command.includes("\0")) throw invalid(command, "has a NUL character");
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < command.length;) {
    if (isBlank(command, at)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const piece = readPiece(command, at);
    word = (word ?? "") + piece.value;
    at = piece.end;
  }
  const [program, ...rest] = word === undefined ? words : [...words, word];
  if (program === undefined || program === "") throw invalid(command, "names no program");
  return [program, ...rest];
}

/** A word as a shell reads it back, in quotes where it needs some. */
export function formatCommandWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

interface Piece {
  readonly value: string;
  /** Where what follows begins. */
  readonly end: number;
}

/** Line ends around a command are those of YAML; between words they would begin another command. */
function isBlank(command: string, at: number): boolean {
  const char = command.charAt(at);
  if (!/[\r\n]/.test(char)) return BLANK.test(char);
  return command.slice(0, at).trim() === "" || command.slice(at).trim() === "";
}

/** What one character, one escape or one pair of quotes means. */
function readPiece(command: string, at: number): Piece {
  const char = command.charAt(at);
  if (char === "'") return readSingle(command, at);
  if (char === '"') return readDouble(command, at);
  if (char === "\\") {
    if (at + 1 >= command.length) throw invalid(command, "ends with a backslash");
    return { value: command.charAt(at + 1), end: at + 2 };
  }
  if (SHELL_ONLY.test(char))
    throw invalid(command, `needs a shell for ${JSON.stringify(char)}: write sh -c '…', or quote it`);
  return { value: char, end: at + 1 };
}

function readSingle(command: string, at: number): Piece {
  const end = command.indexOf("'", at + 1);
  if (end === -1) throw invalid(command, "has a ' without its end");
  return { value: command.slice(at + 1, end), end: end + 1 };
}

function readDouble(command: string, at: number): Piece {
  let value = "";
  for (let next = at + 1; next < command.length; next += 1) {
    const char = command.charAt(next);
    if (char === '"') return { value, end: next + 1 };
    const isEscape = char === "\\" && /["\\]/.test(command.charAt(next + 1));
    if (isEscape) next += 1;
    value += command.charAt(next);
  }
  throw invalid(command, 'has a " without its end');
}

function invalid(command: string, why: string): BasaltError {
  return new BasaltError("COMMAND_INVALID", `the command ${JSON.stringify(command)} ${why}`);
}
