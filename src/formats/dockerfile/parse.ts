// SPDX-License-Identifier: Apache-2.0
import { DockerfileParser, type Instruction as Parsed, type PropertyInstruction } from "dockerfile-ast";
import { DockerfileFault } from "./fault.js";
import { checkInstruction } from "./grammar.js";
import type { Dockerfile, Instruction } from "./instruction.js";
import { readLogicalLines, type LogicalFile, type LogicalLine } from "./logical-lines.js";

/** What BuildKit takes in one file is not limited; what people write is tens of kilobytes. In characters. */
const MAX_LENGTH = 262_144;
/** Far above what engines can stack: overlayfs takes 128 layers. */
const MAX_INSTRUCTIONS = 2_000;
const MAX_FLAGS = 256; // the library takes time by their square

/**
 * Parses a Dockerfile, twice: a library's reading has to have the instructions that BuildKit's has.
 * @throws DockerfileFault `DOCKERFILE_INVALID`, `DOCKERFILE_AMBIGUOUS`
 */
export function parseDockerfile(text: string): Dockerfile {
  if (text.length > MAX_LENGTH) throw new DockerfileFault(1, `the file has more than ${MAX_LENGTH} characters`);
  const nul = text.indexOf("\0");
  if (nul !== -1) throw new DockerfileFault(text.slice(0, nul).split("\n").length, "a NUL character: not a text file");
  const file = readLogicalLines(text);
  if (file.lines.length === 0) throw new DockerfileFault(1, "there is no instruction");
  const tooMuch = file.lines[MAX_INSTRUCTIONS];
  if (tooMuch !== undefined)
    throw new DockerfileFault(
      tooMuch.line,
      `there are more than ${MAX_INSTRUCTIONS} instructions: no engine builds that`,
    );
  for (const { text: logical, line } of file.lines)
    if (countFlags(logical) > MAX_FLAGS)
      throw new DockerfileFault(line, `there are more than ${MAX_FLAGS} flags: no instruction has that many`);
  const parsed = DockerfileParser.parse(text).getInstructions();
  checkAgreement(file, parsed);
  const instructions = file.lines.map((line, index) => toInstruction(text, line, pairsOf(parsed[index])));
  for (const instruction of instructions) checkInstruction(instruction);
  checkOrder(instructions);
  return { text, escape: file.escape, directives: file.directives, instructions };
}

/** Words with two hyphens behind the keyword. */
function countFlags(logical: string): number {
  return (/^\s*\S+((?:\s+--\S*)*)/.exec(logical)?.[1] ?? "").split(/\s+/).length - 1;
}

function checkAgreement({ lines }: LogicalFile, parsed: readonly Parsed[]): void {
  for (const [index, line] of lines.entries()) {
    const other = parsed[index];
    if (other?.getKeyword() === line.keyword.toUpperCase() && other.getRange().start.line + 1 === line.line) continue;
    throw new DockerfileFault(
      line.line,
      `${line.keyword} begins here for BuildKit, and not for other readers: look at the ends of the lines before it`,
      "DOCKERFILE_AMBIGUOUS",
    );
  }
  const more = parsed[lines.length];
  if (more !== undefined)
    throw new DockerfileFault(
      more.getRange().start.line + 1,
      `${more.getKeyword()} begins here for some readers, and not for BuildKit`,
      "DOCKERFILE_AMBIGUOUS",
    );
}

function pairsOf(parsed: Parsed | undefined): Instruction["pairs"] {
  if (parsed === undefined || !["ENV", "ARG", "LABEL"].includes(parsed.getKeyword())) return [];
  const properties = (parsed as PropertyInstruction).getProperties();
  return properties.map((property) => [property.getName(), property.getValue() ?? undefined]);
}

function toInstruction(text: string, line: LogicalLine, pairs: Instruction["pairs"]): Instruction {
  const { start, end, heredocs, endLine } = line;
  const facts = { line: line.line, endLine, start, end, source: text.slice(start, end), heredocs, pairs };
  return { ...facts, ...readArguments(line.text, line.offsets, facts) };
}

type Facts = Omit<Instruction, "keyword" | "flags" | "args" | "argOffsets" | "json" | "trigger">;

type Arguments = Pick<Instruction, "keyword" | "flags" | "args" | "argOffsets" | "json" | "trigger">;

function readArguments(text: string, offsets: readonly number[], facts: Facts): Arguments {
  const keyword = (/^\S+/.exec(text)?.[0] ?? "").toUpperCase();
  let at = skipBlanks(text, keyword.length);
  const flags: (readonly [string, string])[] = [];
  for (let flag = flagAt(text, at); flag !== undefined; flag = flagAt(text, at)) {
    if (/\S/.test(text.charAt(at + flag.length)))
      throw new DockerfileFault(facts.line, `a quote in the flags of ${keyword} is not closed`);
    at = skipBlanks(text, at + flag.length);
    if (flag === "--") break;
    const equals = flag.indexOf("=");
    const name = equals === -1 ? flag.slice(2) : flag.slice(2, equals);
    flags.push([name, equals === -1 ? "" : unquote(flag.slice(equals + 1))]);
  }
  const args = text.slice(at);
  const json = readJson(keyword, args, facts.line);
  const argOffsets = offsets.slice(at);
  const read: Arguments = { keyword, flags, args, argOffsets, ...(json === undefined ? {} : { json }) };
  if (keyword !== "ONBUILD" || args === "") return read;
  return { ...read, trigger: { ...facts, ...readArguments(args, argOffsets, facts) } };
}

/** Flags stand before the arguments; `--` alone ends them. Source: BuildKit, parser/split_command.go. */
function flagAt(text: string, at: number): string | undefined {
  return /^--(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s"'\\])*/.exec(text.slice(at, at + MAX_FLAG))?.[0];
}

const MAX_FLAG = 4_096;

function unquote(text: string): string {
  return text.replaceAll(/"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'/g, (_whole, double?: string, single?: string) =>
    double === undefined ? (single ?? "") : double.replaceAll(/\\([\s\S])/g, "$1"),
  );
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

const WITH_JSON = new Set(["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"]);

/** The exec form; what is not a JSON list is the shell form, as for BuildKit. Of HEALTHCHECK the command counts. */
function readJson(keyword: string, args: string, line: number): readonly string[] | undefined {
  const text = keyword === "HEALTHCHECK" ? args.replace(/^CMD\s+/i, "") : args;
  if (!(WITH_JSON.has(keyword) || keyword === "HEALTHCHECK") || !text.startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((word): word is string => typeof word === "string"))
    throw new DockerfileFault(line, `the list of ${keyword} holds something else than strings`);
  return value;
}

function checkOrder(instructions: readonly Instruction[]): void {
  const first = instructions.find(({ keyword }) => keyword !== "ARG");
  if (first?.keyword === "FROM") return;
  throw new DockerfileFault(
    first?.line ?? 1,
    `there is no FROM ${first === undefined ? "" : `before ${first.keyword}`}`.trim(),
  );
}
