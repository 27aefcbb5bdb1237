// SPDX-License-Identifier: Apache-2.0
// How BuildKit cuts a Dockerfile into instructions, with the place of every character. Source: moby/buildkit v0.34,
// frontend/dockerfile/parser (parser.go, directives.go).
import { DockerfileFault } from "./fault.js";

/** An instruction on one line: without line continuations, and without the comments between them. */
export interface LogicalLine {
  /** As written, so in any case. */
  readonly keyword: string;
  /** From the keyword on. */
  readonly text: string;
  /** Offset in the file of each character of `text`. */
  readonly offsets: readonly number[];
  /** Offsets in the file: of the keyword, and behind the last character, that of a heredoc's end included; without the line end. */
  readonly start: number;
  readonly end: number;
  /** First and last line, from 1. */
  readonly line: number;
  readonly endLine: number;
  readonly heredocs: readonly Heredoc[];
}

export interface Heredoc {
  readonly name: string;
  /** Whether variables in it are expanded: no part of the name was quoted. */
  readonly isExpanded: boolean;
  /** `<<-`: tabs at the beginnings of lines do not count. */
  readonly isChomped: boolean;
  readonly content: string;
  /** Offset of the content in the file. */
  readonly start: number;
}

export interface LogicalFile {
  readonly escape: "\\" | "`";
  /** Directives in lower case: `syntax`, `escape`, `check`. */
  readonly directives: ReadonlyMap<string, string>;
  readonly lines: readonly LogicalLine[];
}

interface SourceLine {
  /** Without the line end. */
  readonly text: string;
  readonly start: number;
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/;
const KNOWN_DIRECTIVES = new Set(["escape", "syntax", "check"]);
const COMMENT = /^\s*#/;
/** Only these may have heredocs, also behind ONBUILD. */
const WITH_HEREDOC = /^(?:onbuild\s+)?(?:add|copy|run)\s/i;

/** Cuts a Dockerfile into instructions. @throws DockerfileFault */
export function readLogicalLines(text: string): LogicalFile {
  const source = splitLines(text);
  const { directives, escape } = readDirectives(source);
  const lines: LogicalLine[] = [];
  for (let at = 0; at < source.length;) {
    const line = source[at];
    if (line === undefined || line.text.trim() === "" || COMMENT.test(line.text)) {
      at += 1;
      continue;
    }
    const { logical, next } = readInstruction(source, at, escape);
    // A lone continuation character, or one before comments only, makes no instruction.
    if (logical !== undefined) lines.push(logical);
    at = next;
  }
  return { escape, directives, lines };
}

function splitLines(text: string): readonly SourceLine[] {
  const lines: SourceLine[] = [];
  for (let start = text.startsWith("\uFEFF") ? 1 : 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    lines.push({ text: text.slice(start, end).replace(/(?<!\r)\r+$/, ""), start });
    start = end + 1;
  }
  return lines;
}

/** Directives stand before everything else, comments and blank lines included; the first line that is none ends them. */
function readDirectives(source: readonly SourceLine[]): Pick<LogicalFile, "directives" | "escape"> {
  const directives = new Map<string, string>();
  for (const [index, { text }] of source.entries()) {
    const [, name = "", value = ""] = DIRECTIVE.exec(text.trim()) ?? [];
    const key = name.toLowerCase();
    if (!KNOWN_DIRECTIVES.has(key)) break;
    if (directives.has(key)) throw new DockerfileFault(index + 1, `the directive ${key} is there twice`);
    directives.set(key, value);
  }
  const escape = directives.get("escape") ?? "\\";
  if (escape !== "\\" && escape !== "`")
    throw new DockerfileFault(1, `the directive escape is ${JSON.stringify(escape)}; only \\ and \` can be`);
  return { directives, escape };
}

interface ReadInstruction {
  readonly logical: LogicalLine | undefined;
  /** Index of the line that follows. */
  readonly next: number;
}

function readInstruction(source: readonly SourceLine[], first: number, escape: string): ReadInstruction {
  const isContinued = escape === "\\" ? /(?:[^\\]|^)\\[ \t]*$/ : /(?:[^`]|^)`[ \t]*$/;
  let text = "";
  const offsets: number[] = [];
  let at = first;
  for (let isOpen = true; isOpen && at < source.length; at += 1) {
    const line = source[at] as SourceLine;
    const isBetween = at > first;
    if (isBetween && (COMMENT.test(line.text) || line.text.trim() === "")) continue;
    isOpen = isContinued.test(line.text);
    const end = isOpen ? line.text.trimEnd().length - 1 : line.text.length;
    const from = isBetween ? 0 : line.text.length - line.text.trimStart().length;
    for (let index = from; index < end; index += 1) offsets.push(line.start + index);
    text += line.text.slice(from, end);
  }
  const kept = text.trimEnd().length;
  if (kept === 0) return { logical: undefined, next: at };
  const body = text.slice(0, kept);
  const heredocs = readHeredocs(source, { text: body, line: first + 1, next: at });
  const last = source[heredocs.next - 1] as SourceLine;
  const end = heredocs.next > at ? last.start + last.text.length : (offsets[kept - 1] as number) + 1;
  const logical: LogicalLine = {
    keyword: /^\S+/.exec(body)?.[0] ?? "",
    text: body,
    offsets: offsets.slice(0, kept),
    start: offsets[0] as number,
    end,
    line: first + 1,
    endLine: heredocs.next,
    heredocs: heredocs.found,
  };
  return { logical, next: heredocs.next };
}

interface HeredocsAt {
  readonly text: string;
  readonly line: number;
  /** Index of the line behind the instruction. */
  readonly next: number;
}

function readHeredocs(source: readonly SourceLine[], { text, line, next }: HeredocsAt) {
  const found: Heredoc[] = [];
  const isPossible = text.includes("<<") && WITH_HEREDOC.test(text) && !isJsonArray(text.replace(WITH_HEREDOC, ""));
  let at = next;
  for (const word of isPossible ? rawWords(text) : []) {
    const [, dash, rest = ""] = /^[0-9]*<<(-?)\s*([^<]*)$/.exec(word) ?? [];
    const name = rest.replaceAll(/(["'])(.*?)\1/g, "$2");
    if (name === "") continue;
    const isChomped = dash === "-";
    const begin = at;
    const isEnd = (candidate: string) => (isChomped ? candidate.replace(/^\t+/, "") : candidate) === name;
    while (at < source.length && !isEnd((source[at] as SourceLine).text)) at += 1;
    if (at >= source.length) throw new DockerfileFault(line, `the heredoc ${name} has no end`);
    const body = source.slice(begin, at);
    const content = body.map(({ text: row }) => `${row}\n`).join("");
    found.push({ name, isExpanded: name === rest, isChomped, content, start: source[begin]?.start ?? 0 });
    at += 1;
  }
  return { found, next: at };
}

/** Whether BuildKit takes the arguments of an instruction for its exec form, flags apart. */
function isJsonArray(rest: string): boolean {
  const text = rest.replace(/^(?:--\S+\s+)*/, "").trimStart();
  if (!text.startsWith("[")) return false;
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Words at blanks outside of quotes; quotes and escapes stay. */
function rawWords(text: string): readonly string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s])+/g) ?? [];
}
